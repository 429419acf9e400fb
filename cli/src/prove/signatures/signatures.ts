/** What routes write for Ascend, bound against the signatures of every version: evidence of calls that cannot be executed here. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ApiRecord, Route } from '../../../../server/src/core/catalog/record';
import { compareVersions, type TargetsData } from '../../../../server/src/core/catalog/targets';
import { evidenceDigest } from '../../../../scripts/evidence-digest.mjs';
import { UsageError } from '../checkout';
import { merge, readEvidence, writeEvidence, type Outcome } from '../evidence';
import { matching, readRecords } from '../jobs';
import { Rewriter } from '../rewriting';
import { words } from '../words';
import { SignatureCheck, type Bound } from './check';
import { SignatureFacts } from './facts';

const TARGET = 'mindspore@ascend910b';

export interface SignatureOptions {
  json?: boolean;
}

/** The examples of a record as they are written for Ascend in a version, bound; null when no route says any of them there. */
function boundOf(record: ApiRecord, version: string, rewriter: Rewriter, check: SignatureCheck): { bound: Bound; examples: number } | null {
  const bound: Bound = { fits: 0, unsigned: [], misfits: [], elsewhere: [] };
  let examples = 0;
  const target = rewriter.target(TARGET, version);
  for (const example of record.examples) {
    if (example.on !== undefined && !example.on.startsWith('mindspore@')) continue;
    const { text, left } = rewriter.rewrite({ given: example.given ?? {}, torch: example.torch }, target, 'review');
    if (left.length > 0) continue;
    examples += 1;
    const one = check.check(rewriter.parse(text), text, example.given ?? {}, version);
    bound.fits += one.fits;
    for (const key of ['unsigned', 'misfits', 'elsewhere'] as const) bound[key].push(...one[key]);
  }
  return examples === 0 ? null : { bound, examples };
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

/** Checks the chosen APIs in all versions and writes the evidence. Returns the exit status: 0 everything fits, 1 not. Throws UsageError. */
export async function proveSignatures(root: string, patterns: string[], options: SignatureOptions): Promise<number> {
  const started = Date.now();
  const records = readRecords(root);
  const { chosen, unknown } = matching(records, patterns);
  if (unknown.length > 0) throw new UsageError(words().unknown(unknown.join(', ')));
  const facts = SignatureFacts.read(root);
  const { frameworks } = JSON.parse(readFileSync(join(root, 'mappings', 'targets.json'), 'utf8')) as TargetsData;
  const check = new SignatureCheck(facts, frameworks.mindspore!);
  const rewriter = await Rewriter.load(root, records);
  const today = new Date().toLocaleDateString('sv');
  const known = new Set(records.map(({ torch }) => torch));
  const problems: string[] = chosen.flatMap((record) =>
    record.routes.flatMap((route, index) =>
      missingNames(route, facts.versions, check).map((problem) => `${record.torch} route ${index}: ${problem}`),
    ),
  );
  const totals = { calls: 0, unsigned: 0 };
  const levels: Record<string, Record<string, number>> = {};
  const names = new Set<string>();
  const elsewhere = new Set<string>();
  for (const version of facts.versions) {
    const outcomes: Record<string, Outcome> = {};
    for (const record of chosen) {
      const found = boundOf(record, version, rewriter, check);
      if (!found) continue;
      const outcome = (outcomes[record.torch] = outcomeFor(record, found, today));
      names.add(record.torch);
      totals.calls += found.bound.fits;
      totals.unsigned += found.bound.unsigned.length;
      const counts = (levels[version] ??= {});
      const level = outcome.ok ? outcome.level! : 'failed';
      counts[level] = (counts[level] ?? 0) + 1;
      for (const name of outcome.elsewhere ?? []) elsewhere.add(`${record.torch}: ${name}`);
      for (const problem of Object.values(outcome.failed ?? {})) problems.push(`${record.torch} in ${version}: ${problem}`);
    }
    const path = join(root, 'mappings', 'evidence', `mindspore-${version}-ascend910b.json`);
    // an API that no route says any more in this version loses what was checked before
    const old = Object.fromEntries(
      Object.entries(readEvidence(path)).filter(([name]) => outcomes[name] || !chosen.some(({ torch }) => torch === name)),
    );
    writeEvidence(path, { framework: 'mindspore', version, chip: 'ascend910b', apis: merge(old, outcomes, known) });
  }
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  if (options.json)
    process.stdout.write(
      `${JSON.stringify({ seconds: Number(seconds), ...totals, levels, problems, elsewhere: [...elsewhere].sort() })}\n`,
    );
  else {
    if (problems.length > 0) process.stdout.write(`${words().misfit}\n${problems.map((problem) => `  ${problem}`).join('\n')}\n\n`);
    if (elsewhere.size > 0) process.stdout.write(`${words().elsewhere}\n${[...elsewhere].sort().join('\n').replace(/^/gm, '  ')}\n\n`);
    process.stdout.write(`${words().bound(names.size, totals.calls, totals.unsigned, problems.length, seconds)}\n`);
  }
  return problems.length > 0 ? 1 : 0;
}
