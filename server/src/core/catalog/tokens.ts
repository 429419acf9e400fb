/**
 * A small Python tokenizer for stretches of text smaller than a file: templates, rendered rewrites, default values. It is total: text that is no
 * Python becomes single-character `op` tokens. Offsets are UTF-16 code units of the given text.
 */
import { fixed } from '../syntax/name-table';
export type TokenType = 'name' | 'number' | 'string' | 'op' | 'comment' | 'newline';

export interface Token {
  type: TokenType;
  start: number;
  end: number;
  text: string;
  /** Bracket depth at which the token stands; a bracket itself has the depth outside it. */
  depth: number;
}

const NAME = /[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Mn}\p{Mc}\p{Nd}\p{Pc}]*/uy;
const NUMBER = /(?:0[xXoObB][\da-fA-F_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d[\d_]*)?[jJ]?)/y;
const STRING_PREFIXES = new Set(['', 'r', 'u', 'b', 'f', 't', 'br', 'rb', 'fr', 'rf', 'tr', 'rt']);
const LONG_OPERATORS = ['**=', '//=', '>>=', '<<=', '...', '**', '//', '>>', '<<', '<=', '>=', '==', '!=', '->', ':=', '+=', '-=', '*=', '/=', '%=', '@=', '&=', '|=', '^=']; // prettier-ignore

