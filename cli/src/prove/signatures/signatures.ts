/** What routes write for Ascend, bound against the signatures of every version: evidence of calls that cannot be executed here. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ApiRecord, Route } from '../../../../server/src/core/catalog/record';
import { compareVersions, type TargetsData } from '../../../../server/src/core/catalog/targets';
import { evidenceDigest } from '../../../../scripts/evidence-digest.mjs';
import { UsageError } from '../checkout';
import { comparedWith, merge, readEvidence, writeEvidence, type Outcome } from '../evidence';
import { matching, readRecords } from '../jobs';
import { Rewriter } from '../rewriting';
import { words } from '../words';
import { SignatureCheck, type Bound } from './check';
import { SignatureFacts } from './facts';

/** Frameworks whose forms for the Ascend chip cannot be executed here. */
const FRAMEWORKS = ['mindspore', 'torch_npu'];
const CHIP = 'ascend910b';

export interface SignatureOptions {
  json?: boolean;
}

/** The examples of a record as they are written for Ascend in a version, bound; null when no route says any of them there. */
function boundOf(
  record: ApiRecord,
  framework: string,
  version: string,
  rewriter: Rewriter,
  check: SignatureCheck,
): { bound: Bound; examples: number } | null {
  const bound: Bound = { fits: 0, unsigned: [], misfits: [], elsewhere: [] };
  let examples = 0;
  const target = rewriter.target(`${framework}@${CHIP}`, version);
  for (const example of record.examples) {
    if ((example.on ?? 'mindspore').split('@')[0] !== framework) continue;
    const { text, left } = rewriter.rewrite({ given: example.given ?? {}, torch: example.torch }, target, 'review');
    if (left.length > 0) continue;
    examples += 1;
    const one = check.check(rewriter.parse(text), text, example.given ?? {}, version);
    bound.fits += one.fits;
    for (const key of ['unsigned', 'misfits'] as const) bound[key].push(...one[key]);
    // an example may use other APIs beside: theirs is not this one's label
    bound.elsewhere.push(...one.elsewhere.filter((name) => writes(record, name)));
  }
  return examples === 0 ? null : { bound, examples };
}

/** Whether a form of the record writes a name (`ops.gelu`, `Tensor.median`); a rewrite without a form may write anything. */
function writes({ routes }: ApiRecord, name: string): boolean {
  const forms = routes.flatMap(({ to, value, check }) => [to, value, check].filter((form) => form !== undefined));
  const written = name.startsWith('Tensor.') ? name.slice('Tensor'.length) : name;
  return forms.length === 0 || forms.some((form) => new RegExp(`(?<![\\w])${written.replaceAll('.', '\\.')}\\b`).test(form));
}

/** Names in a route's forms that a version it claims lacks. */
export function missingNames(route: Route, versions: readonly string[], check: Pick<SignatureCheck, 'exists'>): string[] {
  const claimed = versions.filter(
    (version) =>
      (route.since === undefined || compareVersions(version, route.since) >= 0) &&
      (route.until === undefined || compareVersions(version, route.until) <= 0),
  );
  const forms = [route.to, route.value, route.check]
    .filter((form) => form !== undefined)
    .map((form) => form.replace(/'[^']*'|"[^"]*"/g, ''));
  const names = new Set(
    forms.flatMap((form) => [...form.matchAll(/(?<![\w.}\])])[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+/g)].map(([name]) => name)),
  );
  return [...names].flatMap((name) => {
    const lacking = claimed.filter((version) => check.exists(name, version) === false);
    return lacking.length > 0 ? [`${name} does not exist in ${lacking.join(', ')}`] : [];
  });
}

function outcomeFor(record: ApiRecord, { bound, examples }: { bound: Bound; examples: number }, date: string): Outcome {
  const misfits = [...new Set(bound.misfits)];
  const elsewhere = [...new Set(bound.elsewhere)].sort();
  const checked = bound.unsigned.length > 0 || bound.fits === 0 ? 'documented' : 'signature-checked';
  return {
    digest: evidenceDigest(record),
    date,
    ok: misfits.length === 0,
    level: elsewhere.length > 0 ? 'elsewhere' : checked,
    examples,
    calls: bound.fits,
    ...(elsewhere.length > 0 ? { elsewhere } : {}),
    ...(misfits.length > 0 ? { failed: Object.fromEntries(misfits.map((problem, index) => [String(index), problem])) } : {}),
  };
}

