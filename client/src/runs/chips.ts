/** Names of chips to choose from beside those a machine is known to have: those MindPort ships, and those the user's records declare. */
import * as vscode from 'vscode';
import type { BaseLanguageClient } from 'vscode-languageclient';
import { OWN_TARGETS, type OwnTarget } from '../../../server/src/lsp/protocol';

/** A server that is still being started adds none. */
const PATIENCE_MS = 1_000;

interface Manifest {
  contributes: { configuration: { properties: Record<string, { items?: { enum?: string[] } }> }[] };
}

/** Each once, the shipped ones first; the processor is not among them. */
export async function knownChips(client: BaseLanguageClient): Promise<string[]> {
  const manifest = vscode.extensions.getExtension('mindport.mindport')?.packageJSON as Manifest | undefined;
  const shipped = manifest?.contributes.configuration.flatMap(({ properties }) => properties['mindport.targets']?.items?.enum ?? []) ?? [];
  const own = await Promise.race([
    client.sendRequest<OwnTarget[]>(OWN_TARGETS).catch(() => []),
    new Promise<OwnTarget[]>((done) => setTimeout(done, PATIENCE_MS, [])),
  ]);
  const ids = [...shipped, ...own.map(({ id }) => id)];
  const chips = ids.map((id) => id.slice(id.indexOf('@') + 1));
  return [...new Set(chips)].filter((chip) => chip !== 'cpu' && /^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$/.test(chip));
}
