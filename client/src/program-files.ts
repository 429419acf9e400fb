/** Reading and writing the files of a program through VS Code's file system: a folder on disk, on a remote machine or in the browser. */
import * as vscode from 'vscode';

/** Folders that hold no source of the program. */
const PASSED_OVER = new Set([
  '__pycache__',
  'node_modules',
  'site-packages',
  '.git',
  '.venv',
  'venv',
  '.vscode',
  '.mypy_cache',
  '.pytest_cache',
]);
const MOST_FILES = 5_000;
const MOST_BYTES = 10_000_000;

export interface SourceFile {
  /** relative to the folder, `/` between folders */
  path: string;
  uri: vscode.Uri;
  size: number;
}

/** A file that is not migrated, and why. */
export interface LeftOut {
  path: string;
  reason: 'too-large' | 'not-utf8';
}

/**
 * All files below `folder`, sorted by path; symbolic links are not followed.
 * @throws when there are more than 5,000
 */
export async function listFiles(folder: vscode.Uri, token: vscode.CancellationToken): Promise<SourceFile[]> {
  const found: SourceFile[] = [];
  const visit = async (uri: vscode.Uri, prefix: string): Promise<void> => {
    for (const [name, type] of await vscode.workspace.fs.readDirectory(uri)) {
      if (token.isCancellationRequested) throw new vscode.CancellationError();
      const child = vscode.Uri.joinPath(uri, name);
      if (type === vscode.FileType.Directory && !PASSED_OVER.has(name)) await visit(child, `${prefix}${name}/`);
      if (type !== vscode.FileType.File) continue;
      if (found.length >= MOST_FILES)
        throw new Error(vscode.l10n.t('The folder has more than {0} files: choose a smaller one.', MOST_FILES));
      found.push({ path: prefix + name, uri: child, size: (await vscode.workspace.fs.stat(child)).size });
    }
  };
  await visit(folder, '');
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

export interface Source {
  path: string;
  /** without byte order mark */
  text: string;
  /** the file begins with a byte order mark */
  marked: boolean;
}

/** The text of every Python file and notebook; an open editor's unsaved text counts. Files that cannot be read as text are named, not guessed at. */
export async function readSources(files: readonly SourceFile[]): Promise<{ sources: Source[]; left: LeftOut[] }> {
  const sources: Source[] = [];
  const left: LeftOut[] = [];
  const unsaved = new Map(
    vscode.workspace.textDocuments.filter((document) => document.isDirty).map((document) => [document.uri.toString(), document]),
  );
  for (const { path, uri, size } of files) {
    if (!path.endsWith('.py') && !path.endsWith('.ipynb')) continue;
    const open = unsaved.get(uri.toString());
    if (open) {
      sources.push({ path, text: open.getText(), marked: false });
      continue;
    }
    if (size > MOST_BYTES) {
      left.push({ path, reason: 'too-large' });
      continue;
    }
    try {
      const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await vscode.workspace.fs.readFile(uri));
      const marked = text.startsWith('\ufeff');
      sources.push({ path, text: marked ? text.slice(1) : text, marked });
    } catch {
      left.push({ path, reason: 'not-utf8' });
    }
  }
  return { sources, left };
}
