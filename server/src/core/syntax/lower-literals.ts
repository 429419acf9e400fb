import type { Constant, Expr, FString } from './ast';
import { K } from './kinds';
import { adopt, Made, type Lowering } from './lowering';

/** One string literal: a Constant, or an FString when it is an f- or t-string, with the expressions of `{value!r:{width}}` in source order. */
export function lowerString(low: Lowering, row: number): Constant | FString {
  const { next, kind, start, end } = low.table;
  const stop = next[row]!;
  let prefix = '';
  let contentStart = -1;
  let quotes = 0;
  let contentEnd = end[row]!;
  const values: Expr[] = [];
  for (let child = row + 1; child < stop; child = next[child]!) {
    switch (kind[child] as K) {
      case K.StringStart: {
        contentStart = end[child]!;
        let at = start[child]!;
        while (at < contentStart && isLetter(low.text.charCodeAt(at))) at++;
        prefix = low.text.slice(start[child], at).toLowerCase();
        quotes = contentStart - at;
        break;
      }
      case K.StringEnd:
        // The closing token may begin too early (`r'\\'`), so its own start says nothing.
        if (end[child]! > start[child]!) contentEnd = end[child]! - quotes;
        break;
      case K.Interpolation:
        values.push(...low.looseExprs(child));
        break;
    }
  }
  const common = { start: start[row]!, end: end[row]!, parent: null };
  if (prefix.includes('f') || prefix.includes('t')) {
    const node: FString = { kind: 'FString', ...common, values };
    adopt(values, node);
    return node;
  }
  if (prefix.includes('b')) return { kind: 'Constant', ...common, type: 'bytes', value: null };
  const raw = contentStart < 0 ? '' : low.text.slice(contentStart, contentEnd);
  return { kind: 'Constant', ...common, type: 'str', value: decode(raw, prefix.includes('r')) };
}

/** Adjacent literals: one Constant of the joined text, bytes if any is, one FString of all expressions if any is one. */
export function lowerConcatenation(low: Lowering, row: number): Constant | FString {
  const { next, start, end } = low.table;
  const stop = next[row]!;
  const common = { start: start[row]!, end: end[row]!, parent: null };
  const values: Expr[] = [];
  let formatted = false;
  let bytes = false;
  let text = '';
  for (let child = row + 1; child < stop; child = next[child]!) {
    if (low.made[child] !== Made.Expr) continue;
    const part = low.built[child] as Expr;
    if (part.kind === 'FString') {
      formatted = true;
      values.push(...part.values);
    } else if (part.kind === 'Constant') {
      if (part.type === 'bytes') bytes = true;
      else text += String(part.value);
    } else {
      formatted = true; // a literal with broken text inside
      values.push(part);
    }
  }
  if (formatted) {
    const node: FString = { kind: 'FString', ...common, values };
    adopt(values, node);
    return node;
  }
  return bytes ? { kind: 'Constant', ...common, type: 'bytes', value: null } : { kind: 'Constant', ...common, type: 'str', value: text };
}

function isLetter(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
}

const SIMPLE: Record<string, string> = {
  '\n': '', '\\': '\\', "'": "'", '"': '"', a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v',
}; // prettier-ignore

/** Text of a literal's content as Python reads it. `\N{name}` stays as written: the names of Unicode are not at hand. */
function decode(content: string, raw: boolean): string {
  const unix = content.includes('\r') ? content.replace(/\r\n?/g, '\n') : content;
  if (raw || !unix.includes('\\')) return unix;
  return unix.replace(
    /\\(?:([\\'"abfnrtv\n])|([0-7]{1,3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/g,
    (whole: string, simple?: string, octal?: string, hex?: string, four?: string, eight?: string) => {
      if (simple !== undefined) return SIMPLE[simple]!;
      if (octal !== undefined) return String.fromCharCode(parseInt(octal, 8));
      const code = parseInt((hex ?? four ?? eight)!, 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    },
  );
}

export function constant(type: Constant['type'], value: Constant['value'], start: number, end: number): Constant {
  return { kind: 'Constant', start, end, parent: null, type, value };
}

export function number(text: string, kind: K, start: number, end: number): Constant {
  const last = text.charCodeAt(text.length - 1) | 32;
  const isRadix = /^0[xob]/i.test(text);
  if (last === 106 && !isRadix) return constant('complex', null, start, end);
  let digits = text.includes('_') ? text.replaceAll('_', '') : text;
  if (last === 108) digits = digits.slice(0, -1); // Python 2 long
  return kind === K.Float || (!isRadix && /[.e]/i.test(digits))
    ? constant('float', Number(digits), start, end)
    : constant('int', isRadix ? Number(digits) : parseInt(digits, 10), start, end);
}
