/** `mindport explain`: what the catalog knows of an API, or what a finding's code means. */
import type { Command } from 'commander';
import { paramsOf, type CatalogEntry } from '../../../server/src/core/catalog/load';
import type { Route } from '../../../server/src/core/catalog/record';
import { routeHolds, type ChosenTarget } from '../../../server/src/core/catalog/targets';
import { codeOf } from '../../../server/src/core/rules/codes';
import { loadKnowledge, type EvidenceBrief, type Knowledge } from '../analyse';
import { chooseTargets, guarded, targetOptions, type TargetOptions } from '../options';
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
  const targets = chooseTargets(options, knowledge.catalog, words);
  const entry = knowledge.catalog.entry(name) ?? onlyOne(name, knowledge);
  if (entry) {
    process.stdout.write(entryText(entry, targets, knowledge, words));
    return 0;
  }
  const alike = namesLike(name, knowledge);
  if (alike.length > 0) {
    process.stdout.write(`${words.tell('explain.several', { name })}\n${alike.map((one) => `  ${one}\n`).join('')}`);
    return 1;
  }
  process.stderr.write(`mindport: ${words.tell('explain.unknown', { name })}\n`);
  return 1;
}

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

function entryText({ record, name }: CatalogEntry, targets: readonly ChosenTarget[], { evidence }: Knowledge, words: Words): string {
  const out: string[] = [];
  const signatures = paramsOf(record);
  out.push(...(signatures.length > 0 ? signatures.map((params) => name + params) : [name]));
  const others = [record.torch, ...(record.aliases ?? []), ...(record.method ? [record.method] : [])].filter((other) => other !== name);
  if (others.length > 0) out.push(words.tell('explain.aliases', { names: others.join(', ') }));
  for (const target of targets) {
    out.push('', `${words.choose(target.title)} ${target.version} (${target.id})`);
    const routes = record.routes.filter((route) => routeHolds(route, target));
    if (routes.length === 0) out.push(`  ${words.tell('verdict.unknown')}`);
    for (const route of routes) out.push(...routeLines(route, words).map((line) => `  ${line}`));
    const proof = evidenceLine(record.torch, target, evidence, words);
    if (proof) out.push(`  ${proof}`);
  }
  if (record.sources.length > 0) out.push('', words.tell('explain.sources'), ...record.sources.map((source) => `  ${source}`));
  return `${out.join('\n')}\n`;
}

function routeLines(route: Route, words: Words): string[] {
  const lines = [`${words.tell(`verdict.${route.verdict}`)} (${words.tell(`explain.safety.${route.safety}`)})`];
  const form = route.to ?? route.value;
  if (form !== undefined) lines.push(`  ${form}`);
  else if (route.rewrite !== undefined) lines.push(`  ${words.tell('explain.rewrite', { rewrite: route.rewrite })}`);
  const tests = (route.when ?? []).map(({ param, not, ...test }) => `${param}${not ? ' ≠' : ''} ${JSON.stringify(test)}`);
  if (tests.length > 0) lines.push(`  ${words.tell('explain.when', { tests: tests.join('; ') })}`);
  if (route.note) lines.push(`  ${words.choose(route.note)}`);
  return lines;
}

/** What was executed for a target; nothing to say where the program stays PyTorch. */
function evidenceLine(api: string, target: ChosenTarget, evidence: readonly EvidenceBrief[], words: Words): string | null {
  if (target.framework !== 'mindspore') return null;
  const file = evidence.find(({ framework, chip }) => framework === target.framework && chip === target.chip);
  const outcome = file?.apis[api];
  const name = `${words.choose(target.title)}${file ? ` ${file.version}` : ''}`;
  if (!outcome) return words.tell('evidence.none', { target: name });
  if (outcome.stale) return words.tell('evidence.stale', { target: name });
  if (!outcome.ok) return words.tell('evidence.failed', { target: name });
  const figure = (value: number | null): string => (value === null ? '' : value === 0 ? '0' : value.toExponential(1));
  const modes = outcome.modes.map((mode) => words.tell(`evidence.mode.${mode}`)).join(', ');
  const id = outcome.forward === null ? 'evidence.executed' : outcome.grad === null ? 'evidence.forward' : 'evidence.gradient';
  return words.tell(id, {
    target: name,
    forward: figure(outcome.forward),
    gradient: figure(outcome.grad),
    modes,
    calls: String(outcome.calls),
  });
}
