/** Command *Migrate PyTorch Project*: folder in, folder out, with everything shown before anything is written. */
import * as vscode from 'vscode';
import type { BaseLanguageClient } from 'vscode-languageclient';
import { MIGRATE, type MigrateParams, type MigrateResult } from '../../server/src/lsp/protocol';
import { readText } from './extension-files';
import type { MigrationPreview, PreviewFile } from './migration-preview';
import { listFiles, readSources, type SourceFile } from './program-files';

interface Parts {
  client: BaseLanguageClient;
  preview: MigrationPreview;
  log: vscode.LogOutputChannel;
  /** where the packages are that a migrated program carries along */
  extension: vscode.Uri;
}

/** Files beside the sources are copied when they are small: configurations and notes, not data and checkpoints. */
const MOST_COPIED_BYTES = 1_000_000;

/**
 * @param given folder to migrate, else asked for
 * @param goal folder to write, else asked for
 */
export async function migrateProject(parts: Parts, given?: vscode.Uri, goal?: vscode.Uri): Promise<void> {
  const source = given ?? (await chooseSource());
  if (!source) return;
  const target = goal ?? (await chooseTarget(source));
  if (!target) return;
  const title = vscode.l10n.t('Migrating {0}', nameOf(source));
  const progress = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  const outcome = await vscode.window.withProgress(progress, (_, token) => migrate(parts, source, target, token));
  if (!outcome) return;
  const migration = { source, target, files: outcome.files };
  await parts.preview.show(migration);
  const { changed, left } = outcome;
  const write = vscode.l10n.t('Write Files');
  const discard = vscode.l10n.t('Discard');
  const text =
    left === 0
      ? vscode.l10n.t('{0} files change; nothing is left to do by hand. Write them to {1}?', changed, nameOf(target))
      : vscode.l10n.t('{0} files change; {1} places need a person (see the output). Write them to {2}?', changed, left, nameOf(target));
  const answer = await vscode.window.showInformationMessage(text, write, discard);
  if (answer === undefined) return;
  // a notification cannot be taken back: the question may have been answered above the diff, or another migration asked for since
  if (!parts.preview.isPending(migration)) {
    void vscode.window.showInformationMessage(vscode.l10n.t('This migration was written or discarded already.'));
    return;
  }
  if (answer === discard) await parts.preview.discard();
  if (answer === write && (await parts.preview.write()) !== null) await offerToOpen(target);
}

async function migrate(
  { client, log, extension }: Parts,
  source: vscode.Uri,
  target: vscode.Uri,
  token: vscode.CancellationToken,
): Promise<{ files: PreviewFile[]; changed: number; left: number } | null> {
  try {
    const found = (await listFiles(source, token)).filter((file) => !isInside(file.uri, target));
    const { sources, left } = await readSources(found);
    for (const { path, reason } of left) log.warn(`migration: ${path} is left out: ${reason}`);
    if (sources.length === 0) {
      void vscode.window.showWarningMessage(vscode.l10n.t('{0} holds no Python file.', nameOf(source)));
      return null;
    }
    const params: MigrateParams = {
      folder: client.code2ProtocolConverter.asUri(source),
      files: sources.map(({ path, text }) => ({ path, text })),
    };
    const result = await client.sendRequest<MigrateResult>(MIGRATE, params, token);
    for (const { path, cell, range, name, reason } of result.left) {
      const place = cell === undefined ? path : `${path}:cell ${cell + 1}`;
      log.warn(`migration: ${place}:${range.start.line + 1} ${name}: ${reason}`);
    }
    const origin = new Map(found.map((file) => [file.path, file.uri]));
    const marked = new Set(sources.filter((file) => file.marked).map((file) => file.path));
    const files: PreviewFile[] = result.files.map(({ path, text, changed }) => ({
      path,
      content: (marked.has(path) ? '\ufeff' : '') + text,
      changed,
      original: origin.get(path) ?? null,
    }));
    files.push(...companions(found, new Set(result.files.map((file) => file.path))));
    for (const name of result.vendored) files.push(...(await vendored(extension, name, token)));
    return { files, changed: result.files.filter((file) => file.changed).length, left: result.left.length };
  } catch (error) {
    if (token.isCancellationRequested || error instanceof vscode.CancellationError) return null;
    log.error(`migration failed: ${error instanceof Error ? error.stack : String(error)}`);
    void vscode.window.showErrorMessage(vscode.l10n.t('The migration failed: {0}', error instanceof Error ? error.message : String(error)));
    return null;
  }
}

