/** `mindport explain`: what the catalog knows of an API, or what a finding's code means. */
import type { Command } from 'commander';
import {
  changesOf,
  conditionOf,
  evidenceSentences,
  hasForm,
  linksOf,
  signatureFor,
  type Link,
} from '../../../server/src/core/catalog/explain';
import type { Catalog, CatalogEntry, CompiledRoute } from '../../../server/src/core/catalog/load';
import { routeHolds, type ChosenTarget } from '../../../server/src/core/catalog/targets';
import { alignedSignatures } from '../../../server/src/core/catalog/template-text';
import { codeOf } from '../../../server/src/core/rules/codes';
import { loadKnowledge, type Knowledge } from '../analyse';
import { chooseTargets, guarded, targetOptions, type TargetOptions } from '../options';
import { layUserRecords } from '../user-records';
import type { Words } from '../words';

export function register(program: Command, words: Words): void {
  const command = program
    .command('explain')
    .description(words.tell('cli.explain.description'))
    .argument('<name>', words.tell('cli.explain.name'));
  targetOptions(command, words).action((name: string, options: TargetOptions) => guarded(async () => explain(name, options, words)));
}

/** Exit status: 0 explained, 1 nothing of that name. */
function explain(name: string, options: TargetOptions, words: Words): number {
  const code = codeOf(name.toUpperCase()) ?? codeOf(name);
  if (code) {
    const title = words.tell(`code.${code.code}`);
    process.stdout.write(`${code.code} ${code.slug}: ${title}\n\n${words.tell(`code.${code.code}.about`)}\n`);
    return 0;
  }
  const knowledge = loadKnowledge();
  for (const { message } of layUserRecords(knowledge.catalog, ['.'], options.records, words))
    process.stderr.write(`mindport: ${words.say(message)}\n`);
  const targets = chooseTargets(options, knowledge.catalog, words);
  const entry = knowledge.catalog.entry(name) ?? onlyOne(name, knowledge);
  if (entry) {
    process.stdout.write(entryText(entry, targets, knowledge, words));
    return 0;
  }
  const alike = namesLike(name, knowledge);
  if (alike.length > 0) {
    process.stdout.write(`${words.tell('explain.several', { name })}\n${listed(alike)}`);
    return 1;
  }
  process.stderr.write(`mindport: ${words.tell('explain.unknown', { name })}\n`);
  const last = name.slice(name.lastIndexOf('.') + 1);
  const near = last === name ? [] : namesLike(last, knowledge);
  if (near.length > 0) process.stderr.write(`${words.tell('explain.several', { name: last })}\n${listed(near)}`);
  return 1;
}

const listed = (names: readonly string[]): string => names.map((name) => `  ${name}\n`).join('');

/** Names that end in what was asked: `gelu`, `functional.gelu`. */
function namesLike(name: string, { catalog }: Knowledge): string[] {
  const ending = `.${name.replace(/^.*\bF\./, 'functional.')}`.toLowerCase();
  const names = [...catalog.records()].flatMap((record) => [
    record.torch,
    ...(record.aliases ?? []),
    ...(record.method ? [record.method] : []),
  ]);
  return [...new Set(names)].filter((one) => one.toLowerCase().endsWith(ending)).sort();
}

function onlyOne(name: string, knowledge: Knowledge): CatalogEntry | undefined {
  const records = new Set(namesLike(name, knowledge).map((one) => knowledge.catalog.entry(one)?.record));
  const [record] = records;
  return records.size === 1 && record ? knowledge.catalog.entry(record.torch) : undefined;
}

function entryText(entry: CatalogEntry, chosen: readonly ChosenTarget[], { catalog, evidence }: Knowledge, words: Words): string {
  const { record, name, signatures } = entry;
  const out: string[] = signatures.length > 0 ? signatures.map(({ text }) => name + text) : [name];
  const others = [record.torch, ...(record.aliases ?? []), ...(record.method ? [record.method] : [])].filter((other) => other !== name);
  if (others.length > 0) out.push(words.tell('explain.aliases', { names: [...new Set(others)].join(', ') }));
  const links: Link[] = [];
  // targets that are written alike are explained together
  const groups = new Map<string, ChosenTarget[]>();
  for (const target of chosen) {
    const key = entry.routes.flatMap(({ route }, i) => (routeHolds(route, target) ? [i] : [])).join();
    const alike = `${key} ${catalog.targets.runsSource(target)}`;
    groups.set(alike, [...(groups.get(alike) ?? []), target]);
  }
  for (const targets of groups.values()) {
    out.push('', ...targets.map(({ title, version, id }) => `${words.choose(title)} ${version} (${id})`));
    const [target] = targets as [ChosenTarget];
    const routes = entry.routes.filter(({ route }) => routeHolds(route, target));
    if (routes.length === 0) out.push(`  ${words.tell(catalog.targets.runsSource(target) ? 'explain.stays' : 'verdict.unknown')}`);
    for (const compiled of routes) {
      out.push(...routeLines(entry, compiled, catalog, words).map((line) => (line === '' ? '' : `  ${line}`)));
      links.push(...linksOf(record, compiled.to ?? compiled.value, words.language));
    }
    if (!routes.some(({ route }) => hasForm(route))) continue;
    const said = evidenceSentences(record.torch, targets, catalog.targets, evidence, words);
    out.push('', ...said.map((sentence) => `  ${sentence}`));
    if (record.limits) out.push(`  ${words.tell('explain.limits', { limits: words.choose(record.limits) })}`);
  }
  const pages = new Set((links.length > 0 ? links : linksOf(record, null, words.language)).map(({ address }) => address));
  const rest = record.sources.filter((source) => !/^https?:/.test(source));
  out.push('', words.tell('explain.sources'), ...[...pages, ...rest].map((source) => `  ${source}`));
  return `${out.join('\n')}\n`;
}

/** One way to say the API: verdict and condition, both signatures aligned, what changes, why. */
function routeLines(entry: CatalogEntry, { route, to, value }: CompiledRoute, catalog: Catalog, words: Words): string[] {
  const condition = plain(conditionOf(route, words));
  const heading = `${words.tell(`verdict.${route.verdict}`)} (${words.tell(`explain.safety.${route.safety}`)})`;
  const lines = ['', condition === '' ? heading : `${heading} · ${words.tell('explain.when', { tests: condition })}`];
  const template = to ?? value;
  if (template) {
    const signature = signatureFor(entry.signatures, template);
    lines.push(
      ...alignedSignatures(entry.name, to ? signature : null, template)
        .split('\n')
        .map((line) => `    ${line}`),
    );
    if (to) lines.push(...changesOf(signature, to, route, words).map((change) => `  - ${plain(change)}`));
  } else if (route.rewrite !== undefined) lines.push(`  ${words.tell('explain.rewrite', { rewrite: route.rewrite })}`);
  else if (route.verdict === 'equivalent') lines.push(`  ${words.tell('explain.stays')}`);
  if (route.note) lines.push(`  ${words.choose(route.note)}`);
  const origin = catalog.originOf(route);
  if (origin) lines.push(`  ${words.tell('explain.origin', { file: origin.file })}`);
  return lines;
}

const plain = (text: string): string => text.replaceAll('`', '');
