import * as vscode from 'vscode';
import type { BaseLanguageClient } from 'vscode-languageclient';
import { OWN_TARGETS, type OwnTarget } from '../../server/src/lsp/protocol';

interface TargetsSchema {
  items: { enum: string[]; enumDescriptions: string[] };
}

/** The manifest as VS Code hands it over: `%keys%` are replaced by the display language's words. */
function properties(): Record<string, unknown> {
  const manifest = vscode.extensions.getExtension('mindport.mindport')?.packageJSON as
    { contributes: { configuration: { properties: Record<string, unknown> }[] } } | undefined;
  return Object.assign({}, ...(manifest?.contributes.configuration.map((section) => section.properties) ?? [])) as Record<string, unknown>;
}

/** Where a choice is stored: with the file's folder when there is one, else for the user. */
function scopeOf(): { configuration: vscode.WorkspaceConfiguration; level: vscode.ConfigurationTarget } {
  const uri = vscode.window.activeTextEditor?.document.uri ?? vscode.workspace.workspaceFolders?.[0]?.uri;
  const folder = uri && vscode.workspace.getWorkspaceFolder(uri);
  const several = (vscode.workspace.workspaceFolders?.length ?? 0) > 1;
  const level = !folder
    ? vscode.ConfigurationTarget.Global
    : several
      ? vscode.ConfigurationTarget.WorkspaceFolder
      : vscode.ConfigurationTarget.Workspace;
  return { configuration: vscode.workspace.getConfiguration('mindport', uri), level };
}

/** Command *Choose Targets*: chips and frameworks, then the MindSpore version if one of them is MindSpore. */
export async function chooseTargets(client: BaseLanguageClient): Promise<void> {
  const { configuration, level } = scopeOf();
  const known = properties();
  const schema = known['mindport.targets'] as TargetsSchema;
  const chosen = new Set(configuration.get<string[]>('targets', []));
  const items = schema.items.enum.map((id, i) => ({
    label: schema.items.enumDescriptions[i] ?? id,
    description: id,
    picked: chosen.has(id),
  }));
  // a server that does not answer adds none
  const own = await client.sendRequest<OwnTarget[]>(OWN_TARGETS).catch(() => []);
  for (const { id, title } of own) items.push({ label: title, description: id, picked: chosen.has(id) });
  const picked = await vscode.window.showQuickPick(items, {
    canPickMany: true,
    title: vscode.l10n.t('Where shall the program run?'),
    placeHolder: vscode.l10n.t('Rewrites are offered when they hold on every chosen target'),
  });
  if (!picked || picked.length === 0) return;
  const targets = picked.map((item) => item.description);
  let version: string | undefined;
  if (targets.some((id) => id.startsWith('mindspore@'))) {
    const versions = (known['mindport.mindsporeVersion'] as { enum: string[] }).enum;
    const current = configuration.get<string>('mindsporeVersion');
    version = (
      await vscode.window.showQuickPick(
        [...versions].reverse().map((label) => ({ label, description: label === current ? vscode.l10n.t('current') : '' })),
        { title: vscode.l10n.t('Which MindSpore version?') },
      )
    )?.label;
    if (!version) return;
  }
  await configuration.update('targets', targets, level);
  if (version) await configuration.update('mindsporeVersion', version, level);
}