/** Whitespace never becomes a token; a `newline` token is a line break outside brackets with all blank space around it up to the next token. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let depth = 0;
  let at = 0;
  while (at < text.length) {
    const c = text[at]!;
    if (c === ' ' || c === '\t' || c === '\f') {
      at++;
      continue;
    }
    if (c === '\\' && (text[at + 1] === '\n' || text[at + 1] === '\r')) {
      at += text[at + 1] === '\r' && text[at + 2] === '\n' ? 3 : 2;
      continue;
    }
    if (c === '\n' || c === '\r') {
      const start = at;
      while (at < text.length && /\s/.test(text[at]!)) at++;
      if (depth === 0) tokens.push({ type: 'newline', start, end: at, text: text.slice(start, at), depth });
      continue;
    }
    const start = at;
    const type = typeAt(text, at);
    at = endOf(text, at, type);
    const token: Token = { type, start, end: at, text: text.slice(start, at), depth };
    if (type === 'op') {
      if (token.text === '(' || token.text === '[' || token.text === '{') depth++;
      else if ((token.text === ')' || token.text === ']' || token.text === '}') && depth > 0) token.depth = --depth;
    }
    tokens.push(token);
  }
  return tokens;
}

function typeAt(text: string, at: number): TokenType {
  const code = text.charCodeAt(at);
  if (isWord(code)) {
    if (isDigit(code)) return 'number';
    return prefixLength(text, at) >= 0 ? 'string' : 'name';
  }
  if (code === 35) return 'comment';
  if (code === 34 || code === 39) return 'string';
  if (code === 46 && isDigit(text.charCodeAt(at + 1))) return 'number';
  return code < 128 || match(NAME, text, at) === null ? 'op' : 'name';
}

function endOf(text: string, at: number, type: TokenType): number {
  switch (type) {
    case 'comment': {
      let end = at;
      while (end < text.length && text[end] !== '\n' && text[end] !== '\r') end++;
      return end;
    }
    case 'string':
      return stringEnd(text, at);
    case 'number':
      return at + (match(NUMBER, text, at)?.length || 1);
    case 'name': {
      let end = at;
      while (isWord(text.charCodeAt(end))) end++;
      return text.charCodeAt(end) >= 128 ? at + match(NAME, text, at)!.length : end;
    }
    default: {
      const next = text.charCodeAt(at + 1);
      const mayBeLong = next === 61 || next === 62 || next === 46 || next === text.charCodeAt(at);
      const long = mayBeLong ? LONG_OPERATORS.find((operator) => text.startsWith(operator, at)) : undefined;
      return at + (long?.length ?? String.fromCodePoint(text.codePointAt(at)!).length);
    }
  }
}

/** ASCII letters, digits and the underscore. */
function isWord(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95 || isDigit(code);
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** Length of the letters before the quote of a string that starts here; −1 when none does. */
function prefixLength(text: string, at: number): number {
  for (let length = 0; length <= 2; length++) {
    const code = text.charCodeAt(at + length);
    if (code === 34 || code === 39) return STRING_PREFIXES.has(text.slice(at, at + length).toLowerCase()) ? length : -1;
  }
  return -1;
}

function match(pattern: RegExp, text: string, at: number): string | null {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? null;
}

/** End of the string literal that starts at `at` (with its prefix); an unterminated one ends with its line, or with the text. */
function stringEnd(text: string, at: number): number {
  const prefix = text.slice(at, at + Math.max(0, prefixLength(text, at))).toLowerCase();
  let i = at + prefix.length;
  const quote = text[i]!;
  const triple = text.startsWith(quote.repeat(3), i);
  i += triple ? 3 : 1;
  const formatted = prefix.includes('f') || prefix.includes('t');
  while (i < text.length) {
    const c = text[i]!;
    if (c === '\\') i += 2;
    else if (!triple && (c === '\n' || c === '\r')) return i;
    else if (c === quote && (!triple || text.startsWith(quote.repeat(3), i))) return i + (triple ? 3 : 1);
    else if (formatted && c === '{' && text[i + 1] !== '{') i = fieldEnd(text, i) ?? i + 1;
    else if (formatted && c === '{') i += 2;
    else i++;
  }
  return Math.min(i, text.length);
}

/** End of the `{…}` of an f-string, null when it is not closed on the way. */
function fieldEnd(text: string, at: number): number | null {
  let depth = 0;
  let i = at;
  while (i < text.length) {
    const c = text[i]!;
    if (c === '{' || c === '(' || c === '[') depth++;
    else if (c === '}' || c === ')' || c === ']') {
      if (--depth === 0) return i + 1;
    } else if (c === '\n' || c === '\r') return null;
    else if (c === '"' || c === "'") {
      i = stringEnd(text, i);
      continue;
    }
    i++;
  }
  return null;
}

/** Binding strength of Python expressions; a hole asks for the least strength its place allows. */
export const PRECEDENCE = {
  /** a bare tuple, generator, `:=`, `yield`: parenthesised everywhere but at the very top */
  bare: 0,
  lambda: 1,
  conditional: 2,
  or: 3,
  and: 4,
  not: 5,
  compare: 6,
  bitOr: 7,
  bitXor: 8,
  bitAnd: 9,
  shift: 10,
  sum: 11,
  product: 12,
  unary: 13,
  power: 14,
  await: 15,
  /** numbers bind tightly but cannot be followed by `.name` */
  number: 16,
  atom: 17,
} as const;

export const BINARY: Readonly<Record<string, number>> = fixed({
  or: PRECEDENCE.or, and: PRECEDENCE.and, in: PRECEDENCE.compare, is: PRECEDENCE.compare, '<': PRECEDENCE.compare, '>': PRECEDENCE.compare,
  '<=': PRECEDENCE.compare, '>=': PRECEDENCE.compare, '==': PRECEDENCE.compare, '!=': PRECEDENCE.compare, '|': PRECEDENCE.bitOr,
  '^': PRECEDENCE.bitXor, '&': PRECEDENCE.bitAnd, '<<': PRECEDENCE.shift, '>>': PRECEDENCE.shift, '+': PRECEDENCE.sum, '-': PRECEDENCE.sum,
  '*': PRECEDENCE.product, '/': PRECEDENCE.product, '//': PRECEDENCE.product, '%': PRECEDENCE.product, '@': PRECEDENCE.product,
  '**': PRECEDENCE.power,
}); // prettier-ignore

const LOOSE: Readonly<Record<string, number>> = fixed({
  for: PRECEDENCE.bare, yield: PRECEDENCE.bare, ':=': PRECEDENCE.bare, ',': PRECEDENCE.bare, '=': PRECEDENCE.bare, async: PRECEDENCE.bare,
  lambda: PRECEDENCE.lambda, if: PRECEDENCE.conditional, else: PRECEDENCE.conditional, not: PRECEDENCE.not, await: PRECEDENCE.await,
}); // prettier-ignore

const DOTTED = /^[A-Za-z_]\w*(?:\.\w+)*$/;

/** The strength with which an expression's text holds together: that of its loosest operator outside brackets. */
export function precedenceOf(text: string): number {
  if (DOTTED.test(text)) return PRECEDENCE.atom;
  let result: number = PRECEDENCE.atom;
  let operandBefore = false;
  const tokens = tokenize(text);
  for (const [index, token] of tokens.entries()) {
    if (token.type === 'comment' || token.type === 'newline') continue;
    const outside = token.depth === 0;
    if (outside && token.type !== 'string') {
      const loose = LOOSE[token.text];
      if (loose !== undefined) {
        // everything after `lambda` or `yield` belongs to it
        result = Math.min(result, token.text === 'not' && operandBefore ? PRECEDENCE.compare : loose);
        if (token.text === 'lambda' || token.text === 'yield') return result;
        operandBefore = false;
        continue;
      }
      if (token.type === 'number' && tokens.length === index + 1 && index === 0) return PRECEDENCE.number;
      const binary = BINARY[token.text];
      if (binary !== undefined) {
        const unary = !operandBefore && (token.text === '-' || token.text === '+');
        const star = !operandBefore && (token.text === '*' || token.text === '**');
        result = Math.min(result, star ? PRECEDENCE.bare : unary ? PRECEDENCE.unary : binary);
        operandBefore = false;
        continue;
      }
      if (token.text === '~') {
        result = Math.min(result, PRECEDENCE.unary);
        continue;
      }
    }
    operandBefore = token.type !== 'op' || token.text === ')' || token.text === ']' || token.text === '}' || token.text === '...';
  }
  return result;
}