/** What the checks of all frameworks and versions found. */
interface Findings {
  names: Set<string>;
  calls: number;
  unsigned: number;
  /** framework and version → APIs by level */
  levels: Record<string, Record<string, number>>;
  problems: string[];
  elsewhere: Set<string>;
}

/** Checks the chosen records for one framework and writes its evidence. */
function checkFramework(
  root: string,
  framework: string,
  records: { all: ApiRecord[]; chosen: ApiRecord[] },
  rewriter: Rewriter,
  data: TargetsData,
  found: Findings,
): void {
  const facts = SignatureFacts.read(root, framework);
  const check = new SignatureCheck(facts, data.frameworks[framework]!);
  const today = new Date().toLocaleDateString('sv');
  const known = new Set(records.all.map(({ torch }) => torch));
  const chosen = new Set(records.chosen.map(({ torch }) => torch));
  for (const { torch, routes } of records.chosen) {
    for (const [index, route] of routes.entries()) {
      if (!route.on.some((id) => id.split('@')[0] === framework)) continue;
      for (const problem of missingNames(route, facts.versions, check)) found.problems.push(`${torch} route ${index}: ${problem}`);
    }
  }
  for (const version of facts.versions) {
    const outcomes: Record<string, Outcome> = {};
    const path = join(root, 'mappings', 'evidence', `${framework}-${version}-${CHIP}.json`);
    const before = readEvidence(path);
    for (const record of records.chosen) {
      const bound = boundOf(record, framework, version, rewriter, check);
      if (!bound) continue;
      const outcome = (outcomes[record.torch] = outcomeFor(record, bound, today));
      found.names.add(record.torch);
      found.calls += bound.bound.fits;
      found.unsigned += bound.bound.unsigned.length;
      const counts = (found.levels[`${framework} ${version}`] ??= {});
      const level = outcome.ok ? outcome.level! : 'failed';
      counts[level] = (counts[level] ?? 0) + 1;
      for (const name of outcome.elsewhere ?? []) found.elsewhere.add(`${record.torch}: ${name}`);
      for (const problem of Object.values(outcome.failed ?? {})) found.problems.push(`${record.torch} in ${version}: ${problem}`);
    }
    // what was executed on such a chip says more than a signature
    for (const [name, { digest }] of Object.entries(outcomes))
      if (before[name]?.digest === digest && before[name].level === undefined) outcomes[name] = before[name];
    // an API that no route says any more in this version loses what was checked before
    const old = Object.fromEntries(Object.entries(before).filter(([name]) => outcomes[name] || !chosen.has(name)));
    writeEvidence(path, { framework, version, chip: CHIP, ...comparedWith(path), apis: merge(old, outcomes, known) });
  }
}

/** Checks the chosen APIs in all versions and writes the evidence. Returns the exit status: 0 everything fits, 1 not. Throws UsageError. */
export async function proveSignatures(root: string, patterns: string[], options: SignatureOptions): Promise<number> {
  const started = Date.now();
  const all = readRecords(root);
  const { chosen, unknown } = matching(all, patterns);
  if (unknown.length > 0) throw new UsageError(words().unknown(unknown.join(', ')));
  const data = JSON.parse(readFileSync(join(root, 'mappings', 'targets.json'), 'utf8')) as TargetsData;
  const rewriter = await Rewriter.load(root, all);
  const found: Findings = { names: new Set(), calls: 0, unsigned: 0, levels: {}, problems: [], elsewhere: new Set() };
  for (const framework of FRAMEWORKS) checkFramework(root, framework, { all, chosen }, rewriter, data, found);
  const { names, calls, unsigned, levels, problems } = found;
  const elsewhere = [...found.elsewhere].sort();
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  if (options.json) process.stdout.write(`${JSON.stringify({ seconds: Number(seconds), calls, unsigned, levels, problems, elsewhere })}\n`);
  else {
    const list = (title: string, items: string[]): string =>
      items.length > 0 ? `${title}\n${items.map((item) => `  ${item}`).join('\n')}\n\n` : '';
    process.stdout.write(list(words().misfit, problems) + list(words().elsewhere, elsewhere));
    process.stdout.write(`${words().bound(names.size, calls, unsigned, problems.length, seconds)}\n`);
  }
  return problems.length > 0 ? 1 : 0;
}
