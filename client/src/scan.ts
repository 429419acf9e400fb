/** Command *Scan Workspace*: the findings of all Python files and notebooks of the workspace, open or not. */
import * as vscode from 'vscode';
import { ProgressType, type BaseLanguageClient } from 'vscode-languageclient';
import { listFiles } from './program-files';
import { SCAN, type ScanParams, type ScanProgress, type ScanResult } from '../../server/src/lsp/scan-protocol';

const PROGRESS = new ProgressType<ScanProgress>();
let scans = 0;

/** Resolves to what was found; null when there is nothing to scan, or when it was cancelled or failed. */
export async function scanWorkspace(client: BaseLanguageClient, log: vscode.LogOutputChannel): Promise<ScanResult | null> {
  if (!vscode.workspace.workspaceFolders?.length) {
    void vscode.window.showInformationMessage(vscode.l10n.t('Open a folder first.'));
    return null;
  }
  const progress = { location: vscode.ProgressLocation.Notification, title: vscode.l10n.t('Scanning the workspace'), cancellable: true };
  const result = await vscode.window.withProgress(progress, (bar, token) => scan(client, log, bar, token));
  if (result) void tell(result, log);
  return result;
}

async function scan(
  client: BaseLanguageClient,
  log: vscode.LogOutputChannel,
  bar: vscode.Progress<{ message?: string; increment?: number }>,
  token: vscode.CancellationToken,
): Promise<ScanResult | null> {
  const id = `mindport-scan-${++scans}`;
  let shown = 0;
  const heard = client.onProgress(PROGRESS, id, ({ done, total }) => {
    const percent = (100 * done) / Math.max(total, 1);
    bar.report({ message: vscode.l10n.t('{0} of {1} files', done, total), increment: percent - shown });
    shown = percent;
  });
  try {
    const found = await programFiles(token);
    const params: ScanParams = { files: found.map((uri) => client.code2ProtocolConverter.asUri(uri)), progress: id };
    return await client.sendRequest<ScanResult>(SCAN, params, token);
  } catch (error) {
    if (token.isCancellationRequested || error instanceof vscode.CancellationError) return null;
    log.error(`scan failed: ${error instanceof Error ? error.stack : String(error)}`);
    void vscode.window.showErrorMessage(vscode.l10n.t('The scan failed: {0}', error instanceof Error ? error.message : String(error)));
    return null;
  } finally {
    heard.dispose();
  }
}

/** File systems the editor can search. For others (a folder in the browser's memory) a search would wait for someone who can, so they are walked. */
const SEARCHED = new Set(['file', 'vscode-remote']);

/** Copies that Jupyter keeps of notebooks. */
const COPIES = '/.ipynb_checkpoints/';

async function programFiles(token: vscode.CancellationToken): Promise<vscode.Uri[]> {
  const listed = (vscode.workspace.workspaceFolders ?? []).map(async (folder) => {
    if (SEARCHED.has(folder.uri.scheme))
      return vscode.workspace.findFiles(new vscode.RelativePattern(folder, '**/*.{py,ipynb}'), passedOver(folder.uri), undefined, token);
    return (await listFiles(folder.uri, token)).flatMap(({ path, uri }) => (/\.(?:py|ipynb)$/.test(path) ? [uri] : []));
  });
  return (await Promise.all(listed)).flat().filter(({ path }) => !path.includes(COPIES));
}

/** The excluded files of a folder: what is in them need not even be listed. */
function passedOver(folder: vscode.Uri): string | undefined {
  // groups do not nest
  const patterns = vscode.workspace
    .getConfiguration('mindport', folder)
    .get<string[]>('exclude', [])
    .filter((one) => !/[{},]/.test(one));
  return patterns.length > 0 ? `{${patterns.join(',')}}` : undefined;
}

async function tell({ files, withFindings, findings, safe, failed }: ScanResult, log: vscode.LogOutputChannel): Promise<void> {
  for (const uri of failed) log.warn(`scan: ${uri} could not be read or analysed`);
  const problems = vscode.l10n.t('Show Problems');
  const output = vscode.l10n.t('Show Output');
  const text =
    findings === 0
      ? vscode.l10n.t('{0} files scanned: no findings.', files)
      : vscode.l10n.t('{0} files scanned: {1} findings in {2} files, {3} of them with a safe fix.', files, findings, withFindings, safe);
  const answer =
    failed.length === 0
      ? await vscode.window.showInformationMessage(text, ...(findings > 0 ? [problems] : []))
      : await vscode.window.showWarningMessage(
          `${text} ${vscode.l10n.t('{0} files could not be read.', failed.length)}`,
          ...(findings > 0 ? [problems, output] : [output]),
        );
  if (answer === problems) await vscode.commands.executeCommand('workbench.actions.view.problems');
  if (answer === output) log.show();
}
