/** Exactly what would be sent and executed, for people to read before it is. */
import { sanitise } from '../log';
import { type Language, render } from '../messages';
import { type RunSpec } from '../spec';
import { type RunContents } from '../transport';
import { type DeviceChoice, choiceLine } from './device-choice';
import { type Prepared } from './prepare';

export interface Preview {
  machine: string | null;
  /** the local call that opens the connection; null for this machine */
  connection: string[] | null;
  /** where the run directory would be */
  directory: string;
  spec: RunSpec;
  contents: RunContents;
  choice: Prepared['choice'];
  /** devices chosen for it; null where none are chosen */
  devices?: DeviceChoice | null;
}

export function previewJson({ machine, connection, directory, spec, contents, choice, devices = null }: Preview): string {
  const bundle = (one: RunContents['code']): object | null => one && { sha256: one.sha256, bytes: one.bytes };
  const value = {
    machine,
    connection,
    directory,
    spec,
    code: bundle(contents.code),
    library: bundle(contents.library),
    links: contents.links,
    sent: choice?.files.map(({ path, size, link }) => ({ path, size, ...(link === null ? {} : { link }) })) ?? [],
    leftOut: choice?.leftOut ?? [],
    texts: contents.texts,
    ...(devices === null ? {} : { devices: { ids: devices.ids, taken: Object.fromEntries(devices.taken) } }),
  };
  return `${JSON.stringify(value, null, 2)}\n`;
}

export function previewText(preview: Preview, language: Language): string {
  const { machine, connection, directory, spec, contents, choice } = preview;
  const say = (key: Parameters<typeof render>[1], args: Record<string, string> = {}): string => render(language, key, args);
  const lines = [say('cli.preview.nothing'), ''];
  lines.push(say('cli.preview.machine', { machine: machine ?? say('cli.this_machine') }));
  if (connection !== null) lines.push(say('cli.preview.connection', { command: connection.join(' ') }));
  lines.push(say('cli.preview.directory', { path: directory }));
  if (preview.devices) lines.push(sanitise(choiceLine(preview.devices, language)));
  if (choice !== null && contents.code !== null) {
    const args = {
      files: String(choice.files.length),
      megabytes: (choice.bytes / 1e6).toFixed(2),
      digest: contents.code.sha256.slice(0, 16),
    };
    lines.push('', say('cli.preview.sent', args));
    lines.push(
      ...choice.files
        .slice(0, 200)
        .map((file) => `  ${sanitise(file.path)}${file.link === null ? `  ${file.size}` : ` -> ${sanitise(file.link)}`}`),
    );
    if (choice.files.length > 200) lines.push(`  … ${choice.files.length - 200}`);
    lines.push(...leftOutLines(choice, language));
  }
  if (contents.library !== null) lines.push(say('cli.preview.library', { kilobytes: (contents.library.bytes / 1000).toFixed(0) }));
  for (const [name, path] of Object.entries(contents.links)) lines.push(say('cli.preview.link', { name, path }));
  lines.push('', say('cli.preview.command', { command: [...spec.within, ...spec.argv].map(shown).join(' ') }), '');
  for (const [name, text] of Object.entries(contents.texts)) {
    if (name.startsWith('lib/')) continue;
    lines.push(`--- ${name}`, sanitise(text).trimEnd(), '');
  }
  return `${lines.join('\n')}\n`;
}

/** What stays here, and why. */
export function leftOutLines(choice: NonNullable<Prepared['choice']>, language: Language): string[] {
  const reasons = {
    secret: render(language, 'sync.left.secret'),
    large: render(language, 'sync.left.large'),
    outside_link: render(language, 'sync.left.outside_link'),
    special: render(language, 'sync.left.special'),
    odd_name: render(language, 'sync.left.odd_name'),
  };
  const shownOnes = choice.leftOut
    .slice(0, 20)
    .map(({ path, why }) => render(language, 'cli.left_out', { path: sanitise(path), why: reasons[why] }));
  if (choice.leftOut.length > 20) shownOnes.push(`… ${choice.leftOut.length - 20}`);
  return shownOnes;
}

function shown(word: string): string {
  return /^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
