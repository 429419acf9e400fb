/** Examples as the fix writes them for another target, version or safety than the one they are recorded for. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { judge } from '../../../server/src/core/catalog/judge';
import { Catalog } from '../../../server/src/core/catalog/load';
import type { ApiRecord, Route, Safety } from '../../../server/src/core/catalog/record';
import type { Signature } from '../../../server/src/core/catalog/signature';
import type { ChosenTarget, TargetsData } from '../../../server/src/core/catalog/targets';
import { composeAll } from '../../../server/src/core/fixes/fix-all';
import { namedRewrites } from '../../../server/src/core/fixes/rewrites/index';
import type { FixContext } from '../../../server/src/core/fixes/single';
import { findFindings } from '../../../server/src/core/rules/findings';
import { analyzeModule } from '../../../server/src/core/semantics/analyze';
import type { Call, Expr, Module } from '../../../server/src/core/syntax/ast';
import { parseModule } from '../../../server/src/core/syntax/document';
import { PythonParser } from '../../../server/src/core/syntax/parser';
import { parserAssets } from '../../../server/src/node-assets';

/** PyTorch source with the inputs it names. */
export interface Snippet {
  given: Readonly<Record<string, string>>;
  torch: string;
}

/** One API of a snippet and the route its use takes; null when none can say it. */
export interface RouteTaken {
  name: string;
  record: string;
  route: Route | null;
  safety: Safety | null;
}

export interface Rewritten {
  /** the snippet in the target framework */
  text: string;
  routes: RouteTaken[];
  /** what could not be rewritten: finding code and API */
  left: string[];
}

const IMPORTS: [name: RegExp, line: string][] = [
  [/\bmath\b/, 'import math'],
  [/\bfunctools\b/, 'import functools'],
  [/\bnp\b/, 'import numpy as np'],
  [/\btorch\b/, 'import torch'],
  [/(?<![.\w])nn\b/, 'import torch.nn as nn'],
  [/\bF\b/, 'import torch.nn.functional as F'],
  [/\beinops\b/, 'import einops'],
  [/\btorchvision\b/, 'import torchvision'],
  [/\btimm\b/, 'import timm'],
  [/\btorch_geometric\b/, 'import torch_geometric'],
  [/\btorch_harmonics\b/, 'import torch_harmonics'],
  [/\boptim\b/, 'from torch import optim'],
  [/\bTensor\b/, 'from torch import Tensor'],
];
const LITERAL = /^(?:-?[\d.]+(?:[eE]-?\d+)?|True|False|None|'[^']*'|"[^"]*")$/;

/** How the analysis is told what a drawn input is. */
function annotationOf(value: string): string {
  if (/^-?\d+$/.test(value)) return ': int';
  if (/^-?[\d.]+(?:[eE]-?\d+)?$/.test(value)) return ': float';
  if (LITERAL.test(value) || value.startsWith('(')) return '';
  return value.startsWith('[') ? ': list[torch.Tensor]' : ': torch.Tensor';
}

/** A file with the snippet as the body of a function of its inputs. */
function fileAround({ given, torch }: Snippet): string {
  const plain = torch.replace(/\btorch\.(?:nn|optim|Tensor)\b/g, 'torch');
  const imports = IMPORTS.filter(([name, line]) => line === 'import torch' || name.test(plain)).map(([, line]) => line);
  const params = Object.entries(given).map(([name, value]) => `${name}${annotationOf(value)}`);
  const lines = torch.split('\n');
  const body = lines.map((line, index) => (index === lines.length - 1 ? `    return ${line}` : `    ${line}`));
  return [...imports, '', '', `def f(${params.join(', ')}):`, ...body, ''].join('\n');
}

/** The body of the function in a file of `callOf`, with the `return` of its last line taken off. */
export function bodyOf(text: string): string {
  const body = text
    .slice(text.indexOf('\ndef f(') + 1)
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.replace(/^ {4}/, ''));
  const last = body.findLastIndex((line) => line.startsWith('return '));
  return body.map((line, index) => (index === last ? line.slice('return '.length) : line)).join('\n');
}

