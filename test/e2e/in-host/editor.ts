/** What the in-host tests do again and again with the real `vscode` API. */
import * as vscode from 'vscode';
import program from 'virtual:fourcastnet';
import type { MindPortApi } from '../../../client/src/api';

export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(message);
}

export function assertEqual<T>(actual: T, expected: T, what: string): void {
  if (actual === expected) return;
  // of long texts the first lines that differ
  const [got, wanted] = [actual, expected].map((value) => (typeof value === 'string' ? value : JSON.stringify(value)).split('\n')) as [
    string[],
    string[],
  ];
  const at = got.findIndex((line, i) => line !== wanted[i]);
  const from = Math.max(0, at);
  throw new Error(`${what}, line ${from + 1}: expected ${JSON.stringify(wanted[from])}, got ${JSON.stringify(got[from])}`);
}

/** Polls until `probe` gives something truthy. */
export async function until<T>(what: string, probe: () => T | Promise<T>, milliseconds = 30_000): Promise<NonNullable<T>> {
  const deadline = Date.now() + milliseconds;
  for (;;) {
    const value = await probe();
    if (value) return value as NonNullable<T>;
    if (Date.now() > deadline) throw new Error(`waited ${milliseconds / 1000} s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** The extension under test, active and with an answering server. */
export async function mindport(): Promise<MindPortApi> {
  const extension = vscode.extensions.getExtension<MindPortApi>('mindport.mindport');
  assert(extension, 'the extension is not installed');
  const api = await extension.activate();
  await api.ready;
  return api;
}

export const folder = (): vscode.Uri => vscode.workspace.workspaceFolders![0]!.uri;

/** Opens a file of the example in its original state. */
export async function openProgramFile(path: string): Promise<vscode.TextDocument> {
  const uri = vscode.Uri.joinPath(folder(), path);
  const exists = await vscode.workspace.fs.stat(uri).then(
    () => true,
    () => false,
  );
  // the web host begins with an empty workspace in memory
  if (!exists) for (const [name, text] of Object.entries(program)) await write(name, text);
  const document = await vscode.workspace.openTextDocument(uri);
  await vscode.window.showTextDocument(document);
  await setText(document, program[path]!);
  return document;
}

export async function write(path: string, text: string): Promise<vscode.Uri> {
  const uri = vscode.Uri.joinPath(folder(), path);
  await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(text));
  return uri;
}

export async function setText(document: vscode.TextDocument, text: string): Promise<void> {
  if (document.getText() === text) return;
  const edit = new vscode.WorkspaceEdit();
  edit.replace(document.uri, new vscode.Range(0, 0, document.lineCount, 0), text);
  assert(await vscode.workspace.applyEdit(edit), 'the text was not replaced');
}

export const findings = (uri: vscode.Uri): vscode.Diagnostic[] =>
  vscode.languages.getDiagnostics(uri).filter((diagnostic) => diagnostic.source === 'MindPort');

export const codeOf = (diagnostic: vscode.Diagnostic): string =>
  typeof diagnostic.code === 'object' ? String(diagnostic.code.value) : String(diagnostic.code);

/** Code actions at a range, their edits resolved. */
export async function actionsAt(document: vscode.TextDocument, range: vscode.Range, kind: string): Promise<vscode.CodeAction[]> {
  return vscode.commands.executeCommand<vscode.CodeAction[]>('vscode.executeCodeActionProvider', document.uri, range, kind, 100);
}

export async function apply(action: vscode.CodeAction): Promise<void> {
  assert(action.edit, `${action.title} has no edit`);
  assert(await vscode.workspace.applyEdit(action.edit), `${action.title} was not applied`);
}

/** Waits until the findings of a document rest on its present text: their number stays the same over several looks. */
export async function settled(document: vscode.TextDocument): Promise<vscode.Diagnostic[]> {
  let last = -1;
  let same = 0;
  return until('findings that stay', () => {
    const now = findings(document.uri);
    same = now.length === last ? same + 1 : 0;
    last = now.length;
    return same >= 12 ? now : null;
  });
}
