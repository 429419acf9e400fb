import { describe, expect, it } from 'vitest';
import { PythonDocument } from '../../../server/src/core/syntax/document';
import { brief, parse, parser, plain } from './support';

const at = (line: number, character: number) => ({ line, character });

describe('document', () => {
  it('applies the changes of one event one after the other', () => {
    const document = new PythonDocument(parser, 'a = 1\nb = 2\n', 1);
    document.applyChanges(
      [
        { range: { start: at(0, 0), end: at(0, 0) }, text: 'x = 0\n' },
        { range: { start: at(2, 4), end: at(2, 5) }, text: '3' },
      ],
      2,
    );
    expect([document.text, document.version]).toEqual(['x = 0\na = 1\nb = 3\n', 2]);
    expect(brief(document.ast)).toBe('(Assign [x] int:0) (Assign [a] int:1) (Assign [b] int:3)');
  });

  it('replaces the whole text when a change has no range', () => {
    const document = new PythonDocument(parser, 'a = 1\n', 1);
    expect(brief(document.ast)).toBe('(Assign [a] int:1)');
    document.applyChanges([{ text: 'b = 2\n' }, { range: { start: at(0, 4), end: at(0, 5) }, text: '33' }], 2);
    expect([document.text, brief(document.ast)]).toEqual(['b = 33\n', '(Assign [b] int:33)']);
  });

  it('counts surrogate pairs as two and carriage returns as part of the line end', () => {
    const document = new PythonDocument(parser, 's = "😀"\r\nt = 1\r\n', 1);
    document.applyChanges([{ range: { start: at(0, 7), end: at(0, 7) }, text: 'x' }], 2);
    document.applyChanges([{ range: { start: at(1, 4), end: at(1, 99) }, text: '2' }], 3);
    expect(document.text).toBe('s = "😀x"\r\nt = 2\r\n');
    expect(plain(document.ast)).toEqual(plain(parse(document.text)));
  });

  it('comes back from broken text to the tree of a fresh parse', () => {
    const document = new PythonDocument(parser, 'def f(x):\n    return x\n\nclass A:\n    def g(self):  # c\n        pass\n', 1);
    void document.ast;
    document.applyChanges([{ range: { start: at(0, 6), end: at(0, 8) }, text: '' }], 2);
    expect(document.ast.hasError).toBe(true);
    document.applyChanges([{ range: { start: at(0, 6), end: at(0, 6) }, text: 'y)' }], 3);
    expect(document.ast.hasError).toBe(false);
    expect(plain(document.ast)).toEqual(plain(parse(document.text)));
  });

  it('keeps the nodes of statements an edit does not touch, moved to their place', () => {
    const method = (i: number) => `    def f${i}(self, x: T = 1):  # comment ${i}\n        return a.b(c)[${i}]\n\n`;
    const text = `class A:\n${Array.from({ length: 20 }, (_, i) => method(i)).join('')}class B:\n${method(0)}`;
    const document = new PythonDocument(parser, text, 1);
    const methods = () => document.ast.body.flatMap((statement) => (statement.kind === 'ClassDef' ? statement.body : []));
    const before = methods();
    document.applyChanges([{ range: { start: at(29, 8), end: at(29, 8) }, text: 'x = 1\n        ' }], 2);
    const after = methods();
    expect(after.length).toBe(before.length);
    expect(after.filter((statement) => before.includes(statement)).length).toBeGreaterThan(15);
    expect(document.text.slice(after[18]!.start)).toMatch(/^def f18\(/);
    expect(after[18]).toBe(before[18]);
    expect(plain(document.ast)).toEqual(plain(parse(document.text)));
  });

  it('gives back what a thousand edits took', () => {
    const text = 'def f(x):\n    return torch.relu(x)\n\n\n'.repeat(50);
    const document = new PythonDocument(parser, text, 1);
    const cycle = (rounds: number): void => {
      for (let i = 0; i < rounds; i++) {
        document.applyChanges([{ range: { start: at(i % 150, 0), end: at(i % 150, 0) }, text: i % 3 === 0 ? '(' : '#' }], i);
        void document.ast;
        document.applyChanges([{ range: { start: at(i % 150, 0), end: at(i % 150, 1) }, text: '' }], i);
        void document.ast;
      }
    };
    cycle(100);
    const warm = parser.memoryInUse();
    cycle(500);
    expect(parser.memoryInUse()).toBe(warm);
    expect(document.text).toBe(text);
  });
});
