/** Shows exactly what would be sent and executed, and waits for the person's word before anything is. */
import * as vscode from 'vscode';

const SCHEME = 'mindport-preview';
const PENDING = 'mindport.runPending';
const CHANGEABLE = 'mindport.runChangeable';

/** change: the person wants to change what was chosen */
type Answer = 'start' | 'change' | null;

interface Pending {
  uri: vscode.Uri;
  mayChange: boolean;
  settle: (answer: Answer) => void;
}

export interface Question {
  /** of the page */
  title: string;
  /** what would be started */
  name: string;
  /** what would be sent and executed */
  text: string;
  /** the whole question in words */
  question: string;
}

/**
 * Holds at most one question; the commands *Start This Run*, *Change This Run* and *Do Not Start It* answer it, as the words above the page and closing the page
 * do. An item of the status bar leads back to the page and goes with the answer, however that was given; a notification could not be taken back.
 */
export class RunPreview implements vscode.TextDocumentContentProvider, vscode.CodeLensProvider, vscode.Disposable {
  private readonly lensesChanged = new vscode.EventEmitter<void>();
  readonly onDidChangeCodeLenses = this.lensesChanged.event;
  private pending: Pending | null = null;
  private text = '';
  private count = 0;
  private readonly item = vscode.window.createStatusBarItem('mindport.question', vscode.StatusBarAlignment.Left);
  private readonly registrations = vscode.Disposable.from(
    vscode.workspace.registerTextDocumentContentProvider(SCHEME, this),
    vscode.languages.registerCodeLensProvider({ scheme: SCHEME }, this),
    vscode.window.tabGroups.onDidChangeTabs(({ closed }) => {
      for (const { input } of closed) {
        if (input instanceof vscode.TabInputText && input.uri.toString() === this.pending?.uri.toString()) this.answer(false);
      }
    }),
  );

  provideTextDocumentContent(): string {
    return this.text;
  }

  /** The answers, as words above the page while it asks. */
  provideCodeLenses({ uri }: vscode.TextDocument): vscode.CodeLens[] {
    if (uri.toString() !== this.pending?.uri.toString()) return [];
    const answers = [
      { title: `$(play) ${vscode.l10n.t('Start')}`, command: 'mindport.preview.start' },
      ...(this.pending.mayChange ? [{ title: `$(edit) ${vscode.l10n.t('Change…')}`, command: 'mindport.preview.change' }] : []),
      { title: `$(close) ${vscode.l10n.t('Do Not Start')}`, command: 'mindport.preview.leave' },
    ];
    return answers.map((command) => new vscode.CodeLens(new vscode.Range(0, 0, 0, 0), command));
  }

  /**
   * Shows the page in an editor and asks.
   * @returns whether the person agreed to start it
   */
  async confirm(question: Question): Promise<boolean> {
    return (await this.ask(question, false)) === 'start';
  }

  /** As `confirm`, with a way back to what was chosen. */
  async ask({ title, name, text, question }: Question, mayChange = true): Promise<Answer> {
    this.answer(false);
    this.count += 1;
    // a document of its own for each question: one that was shown before keeps its text
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${title.replaceAll('/', ' ')}`, query: String(this.count) });
    this.text = text;
    const answered = new Promise<Answer>((settle) => (this.pending = { uri, settle, mayChange }));
    this.lensesChanged.fire();
    this.showItem(uri, name, question);
    await vscode.commands.executeCommand('setContext', PENDING, true);
    await vscode.commands.executeCommand('setContext', CHANGEABLE, mayChange);
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: false });
    // answered before it was shown
    if (this.pending?.uri !== uri) this.close(uri);
    return answered;
  }

  private showItem(uri: vscode.Uri, name: string, question: string): void {
    const show = vscode.l10n.t('Show the page');
    Object.assign(this.item, {
      name: vscode.l10n.t('MindPort asks'),
      text: `$(question) ${vscode.l10n.t('Start {0}?', name)}`,
      tooltip: question,
      accessibilityInformation: { label: question, role: 'button' },
      backgroundColor: new vscode.ThemeColor('statusBarItem.warningBackground'),
      command: { title: show, command: 'vscode.open', arguments: [uri, { preview: false }] },
    });
    this.item.show();
  }

  /** Answers the question, if there is one, and closes its page. */
  answer(agreed: boolean): void {
    this.settle(agreed ? 'start' : null);
  }

  /** Leads back to what was chosen, where there is such a way. */
  change(): void {
    if (this.pending?.mayChange) this.settle('change');
  }

  private settle(answer: Answer): void {
    const { pending } = this;
    if (pending === null) return;
    this.pending = null;
    this.item.hide();
    void vscode.commands.executeCommand('setContext', PENDING, false);
    void vscode.commands.executeCommand('setContext', CHANGEABLE, false);
    pending.settle(answer);
    this.close(pending.uri);
  }

  private close(uri: vscode.Uri): void {
    const isOurs = ({ input }: vscode.Tab): boolean => input instanceof vscode.TabInputText && input.uri.toString() === uri.toString();
    const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs).filter(isOurs);
    if (tabs.length > 0) void vscode.window.tabGroups.close(tabs, true);
  }

  dispose(): void {
    this.answer(false);
    this.registrations.dispose();
    this.item.dispose();
    this.lensesChanged.dispose();
  }
}
