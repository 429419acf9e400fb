/** The outcome of a migration before it is written: shown as one diff of many files, written or discarded by the person. */
import * as vscode from 'vscode';
import { readBytes } from './extension-files';

const SCHEME = 'mindport-migration';
const PENDING = 'mindport.migrationPending';

export interface PreviewFile {
  path: string;
  /** where it came from; null for a file the migration adds */
  original: vscode.Uri | null;
  /** what will be written; a URI: the file is copied as it is */
  content: string | vscode.Uri;
  changed: boolean;
}

export interface Migration {
  source: vscode.Uri;
  target: vscode.Uri;
  files: PreviewFile[];
}

/** Holds at most one migration; `Write Migrated Files` and `Discard Migration` act on it. */
export class MigrationPreview implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private pending: Migration | null = null;
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  private readonly registration = vscode.workspace.registerTextDocumentContentProvider(SCHEME, this);
  readonly onDidChange = this.changed.event;

  provideTextDocumentContent(uri: vscode.Uri): string {
    const content = this.pending?.files.find((file) => this.uriOf(file).path === uri.path)?.content;
    return typeof content === 'string' ? content : '';
  }

  /** The text a file would have, as a document for the right side of the diff. It has its original's path: another one would look like a renaming. */
  private uriOf(file: PreviewFile): vscode.Uri {
    return vscode.Uri.from({ scheme: SCHEME, path: vscode.Uri.joinPath(this.pending!.source, file.path).path });
  }

  /** Whether this one still waits to be written or discarded. */
  isPending(migration: Migration): boolean {
    return this.pending === migration;
  }

  /** Opens the diff of all changed files. */
  async show(migration: Migration): Promise<void> {
    this.pending = migration;
    await vscode.commands.executeCommand('setContext', PENDING, true);
    const shown = migration.files.filter((file) => file.changed && file.original && typeof file.content === 'string');
    for (const file of shown) this.changed.fire(this.uriOf(file));
    const title = vscode.l10n.t('Migration of {0}', migration.source.path.split('/').at(-1) ?? '');
    await vscode.commands.executeCommand(
      'vscode.changes',
      title,
      shown.map((file) => [this.uriOf(file), file.original, this.uriOf(file)]),
    );
  }

  /**
   * Writes the pending migration. Asks before anything that exists is replaced.
   * @returns the number of files written, or null when nothing was
   */
  async write(): Promise<number | null> {
    const migration = this.pending;
    if (!migration) {
      void vscode.window.showInformationMessage(vscode.l10n.t('There is no migration to write.'));
      return null;
    }
    const { target, files } = migration;
    if (await isFilled(target)) {
      const replace = vscode.l10n.t('Replace');
      const message = vscode.l10n.t(
        '{0} is not empty. Files of the same name are replaced, all others stay.',
        target.path.split('/').at(-1) ?? '',
      );
      if ((await vscode.window.showWarningMessage(message, { modal: true }, replace)) !== replace) return null;
    }
    const encoder = new TextEncoder();
    await vscode.window.withProgress(
      { location: vscode.ProgressLocation.Notification, title: vscode.l10n.t('Writing migrated files') },
      async () => {
        for (const { path, content } of files) {
          const uri = vscode.Uri.joinPath(target, path);
          const bytes = typeof content === 'string' ? encoder.encode(content) : await readBytes(content);
          await vscode.workspace.fs.writeFile(uri, bytes);
        }
      },
    );
    await this.forget();
    return files.length;
  }

  async discard(): Promise<void> {
    await this.forget();
  }

  private async forget(): Promise<void> {
    this.pending = null;
    await vscode.commands.executeCommand('setContext', PENDING, false);
    const ours = vscode.window.tabGroups.all.flatMap((group) => group.tabs).filter((tab) => isPreview(tab.input));
    await vscode.window.tabGroups.close(ours);
  }

  dispose(): void {
    this.registration.dispose();
    this.changed.dispose();
  }
}

/** A diff of many files, or of one, whose right side is ours. The input of the first kind has a class only in newer API versions. */
function isPreview(input: unknown): boolean {
  if (input instanceof vscode.TabInputTextDiff) return input.modified.scheme === SCHEME;
  if (input instanceof vscode.TabInputText) return input.uri.scheme === SCHEME;
  const diffs = (input as { textDiffs?: unknown } | undefined)?.textDiffs;
  return Array.isArray(diffs) && diffs.some(isPreview);
}

async function isFilled(folder: vscode.Uri): Promise<boolean> {
  try {
    return (await vscode.workspace.fs.readDirectory(folder)).length > 0;
  } catch {
    return false;
  }
}
