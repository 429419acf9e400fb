/** Python literals as source text: compared, negated and computed with, so that `1 - 0.1` is written `0.9`. */
export type Literal =
  { kind: 'int' | 'float'; value: number } | { kind: 'bool'; value: boolean } | { kind: 'str'; value: string } | { kind: 'none' };

const INTEGER = /^[+-]?\d[\d_]*$/;
const FLOAT = /^[+-]?(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?$/;
const STRING = /^(['"])((?:[^\\\n]|\\.)*)\1$/s;

/** Reads one number, bool, None or plain string; null for anything else (names, tuples, f-strings, hexadecimal). */
export function parseLiteral(text: string): Literal | null {
  const source = text.trim();
  if (source === 'None') return { kind: 'none' };
  if (source === 'True' || source === 'False') return { kind: 'bool', value: source === 'True' };
  const digits = source.replaceAll('_', '').replace(/^([+-]?)\s+/, '$1');
  if (INTEGER.test(digits)) {
    const value = Number(digits);
    return Number.isSafeInteger(value) ? { kind: 'int', value } : null;
  }
  if (FLOAT.test(digits)) return { kind: 'float', value: Number(digits) };
  const string = STRING.exec(source);
  if (!string || unescapedQuote(string[2]!, string[1]!)) return null;
  return { kind: 'str', value: string[2]!.replace(/\\(['"\\])/g, '$1') };
}

function unescapedQuote(body: string, quote: string): boolean {
  for (let i = 0; i < body.length; i++) {
    if (body[i] === '\\') i++;
    else if (body[i] === quote) return true;
  }
  return false;
}

/** Whether two source texts are the same literal (`1e-5` and `0.00001`, `'a'` and `"a"`), or the same text up to blanks. */
export function sameLiteral(a: string, b: string): boolean {
  const left = parseLiteral(a);
  const right = parseLiteral(b);
  if (!left || !right) return !left && !right && a.replace(/\s+/g, '') === b.replace(/\s+/g, '');
  if (left.kind !== right.kind) return false;
  return left.kind === 'none' || left.value === (right as { value: unknown }).value;
}

/** `a op b` as a Python literal, null when it cannot be computed here exactly enough to be written down. */
export function fold(a: string, op: string, b: string): string | null {
  const left = parseLiteral(a);
  const right = parseLiteral(b);
  if (!left || !right || !isNumber(left) || !isNumber(right)) return null;
  const value = compute(left.value, op, right.value);
  if (value === null || !Number.isFinite(value)) return null;
  const integer = left.kind === 'int' && right.kind === 'int' && op !== '/';
  return writeNumber(value, integer);
}

function compute(a: number, op: string, b: number): number | null {
  switch (op) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return b === 0 ? null : a / b;
    default:
      return null;
  }
}

export function negate(text: string): string | null {
  const literal = parseLiteral(text);
  return literal && isNumber(literal) ? writeNumber(-literal.value, literal.kind === 'int') : null;
}

/** `not x` for a literal bool; null otherwise. */
export function invert(text: string): string | null {
  const literal = parseLiteral(text);
  return literal?.kind === 'bool' ? (literal.value ? 'False' : 'True') : null;
}

function isNumber(literal: Literal): literal is { kind: 'int' | 'float'; value: number } {
  return literal.kind === 'int' || literal.kind === 'float';
}

/** Twelve significant digits: `1 - 0.9` is written `0.1`, which is what its author means, not `0.09999999999999998`. */
function writeNumber(value: number, integer: boolean): string | null {
  if (integer) return Number.isSafeInteger(value) ? String(value) : null;
  const text = String(Number(value.toPrecision(12)));
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}