/** The catalog of a checkout with all that rewriting needs. */
export class Rewriter {
  private constructor(
    private readonly catalog: Catalog,
    private readonly parser: PythonParser,
  ) {}

  static async load(root: string, records: readonly ApiRecord[]): Promise<Rewriter> {
    const targets = JSON.parse(readFileSync(join(root, 'mappings', 'targets.json'), 'utf8')) as TargetsData;
    return new Rewriter(new Catalog({ records: [records], targets }), await PythonParser.load(parserAssets(__dirname)));
  }

  /** Versions of a framework the catalog knows, oldest first. */
  versions(framework: string): readonly string[] {
    return this.catalog.targets.data.frameworks[framework]?.versions ?? [];
  }

  /** What the examples are written for unless they say otherwise. */
  get recorded(): ChosenTarget {
    return this.target('mindspore@cpu', this.versions('mindspore').at(-1)!);
  }

  target(id: string, version: string): ChosenTarget {
    return this.catalog.targets.choose([id], { [id.split('@')[0]!]: version }).chosen[0]!;
  }

  /** The snippet with every fix that is at least as safe as asked. */
  rewrite(snippet: Snippet, target: ChosenTarget, safety: Safety): Rewritten {
    const before = this.context(fileAround(snippet), target);
    const { semantics, catalog, targets, text: source } = before;
    const judged = semantics.references.map((reference) => ({ reference, ...judge(reference, { catalog, targets, semantics, source }) }));
    const routes = judged.map(({ reference, record, route, safety: own }): RouteTaken => ({
      name: reference.name,
      record: record?.torch ?? reference.name,
      route: route?.route ?? null,
      safety: own,
    }));
    const text = composeAll(before, { safety }).text();
    const after = findFindings(this.context(text, target)).map(({ code, reference }) => `${code} ${reference?.name ?? ''}`.trim());
    // a method without a route stays behind on what is no longer a PyTorch object, where nobody sees it afterwards
    // and so does a property that is assigned to
    const absent = judged
      .filter(({ obstacle, record }) => obstacle && (obstacle.id === 'no-route' || record?.kind === 'property'))
      .map(({ reference }) => reference.name);
    const left = [...absent, ...after];
    return { text: bodyOf(text), routes, left };
  }

  /**
   * The snippet as a file, and where it calls the API of a record there: the last call counts, which is the one that is compared. Null when it calls
   * it nowhere.
   */
  callOf(snippet: Snippet, record: string): { file: string; call: Call; signatures: readonly Signature[]; receiver: Expr | null } | null {
    const file = fileAround(snippet);
    const { semantics } = this.context(file, this.recorded);
    for (const { name, call, receiver } of [...semantics.references].reverse()) {
      const entry = this.catalog.entry(name);
      if (call && entry?.record.torch === record)
        return { file, call, signatures: entry.signatures, receiver: entry.shared ? receiver : null };
    }
    return null;
  }

  /** Where a snippet uses the API of a record, called or not: the last use. Null when it uses it nowhere. */
  useOf(
    snippet: Snippet,
    record: string,
  ): { call: Call | null; signatures: readonly Signature[]; receiver: Expr | null; shared: boolean } | null {
    const { semantics } = this.context(fileAround(snippet), this.recorded);
    for (const { name, call, receiver } of [...semantics.references].reverse()) {
      const entry = this.catalog.entry(name);
      if (entry?.record.torch === record) return { call, receiver, signatures: entry.signatures, shared: entry.shared };
    }
    return null;
  }

  parse(text: string): Module {
    return parseModule(this.parser, text);
  }

  private context(text: string, target: ChosenTarget): FixContext {
    const module = this.parse(text);
    const semantics = analyzeModule(module, { knowledge: this.catalog, moduleName: null });
    return { text, module, semantics, catalog: this.catalog, targets: [target], named: namedRewrites };
  }
}
