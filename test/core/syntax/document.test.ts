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
    const text = Array.from({ length: 20 }, (_, i) => `def f${i}(self, x: T = 1):  # comment ${i}\n    return a.b(c)[${i}]\n\n`).join('');
    const document = new PythonDocument(parser, text, 1);
    const before = [...document.ast.body];
    document.applyChanges([{ range: { start: at(28, 4), end: at(28, 4) }, text: 'x = 1\n    ' }], 2);
    const after = document.ast.body;
    expect(after.map((statement, i) => statement === before[i])).toEqual(before.map((_, i) => i !== 9));
    expect(document.text.slice(after[18]!.start)).toMatch(/^def f18\(/);
    expect(plain(document.ast)).toEqual(plain(parse(document.text)));
  });

  const body = 'def before():\n    pass\n\nif a:\n    b\n\n\ndef after():\n    return torch.relu(x)\n';

  it.each([
    ['an else where its if stands before', 'if a:\n    b\ne\nc = 1\n', 'e\n', 'else:\n    d\n'],
    ['a decorator above a function', `x = 1\n${body}`, 'x = 1\n', 'x = 1\n@decorated(1)\n'],
    ['a bracket that another edit closes', 'f(a)\nb\nc\nd\n', 'c\n', 'c)\n'],
    ['a triple quote', `x = 1\n${body}y = """a"""\n`, 'x = 1\n', 'x = """\n'],
    ['a backslash at the end of a line', `x = 1\n${body}`, 'x = 1\n', 'x = 1 + \\\n'],
    ['indentation', body, 'def after', '    def after'],
    ['what stood in another block', body, 'if a:\n    b', '    b'],
    ['a comma at the end of the line before an assignment', `${body}y\ny = 1\n`, 'y\n', 'y,\n'],
    ['an assignment behind a comma', `${body}z\nx,\nf(y)\n`, 'f(y)', 'f(y).a = 1'],
    ['a name before an assignment behind a comma', `z\nx,\ny = 1\na\nb\n`, 'z', 'z1'],
  ])('parses like a fresh parse: %s', (_, text, old, now) => {
    const document = new PythonDocument(parser, text, 1);
    void document.ast;
    const start = document.lines.positionAt(text.indexOf(old));
    const end = document.lines.positionAt(text.indexOf(old) + old.length);
    document.applyChanges([{ range: { start, end }, text: now }], 2);
    const fresh = parse(document.text);
    expect(document.ast.hasError).toBe(fresh.hasError);
    if (!fresh.hasError) expect(plain(document.ast)).toEqual(plain(fresh));
  });

  it('sees a bracket closed far from where it was opened', () => {
    const document = new PythonDocument(parser, 'a = 1\nb\nc\nd = 2\n', 1);
    void document.ast;
    document.applyChanges([{ range: { start: at(1, 0), end: at(1, 1) }, text: 'f(b' }], 2);
    expect(document.ast.hasError).toBe(true);
    document.applyChanges([{ range: { start: at(2, 0), end: at(2, 1) }, text: ',c)' }], 3);
    expect(plain(document.ast)).toEqual(plain(parse(document.text)));
    expect(document.ast.hasError).toBe(false);
  });

  it('keeps an error where it is: the statements around it stay', () => {
    const text = `def one():\n    return torch.relu(x)\n\n\n${body}\nclass A:\n    pass\n`;
    const document = new PythonDocument(parser, text, 1);
    const before = document.ast.body.filter((statement) => statement.kind !== 'If');
    document.applyChanges([{ range: { start: at(7, 4), end: at(7, 5) }, text: 'foo(' }], 2);
    expect(document.ast.hasError).toBe(true);
    expect(before.filter((statement) => document.ast.body.includes(statement)).length).toBeGreaterThanOrEqual(3);
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
