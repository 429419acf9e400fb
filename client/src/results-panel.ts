/**
 * The results page in a panel. There is one panel; it remembers where its comparison came from (run ids or a file), so that VS Code can bring it
 * back after a restart without the page being kept alive while hidden.
 */
import * as vscode from 'vscode';
import type { ComparisonDocument } from '../../runs/src/results/document';
import { resultsHtml } from '../webview/host-html';
import { parsePageMessage, type HostMessage, type PageAction, type PageMessage } from '../webview/src/protocol';
import { renderStandalone } from '../webview/standalone/render';
import { readText } from './extension-files';

const VIEW_TYPE = 'mindport.results';
const SOURCE_KEY = 'results.source';
/** of a comparison: a hundred runs of a hundred thousand steps take 110 MB */
const MOST_BYTES = 300_000_000;
const NOTES_KEY = 'results.notes';

/** Where a comparison comes from. */
type Source = { kind: 'runs'; ids: string[] } | { kind: 'file'; uri: string };

/** What only the Node host can do. */
export interface RunAccess {
  compare: (ids: string[]) => Promise<ComparisonDocument>;
  showLog: (id: string) => Promise<unknown>;
  explain: (error: unknown) => string;
}

const ACTIONS: Record<Exclude<PageAction, 'reload'>, string> = {
  runTraining: 'mindport.runTraining',
  runInference: 'mindport.runInference',
  chooseRuns: 'mindport.compareRuns',
};

export class ResultsPanels implements vscode.WebviewPanelSerializer, vscode.Disposable {
  private panel: vscode.WebviewPanel | null = null;
  private source: Source | null = null;
  private shown: ComparisonDocument | null = null;
  private runs: RunAccess | null = null;
  private readonly registration = vscode.window.registerWebviewPanelSerializer(VIEW_TYPE, this);

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  useRuns(runs: RunAccess): void {
    this.runs = runs;
  }

  titles(): string[] {
    return this.panel ? [this.panel.title] : [];
  }

  async showRuns(ids: string[]): Promise<void> {
    await this.open({ kind: 'runs', ids });
  }

  /** Shows a comparison that was stored as JSON: the given one, the one in the editor, the latest one again, or one the person picks. */
  async showFile(file?: vscode.Uri): Promise<void> {
    const latest = this.context.workspaceState.get<Source>(SOURCE_KEY);
    const active = vscode.window.activeTextEditor?.document;
    if (!file && active && isComparison(active)) return this.open({ kind: 'file', uri: active.uri.toString() });
    if (!file && this.panel) return this.panel.reveal();
    if (!file && latest) return this.open(latest);
    if (!file && !(await this.wantsFile())) return;
    const filters = { [vscode.l10n.t('Comparison')]: ['json'] };
    const picked = file ?? (await vscode.window.showOpenDialog({ filters, title: vscode.l10n.t('Which comparison shall be shown?') }))?.[0];
    if (picked) await this.open({ kind: 'file', uri: picked.toString() });
  }

  /** Nothing was compared yet: says where comparisons come from before a file is asked for. */
  private async wantsFile(): Promise<boolean> {
    if (!this.runs) return true;
    const open = vscode.l10n.t('Open a Stored Comparison…');
    const compare = vscode.l10n.t('Compare Runs');
    const text = vscode.l10n.t('Nothing has been compared in this workspace yet. Results are shown of runs that you choose.');
    const answer = await vscode.window.showInformationMessage(text, compare, open);
    if (answer === compare) await vscode.commands.executeCommand(ACTIONS.chooseRuns);
    return answer === open;
  }

  private async open(source: Source): Promise<void> {
    this.source = source;
    await this.context.workspaceState.update(SOURCE_KEY, source);
    if (this.panel) {
      this.panel.reveal();
      await this.load();
      return;
    }
    const panel = vscode.window.createWebviewPanel(VIEW_TYPE, vscode.l10n.t('MindPort Results'), vscode.ViewColumn.Active, this.options());
    this.attach(panel);
  }

  async deserializeWebviewPanel(panel: vscode.WebviewPanel): Promise<void> {
    this.source = this.context.workspaceState.get<Source>(SOURCE_KEY) ?? null;
    panel.webview.options = this.options();
    this.attach(panel);
  }

  private options(): vscode.WebviewOptions {
    return { enableScripts: true, localResourceRoots: [vscode.Uri.joinPath(this.context.extensionUri, 'dist')] };
  }

