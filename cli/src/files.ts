/** Which files a command line names, and reading them: whatever is wrong with one is said, and the rest goes on. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import type { Message } from '../../server/src/core/rules/finding';
import { isNotebookPath, NotebookFile } from '../../server/src/core/notebook/notebook-file';

export interface Source {
  /** absolute */
  path: string;
  /** as shown: relative to the working folder, with `/` */
  shown: string;
  /** the folder its absolute imports start from: the first above it that is no package */
  root: string;
  /** named itself, not found in a folder that was named */
  explicit: boolean;
}

/** Something the user should know of a file or folder. `skipped`: it was not checked, which ends in exit status 2. */
export interface Problem {
  file: string;
  message: Message;
  skipped: boolean;
}

const MOST_BYTES = 10_000_000;
/** Outputs are most of a notebook, and are passed over. */
const MOST_NOTEBOOK_BYTES = 400_000_000;
const SKIPPED_FOLDERS = new Set(['__pycache__', 'node_modules', 'site-packages']);

export function shownPath(path: string): string {
  const short = relative(process.cwd(), path).split(sep).join('/');
  return short === '' ? '.' : short;
}

const problem = (path: string, id: string, args: Record<string, string> = {}): Problem => {
  const file = shownPath(path);
  return { file, message: { id, args: { file, ...args } }, skipped: true };
};

/** Python files and notebooks below the paths, each once, sorted within each path. Hidden folders, caches and virtual environments are left out. */
export function collect(paths: readonly string[]): { sources: Source[]; problems: Problem[] } {
  const sources = new Map<string, Source>();
  const problems: Problem[] = [];
  const add = (path: string, explicit: boolean, root: string): void => {
    if (!sources.has(path)) sources.set(path, { path, shown: shownPath(path), root, explicit });
  };
  for (const given of paths) {
    const path = resolve(given);
    try {
      const entry = statSync(path);
      if (!entry.isDirectory()) {
        // a pipe would be waited for, without end
        if (!entry.isFile()) problems.push(problem(path, 'file.special'));
        else add(path, true, packageRoot(dirname(path)));
        continue;
      }
    } catch (error) {
      problems.push(unreadable(path, error));
      continue;
    }
    const before = sources.size;
    const root = packageRoot(path);
    walk(path, (file) => add(file, false, root), problems);
    if (sources.size === before && problems.length === 0) problems.push(problem(path, 'folder.empty'));
  }
  return { sources: [...sources.values()], problems };
}

function walk(start: string, found: (file: string) => void, problems: Problem[]): void {
  // folders yet to be read, the next one last
  const waiting = [start];
  while (waiting.length > 0) {
    const folder = waiting.pop()!;
    let entries;
    try {
      entries = readdirSync(folder, { withFileTypes: true });
    } catch (error) {
      problems.push(unreadable(folder, error));
      continue;
    }
    if (folder !== start && entries.some(({ name }) => name === 'pyvenv.cfg')) continue;
    entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    const folders: string[] = [];
    for (const entry of entries) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (!entry.name.startsWith('.') && !SKIPPED_FOLDERS.has(entry.name)) folders.push(path);
      } else if ((entry.name.endsWith('.py') || isNotebookPath(entry.name)) && (entry.isFile() || isLinkedFile(path))) found(path);
    }
    waiting.push(...folders.reverse());
  }
}

function isLinkedFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false; // a link to nowhere
  }
}

/** The folder above a package that is on Python's path: the first without `__init__.py`. */
function packageRoot(folder: string): string {
  let root = folder;
  while (existsSync(join(root, '__init__.py')) && dirname(root) !== root) root = dirname(root);
  return root;
}

function unreadable(path: string, error: unknown): Problem {
  const code = (error as NodeJS.ErrnoException).code ?? String(error);
  return code === 'ENOENT' ? problem(path, 'file.absent') : problem(path, 'file.unreadable', { reason: code });
}

export interface Contents {
  text: string;
  /** it began with a byte order mark, which `text` lacks, as in editors */
  marked: boolean;
  /** of a notebook: the file, `text` then being the program over its cells */
  notebook: NotebookFile | null;
}

/**
 * The text of a file, or why there is none: unreadable, too large, binary, not UTF-8, no notebook.
 * @param look is shown the bytes
 */
export function readSource(path: string, look?: (bytes: Uint8Array) => void): Contents | Problem {
  let bytes: Buffer;
  try {
    const { size } = statSync(path);
    const most = isNotebookPath(path) ? MOST_NOTEBOOK_BYTES : MOST_BYTES;
    if (size > most) return problem(path, 'file.tooLarge', { most: String(most / 1_000_000) });
    bytes = readFileSync(path);
    look?.(bytes);
  } catch (error) {
    return unreadable(path, error);
  }
  if (bytes.subarray(0, 8192).includes(0)) return problem(path, 'file.binary');
  try {
    const whole = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    const marked = whole.startsWith('\ufeff');
    const text = marked ? whole.slice(1) : whole;
    if (!isNotebookPath(path)) return { text, marked, notebook: null };
    const notebook = NotebookFile.read(text);
    if ('fault' in notebook) return problem(path, `file.notebook.${notebook.fault}`, { line: String(notebook.line) });
    return { text: notebook.joined.text, marked, notebook };
  } catch {
    const line = String(lineOfBadByte(bytes));
    const declared = declaredEncoding(bytes);
    return declared ? problem(path, 'file.encoding.declared', { line, declared }) : problem(path, 'file.encoding', { line });
  }
}

export const isProblem = (value: object): value is Problem => 'skipped' in value;

/** The encoding that one of the first two lines declares (PEP 263), when it is another one. */
function declaredEncoding(bytes: Buffer): string | null {
  const head = bytes
    .subarray(0, 1000)
    .toString('latin1')
    .split(/\r\n?|\n/, 2);
  const [, name] = head.map((line) => /^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)/.exec(line)).find((found) => found !== null) ?? [];
  return name && !/^utf-?8/i.test(name) ? name : null;
}

/** One-based line of the first byte that is not UTF-8. */
function lineOfBadByte(bytes: Buffer): number {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let line = 1;
  for (let start = 0; start < bytes.length; line++) {
    const newline = bytes.indexOf(10, start);
    const end = newline < 0 ? bytes.length : newline + 1;
    try {
      decoder.decode(bytes.subarray(start, end));
    } catch {
      return line;
    }
    start = end;
  }
  return line;
}
