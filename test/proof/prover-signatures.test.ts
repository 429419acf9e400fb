/** Signature checks: the facts are those of the installed package, calls bind as Python binds them, and the whole catalog fits in every version. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readEvidence, writeEvidence } from '../../cli/src/prove/evidence';
import { Rewriter } from '../../cli/src/prove/rewriting';
import { SignatureCheck } from '../../cli/src/prove/signatures/check';
import { SignatureFacts } from '../../cli/src/prove/signatures/facts';
import { missingNames, proveSignatures } from '../../cli/src/prove/signatures/signatures';
import type { Route } from '../../server/src/core/catalog/record';
import type { TargetsData } from '../../server/src/core/catalog/targets';
import { ensurePython } from '../../scripts/python-env.mjs';

const repository = new URL('../..', import.meta.url).pathname;
const facts = SignatureFacts.read(repository, 'mindspore');
const { frameworks } = JSON.parse(readFileSync(join(repository, 'mappings', 'targets.json'), 'utf8')) as TargetsData;
const check = new SignatureCheck(facts, frameworks.mindspore!);
let rewriter: Rewriter;
beforeAll(async () => {
  rewriter = await Rewriter.load(repository, []);
});

const bound = (source: string, version = '2.10.0') => check.check(rewriter.parse(source), source, { x: 'randn(2, 3)' }, version);

describe('binding', () => {
  it.each([
    "ops.gelu(x, approximate='none')",
    'ops.cat([x, x], axis=1)',
    'mint.sum(x, dim=1, keepdim=True)',
    'x.swapaxes(0, 1).shape',
    'x.sum(dim=1)',
    'x.sum(axis=1, keepdims=True)',
    'nn.Dense(2, 3, has_bias=False)',
  ])('%s fits', (source) => {
    const { fits, misfits } = bound(source);
    expect(misfits).toEqual([]);
    expect(fits).toBeGreaterThan(0);
  });

  it.each([
    ['ops.gelu(x, approx=1)', 'no parameter approx'],
    ['ops.gelu()', 'input is missing'],
    ['ops.gelu(x, x, x)', '2 arguments by position at most'],
    ['ops.gelu(x, input=x)', 'input twice'],
    ['ops.cat([x, x], dim=1)', 'no parameter dim'],
    ['ops.no_such_operator(x)', 'does not exist in 2.10.0'],
    ['x.no_such_method()', 'Tensor.no_such_method does not exist'],
    ['ops.abs(x).no_such_method()', 'Tensor.no_such_method does not exist'],
  ])('%s does not: %s', (source, reason) => {
    const { misfits } = bound(source);
    expect(misfits).toHaveLength(1);
    expect(misfits[0]).toContain(reason);
  });

  it('knows the versions', () => {
    expect(bound('nn.Dense(2, 3).to(ms.float16)', '2.9.0').misfits).toEqual(['Cell.to does not exist in 2.9.0']);
    expect(bound('nn.Dense(2, 3).to(ms.float16)', '2.10.0').misfits).toEqual([]);
    const route: Route = { on: ['mindspore@*'], verdict: 'equivalent', safety: 'safe', to: 'mint.no_such({input}) + ops.abs({input})' };
    expect(missingNames(route, facts.versions, check)).toEqual(['mint.no_such does not exist in 2.7.0, 2.8.0, 2.9.0, 2.10.0']);
    expect(missingNames({ ...route, since: '2.10.0' }, facts.versions, check)).toEqual(['mint.no_such does not exist in 2.10.0']);
  });

  it('says nothing of objects it does not know', () => {
    expect(bound('y.no_such_method()')).toMatchObject({ fits: 0, misfits: [] });
    expect(bound('x.asnumpy().no_such_method()').misfits).toEqual([]);
  });
});

it('the facts are what the installed package says', async () => {
  const python = await ensurePython();
  const roots = ['mindspore:Tensor', 'mindspore.ops', 'mindspore.mint', 'mindspore.nn'];
  const env = { ...process.env, PYTHONPATH: join(repository, 'python'), GLOG_v: '3', OMP_NUM_THREADS: '1' };
  const text = execFileSync(python, ['-m', 'mindport_prove.signatures', ...roots], {
    encoding: 'utf8',
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const described = JSON.parse(text.slice(text.indexOf('{'))) as Record<string, Record<string, { signatures: string[] }>>;
  let names = 0;
  for (const root of roots) {
    for (const [name, { signatures }] of Object.entries(described[root]!)) {
      const known = facts.find(root, name, '2.10.0');
      const says = signatures.filter((signature) => signature !== '(*args, **kwargs)');
      expect(
        known?.signatures.map((signature) => signature.text),
        `${root} ${name}`,
      ).toEqual(says);
      names += 1;
    }
  }
  expect(names).toBeGreaterThan(2000);
});

describe('the catalog', () => {
  const root = mkdtempSync(join(tmpdir(), 'mindport-signatures-'));
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  it('fits in every version, and the evidence in the tree says so', { timeout: 180_000 }, async () => {
    mkdirSync(join(root, 'mappings'));
    for (const name of ['records', 'facts', 'targets.json']) symlinkSync(join(repository, 'mappings', name), join(root, 'mappings', name));
    const written: string[] = [];
    const spy = vi.spyOn(process.stdout, 'write').mockImplementation((text) => (written.push(String(text)), true));
    const status = await proveSignatures(root, [], { json: true }).finally(() => spy.mockRestore());
    const { calls, problems } = JSON.parse(written.join('')) as { calls: number; problems: string[] };
    expect(problems).toEqual([]);
    expect(status).toBe(0);
    expect(calls).toBeGreaterThan(10_000);
    const files = readdirSync(join(root, 'mappings', 'evidence'));
    expect(files).toHaveLength(facts.versions.length + 1);
    const levels = (folder: string, file: string) =>
      Object.fromEntries(
        Object.entries(readEvidence(join(folder, 'mappings', 'evidence', file))).map(([name, { digest, level }]) => [
          name,
          `${digest} ${level}`,
        ]),
      );
    for (const file of files) {
      const tree = levels(repository, file);
      const executed = Object.entries(tree).filter(([, said]) => said.endsWith(' undefined')); // on such a chip, which says more
      expect(tree, file).toEqual({ ...levels(root, file), ...Object.fromEntries(executed) }); // mend with `mindport prove --signatures`
    }
  });

  it('is not bound where it was executed on such a chip', { timeout: 60_000 }, async () => {
    const path = join(root, 'mappings', 'evidence', 'mindspore-2.10.0-ascend910b.json');
    const known = readEvidence(path);
    const executed = { ...known['torch.abs']!, forward: 1e-3 };
    delete executed.level;
    const head = { framework: 'mindspore', version: '2.10.0', chip: 'ascend910b', torch: '2.6.0' };
    writeEvidence(path, { ...head, apis: { ...known, 'torch.abs': executed, 'torch.exp': { ...executed, digest: 'of an earlier form' } } });
    const spy = vi.spyOn(process.stdout, 'write').mockImplementation(() => true);
    await proveSignatures(root, ['torch.abs', 'torch.exp'], { json: true }).finally(() => spy.mockRestore());
    expect(readEvidence(path)['torch.abs']).toEqual(executed);
    expect(readEvidence(path)['torch.exp']).toEqual(known['torch.exp']);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject(head);
  });
});