  private attach(panel: vscode.WebviewPanel): void {
    this.panel = panel;
    panel.onDidDispose(() => {
      if (this.panel === panel) this.panel = null;
    });
    panel.webview.onDidReceiveMessage((value: unknown) => {
      const message = parsePageMessage(value);
      if (message) void this.answer(message).catch((error: unknown) => this.log.error(String(error)));
    });
    const resource = (name: string) => panel.webview.asWebviewUri(vscode.Uri.joinPath(this.context.extensionUri, 'dist', name)).toString();
    panel.webview.html = resultsHtml({
      scriptUri: resource('webview.js'),
      styleUri: resource('webview.css'),
      cspSource: panel.webview.cspSource,
      nonce: freshNonce(),
      lang: vscode.env.language,
      title: vscode.l10n.t('MindPort Results'),
    });
  }

  private async answer(message: PageMessage): Promise<void> {
    if (message.type === 'ready') await this.load();
    else if (message.type === 'openRun') await this.runs?.showLog(message.id);
    else if (message.type === 'export') await this.save(message);
    else if (message.type === 'notes') await this.keepNotes(message.text);
    else if (message.action === 'reload') await this.load();
    else await vscode.commands.executeCommand(ACTIONS[message.action]);
  }

  private notes(): Record<string, string> {
    return this.context.workspaceState.get<Record<string, string>>(NOTES_KEY) ?? {};
  }

  /** Notes stay with what was compared, whether the panel is open or not. */
  private async keepNotes(text: string): Promise<void> {
    if (this.shown) this.shown.notes = text;
    await this.context.workspaceState.update(NOTES_KEY, { ...this.notes(), [noteKey(this.source)]: text });
  }

  private post(message: HostMessage): void {
    void this.panel?.webview.postMessage(message);
  }

  /** Makes the comparison anew and hands it to the page. */
  private async load(): Promise<void> {
    const lang = vscode.env.language;
    try {
      this.shown = this.source ? await this.read(this.source) : null;
      const notes = this.notes()[noteKey(this.source)];
      if (this.shown && notes !== undefined) this.shown.notes = notes;
      this.post({ type: 'document', document: this.shown, lang });
    } catch (error) {
      const explained = this.runs?.explain(error) ?? (error instanceof Error ? error.message : String(error));
      this.log.warn(`results: ${explained}`);
      this.post({ type: 'error', message: explained, lang });
    }
  }

  private async read(source: Source): Promise<ComparisonDocument> {
    if (source.kind === 'runs') {
      if (!this.runs) throw new Error(vscode.l10n.t('Runs can only be read where programs can be run.'));
      return this.runs.compare(source.ids);
    }
    const uri = vscode.Uri.parse(source.uri, true);
    if ((await vscode.workspace.fs.stat(uri)).size > MOST_BYTES)
      throw new Error(vscode.l10n.t('The file is too large to be a comparison.'));
    // the page itself checks what the document holds
    return JSON.parse(new TextDecoder().decode(await vscode.workspace.fs.readFile(uri))) as ComparisonDocument;
  }

  private async save({ format, fileName, encoding, data }: Extract<PageMessage, { type: 'export' }>): Promise<void> {
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri ?? this.context.globalStorageUri;
    const target = await vscode.window.showSaveDialog({ defaultUri: vscode.Uri.joinPath(folder, fileName) });
    if (!target) return;
    try {
      const text = format === 'html' ? await this.standalone() : data;
      const bytes = encoding === 'base64' && format !== 'html' ? fromBase64(text) : new TextEncoder().encode(text);
      await vscode.workspace.fs.writeFile(target, bytes);
      this.post({ type: 'exported', fileName, ok: true });
    } catch (error) {
      this.post({ type: 'exported', fileName, ok: false, message: error instanceof Error ? error.message : String(error) });
    }
  }

  private async standalone(): Promise<string> {
    if (!this.shown) throw new Error(vscode.l10n.t('There is nothing to export.'));
    const read = (name: string) => readText(vscode.Uri.joinPath(this.context.extensionUri, 'dist', name));
    return renderStandalone(this.shown, { js: await read('webview.js'), css: await read('webview.css') }, vscode.env.language);
  }

  dispose(): void {
    this.registration.dispose();
    this.panel?.dispose();
  }
}

/** Whether an open document is a comparison: then that is the one meant. */
function isComparison(document: vscode.TextDocument): boolean {
  if (!document.uri.path.endsWith('.json')) return false;
  try {
    const value = JSON.parse(document.getText()) as Partial<ComparisonDocument> | null;
    return value?.version === 1 && Array.isArray(value.runs) && Array.isArray(value.definitions);
  } catch {
    return false;
  }
}

/** What notes belong to: the same runs in any order, or the same file. */
function noteKey(source: Source | null): string {
  return source === null ? '' : source.kind === 'file' ? source.uri : [...source.ids].sort().join(' ');
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

function freshNonce(): string {
  return Array.from(globalThis.crypto.getRandomValues(new Uint8Array(18)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
