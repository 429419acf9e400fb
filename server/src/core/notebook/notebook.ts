/** Jupyter notebooks, format 4: the cells of the JSON text, each with the places of its source. */
import type { Span } from '../syntax/ast';
import { decode, JsonError, JsonScanner } from './json-scan';

export interface NotebookCell {
  /** among all cells, from 0 */
  index: number;
  /** `code`, `markdown`, `raw`; empty when the file does not say */
  type: string;
  source: string;
  /** where `source` is written; null when there is none that can be read */
  written: WrittenSource | null;
  /** the language of this cell where an editor noted one of its own */
  language: string | null;
}

/** `"source"` is one string, or a list of strings that are simply put together, as a rule a line each. */
export interface WrittenSource {
  /** the whole value */
  value: Span;
  isList: boolean;
  /** the strings with their quotes */
  strings: { token: Span; length: number }[];
}

export interface Notebook {
  /** the JSON text */
  text: string;
  cells: NotebookCell[];
  /** whether its kernel runs Python; assumed where the file does not say */
  isPython: boolean;
}

/** Why a text is no notebook that can be read: `json` no JSON, `shape` JSON of something else, `old` a format before 4. */
export interface NotebookProblem {
  problem: 'json' | 'shape' | 'old';
  /** where in the text */
  at: number;
}

/** Reads any text; an empty one is a new notebook, as editors have it. */
export function readNotebook(text: string): Notebook | NotebookProblem {
  if (text.trim() === '') return { text, cells: [], isPython: true };
  try {
    return scan(text);
  } catch (error) {
    if (error instanceof JsonError) return { problem: 'json', at: error.at };
    throw error;
  }
}

function scan(text: string): Notebook | NotebookProblem {
  const json = new JsonScanner(text);
  if (json.kind !== 'object') {
    json.skip();
    json.end();
    return { problem: 'shape', at: 0 };
  }
  let cells: NotebookCell[] | null = null;
  let format = 4;
  let hasWorksheets = false;
  let kernel: Kernel = { language: null, name: null };
  json.object((key) => {
    if (key === 'cells' && json.kind === 'array') cells = readCells(json);
    else if (key === 'metadata' && json.kind === 'object') kernel = readKernel(json);
    else if (key === 'nbformat') format = Number(slice(text, json.skip()));
    else {
      hasWorksheets ||= key === 'worksheets';
      json.skip();
    }
  });
  json.end();
  if (format < 4 || (hasWorksheets && !cells)) return { problem: 'old', at: 0 };
  if (!cells) return { problem: 'shape', at: 0 };
  return { text, cells, isPython: runsPython(kernel) };
}

const slice = (text: string, { start, end }: Span): string => text.slice(start, end);

function readCells(json: JsonScanner): NotebookCell[] {
  const cells: NotebookCell[] = [];
  json.array((index) => {
    const cell: NotebookCell = { index, type: '', source: '', written: null, language: null };
    cells.push(cell);
    if (json.kind !== 'object') {
      json.skip();
      return;
    }
    json.object((key) => {
      if (key === 'cell_type' && json.kind === 'string') cell.type = decode(json.text, json.string());
      else if (key === 'source' && (json.kind === 'string' || json.kind === 'array')) readSource(json, cell);
      else if (key === 'metadata' && json.kind === 'object') cell.language = readCellLanguage(json);
      else json.skip();
    });
  });
  return cells;
}

function readSource(json: JsonScanner, cell: NotebookCell): void {
  const strings: WrittenSource['strings'] = [];
  const parts: string[] = [];
  let isReadable = true;
  const isList = json.kind === 'array';
  const read = (): void => {
    if (json.kind !== 'string') {
      isReadable = false;
      json.skip();
      return;
    }
    const token = json.string();
    const value = decode(json.text, token);
    strings.push({ token, length: value.length });
    parts.push(value);
  };
  void json.kind; // moves to where the value begins
  const start = json.at;
  if (isList) json.array(read);
  else read();
  cell.source = isReadable ? parts.join('') : '';
  cell.written = isReadable ? { value: { start, end: json.at }, isList, strings } : null;
}

/** Strings of an object by their path, e.g. `kernelspec.language`; everything else is passed over. */
function readStrings(json: JsonScanner, paths: readonly string[], prefix = ''): Record<string, string> {
  const found: Record<string, string> = {};
  json.object((key) => {
    const path = prefix + key;
    if (json.kind === 'string' && paths.includes(path)) found[path] = decode(json.text, json.string());
    else if (json.kind === 'object' && paths.some((wanted) => wanted.startsWith(`${path}.`)))
      Object.assign(found, readStrings(json, paths, `${path}.`));
    else json.skip();
  });
  return found;
}

interface Kernel {
  language: string | null;
  name: string | null;
}

function readKernel(json: JsonScanner): Kernel {
  const found = readStrings(json, ['language_info.name', 'kernelspec.language', 'kernelspec.name']);
  return { language: found['language_info.name'] ?? found['kernelspec.language'] ?? null, name: found['kernelspec.name'] ?? null };
}

/** VS Code and Polyglot Notebooks note a cell's own language. */
function readCellLanguage(json: JsonScanner): string | null {
  const found = readStrings(json, ['vscode.languageId', 'polyglot_notebook.kernelName', 'dotnet_interactive.language']);
  return Object.values(found)[0] ?? null;
}

const isPythonName = (language: string): boolean => /^(?:i?python\d*|pypy\d*)$/i.test(language);

function runsPython({ language, name }: Kernel): boolean {
  if (language !== null && language !== '') return isPythonName(language);
  return (
    name === null || !/^(?:ir|julia|bash|zsh|javascript|typescript|deno|rust|scala|kotlin|java|go|gonb|xcpp|octave|sage|\.net)/i.test(name)
  );
}

/** Whether a cell is code in the notebook's Python, magics apart. */
export function isPythonCell(cell: NotebookCell): boolean {
  return cell.type === 'code' && cell.written !== null && (cell.language === null || isPythonName(cell.language));
}