/** What a program needs beside its sources: every small file that is no source. */
function companions(found: readonly SourceFile[], migrated: ReadonlySet<string>): PreviewFile[] {
  return found
    .filter((file) => !migrated.has(file.path) && !file.path.endsWith('.py') && file.size <= MOST_COPIED_BYTES)
    .map((file) => ({ path: file.path, original: file.uri, content: file.uri, changed: false }));
}

/** A package of the extension that stands in the migrated program, so that it runs where nothing can be installed. */
async function vendored(extension: vscode.Uri, name: string, token: vscode.CancellationToken): Promise<PreviewFile[]> {
  const folder = vscode.Uri.joinPath(extension, 'python', name);
  const paths = await packagePaths(extension, folder, name, token);
  return paths.map((path) => ({ path: `${name}/${path}`, original: null, content: vscode.Uri.joinPath(folder, path), changed: false }));
}

/** An extension that comes over HTTP has no folders to list: the build has written down what is in them. */
async function packagePaths(extension: vscode.Uri, folder: vscode.Uri, name: string, token: vscode.CancellationToken): Promise<string[]> {
  if (extension.scheme !== 'http' && extension.scheme !== 'https') return (await listFiles(folder, token)).map((file) => file.path);
  const listed = JSON.parse(await readText(vscode.Uri.joinPath(extension, 'dist', 'vendored.json'))) as Record<string, string[]>;
  return listed[name] ?? [];
}

async function chooseSource(): Promise<vscode.Uri | undefined> {
  const other = { label: vscode.l10n.t('Another folder…'), uri: undefined };
  const folders = (vscode.workspace.workspaceFolders ?? []).map((folder) => ({
    label: folder.name,
    description: folder.uri.fsPath,
    uri: folder.uri,
  }));
  const title = vscode.l10n.t('Which program shall be migrated?');
  const picked = folders.length === 0 ? other : await vscode.window.showQuickPick([...folders, other], { title });
  if (!picked) return undefined;
  if (picked.uri) return picked.uri;
  return (await vscode.window.showOpenDialog({ canSelectFolders: true, canSelectFiles: false, title }))?.[0];
}

async function chooseTarget(source: vscode.Uri): Promise<vscode.Uri | undefined> {
  const proposed = `${source.path.replace(/\/$/, '')}-mindspore`;
  const path = await vscode.window.showInputBox({
    title: vscode.l10n.t('Where shall the migrated program be written?'),
    prompt: vscode.l10n.t('Nothing is written before you have seen the changes.'),
    value: proposed,
    valueSelection: [proposed.length, proposed.length],
    validateInput: (value) => {
      if (!value.startsWith('/') && !/^\/?[A-Za-z]:/.test(value)) return vscode.l10n.t('Give a full path.');
      if (isInside(source, source.with({ path: value }))) return vscode.l10n.t('The program itself is in this folder: choose another one.');
      return undefined;
    },
  });
  return path === undefined ? undefined : source.with({ path: path.replace(/\/$/, '') });
}

async function offerToOpen(target: vscode.Uri): Promise<void> {
  const open = vscode.l10n.t('Open in New Window');
  const add = vscode.l10n.t('Add to Workspace');
  const answer = await vscode.window.showInformationMessage(vscode.l10n.t('The migrated program is in {0}.', target.path), open, add);
  if (answer === open) await vscode.commands.executeCommand('vscode.openFolder', target, { forceNewWindow: true });
  if (answer === add) vscode.workspace.updateWorkspaceFolders(vscode.workspace.workspaceFolders?.length ?? 0, 0, { uri: target });
}

const nameOf = (uri: vscode.Uri): string => uri.path.split('/').filter(Boolean).at(-1) ?? uri.path;

/** Whether `uri` is `folder` or below it. */
function isInside(uri: vscode.Uri, folder: vscode.Uri): boolean {
  const base = folder.path.replace(/\/$/, '');
  return uri.scheme === folder.scheme && uri.authority === folder.authority && (uri.path === base || uri.path.startsWith(`${base}/`));
}
