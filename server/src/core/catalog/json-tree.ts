/** JSON with the place of every value, for files that people write: what is wrong with a value is said where it stands. */
import type { Span } from '../syntax/ast';

export type JsonNode = Span &
  (
    | { kind: 'object'; members: readonly JsonMember[] }
    | { kind: 'array'; items: readonly JsonNode[] }
    | { kind: 'string'; value: string }
    | { kind: 'number'; value: number }
    | { kind: 'boolean'; value: boolean }
    | { kind: 'null' }
  );

export interface JsonMember {
  key: string;
  /** the key with its quotes */
  keySpan: Span;
  value: JsonNode;
}

/** The text is no JSON, or nested too deeply. */
export class JsonTreeError extends Error {
  constructor(
    readonly id: 'records.json' | 'records.deep',
    readonly at: number,
  ) {
    super(`${id} at ${at}`);
  }
}

/** Deeper than any record; a limit keeps hostile files from exhausting the stack. */
const DEEPEST = 32;

/** @throws JsonTreeError */
export function parseJsonTree(text: string): JsonNode {
  const reader = new Reader(text);
  const root = reader.value(0);
  reader.end();
  return root;
}

class Reader {
  private at = 0;

  constructor(private readonly text: string) {
    if (text.startsWith('\ufeff')) this.at = 1;
  }

  end(): void {
    this.skip();
    if (this.at < this.text.length) throw this.wrong();
  }

  value(depth: number): JsonNode {
    if (depth > DEEPEST) throw new JsonTreeError('records.deep', this.at);
    this.skip();
    const start = this.at;
    switch (this.text[start]) {
      case '{':
        return { kind: 'object', members: this.list('}', () => this.member(depth)), start, end: this.at };
      case '[':
        return { kind: 'array', items: this.list(']', () => this.value(depth + 1)), start, end: this.at };
      case '"':
        return { kind: 'string', value: this.string(), start, end: this.at };
      default:
        return this.scalar(start);
    }
  }

  private member(depth: number): JsonMember {
    this.skip();
    const start = this.at;
    const key = this.string();
    const keySpan = { start, end: this.at };
    this.skip();
    this.expect(':');
    return { key, keySpan, value: this.value(depth + 1) };
  }

  private list<T>(close: string, item: () => T): T[] {
    const items: T[] = [];
    this.at++;
    this.skip();
    if (this.text[this.at] !== close) {
      for (;;) {
        items.push(item());
        this.skip();
        if (this.text[this.at] !== ',') break;
        this.at++;
      }
    }
    this.expect(close);
    return items;
  }

  private string(): string {
    const start = this.at;
    this.expect('"');
    for (; this.at < this.text.length; this.at++) {
      const c = this.text[this.at];
      if (c === '\\') this.at++;
      else if (c === '"') {
        this.at++;
        return this.decode<string>(start);
      } else if (c === '\n') break;
    }
    this.at = Math.min(this.at, this.text.length);
    throw this.wrong();
  }

  private scalar(start: number): JsonNode {
    while (this.at < this.text.length && !' \t\r\n,]}:'.includes(this.text[this.at]!)) this.at++;
    const value = this.at > start ? this.decode<unknown>(start) : undefined;
    const span = { start, end: this.at };
    if (typeof value === 'number') return { kind: 'number', value, ...span };
    if (typeof value === 'boolean') return { kind: 'boolean', value, ...span };
    if (value === null) return { kind: 'null', ...span };
    this.at = start;
    throw this.wrong();
  }

  /** What stands from `start` to here, a scalar: JSON.parse knows its escapes and numbers. */
  private decode<T>(start: number): T {
    try {
      return JSON.parse(this.text.slice(start, this.at)) as T;
    } catch {
      this.at = start;
      throw this.wrong();
    }
  }

  private skip(): void {
    while (this.at < this.text.length && ' \t\r\n'.includes(this.text[this.at]!)) this.at++;
  }

  private expect(c: string): void {
    if (this.text[this.at] !== c) throw this.wrong();
    this.at++;
  }

  private wrong(): JsonTreeError {
    return new JsonTreeError('records.json', this.at);
  }
}
