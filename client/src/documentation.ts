/** Pages that are shown rendered: one for each diagnostic code (shipped with the extension), and explanations of APIs. */
import * as vscode from 'vscode';
import { readText } from './extension-files';

const SCHEME = 'mindport-doc';

export class Documentation implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly pages = new Map<string, string>();
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  private readonly registration = vscode.workspace.registerTextDocumentContentProvider(SCHEME, this);
  readonly onDidChange = this.changed.event;

  constructor(private readonly extension: vscode.Uri) {}

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.pages.get(uri.path) ?? '';
  }

  /** Shows the page of a diagnostic code; anything else that a link may carry is ignored. */
  async showCode(code: unknown): Promise<void> {
    if (typeof code !== 'string' || !/^MSP\d{3}$/.test(code)) return;
    const chinese = vscode.env.language.toLowerCase().startsWith('zh');
    for (const name of chinese ? [`${code}.zh-cn.md`, `${code}.md`] : [`${code}.md`]) {
      try {
        await this.show(code, await readText(vscode.Uri.joinPath(this.extension, 'docs', 'codes', name)));
        return;
      } catch {
        // not in this language: the next one
      }
    }
    void vscode.window.showWarningMessage(vscode.l10n.t('There is no page for {0}.', code));
  }

  /** Shows Markdown under a title, beside the editor. */
  async show(title: string, markdown: string): Promise<void> {
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${title}.md` });
    this.pages.set(uri.path, markdown);
    this.changed.fire(uri);
    try {
      await vscode.commands.executeCommand('markdown.showPreviewToSide', uri);
    } catch {
      // no Markdown preview in this editor: the text itself
      await vscode.window.showTextDocument(uri, { viewColumn: vscode.ViewColumn.Beside, preview: true });
    }
  }

  dispose(): void {
    this.registration.dispose();
    this.changed.dispose();
  }
}
