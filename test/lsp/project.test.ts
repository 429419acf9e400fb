/** The files of the server: what an edit makes others analyse again, and that the answers are those of files that were never edited. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Project } from '../../server/src/lsp/project';
import { noKnowledge } from '../core/semantics/support';
import { parser } from '../core/syntax/support';
import { times } from '../times';

const FOLDER = 'file:///work';
const uriOf = (path: string): string => `${FOLDER}/${path}`;

/** A project whose files are all open; it reads nothing. */
function projectOf(texts: Record<string, string>): Project {
  const project = new Project(
    parser,
    noKnowledge,
    () => Promise.resolve(null),
    () => undefined,
  );
  project.setFolders([FOLDER]);
  for (const [path, text] of Object.entries(texts)) project.open(uriOf(path), text, 1);
  return project;
}

const said = (project: Project, path: string): string[] =>
  project.analyse(uriOf(path))!.semantics.references.map(({ name, confidence, span }) => `${span.start} ${confidence} ${name}`);

/** Every file, until what each passes to the others is settled. */
const saidOfAll = (project: Project, paths: readonly string[]): string[][] => {
  for (const path of paths) project.analyse(uriOf(path));
  return paths.map((path) => said(project, path));
};

function replace(project: Project, path: string, old: string, now: string): void {
  const document = project.document(uriOf(path))!;
  const at = document.text.indexOf(old);
  expect(at, old).toBeGreaterThanOrEqual(0);
  const range = { start: document.lines.positionAt(at), end: document.lines.positionAt(at + old.length) };
  project.change(uriOf(path), [{ range, text: now }], document.version + 1);
}

/** How many files are analysed when all are looked at again after an edit. */
function analysesAfter(project: Project, paths: readonly string[], edit: () => void): number {
  saidOfAll(project, paths);
  edit();
  const before = project.analyses;
  saidOfAll(project, paths);
  return project.analyses - before;
}

describe('an edit', () => {
  const FILES = {
    'ops.py': 'import torch\ndef make(n):\n    size = n + 1\n    return torch.ones(size)\nWIDTH = 3\n',
    'net.py':
      'from ops import make\nclass Net:\n    def run(self, x):\n        return make(3).exp()\ndef size():\n    make(3)\n    return 3\n',
    'main.py': 'from net import size\nprint(size())\n',
    'user.py': 'from net import Net\nNet().run(1).cos()\n',
    'star.py': 'from ops import *\nmake(1).sin()\n',
    'other.py': 'import ops\nprint(ops.WIDTH)\n',
  };
  const paths = Object.keys(FILES);

  it.each<[string, string, string, number]>([
    ['in a body makes no other file be analysed', 'size = n + 1', 'size = n + 2', 1],
    ['of a value makes those be analysed that asked for it: one by name, one for all', 'WIDTH = 3', 'WIDTH = "wide"', 3],
    ['that adds a name does so only where all are asked for', 'WIDTH = 3', 'WIDTH = 3\nDEPTH = 4', 2],
    // `net` and `star` asked for it; a method gives something else then, which concerns `user`; what `main` asked for is as it was
    ['of a result goes on only as far as it changes results', 'torch.ones(size)', 'str(size)', 4],
  ])('%s', (_, old, now, count) => {
    const project = projectOf(FILES);
    expect(analysesAfter(project, paths, () => replace(project, 'ops.py', old, now))).toBe(count);
  });

  it('of a call is heard of by the function that is called', () => {
    const texts = { 'ops.py': 'def last(item):\n    return item.squeeze()\n', 'main.py': 'import torch\nfrom ops import last\nlast("")\n' };
    const project = projectOf(texts);
    const look = (): string[] => saidOfAll(project, Object.keys(texts))[0]!;
    expect(look()).toEqual([]);
    replace(project, 'main.py', '""', 'torch.ones(1)');
    expect(look()).toEqual(['32 likely torch.Tensor.squeeze']);
    replace(project, 'ops.py', 'item', '  item');
    expect(look()).toEqual(['34 likely torch.Tensor.squeeze']);
    project.close(uriOf('main.py'));
    expect(said(project, 'ops.py')).toEqual([]);
  });

  const line = (file: number) =>
    fc.oneof(
      fc.constantFrom(
        'x = torch.ones(1)',
        'x = "text"',
        'x = [1]',
        'def f(a):\n    return a.squeeze()',
        'def f(a):\n    return x',
        'x.sum()',
        'f(x).exp()',
      ),
      fc
        .tuple(
          fc.nat(Math.max(0, file - 1)),
          fc.constantFrom('import m#', 'from m# import f, x', 'from m# import *', 'm#.f(x).cos()', 'x = m#.x', 'm#.x.sum()'),
        )
        .map(([to, text]) => (file === 0 ? 'pass' : text.replaceAll('#', String(to)))),
    );
  const anySession = fc.tuple(
    fc.tuple(...[0, 1, 2, 3].map((file) => fc.array(line(file), { minLength: 1, maxLength: 6 }))),
    fc.array(
      fc.nat(3).chain((file) => fc.tuple(fc.constant(file), fc.nat(5), line(file))),
      { minLength: 1, maxLength: 8 },
    ),
  );

  it('leads to what files say that were written so from the beginning', () => {
    fc.assert(
      fc.property(anySession, ([files, edits]) => {
        const paths = files.map((_, i) => `m${i}.py`);
        const textOf = (lines: readonly string[]): string => `import torch\n${lines.join('\n')}\n`;
        const texts = (): Record<string, string> => Object.fromEntries(files.map((lines, i) => [paths[i]!, textOf(lines)]));
        const project = projectOf(texts());
        for (const [file, at, now] of edits) {
          const lines = files[file]!;
          const old = textOf(lines);
          lines[at % lines.length] = now;
          replace(project, paths[file]!, old, textOf(lines));
          // the key press itself, and then all that is open
          project.analyse(uriOf(paths[file]!), true);
          expect(saidOfAll(project, paths)).toEqual(saidOfAll(projectOf(texts()), paths));
        }
      }),
      { numRuns: times(150) },
    );
  });
});
