/** Properties of notebooks on random cells, magics, edits and ways of writing the file. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { applyEdits, type Edit } from '../../server/src/core/fixes/rewrite';
import { JoinedCells } from '../../server/src/core/notebook/joined-cells';
import { coverMagics } from '../../server/src/core/notebook/magics';
import { isPythonCell, readNotebook } from '../../server/src/core/notebook/notebook';
import { NotebookDocument } from '../../server/src/core/notebook/notebook-document';
import { notebookEdits } from '../../server/src/core/notebook/source-edits';
import { program } from './syntax/program';
import { parser, plain } from './syntax/support';

const MAGICS = [
  '%matplotlib inline',
  '!pip install x \\\n  y',
  '%time y = f(x)',
  'x?',
  '?y',
  'files = !ls',
  'if a:\n    !ls\n',
  '%%time',
  '%%bash',
  'é中😀 = "\ud800"',
  '"""\n!no\n"""',
];
const line = fc.oneof(
  fc.constantFrom(...MAGICS),
  fc.constantFrom('a = 1', 'b', '', '  ', 'x = (', '"""', "'", 'f(a,\n  b)'),
  fc.string({ maxLength: 12 }),
);
const source = fc
  .tuple(fc.array(fc.oneof(line, program), { maxLength: 6 }), fc.constantFrom('\n', '\r\n', '\r'), fc.boolean())
  .map(([lines, lineBreak, ends]) => (lines.join('\n') + (ends ? '\n' : '')).replaceAll('\n', lineBreak));

/** A string between quotes, some of its characters escaped in one of the ways JSON has. */
const written = (value: string, ways: readonly number[]): string => {
  let out = '';
  for (let i = 0; i < value.length; i++) {
    const unit = value[i]!;
    const escaped = `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
    const way = ways[i % Math.max(ways.length, 1)] ?? 0;
    if (way === 0) out += JSON.stringify(unit).slice(1, -1);
    else if (way === 1) out += escaped;
    else if (way === 2) out += escaped.toUpperCase().replace('\\U', '\\u');
    else out += unit === '/' ? '\\/' : JSON.stringify(unit).slice(1, -1);
  }
  return `"${out}"`;
};

interface Layout {
  list: 'no' | 'lines' | 'anyhow';
  ways: number[];
  space: string;
  cut: number;
}
const layout: fc.Arbitrary<Layout> = fc.record({
  list: fc.constantFrom('no' as const, 'lines' as const, 'anyhow' as const),
  ways: fc.array(fc.constantFrom(0, 0, 0, 1, 2, 3), { maxLength: 5 }),
  space: fc.constantFrom('', ' ', '\n    ', '\r\n\t'),
  cut: fc.integer({ min: 1, max: 7 }),
});

const sourceJson = (value: string, { list, ways, space, cut }: Layout): string => {
  if (list === 'no') return written(value, ways);
  const parts = list === 'lines' ? (value.match(/[^\n]*\n|[^\n]+$/g) ?? []) : (value.match(new RegExp(`[^]{1,${cut}}`, 'g')) ?? []);
  return parts.length === 0 ? '[]' : `[${space}${parts.map((part) => written(part, ways)).join(`${space},${space}`)}${space}]`;
};

const cells = fc.array(fc.record({ source, layout, type: fc.constantFrom('code', 'code', 'code', 'markdown'), junk: fc.json() }), {
  maxLength: 5,
});
type Cells = typeof cells extends fc.Arbitrary<infer T> ? T : never;

const notebookJson = (list: Cells): string =>
  `{"cells":\n [${list.map((one) => `{ "outputs": [${one.junk}],"cell_type": "${one.type}" , "source" :${sourceJson(one.source, one.layout)}}`).join(',\n ')}], "nbformat": 4}`;

const read = (text: string) => {
  const found = readNotebook(text);
  if ('problem' in found) throw new Error(`${found.problem} at ${found.at}`);
  return found;
};

/** Edits at fractions of a text, sorted and disjoint. */
const script = fc.array(
  fc.tuple(fc.nat(), fc.nat({ max: 9 }), fc.oneof(fc.constantFrom('', 'x', '\n', 'new line\n', '\né"\\中'), fc.string({ maxLength: 4 }))),
  { maxLength: 5 },
);
function editsOf(text: string, parts: readonly (readonly [number, number, string])[]): Edit[] {
  const sorted = parts.map(([at, length, newText]) => ({ at: at % (text.length + 1), length, newText })).sort((a, b) => a.at - b.at);
  const edits: Edit[] = [];
  for (const { at, length, newText } of sorted) {
    const end = Math.min(at + length, text.length);
    const last = edits.at(-1);
    if (!last || at > last.end) edits.push({ start: at, end, newText });
  }
  return edits;
}

it('reading gives back what was written, however it was written', () => {
  fc.assert(
    fc.property(cells, (list) => {
      expect(read(notebookJson(list)).cells.map((one) => one.source)).toEqual(list.map((one) => one.source));
    }),
  );
});

it('reading is total on any text', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.json(), fc.string(), fc.string({ unit: fc.constantFrom(...'{}[]",:\\n1e "cells""source"') })),
      (text) => void readNotebook(text),
    ),
  );
  fc.assert(
    fc.property(cells, fc.nat(), fc.nat({ max: 20 }), fc.string({ maxLength: 3 }), (list, at, length, insert) => {
      const text = notebookJson(list);
      const from = at % (text.length + 1);
      const found = readNotebook(text.slice(0, from) + insert + text.slice(from + length));
      if (!('problem' in found)) for (const one of found.cells) void coverMagics(one.source);
    }),
  );
});

it('agrees with JSON.parse on what is JSON', () => {
  fc.assert(
    fc.property(fc.json(), fc.nat(), fc.constantFrom('', ',', ']', '}', '"', '1', ' '), (json, at, insert) => {
      const from = at % (json.length + 1);
      const text = json.slice(0, from) + insert + json.slice(from);
      let valid = true;
      try {
        JSON.parse(text);
      } catch {
        valid = false;
      }
      const found = readNotebook(text);
      // strings that nobody reads are not looked into
      if (valid) expect('problem' in found && found.problem).not.toBe('json');
      else if (!text.includes('\\') && !/[\u0000-\u001f]/.test(text) && text.trim() !== '')
        expect(found).toMatchObject({ problem: 'json' });
    }),
  );
});

it('magics change no offset: equal length, equal line breaks, all else as it was', () => {
  fc.assert(
    fc.property(source, (text) => {
      const found = coverMagics(text);
      if (!found) return;
      expect(found.python.length).toBe(text.length);
      let at = 0;
      for (const { start, end } of found.covered) {
        expect(start).toBeGreaterThanOrEqual(at);
        expect(found.python.slice(at, start)).toBe(text.slice(at, start));
        expect(found.python.slice(start, end).replace(/[^\r\n]/g, '')).toBe(text.slice(start, end).replace(/[^\r\n]/g, ''));
        at = end;
      }
      expect(found.python.slice(at)).toBe(text.slice(at));
    }),
  );
});

const joinedOf = (list: readonly string[]): JoinedCells =>
  new JoinedCells(
    list.flatMap((text, index) => {
      const found = coverMagics(text);
      return found ? [{ index, source: text, ...found }] : [];
    }),
  );

it('places in cells and in the whole are inverse', () => {
  fc.assert(
    fc.property(fc.array(source, { maxLength: 6 }), (list) => {
      const joined = joinedOf(list);
      for (const one of joined.cells) {
        expect(joined.text.slice(one.start, one.end)).toBe(one.python);
        // plain comparisons: there are very many
        for (let offset = 0; offset <= one.source.length; offset++) {
          const place = joined.locate(one.start + offset)!;
          if (place.cell !== one || place.offset !== offset) throw new Error(`${offset} of cell ${one.index}`);
        }
      }
      for (let offset = 0; offset < joined.text.length; offset++) {
        const place = joined.locate(offset)!;
        if (place.cell.start + place.offset !== offset) throw new Error(`${offset} of the whole`);
      }
    }),
  );
});

it('edits of the whole, made cell by cell, are the edits of the whole', () => {
  fc.assert(
    fc.property(fc.array(source, { minLength: 1, maxLength: 5 }), script, (list, parts) => {
      const joined = joinedOf(list);
      const edits = editsOf(joined.text, parts);
      const oneLine = edits.every(({ newText }) => !/[\r\n]/.test(newText));
      const split = joined.split(edits);
      if (!split) return;
      const made = new Map(split.map((one) => [one.cell.index, one.edits]));
      const cellwise = joined.cells.map((one) => `${applyEdits(one.python, made.get(one.index) ?? [])}\n`).join('');
      const crossing = edits.some(
        (edit) => joined.cells.some(({ end }) => edit.start <= end && end < edit.end) || edit.end >= joined.text.length,
      );
      const lines = (of: string): string[] => of.split(/[\r\n]+/).filter((one) => one !== '');
      const moved = joined.cells.some(({ source: text, covered }) => covered.length > 0 && text.trimStart().startsWith('%%'));
      if (!crossing && !moved && oneLine) expect(cellwise).toBe(applyEdits(joined.text, edits));
      // borders stay line breaks, which may leave a blank line
      if (!moved) expect(lines(cellwise)).toEqual(lines(applyEdits(joined.text, edits)));
      // magics are still what they were
      for (const one of joined.cells) {
        const after = applyEdits(one.source, made.get(one.index) ?? []);
        for (const { start, end } of one.covered) expect(after).toContain(one.source.slice(start, end));
      }
    }),
    { numRuns: 3 * (fc.readConfigureGlobal().numRuns ?? 100) },
  );
});

it('writing changes the sources to what the edits say, and no byte of any other cell', () => {
  fc.assert(
    fc.property(cells, fc.array(script, { maxLength: 5 }), (list, scripts) => {
      const text = notebookJson(list);
      const notebook = read(text);
      const wanted = new Map<number, Edit[]>();
      notebook.cells.forEach((one, i) => {
        const edits = editsOf(one.source, scripts[i] ?? []);
        if (edits.length > 0) wanted.set(one.index, edits);
      });
      const edits = notebookEdits(notebook, wanted);
      edits.forEach((edit, i) => expect(edit.start).toBeGreaterThanOrEqual(edits[i - 1]?.end ?? 0));
      const after = applyEdits(text, edits);
      const now = read(after);
      expect(now.cells.map((one) => one.source)).toEqual(notebook.cells.map((one) => applyEdits(one.source, wanted.get(one.index) ?? [])));
      // outside the values of the sources of those cells
      const rest = (of: typeof notebook) => {
        let at = 0;
        let out = '';
        for (const one of of.cells) {
          if (!wanted.has(one.index)) continue;
          out += `${of.text.slice(at, one.written!.value.start)}…`;
          at = one.written!.value.end;
        }
        return out + of.text.slice(at);
      };
      expect(rest(now)).toBe(rest(notebook));
    }),
    { numRuns: 5 * (fc.readConfigureGlobal().numRuns ?? 100) },
  );
});

it('lists of one line an item stay so', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a\n', 'bc\n', '\n', 'é = 1\n'), { minLength: 2, maxLength: 6 }), script, (lines, parts) => {
      const value = lines.join('');
      const text = `{"cells": [{"cell_type": "code", "source": ${JSON.stringify(lines)}}]}`;
      const notebook = read(text);
      const wanted = editsOf(value, parts);
      const after = read(applyEdits(text, notebookEdits(notebook, new Map([[0, wanted]]))));
      const { written: list, source: now } = after.cells[0]!;
      const items = list!.strings.map(({ token }) => JSON.parse(after.text.slice(token.start, token.end)) as string);
      expect(items).toEqual(now.match(/[^\n]*\n|[^\n]+$/g) ?? []);
    }),
    { numRuns: 3 * (fc.readConfigureGlobal().numRuns ?? 100) },
  );
});

it('a notebook under edit has the tree of a fresh one', () => {
  fc.assert(
    fc.property(
      fc.array(source, { minLength: 1, maxLength: 4 }),
      fc.array(fc.tuple(fc.nat(), script, fc.constantFrom('edit', 'edit', 'remove', 'add', 'swap')), { maxLength: 5 }),
      (list, steps) => {
        let present = list.map((text) => ({ source: text }));
        const document = new NotebookDocument(parser);
        document.setCells(present);
        void document.ast;
        for (const [which, parts, kind] of steps) {
          const at = which % Math.max(present.length, 1);
          const one = present[at];
          if (one && kind === 'edit') {
            one.source = applyEdits(one.source, editsOf(one.source, parts));
            document.refresh(one);
          } else {
            if (kind === 'remove') present = present.filter((_, i) => i !== at);
            else if (kind === 'add') present = [...present.slice(0, at), { source: 'added = 1' }, ...present.slice(at)];
            else present = [...present].reverse();
            document.setCells(present);
          }
          if (which % 3 > 0) void document.ast;
        }
        const fresh = new NotebookDocument(parser);
        fresh.setCells(present.map(({ source: text }) => ({ source: text })));
        expect(document.text).toBe(fresh.text);
        // where something is broken, a parse of parts may mend it in another way
        if (!document.ast.hasError && !fresh.ast.hasError) expect(plain(document.ast)).toEqual(plain(fresh.ast));
        document.dispose();
        fresh.dispose();
      },
    ),
  );
});

it('cells that are no Python have no place in the whole', () => {
  fc.assert(
    fc.property(cells, (list) => {
      const notebook = read(notebookJson(list));
      const python = notebook.cells.filter(isPythonCell);
      expect(python.every(({ index }) => list[index]!.type === 'code')).toBe(true);
    }),
  );
});
