/** Examples as tests: the fix makes exactly `mindspore` of `torch`, the result parses, and nothing is left to say about it. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Example } from '../../server/src/core/catalog/record';
import { composeAll } from '../../server/src/core/fixes/fix-all';
import { findFindings } from '../../server/src/core/rules/findings';
import { fileOf, parse, recordFiles } from './scene';

const IMPORTS: [RegExp, string][] = [
  [/\bmath\b/, 'import math'],
  [/\bfunctools\b/, 'import functools'],
  [/\bnp\b/, 'import numpy as np'],
  [/\btorch\b/, 'import torch'],
  [/(?<![.\w])nn\b/, 'import torch.nn as nn'],
  [/\bF\b/, 'import torch.nn.functional as F'],
  [/\beinops\b/, 'import einops'],
  [/\bpytorch_lightning\b/, 'import pytorch_lightning'],
  [/\btimm\b/, 'import timm'],
  [/\btorch_geometric\b/, 'import torch_geometric'],
  [/\btorch_harmonics\b/, 'import torch_harmonics'],
  [/\btorch_scatter\b/, 'import torch_scatter'],
  [/\btorchvision\b/, 'import torchvision'],
  [/\boptim\b/, 'from torch import optim'],
  [/\bTensor\b/, 'from torch import Tensor'],
];

const PLAIN = /^(?:-?[\d.]+(?:[eE]-?\d+)?|True|False|None|'[^']*'|"[^"]*")$/;

/** A file around an example: its imports, and a function of its inputs that returns the last line. */
function fileAround({ torch, given }: Example): string {
  const imports = IMPORTS.filter(
    ([name]) => name.test(torch.replace(/\btorch\.(?:nn|optim|Tensor)\b/g, 'torch')) || name.source === '\\btorch\\b',
  ).map(([, line]) => line);
  const params = Object.entries(given ?? {}).map(([name, value]) => `${name}${annotationOf(value)}`);
  const lines = torch.split('\n');
  const last = lines.length - 1;
  const body = lines.map((line, index) => (index === last ? `    return ${line}` : `    ${line}`));
  return [...imports, '', '', `def f(${params.join(', ')}):`, ...body, ''].join('\n');
}

function annotationOf(value: string): string {
  if (/^-?\d+$/.test(value)) return ': int';
  if (/^-?[\d.]+(?:[eE]-?\d+)?$/.test(value)) return ': float';
  if (PLAIN.test(value) || value.startsWith('(')) return '';
  return value.startsWith('[') ? ': list[torch.Tensor]' : ': torch.Tensor';
}

/** The body of `f`, with the last line's `return` taken off again. */
function bodyOf(text: string): string {
  const lines = text
    .slice(text.indexOf('\ndef f(') + 1)
    .trimEnd()
    .split('\n')
    .slice(1);
  const body = lines.map((line) => line.replace(/^ {4}/, ''));
  const at = body.findLastIndex((line) => line.startsWith('return '));
  return body.map((line, index) => (index === at ? line.slice('return '.length) : line)).join('\n');
}

for (const [file, records] of recordFiles) {
  describe(file, () => {
    for (const record of records) {
      describe(record.torch, () => {
        if (record.examples.length === 0 && !record.fixtures) {
          it('says why, and a way out', () => {
            for (const { note } of record.routes) expect(note?.en.length).toBeGreaterThan(20);
          });
        }
        for (const fixture of record.fixtures ?? []) {
          it(`is shown by ${fixture}`, () => {
            const folder = new URL(`../fixtures/${fixture}/`, import.meta.url);
            const input = readFileSync(new URL('input.py', folder), 'utf8');
            expect(input).toContain(record.torch.slice(record.torch.lastIndexOf('.') + 1));
            expect(existsSync(new URL('expected.py', folder))).toBe(true);
          });
        }
        for (const [index, example] of record.examples.entries()) {
          it(`${index}: ${example.torch.replaceAll('\n', '; ')}`, () => {
            const targets = [example.on ?? 'mindspore@cpu'];
            const source = fileAround(example);
            expect(parse(source).hasError, source).toBe(false);
            const result = composeAll(fileOf(source, targets), { safety: 'review' }).text();
            expect(bodyOf(result), result).toBe(example.mindspore);
            expect(parse(result).hasError, result).toBe(false);
            const left = findFindings(fileOf(result, targets)).map((finding) => `${finding.code} ${finding.reference?.name}`);
            expect(left, result).toEqual([]);
            expect(composeAll(fileOf(result, targets), { safety: 'review' }).edits, 'a second time').toEqual([]);
          });
        }
      });
    }
  });
}

it('every dtype is typed as one: `x.to(torch.int32)` is told from `x.to(device)` by it', () => {
  const values = [...recordFiles.values()].flat().filter(({ kind }) => kind === 'value');
  const dtypes = values.filter(({ routes }) => routes.some(({ to }) => /^ms\.(?:u?int|b?float|bool|complex)\d*_?$/.test(to ?? '')));
  expect(dtypes.length).toBeGreaterThan(12);
  expect(dtypes.filter(({ returns }) => returns !== 'torch.dtype').map(({ torch }) => torch)).toEqual([]);
});
