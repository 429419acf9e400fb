/** Results of earlier runs: with them a run comes to the same as without, whatever was edited in between. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { openFile, type Report } from '../../cli/src/analyse';
import { isProblem } from '../../cli/src/files';
import { KeptResults } from '../../cli/src/kept-results';
import { ResultCache } from '../../cli/src/result-cache';
import { workHere, type Outcome, type ProgramSpec, type Work } from '../../server/src/core/project/work';
import { brief, noKnowledge } from './semantics/support';
import { parse } from './syntax/support';
import { times } from '../times';

type References = Report<string[]>;

const folder = mkdtempSync(join(tmpdir(), 'mindport-kept-'));
let work = '';
let cache = '';
let analysed: string[] = [];

beforeEach(() => {
  const fresh = mkdtempSync(join(folder, 'run-'));
  work = join(fresh, 'work');
  cache = join(fresh, 'cache');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const references: Work<References> = {
  knowledge: noKnowledge,
  parse,
  open: openFile,
  report(file, { path }, analyse) {
    const { contents } = file as ReturnType<typeof openFile>;
    if (isProblem(contents)) return { problems: [contents], result: null };
    analysed.push(path);
    return { problems: [], result: brief(analyse().semantics.references) };
  },
};

function write(files: Record<string, string | null>): void {
  rmSync(work, { recursive: true, force: true });
  for (const [path, text] of Object.entries(files)) {
    if (text === null) continue;
    mkdirSync(dirname(join(work, path)), { recursive: true });
    writeFileSync(join(work, path), text);
  }
}

const specOf = (paths: readonly string[], wanted: readonly number[] | null = null): ProgramSpec[] => [
  { files: paths.map((path) => ({ path, location: join(work, path) })), wanted },
];

const inOrder = (outcomes: Iterable<Outcome<References>>): Outcome<References>[] => [...outcomes].sort((a, b) => a.file - b.file);

/** A run with what earlier ones kept, and the files it analysed. */
function again(specs: ProgramSpec[], settings = 'settings'): { outcomes: Outcome<References>[]; analysed: string[] } {
  const store = new ResultCache(settings, cache);
  const kept = new KeptResults<string[]>(store, specs);
  analysed = [];
  const all = kept.all();
  const outcomes = inOrder(typeof all === 'number' ? workHere(specs, references, kept) : all);
  store.close();
  return { outcomes, analysed: [...analysed] };
}

const fresh = (specs: ProgramSpec[]): Outcome<References>[] => inOrder(workHere(specs, references));

const PROGRAM = {
  'main.py': 'from pkg import make\nx = make().exp()\n',
  'other.py': 'import torch\ny = torch.ones(1).abs()\n',
  'pkg/__init__.py': 'from .ops import make\n',
  'pkg/ops.py': 'import torch\ndef make():\n    return torch.ones(2)\n',
};
const PATHS = Object.keys(PROGRAM);

describe('results of earlier runs', () => {
  it('are all that a run needs when nothing has changed', () => {
    write(PROGRAM);
    expect(again(specOf(PATHS)).analysed.sort()).toEqual(PATHS);
    expect(again(specOf(PATHS))).toEqual({ outcomes: fresh(specOf(PATHS)), analysed: [] });
  });

  it('hold for those who import a changed file as long as they learn the same of it', () => {
    write(PROGRAM);
    again(specOf(PATHS));
    write({ ...PROGRAM, 'pkg/ops.py': 'import torch\ndef make():\n    return torch.zeros(3).cos()\n' });
    expect(again(specOf(PATHS)).analysed).toEqual(['pkg/ops.py']);
    write({ ...PROGRAM, 'pkg/ops.py': 'def make():\n    return "text"\n' });
    const changed = again(specOf(PATHS));
    expect(changed.analysed.sort()).toEqual(['main.py', 'pkg/__init__.py', 'pkg/ops.py']);
    expect(changed.outcomes[0]!.report.result).toEqual([]);
  });

  it('are those of the same settings', () => {
    write(PROGRAM);
    again(specOf(PATHS));
    expect(again(specOf(PATHS), 'others').analysed.length).toBe(4);
  });

  it('count only when they are what was written', () => {
    write(PROGRAM);
    const { outcomes } = again(specOf(PATHS));
    const [settings] = readdirSync(cache).filter((name) => name !== 'swept');
    const entries = readdirSync(join(cache, settings!)).sort();
    expect(entries.length).toBe(4);
    truncateSync(join(cache, settings!, entries[0]!), 100);
    writeFileSync(join(cache, settings!, entries[1]!), '{"reports": []}');
    const last = join(cache, settings!, entries[2]!);
    writeFileSync(last, readFileSync(last, 'utf8').replace('"reports"', '"repotrs"'));
    const mended = again(specOf(PATHS));
    expect(mended.outcomes).toEqual(outcomes);
    expect(mended.analysed.length).toBeGreaterThanOrEqual(3);
    expect(again(specOf(PATHS)).analysed).toEqual([]);
  });

  it('are no failure where they cannot be kept', () => {
    write(PROGRAM);
    writeFileSync(cache, 'no folder');
    for (let run = 0; run < 2; run++) expect(again(specOf(PATHS))).toMatchObject({ outcomes: fresh(specOf(PATHS)) });
  });
});

// ---------------------------------------------------------------- any edits

const LINES = [
  'import torch',
  'from torch import nn',
  'import a',
  'import pkg.c',
  'from a import make',
  'from b import make, Net',
  'from pkg import *',
  'from pkg.c import make as other',
  'from . import c',
  'from .c import Net',
  'def make():\n    return torch.ones(2)',
  'def make():\n    return 1',
  'def make():\n    return a.make()',
  'class Net(nn.Module):\n    def forward(self, x):\n        return make()',
  'class Net:\n    def __call__(self, x):\n        return x',
  'x = make().exp()',
  'y = Net()(1).cos()',
  'z = a.make().sin()',
  'w = pkg.c.make().abs()',
  'def broken(:',
];
const FILES = ['a.py', 'b.py', 'c.py', 'pkg/__init__.py', 'pkg/c.py', 'pkg/a.py'];
const text = fc.array(fc.constantFrom(...LINES), { maxLength: 6 }).map((lines) => `${lines.join('\n')}\n`);
/** The text of a file from now on; null: it goes. */
const step = fc.record({ path: fc.constantFrom(...FILES), text: fc.option(text, { freq: 4 }), wanted: fc.boolean() });

it(
  'a run with earlier results comes to the same as one without, after any edits',
  () => {
    let recalled = 0;
    fc.assert(
      fc.property(
        fc.array(text, { minLength: FILES.length, maxLength: FILES.length }),
        fc.array(step, { maxLength: 8 }),
        (texts, steps) => {
          const program = new Map<string, string | null>(FILES.map((path, i) => [path, texts[i]!]));
          rmSync(cache, { recursive: true, force: true });
          for (const { path, text: now, wanted } of [{ path: 'a.py', text: texts[0]!, wanted: false }, ...steps]) {
            program.set(path, now);
            write(Object.fromEntries(program));
            const paths = FILES.filter((file) => program.get(file) !== null);
            if (paths.length === 0) continue;
            const specs = specOf(paths, wanted ? [paths.length - 1] : null);
            const { outcomes, analysed: files } = again(specs);
            recalled += outcomes.length - files.length;
            expect(outcomes).toEqual(fresh(specs));
          }
        },
      ),
      { numRuns: times(25) },
    );
    expect(recalled).toBeGreaterThan(50);
  },
  times(60_000),
);
