import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PythonDocument } from '../../../server/src/core/syntax/document';
import { edit, program } from './program';
import { parse, parser, same } from './support';
import { times } from '../../times';

interface NativeTree {
  rootNode: { toString(): string; hasError: boolean };
}
interface NativeParser {
  setLanguage(language: unknown): void;
  parse(text: string | ((index: number) => string)): NativeTree;
}

/** The same grammar compiled to machine code: an oracle of its own. An optional dependency, so it may be absent on a user's machine. */
function nativeParser(): NativeParser | null {
  const load = createRequire(import.meta.url);
  try {
    const Parser = load('tree-sitter') as new () => NativeParser;
    const native = new Parser();
    native.setLanguage(load('tree-sitter-python'));
    return native;
  } catch {
    return null;
  }
}

const native = nativeParser();

describe.skipIf(native === null)('against the native parser', () => {
  const ownTree = (text: string): string => {
    const tree = parser.parse(text);
    const shown = tree.rootNode.toString();
    tree.delete();
    return shown;
  };
  const nativeTree = (text: string) => native!.parse((index) => text.slice(index, index + 8192));

  it('programs have the same tree', () => {
    fc.assert(
      fc.property(program, (text) => {
        return ownTree(text) === nativeTree(text).rootNode.toString();
      }),
      { numRuns: times(60) },
    );
  });

  it('random edits lead to the same tree, where the text is free of errors', () => {
    let compared = 0;
    fc.assert(
      fc.property(program, fc.array(edit, { minLength: 1, maxLength: 8 }), (start, edits) => {
        const document = new PythonDocument(parser, start);
        void document.ast;
        for (const [version, { at, remove, insert }] of edits.entries()) {
          const from = Math.floor(at * document.text.length);
          const range = { start: document.lines.positionAt(from), end: document.lines.positionAt(from + remove) };
          document.applyChanges([{ range, text: insert }], version);
          const theirs = nativeTree(document.text).rootNode;
          expect(document.ast.hasError).toBe(theirs.hasError);
          if (theirs.hasError) continue;
          compared++;
          expect(ownTree(document.text)).toBe(theirs.toString());
          expect(same(document.ast, parse(document.text))).toBe(true);
        }
        document.dispose();
      }),
      { numRuns: times(60) },
    );
    expect(compared).toBeGreaterThan(15);
  });
});
