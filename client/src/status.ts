import * as vscode from 'vscode';

const isOurs = (diagnostic: vscode.Diagnostic): boolean => diagnostic.source === 'MindPort';

/** The documents whose findings are shown together: the cells of a notebook, or the one document. */
function documentsOf(document: vscode.TextDocument): readonly vscode.Uri[] {
  const isOwn = (notebook: vscode.NotebookDocument) => notebook.getCells().some((cell) => cell.document === document);
  const notebook = vscode.workspace.notebookDocuments.find(isOwn);
  return notebook ? notebook.getCells().map((cell) => cell.document.uri) : [document.uri];
}

/** The entry under `{}` in the status bar of a Python editor: how many findings its file or notebook has, for which targets. */
export function registerStatus(log: vscode.LogOutputChannel): vscode.Disposable {
  const item = vscode.languages.createLanguageStatusItem('mindport', { language: 'python' });
  item.name = 'MindPort';
  item.command = { title: vscode.l10n.t('Choose Targets'), command: 'mindport.chooseTargets' };

  const update = (): void => {
    const document = vscode.window.activeTextEditor?.document;
    if (document?.languageId !== 'python') return;
    const configuration = vscode.workspace.getConfiguration('mindport', document.uri);
    if (!configuration.get<boolean>('enable', true)) {
      item.text = vscode.l10n.t('MindPort is off');
      item.detail = undefined;
      item.severity = vscode.LanguageStatusSeverity.Information;
      return;
    }
    const count = documentsOf(document).flatMap((uri) => vscode.languages.getDiagnostics(uri).filter(isOurs)).length;
    item.text = count === 1 ? vscode.l10n.t('MindPort: 1 finding') : vscode.l10n.t('MindPort: {0} findings', count);
    item.detail = configuration.get<string[]>('targets', []).join(', ');
    item.severity = vscode.LanguageStatusSeverity.Information;
  };
  update();
  log.debug('status item registered');
  return vscode.Disposable.from(
    item,
    vscode.languages.onDidChangeDiagnostics(update),
    vscode.window.onDidChangeActiveTextEditor(update),
    vscode.workspace.onDidChangeConfiguration((event) => event.affectsConfiguration('mindport') && update()),
  );
}
