/** The client's part in records of the user's own: their files for a server that has none, and whether the workspace is trusted. */
import * as vscode from 'vscode';
import type { BaseLanguageClient } from 'vscode-languageclient';
import { LIST_FOLDER, TRUSTED, type ListFolderParams } from '../../server/src/lsp/protocol';

const FOLDER = '/.mindport/mappings';
const MOST_BYTES = 4_000_000;

/** Documents the server checks. */
export const RECORD_FILES = [
  { language: 'json', pattern: `**${FOLDER}/*.json` },
  { language: 'jsonc', pattern: `**${FOLDER}/*.json` },
];

/** A file of records or chips of the workspace. */
export function isRecordFile(uri: vscode.Uri): boolean {
  const folder = vscode.workspace.getWorkspaceFolder(uri);
  return folder !== undefined && new RegExp(`${FOLDER}/[^/]+\\.json$`).test(uri.path);
}

export function serveUserRecords(client: BaseLanguageClient, ready: Promise<void>): vscode.Disposable {
  return vscode.Disposable.from(
    client.onRequest(LIST_FOLDER, ({ uri }: ListFolderParams) => list(vscode.Uri.parse(uri, true))),
    vscode.workspace.onDidGrantWorkspaceTrust(() => void ready.then(() => client.sendNotification(TRUSTED, {}))),
  );
}

/** URIs of the JSON files in a workspace's folder of records; none of any other folder. */
async function list(folder: vscode.Uri): Promise<string[]> {
  const workspace = vscode.workspace.getWorkspaceFolder(folder);
  if (workspace === undefined || folder.path !== `${workspace.uri.path.replace(/\/$/, '')}${FOLDER}`) return [];
  try {
    const found: string[] = [];
    for (const [name, type] of await vscode.workspace.fs.readDirectory(folder)) {
      const uri = vscode.Uri.joinPath(folder, name);
      if (type !== vscode.FileType.File || !name.endsWith('.json')) continue;
      if ((await vscode.workspace.fs.stat(uri)).size <= MOST_BYTES) found.push(uri.toString());
    }
    return found;
  } catch {
    return []; // no such folder
  }
}
