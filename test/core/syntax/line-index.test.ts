import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineIndex } from '../../../server/src/core/syntax/line-index';

const text = fc.array(fc.constantFrom('a', '\n', '\r', '\r\n', '😀', '\t', 'é'), { maxLength: 40 }).map((parts) => parts.join(''));

/** Lines as LSP defines them, by the obvious way. */
const linesOf = (source: string): string[] => source.split(/\r\n|\r|\n/);

describe('line index', () => {
  it('counts lines as LSP does', () => {
    fc.assert(fc.property(text, (source) => new LineIndex(source).lineCount === linesOf(source).length));
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
