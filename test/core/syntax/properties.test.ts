import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PythonDocument } from '../../../server/src/core/syntax/document';
import { readTree, sameTable } from '../../../server/src/core/syntax/node-table';
import { visit } from '../../../server/src/core/syntax/walk';
import { anyText, edit, program, type RandomEdit } from './program';
import { parse, parser, plain, problems, same } from './support';
import { times } from '../../times';

/** A text with random characters of a program taken out, doubled or put in. */
const mutated = fc.tuple(program, fc.array(edit, { minLength: 1, maxLength: 6 })).map(([text, edits]) => edits.reduce(apply, text));

function apply(text: string, { at, remove, insert }: RandomEdit): string {
  const start = Math.floor(at * text.length);
  return text.slice(0, start) + insert + text.slice(start + remove);
}

describe('syntax, any text', () => {
  it.each([
    ['arbitrary', anyText],
    ['programs', program],
    ['mutated programs', mutated],
  ])('%s: a tree with children inside parents, whatever the text', (_, texts) => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(problems(parse(text), text)).toEqual([]);
      }),
      { numRuns: times(150) },
    );
  });

  it('programs parse without errors', () => {
    fc.assert(
      fc.property(program, (text) => !parse(text).hasError),
      { numRuns: times(100) },
    );
  });

  it('reads the same from memory as by cursor', () => {
    expect(parser.readsMemory).toBe(true);
    fc.assert(
      fc.property(fc.oneof(anyText, program, mutated), (text) => {
        const tree = parser.parse(text);
        const same = sameTable(readTree(tree, parser.kinds), parser.read(tree));
        tree.delete();
        return same;
      }),
      { numRuns: times(200) },
    );
  });

  it('visits parents before and after their children, each node once', () => {
    fc.assert(
      fc.property(program, (text) => {
        const module = parse(text);
        const open: unknown[] = [];
        const seen = new Set<unknown>();
        visit(module, {
          enter(node) {
            expect(seen.has(node)).toBe(false);
            expect(open.at(-1) ?? null).toBe(node.parent);
            seen.add(node);
            open.push(node);
          },
          leave: (node) => expect(open.pop()).toBe(node),
        });
        expect(open).toEqual([]);
      }),
      { numRuns: times(50) },
    );
  });
});

describe('documents under edit', () => {
  it('have the tree of a fresh parse after any edits, where the text is free of errors', { timeout: times(90_000) }, () => {
    let compared = 0;
    let reused = 0;
    fc.assert(
      fc.property(program, fc.array(fc.array(edit, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 6 }), (start, events) => {
        const document = new PythonDocument(parser, start);
        const before = new Set<unknown>(document.ast.body);
        let expected = start;
        for (const [version, changes] of events.entries()) {
          const sent = [];
          for (const change of changes) {
            // positions refer to the text as it is after the changes before
            const at = Math.floor(change.at * expected.length);
            const end = Math.min(at + change.remove, expected.length);
            const lines = new PythonDocument(parser, expected).lines;
            const range = { start: lines.positionAt(at), end: lines.positionAt(end) };
            expected = expected.slice(0, lines.offsetAt(range.start)) + change.insert + expected.slice(lines.offsetAt(range.end));
            sent.push({ range, text: change.insert });
          }
          document.applyChanges(sent, version + 1);
          expect(document.text).toBe(expected);
          expect(problems(document.ast, expected)).toEqual([]);
          const fresh = parse(expected);
          expect(document.ast.hasError).toBe(fresh.hasError);
          if (fresh.hasError) continue;
          compared++;
          reused += document.ast.body.some((statement) => before.has(statement)) ? 1 : 0;
          if (same(document.ast, fresh)) continue;
          expect(plain(document.ast)).toEqual(plain(fresh));
        }
        document.dispose();
      }),
      { numRuns: times(150) },
    );
    // the property says nothing if every random edit breaks the text, or nothing is ever used again
    expect(compared).toBeGreaterThan(40);
    expect(reused).toBeGreaterThan(15);
  });
});
