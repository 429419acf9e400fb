import * as vscode from 'vscode';

/**
 * Reads a file. One of an extension that was delivered over HTTP (VS Code in the browser) has no file system behind it and is fetched.
 * @throws when there is none
 */
export async function readBytes(uri: vscode.Uri): Promise<Uint8Array> {
  if (uri.scheme !== 'http' && uri.scheme !== 'https') return vscode.workspace.fs.readFile(uri);
  const response = await fetch(uri.toString(true));
  if (!response.ok) throw new Error(`${uri.path}: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

export const readText = async (uri: vscode.Uri): Promise<string> => new TextDecoder().decode(await readBytes(uri));
