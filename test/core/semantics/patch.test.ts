/** Analyses patched after an edit: sound in any case, and those of a fresh analysis where the edit stays in its statement. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analyzeModule, type ModuleSemantics } from '../../../server/src/core/semantics/analyze';
import { patchModule } from '../../../server/src/core/semantics/patch';
import type { Module, Node } from '../../../server/src/core/syntax/ast';
import { PythonDocument } from '../../../server/src/core/syntax/document';
import { settleAll } from '../../../server/src/core/syntax/shift';
import { times } from '../../times';
import { edit, program } from '../syntax/program';
import { parse, parser } from '../syntax/support';
import { noKnowledge } from './support';

const fresh = (module: Module): ModuleSemantics => analyzeModule(module, { knowledge: noKnowledge, moduleName: null });

const said = ({ references }: ModuleSemantics): string[] =>
  references.map(({ name, span, confidence, reason }) => `${span.start}-${span.end} ${confidence} ${name} ${reason.id}`);

const rootOf = (node: Node): Node => {
  let at = node;
  while (at.parent) at = at.parent;
  return at;
};

/** A document under edit with its analysis, patched where that is possible. */
class Session {
  readonly document: PythonDocument;
  semantics: ModuleSemantics;
  private module: Module;
  patches = 0;

  constructor(text: string) {
    this.document = new PythonDocument(parser, text);
    this.module = this.document.ast;
    this.semantics = fresh(this.module);
  }

  change(from: number, remove: number, insert: string): void {
    const { lines } = this.document;
    const range = { start: lines.positionAt(from), end: lines.positionAt(from + remove) };
    this.document.applyChanges([{ range, text: insert }], this.document.version + 1);
    const { unsettled } = this.document;
    const patched = patchModule(this.semantics, this.module, unsettled);
    if (patched) this.patches++;
    this.module = patched ? unsettled : this.document.ast;
    this.semantics = patched ?? fresh(this.module);
  }

  /** One replacement between what both texts begin and end with. */
  become(now: string): void {
    const { text } = this.document;
    const most = Math.min(text.length, now.length);
    let from = 0;
    while (from < most && text[from] === now[from]) from++;
    let behind = 0;
    while (behind < most - from && text.at(-1 - behind) === now.at(-1 - behind)) behind++;
    this.change(from, text.length - behind - from, now.slice(from, now.length - behind));
  }

  replace(old: string, now: string): void {
    const at = this.document.text.indexOf(old);
    expect(at, old).toBeGreaterThanOrEqual(0);
    this.change(at, old.length, now);
  }

  problems(): string[] {
    settleAll(this.module);
    const found: string[] = [];
    const { references } = this.semantics;
    const seen = new Set<Node>();
    let before = -1;
    for (const reference of references) {
      const { node, span } = reference;
      const place = `${reference.name} at ${span.start}`;
      if (seen.has(node)) found.push(`${place} twice`);
      seen.add(node);
      if (span.end < before) found.push(`${place} out of order`);
      before = span.end;
      if (rootOf(node) !== this.module) found.push(`${place} is of another tree`);
      const end = node.kind === 'Attribute' ? node.attrSpan.end : node.end;
      if (span.end !== end || span.start < node.start) found.push(`${place} does not cover its node`);
      if (this.semantics.referenceAt(node) !== reference) found.push(`${place} is not found by its node`);
    }
    return found;
  }
}

const PROGRAM = `import torch
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.fc = nn.Linear(dim, dim)

    def forward(self, x):
        y = F.relu(self.fc(x))
        return y.view(-1)


def train(model, loader):
    for x, y in loader:
        loss = F.mse_loss(model(x), y)
        loss.backward()


def scale(x: torch.Tensor):
    return x.mul(2)


net = Net(3)
out = net(torch.zeros(2, 3)).sum()
`;

const BEFORE_CLASS = [
  'import torch',
  'import torch.nn as nn',
  '',
  'def before(x: torch.Tensor):',
  '    return x.exp()',
  '',
  'class Model(nn.Module):',
];
const AFTER_CLASS = ['', 'def after(x: torch.Tensor):', '    return x.cos()', ''];
const HEADERS = [
  ['    def __init__(self):', '        super().__init__()'],
  ['', '    def forward(self, x: torch.Tensor):'],
  ['', '    @property', '    def size(self):'],
  ['', '    def step(self, x, y=None):'],
];
/** Statements of a method; what they say of the class changes with their place, and with what other methods hold. */
const STATEMENTS = [
  '        y = torch.ones(2)',
  '        self.buffer = torch.zeros(3)',
  '        self.buffer = None',
  '        self.layer = nn.Linear(2, 2)',
  '        y = self.buffer.cumsum(0)',
  '        z = self.layer(y).mean()',
  '        return self.buffer.view(-1)',
  '        x = self.forward(torch.ones(1)).sum()',
  '        w = self.size.abs()',
  '        for part in self.parameters():\n            y = part.grad.norm()',
  '        if self.training:\n            return before(torch.ones(1)).sin()',
  "        text = 'a'.split(',')",
  '        x = self.step(self.buffer).flatten()',
  '        def inner(v: torch.Tensor):\n            return v.tanh()',
];
const statement = fc.constantFrom(...STATEMENTS);
const body = fc.array(statement, { minLength: 1, maxLength: 5 });
const bodies = fc.tuple(body, body, body, body);
/** A statement more at a place of a method, or (null) one less. */
const methodEdit = fc.record({
  method: fc.nat(3),
  at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  statement: fc.option(statement, { freq: 2 }),
});

