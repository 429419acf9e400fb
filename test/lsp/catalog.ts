/** A small catalog with one API of each kind of outcome; targets are the real ones. */
import { readFileSync } from 'node:fs';
import { packCatalog } from '../../scripts/catalog.mjs';
import type { ApiRecord, Route } from '../../server/src/core/catalog/record';

const note = { en: 'The default differs.', zh: '默认值不同。' };
const sources = ['https://example.org/docs/page.html'];
const safe = (to: string): Route => ({ on: ['mindspore@*'], verdict: 'equivalent', safety: 'safe', to });
const record = (torch: string, params: string, routes: Route[], more: Partial<ApiRecord> = {}): ApiRecord => ({
  torch,
  kind: 'function',
  params,
  returns: 'Tensor',
  routes,
  examples: [],
  sources,
  ...more,
});

const records: ApiRecord[] = [
  record('torch.abs', '(input)', [safe('ops.abs({input})')]),
  record('torch.cat', '(tensors, dim=0)', [safe('ops.cat({tensors}, axis={dim})')]),
  record('torch.ones', '(*size, dtype=None)', [safe('ops.ones({size:tuple}, dtype={dtype})')]),
  record('torch.nn.functional.gelu', "(input, *, approximate='none')", [
    { on: ['mindspore@*'], verdict: 'differs', safety: 'review', to: 'ops.gelu({input}, approximate={approximate})', note },
  ]),
  record('torch.einsum', '(equation, *operands)', [{ on: ['mindspore@*'], verdict: 'unsupported', safety: 'manual', note }]),
  record('torch.nn.Linear', '(a, b)', [safe('nn.Dense({a}, {b})')], { kind: 'class' }),
  record('torch.Tensor.exp', '()', [safe('ops.exp({self})')], { kind: 'method' }),
];

const targets = JSON.parse(readFileSync(new URL('../../mappings/targets.json', import.meta.url), 'utf8')) as unknown;

export const catalog: unknown = packCatalog({
  records,
  targets,
  evidence: {
    'mindspore-2.10.0-cpu': {
      framework: 'mindspore',
      version: '2.10.0',
      chip: 'cpu',
      apis: { 'torch.abs': { ok: true, forward: 1.2e-7, grad: 3e-7, modes: ['pynative', 'jit'], calls: 6, date: '2026-11-21' } },
    },
  },
});
