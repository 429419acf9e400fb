/** Edits as people make them, at all places of a text under edit. Each is undone by the next one, so that the text stays a program. */

/** A text by lines, changed as LSP's changes say. */
export class EditedText {
  constructor(text) {
    this.lines = text.split('\n');
  }

  get text() {
    return this.lines.join('\n');
  }

  /** Applies one change; gives the change that takes it back. */
  apply({ range: { start, end }, text }) {
    const { lines } = this;
    const old = lines.slice(start.line, end.line + 1);
    const removed =
      start.line === end.line
        ? old[0].slice(start.character, end.character)
        : [old[0].slice(start.character), ...old.slice(1, -1), old.at(-1).slice(0, end.character)].join('\n');
    const fresh = (old[0].slice(0, start.character) + text + old.at(-1).slice(end.character)).split('\n');
    lines.splice(start.line, old.length, ...fresh);
    const inserted = text.split('\n');
    const last = {
      line: start.line + inserted.length - 1,
      character: (inserted.length === 1 ? start.character : 0) + inserted.at(-1).length,
    };
    return { range: { start, end: last }, text: removed };
  }
}

const span = (line, from, toLine, to) => ({ start: { line, character: from }, end: { line: toLine, character: to } });
const insert = (line, character, text) => ({ range: span(line, character, line, character), text });
const PASTED = ['    def extra(self, x, scale=2.0):', '        y = torch.relu(x) * scale', '        return torch.cat([x, y], dim=-1)', ''];

/** Finds the nearest line from `from` on that fits; null when none does. */
function lineLike(lines, from, pattern) {
  for (let i = 0; i < lines.length; i++) {
    const line = (from + i) % lines.length;
    if (pattern.test(lines[line])) return line;
  }
  return null;
}

/** Kinds of edits: from the lines and the line where somebody types to the changes of one event (each in terms of the text the one before left). */
const KINDS = {
  'a character in a name': (lines, from) => {
    const line = lineLike(lines, from, /^\s+\w+ = \w/);
    return [insert(line, /\w+/.exec(lines[line]).index + 1, 'x')];
  },
  'a character less': (lines, from) => {
    const line = lineLike(lines, from, /\w\w$|\)$/);
    return [{ range: span(line, lines[line].length - 1, line, lines[line].length), text: '' }];
  },
  'a space at the end': (lines, from) => [insert(from, lines[from].length, ' ')],
  'a new line': (lines, from) => [insert(from, lines[from].length, `\n${/^\s*/.exec(lines[from])[0]}`)],
  'a number': (lines, from) => {
    const line = lineLike(lines, from, /\d/);
    return [insert(line, /\d/.exec(lines[line]).index + 1, '2')];
  },
  'a call at the end of a line': (lines, from) => {
    const line = lineLike(lines, from, /^\s+\w+ = .*\w\(.*\)$/);
    return [insert(line, lines[line].length, '.sum()')];
  },
  'some lines pasted': (lines, from) => {
    const line = lineLike(lines, from, /^ {4}def \w+\(self/);
    return [insert(line, 0, `${PASTED.join('\n')}\n`)];
  },
  'a statement': (lines, from) => {
    const line = lineLike(lines, from, /^ {8}\w+ = /);
    return [insert(line, 0, '        z = torch.zeros(3).exp()\n')];
  },
  'a block deleted': (lines, from) => {
    const line = lineLike(lines, from, /^ {4}def \w+\(self/);
    let end = line + 1;
    while (end < lines.length - 1 && /^ {5}|^$/.test(lines[end])) end++;
    return [{ range: span(line, 0, end, 0), text: '' }];
  },
  'lines deleted': (lines, from) => {
    const line = Math.min(from, lines.length - 10);
    return [{ range: span(line, 0, line + 6, 0), text: '' }];
  },
  'a rename in a function': (lines, from) => {
    const line = lineLike(lines, from, /^\s+(\w+) = /);
    const name = /^\s+(\w+) = /.exec(lines[line])[1];
    const word = new RegExp(`\\b${name}\\b`);
    const changes = [];
    for (let i = line; i < Math.min(line + 12, lines.length); i++) {
      const at = word.exec(lines[i])?.index;
      if (at !== undefined) changes.push({ range: span(i, at, i, at + name.length), text: `${name}_renamed` });
    }
    return changes;
  },
  'a comment begun': (lines, from) => [insert(from, lines[from].length, '  # a note')],
  'inside a comment': (lines, from) => {
    const line = lineLike(lines, from, /#/);
    return [insert(line, lines[line].length, 'w')];
  },
  'inside a string': (lines, from) => {
    const line = lineLike(lines, from, /'\w|"\w/) ?? lineLike(lines, from, /\w$/);
    return [insert(line, (/'\w|"\w/.exec(lines[line])?.index ?? lines[line].length - 2) + 2, 's')];
  },
  'a bracket opened': (lines, from) => {
    const line = lineLike(lines, from, /^\s+\w+ = \w/);
    return [insert(line, lines[line].length, '(')];
  },
  'a colon lost': (lines, from) => {
    const line = lineLike(lines, from, /:$/);
    return [{ range: span(line, lines[line].length - 1, line, lines[line].length), text: '' }];
  },
  'an indentation lost': (lines, from) => {
    const line = lineLike(lines, from, /^ {8}\w/);
    return [{ range: span(line, 0, line, 3), text: '' }];
  },
  'a quote opened': (lines, from) => {
    const line = lineLike(lines, from, /^\s+\w+ = \w/);
    return [insert(line, lines[line].length, " + '")];
  },
  'a text of several lines opened': (lines, from) => {
    const line = lineLike(lines, from, /^\s+\w+ = \w/);
    return [insert(line, 0, '        """')];
  },
  'an import': (lines) => [insert(lineLike(lines, 0, /^import/), 0, 'import torch.fft as fft\n')],
  'a top-level definition': (lines, from) => {
    const line = lineLike(lines, from, /^(class|def) /);
    return [insert(line, 0, 'def fresh(x: torch.Tensor):\n    return x.mean(dim=0)\n\n\n')];
  },
};

export const KIND_NAMES = Object.keys(KINDS);

/** Numbers from 0 to `n` (exclusive), the same in every run. */
function randomNumbers(seed) {
  let state = seed;
  return (n) => (state = (state * 48271) % 2147483647) % n;
}

/**
 * An endless sequence of edits over a text: `{ kind, changes }`, already applied to it. Every second one takes the one before back. A fifth stands near
 * the top, a fifth near the bottom, the rest anywhere.
 */
export function* edits(edited, seed = 7) {
  const random = randomNumbers(seed);
  for (let i = 0; ; i++) {
    const kind = KIND_NAMES[i % KIND_NAMES.length];
    const { length } = edited.lines;
    const place = Math.floor(i / KIND_NAMES.length) % 5;
    const from = place === 0 ? 4 + random(40) : place === 1 ? length - 50 + random(40) : 4 + random(length - 14);
    const changes = KINDS[kind](edited.lines, from);
    const back = changes.map((change) => edited.apply(change)).reverse();
    yield { kind, changes };
    for (const change of back) edited.apply(change);
    yield { kind: `${kind}, undone`, changes: back };
  }
}