describe('a patched analysis', () => {
  it.each([
    ['a comment', 'y = F.relu(self.fc(x))', 'y = F.relu(self.fc(x))  # relu'],
    ['a line', '        loss.backward()\n', '        loss.backward()\n        print(loss.item())\n'],
    ['a method', 'return x.mul(2)', 'return x.mul(2).cumsum(0)'],
    ['a layer', 'self.fc = nn.Linear(dim, dim)', 'self.fc = nn.Linear(dim, dim, bias=False)'],
    ['the last statement', '.sum()', '.mean()'],
    ['a new function', 'net = Net(3)\n', 'def more(x: torch.Tensor):\n    return x.flatten()\n\n\nnet = Net(3)\n'],
    ['a function less', 'def scale(x: torch.Tensor):\n    return x.mul(2)\n', ''],
    ['a blank line', 'net = Net(3)', '\nnet = Net(3)'],
  ])('is that of a fresh analysis: %s', (_, old, now) => {
    const session = new Session(PROGRAM);
    session.replace(old, now);
    expect(session.patches).toBe(1);
    expect(session.problems()).toEqual([]);
    expect(said(session.semantics)).toEqual(said(fresh(parse(session.document.text))));
    session.replace(now === '' ? '\n\nnet = Net(3)' : now, now === '' ? '\n\nnet = Net(4)' : old);
    expect(said(session.semantics)).toEqual(said(fresh(parse(session.document.text))));
  });

  it('keeps what stands elsewhere while a statement is broken', () => {
    const session = new Session(PROGRAM);
    const before = session.semantics.references.length;
    session.replace('return x.mul(2)', 'return x.mul(');
    expect(session.problems()).toEqual([]);
    expect(session.semantics.references.length).toBeGreaterThan(before - 4);
  });

  it('leaves what an import means elsewhere to the look at the whole', () => {
    const session = new Session(PROGRAM);
    const before = session.semantics.references.map(({ name }) => name);
    session.replace('import torch.nn.functional as F', 'import torch.nn.functional as G');
    expect(session.semantics.references.map(({ name }) => name)).toEqual(before);
    session.replace('net = Net(3)', 'net = G.relu(Net(3))');
    expect(session.semantics.references.map(({ name }) => name)).toContain('torch.nn.functional.relu');
    session.replace('import torch.nn.functional as G\n', '');
    session.replace('net = G', 'if True:\n    import torch.fft\nnet = torch');
    expect(session.patches).toBe(4);
    expect(session.problems()).toEqual([]);
  });

  it('is refused after many in a row: what is gone must not be kept for ever', () => {
    const session = new Session(PROGRAM);
    for (let i = 0; i < 1050; i++) session.replace(i % 2 ? 'x.mul(3)' : 'x.mul(2)', i % 2 ? 'x.mul(2)' : 'x.mul(3)');
    expect(session.patches).toBeGreaterThan(1000);
    expect(session.patches).toBeLessThan(1050);
    expect(said(session.semantics)).toEqual(said(fresh(parse(session.document.text))));
  });

  it('says of a class what a fresh analysis says, after any edits of its methods', { timeout: times(90_000) }, () => {
    let patches = 0;
    let references = 0;
    const ofClass = (semantics: ModuleSemantics, text: string): string[] => {
      const [start, end] = [text.indexOf('class Model'), text.indexOf('def after')];
      return said({ ...semantics, references: semantics.references.filter(({ span }) => start <= span.start && span.end <= end) });
    };
    fc.assert(
      fc.property(bodies, fc.array(methodEdit, { minLength: 1, maxLength: 8 }), (methods, edits) => {
        const lines = methods.map((body) => [...body]);
        const text = (): string => [...BEFORE_CLASS, ...lines.flatMap((body, i) => [...HEADERS[i]!, ...body]), ...AFTER_CLASS].join('\n');
        const session = new Session(text());
        for (const { method, at, statement } of edits) {
          const body = lines[method]!;
          const place = Math.floor(at * body.length);
          if (statement === null && body.length > 1) body.splice(place, 1);
          else body.splice(place, 0, statement ?? STATEMENTS[0]!);
          session.become(text());
          expect(session.problems(), text()).toEqual([]);
          expect(ofClass(session.semantics, text()), text()).toEqual(ofClass(fresh(parse(text())), text()));
          references += session.semantics.references.length;
        }
        patches += session.patches;
      }),
      { numRuns: times(60) },
    );
    expect(patches).toBeGreaterThan(100);
    expect(references).toBeGreaterThan(2000);
  });

  it('is sound after any edits', { timeout: 90_000 }, () => {
    let patches = 0;
    const head = 'import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\n';
    fc.assert(
      fc.property(program, program, fc.array(edit, { minLength: 1, maxLength: 8 }), (first, second, edits) => {
        const session = new Session(`${head}${first}${second}`);
        for (const { at, remove, insert } of edits) {
          session.change(Math.floor(at * session.document.text.length), remove, insert);
          expect(session.problems(), session.document.text).toEqual([]);
        }
        patches += session.patches;
      }),
      { numRuns: times(80) },
    );
    expect(patches).toBeGreaterThan(50);
  });
});
