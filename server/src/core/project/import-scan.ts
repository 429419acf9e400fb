/**
 * The modules a text imports, read from the text alone: what depends on what is known before anything is parsed. An import inside a string counts
 * too, which does no harm: nobody will ask for it.
 */
const HEAD = /(?:^|[;:])[ \t\f]*(?:import[ \t\f\\]|from[ \t\f\\.])/gm;
const FROM = /^from\s*((?:\.\s*)*)([^\s.]+(?:\s*\.\s*[^\s.]+)*?)?\s*import(?=[\s(*])/;
const MOST_CHARACTERS = 20_000;

/** Dotted names, leading dots kept, each once: every module named, and every name taken from one, which may be a module too. */
export function importedModules(text: string): string[] {
  const names = new Set<string>();
  // the word stands in every import: searching it costs a tenth of looking at every line
  for (let word = text.indexOf('import'), read = 0; word >= 0; word = text.indexOf('import', Math.max(word + 1, read))) {
    const start = Math.max(read, lineStart(text, word));
    const end = text.indexOf('\n', word);
    read = end < 0 ? text.length : end;
    const lines = text.slice(start, read);
    HEAD.lastIndex = 0;
    for (let match = HEAD.exec(lines); match; match = HEAD.exec(lines)) {
      const head = start + match.index + match[0].length - 1;
      const from = text.endsWith('from', head);
      const statement = logicalLine(text, head - (from ? 'from' : 'import').length);
      if (from) addFrom(statement, names);
      else addImport(statement.slice('import'.length), names);
    }
  }
  return [...names];
}

/** Where the line of an offset begins; a line that ends with a backslash goes on in the next. */
function lineStart(text: string, at: number): number {
  let start = text.lastIndexOf('\n', at) + 1;
  while (start > 1 && (text[start - 2] === '\\' || (text[start - 2] === '\r' && text[start - 3] === '\\')))
    start = text.lastIndexOf('\n', start - 2) + 1;
  return start;
}

/** A statement without comments, line continuations and brackets around its names. */
function logicalLine(text: string, start: number): string {
  let out = '';
  let from = start;
  let depth = 0;
  const limit = Math.min(text.length, start + MOST_CHARACTERS);
  for (let at = start; at < limit; at++) {
    const character = text[at]!;
    if (character === '(') depth++;
    else if (character === '#') {
      out += text.slice(from, at);
      while (at < limit && text[at] !== '\n') at++;
      from = at;
      if (depth === 0) return out;
    } else if (character === '\\') {
      out += `${text.slice(from, at)} `;
      if (text[at + 1] === '\r') at++;
      at++;
      from = at + 1;
    } else if (character === ')' || ((character === '\n' || character === '\r' || character === ';') && depth === 0)) {
      return out + text.slice(from, at);
    }
  }
  return out + text.slice(from, limit);
}

const firstWord = (part: string): string => /^[\s(]*([^\s(]*)/.exec(part)![1]!;

/** `a.b.c as d`: the packages on the way are imported too. */
function addImport(list: string, names: Set<string>): void {
  for (const part of list.split(',')) {
    const name = firstWord(part);
    for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) names.add(name.slice(0, dot));
    if (name) names.add(name);
  }
}

function addFrom(statement: string, names: Set<string>): void {
  const match = FROM.exec(statement);
  if (!match) return;
  const module = `${match[1]}${match[2] ?? ''}`.replace(/\s+/g, '');
  names.add(module);
  const base = module.endsWith('.') ? module : `${module}.`;
  for (const part of statement.slice(match[0].length).split(',')) {
    const name = firstWord(part);
    if (name && name !== '*') names.add(base + name);
  }
}
