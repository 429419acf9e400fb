import { NotationError } from './notation-error';
import { tokenize, type Token } from './tokens';

export interface Parameter {
  name: string;
  kind: 'positional-only' | 'positional' | 'star' | 'keyword' | 'doublestar';
  /** source text of the default; null: required (or a star parameter) */
  default: string | null;
}

export interface Signature {
  /** as written in the record */
  text: string;
  params: readonly Parameter[];
  byName: ReadonlyMap<string, Parameter>;
}

/** Reads `(a, /, b=1, *args, c=None, **kw)`. Annotations and a result type are accepted and dropped. Throws on text that is no signature. */
export function parseSignature(text: string): Signature {
  const tokens = tokenize(text).filter((token) => token.type !== 'comment' && token.type !== 'newline');
  if (tokens[0]?.text !== '(') throw unreadable('no signature', text);
  const close = tokens.findIndex((token, index) => index > 0 && token.text === ')' && token.depth === 0);
  if (close < 0) throw unreadable('no signature', text);
  const params: Parameter[] = [];
  let keywordOnly = false;
  for (const part of splitByComma(tokens.slice(1, close))) {
    const [first, second] = part;
    if (!first) throw unreadable('empty parameter', text);
    if (first.text === '/') {
      for (const param of params) if (param.kind === 'positional') param.kind = 'positional-only';
    } else if (first.text === '*' && !second) keywordOnly = true;
    else if (first.text === '*' || first.text === '**') {
      if (second?.type !== 'name') throw unreadable(`no name after ${first.text}`, text);
      params.push({ name: second.text, kind: first.text === '*' ? 'star' : 'doublestar', default: null });
      keywordOnly = true;
    } else {
      if (first.type !== 'name') throw unreadable('no parameter name', text);
      params.push({ name: first.text, kind: keywordOnly ? 'keyword' : 'positional', default: defaultOf(part, text) });
    }
  }
  const byName = new Map(params.map((param) => [param.name, param]));
  if (byName.size !== params.length) throw unreadable('a parameter twice', text);
  return { text, params, byName };
}

function splitByComma(tokens: readonly Token[]): Token[][] {
  const parts: Token[][] = [[]];
  for (const token of tokens) {
    if (token.text === ',' && token.depth === 1) parts.push([]);
    else parts[parts.length - 1]!.push(token);
  }
  // a trailing comma, or no parameter at all
  if (parts[parts.length - 1]!.length === 0) parts.pop();
  return parts;
}

function defaultOf(part: readonly Token[], text: string): string | null {
  const equals = part.findIndex((token) => token.text === '=' && token.depth === 1);
  if (equals < 0) return null;
  const first = part[equals + 1];
  if (!first) throw unreadable('no default after =', text);
  return text.slice(first.start, part[part.length - 1]!.end);
}

const unreadable = (what: string, text: string): NotationError =>
  new NotationError(`${what} in ${text}`, { id: 'records.signature', args: { text: text.slice(0, 80) } });
