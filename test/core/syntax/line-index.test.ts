import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineIndex } from '../../../server/src/core/syntax/line-index';

const of = (...parts: string[]) => fc.array(fc.constantFrom(...parts), { maxLength: 40 }).map((some) => some.join(''));
const text = fc.oneof(of('a', '\n', '\r', '\r\n', '😀', '\t', 'é'), of('a', '\n'));

/** Lines as LSP defines them, by the obvious way. */
const linesOf = (source: string): string[] => source.split(/\r\n|\r|\n/);

describe('line index', () => {
  it('counts lines as LSP does', () => {
    fc.assert(fc.property(text, (source) => new LineIndex(source).lineCount === linesOf(source).length));
  });

  it('made from the one before an edit is that of the text', () => {
    const place = fc.nat({ max: 40 });
    fc.assert(
      fc.property(text, fc.array(fc.tuple(place, place, text), { minLength: 1, maxLength: 4 }), (source, edits) => {
        let now = source;
        let index = new LineIndex(now);
        for (const [at, remove, insert] of edits) {
          const from = Math.min(at, now.length);
          const oldEnd = Math.min(from + remove, now.length);
          now = now.slice(0, from) + insert + now.slice(oldEnd);
          index = new LineIndex(now, { before: index, from, oldEnd, newEnd: from + insert.length });
          const fresh = new LineIndex(now);
          expect(index.lineCount).toBe(fresh.lineCount);
          for (let line = 0; line < fresh.lineCount; line++) expect(index.lineStart(line)).toBe(fresh.lineStart(line));
          expect(index.hasLoneCarriageReturn).toBe(fresh.hasLoneCarriageReturn);
        }
      }),
    );
  });

  it('finds for each position of the text the offset it came from', () => {
    fc.assert(
      fc.property(text, (source) => {
        const index = new LineIndex(source);
        const lines = linesOf(source);
        for (const [line, content] of lines.entries()) {
          for (let character = 0; character <= content.length; character++) {
            const offset = index.offsetAt({ line, character });
            expect(index.positionAt(offset)).toEqual({ line, character });
            expect(source.slice(offset).split(/\r\n|\r|\n/)[0]).toBe(content.slice(character));
          }
        }
      }),
    );
  });

  it('keeps positions and offsets outside the text inside it', () => {
    const index = new LineIndex('ab\r\nc');
    expect(index.offsetAt({ line: 0, character: 99 })).toBe(2);
    expect(index.offsetAt({ line: 9, character: 0 })).toBe(5);
    expect(index.offsetAt({ line: -1, character: 5 })).toBe(0);
    expect(index.positionAt(99)).toEqual({ line: 1, character: 1 });
    expect(index.positionAt(-1)).toEqual({ line: 0, character: 0 });
    expect(index.positionAt(3)).toEqual({ line: 0, character: 2 });
  });

  it('says when a carriage return stands alone', () => {
    expect([new LineIndex('a\r\nb').hasLoneCarriageReturn, new LineIndex('a\rb').hasLoneCarriageReturn]).toEqual([false, true]);
  });
});
