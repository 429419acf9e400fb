/**
 * Reads JSON by its places in the text, so that a file can be changed in one place and stay as it is in all others. What nobody asks for is passed
 * over without being built: outputs of a notebook may be hundreds of megabytes. Nesting of any depth is passed over without recursion.
 */
import type { Span } from '../syntax/ast';

/** The text is no JSON. */
export class JsonError extends Error {
  constructor(readonly at: number) {
    super(`no JSON at ${at}`);
  }
}

const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;

export type JsonKind = 'object' | 'array' | 'string' | 'scalar';

export class JsonScanner {
  /** where it reads next */
  at = 0;

  constructor(readonly text: string) {}

  /** What value comes next. @throws JsonError when none does */
  get kind(): JsonKind {
    const code = this.peek();
    if (code === OPEN_OBJECT) return 'object';
    if (code === OPEN_ARRAY) return 'array';
    if (code === QUOTE) return 'string';
    return 'scalar';
  }

  /** The members of an object: `member` must read or pass over each value. */
  object(member: (key: string) => void): void {
    this.expect(OPEN_OBJECT);
    if (this.take(CLOSE_OBJECT)) return;
    do {
      const key = this.string();
      this.expect(COLON);
      member(decode(this.text, key));
    } while (this.take(COMMA));
    this.expect(CLOSE_OBJECT);
  }

  /** The items of an array: `item` must read or pass over each. */
  array(item: (index: number) => void): void {
    this.expect(OPEN_ARRAY);
    if (this.take(CLOSE_ARRAY)) return;
    let index = 0;
    do item(index++);
    while (this.take(COMMA));
    this.expect(CLOSE_ARRAY);
  }

  /** A string with its quotes. */
  string(): Span {
    if (this.peek() !== QUOTE) throw new JsonError(this.at);
    const start = this.at;
    let quote = start;
    do {
      quote = this.text.indexOf('"', quote + 1);
      if (quote < 0) throw new JsonError(start);
    } while (this.isEscaped(quote));
    this.at = quote + 1;
    return { start, end: this.at };
  }

  /** Passes over one value. */
  skip(): Span {
    this.peek();
    const start = this.at;
    const closers: number[] = [];
    for (;;) {
      const code = this.peek();
      if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
        this.at++;
        const closer = code + 2; // in ASCII the closing bracket is two behind the opening one
        if (!this.take(closer)) {
          closers.push(closer);
          if (code === OPEN_OBJECT) this.key();
          continue;
        }
      } else if (code === QUOTE) this.string();
      else this.scalar();
      for (;;) {
        const closer = closers[closers.length - 1];
        if (closer === undefined) return { start, end: this.at };
        if (this.take(COMMA)) {
          if (closer === CLOSE_OBJECT) this.key();
          break;
        }
        this.expect(closer);
        closers.pop();
      }
    }
  }

  /** @throws JsonError when something stands behind the value */
  end(): void {
    this.peek();
    if (this.at < this.text.length) throw new JsonError(this.at);
  }

  private key(): void {
    this.string();
    this.expect(COLON);
  }

  /** A number or a word; NaN and Infinity too, which Python writes. */
  private scalar(): void {
    const pattern = /-?(?:Infinity|(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)|true|false|null|NaN/y;
    pattern.lastIndex = this.at;
    if (!pattern.test(this.text)) throw new JsonError(this.at);
    this.at = pattern.lastIndex;
  }

  private isEscaped(quote: number): boolean {
    let slashes = 0;
    while (this.text.charCodeAt(quote - 1 - slashes) === BACKSLASH) slashes++;
    return slashes % 2 === 1;
  }

  /** The next character that is no blank space; NaN at the end. */
  private peek(): number {
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return code;
      this.at++;
    }
  }

  private take(code: number): boolean {
    if (this.peek() !== code) return false;
    this.at++;
    return true;
  }

  private expect(code: number): void {
    if (!this.take(code)) throw new JsonError(this.at);
  }
}

/** The value of a string token. @throws JsonError for an escape or a character that JSON does not have */
export function decode(text: string, { start, end }: Span): string {
  const token = text.slice(start, end);
  if (!/[\\\u0000-\u001f]/.test(token)) return token.slice(1, -1);
  try {
    return JSON.parse(token) as string;
  } catch {
    throw new JsonError(start);
  }
}
