/** How a sweep stands as a whole, and what it would execute. */
import { sanitise } from '../log';
import { type Language, type MessageKey, render } from '../messages';
import { type RowState, type RowStatus, type SweepPlace, isOver } from './drive';
import { type Sweep } from './plan';

export interface SweepProgress {
  rows: number;
  /** rows of which nothing more comes */
  over: number;
  succeeded: number;
  /** rows whose run goes on, as far as is known */
  active: number;
  /** rows that could not be started or did not succeed */
  failed: number;
}

export function progressOf(rows: readonly Pick<RowStatus, 'state'>[]): SweepProgress {
  const count = (matches: (state: RowState) => boolean): number => rows.filter(({ state }) => matches(state)).length;
  const succeeded = count((state) => state === 'succeeded');
  const over = count(isOver);
  const active = count((state) => !isOver(state) && state !== 'waiting' && state !== 'draft' && state !== 'unreachable');
  return { rows: rows.length, over, succeeded, active, failed: over - succeeded };
}

/** What each row would execute, exactly, for people: all rows first, then their scripts; the same texts go into their run directories. */
export async function sweepPreviewText(sweep: Sweep, place: SweepPlace, language: Language, scripts: boolean): Promise<string> {
  const say = (key: MessageKey, args: Record<string, string> = {}): string => render(language, key, args);
  const lines: string[] = [];
  const details: string[] = [];
  for (const row of sweep.rows) {
    const { draft, delivery } = await place.draft(sweep, row);
    const { spec, contents } = await (await place.engine(row.machine)).plan(draft, delivery, row.run);
    const title = `# ${row.name} @ ${row.machine ?? say('sweep.here')}`;
    lines.push(title, `  cd ${spec.cwd}`, `  ${[...spec.within, ...spec.argv].map(shown).join(' ')}`);
    const { launch } = spec;
    if (launch !== null && launch.launcher !== 'plain') lines.push(`  ${launch.launcher}: ${launch.nodes} × ${launch.perNode}`);
    if (launch?.slurm) lines.push(`  ${submission(contents.texts['submit.sh'] ?? '')}`);
    if (contents.code !== null)
      lines.push(`  ${say('cli.sweep.sent', { bytes: String(contents.code.bytes), digest: contents.code.sha256.slice(0, 12) })}`);
    const texts = Object.entries(contents.texts).filter(([name]) => !name.startsWith('lib/') && name !== 'spec.json');
    details.push('', title, ...texts.flatMap(([name, text]) => [`--- ${name}`, text.trimEnd()]));
  }
  lines.push(say('cli.sweep.preview', { count: String(sweep.rows.length) }));
  return `${sanitise([...lines, ...(scripts ? details : [])].join('\n'))}\n`;
}

/** The line of a submission script that hands over the job. */
function submission(script: string): string {
  return (script.split('\n').find((line) => line.startsWith('sbatch ')) ?? '').replace(/ \\$/, '');
}

function shown(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
