/** Findings, fixes and hovers on the example; runs in the Node and in the web worker extension host. */
import * as vscode from 'vscode';
import program from 'virtual:fourcastnet';
import {
  actionsAt,
  apply,
  assert,
  assertEqual,
  codeOf,
  findings,
  mindport,
  openProgramFile,
  setText,
  settled,
  until,
  write,
} from './editor';
import { note } from './reporter';

const FILE = 'networks/afno.py';

describe('analysis', () => {
  let document: vscode.TextDocument;

  before(async () => {
    const extension = vscode.extensions.getExtension('mindport.mindport');
    const wasActive = extension?.isActive;
    const started = performance.now();
    await extension?.activate();
    const activated = performance.now();
    const api = await mindport();
    const activation = wasActive
      ? 'active before'
      : `activation ${(activated - started).toFixed(0)} ms with loading, ${api.activationMs.toFixed(0)} ms without`;
    note(`VS Code ${vscode.version}, ${api.host} host; ${activation}; server ready ${(performance.now() - activated).toFixed(0)} ms later`);
    document = await openProgramFile(FILE);
  });

  beforeEach(async () => {
    await setText(document, program[FILE]!);
    await until('findings', () => findings(document.uri).length > 0);
  });

  it('flags the example, each finding with a code and a page', async () => {
    const found = await settled(document);
    note(`${found.length} findings in ${FILE}`);
    for (const finding of found) {
      assert(/^MSP\d{3}$/.test(codeOf(finding)), `code ${codeOf(finding)}`);
      assert(typeof finding.code === 'object' && finding.code.target.scheme === 'command', 'no link to a page');
      assert(finding.range.isSingleLine && !finding.range.isEmpty, `range of ${finding.message}`);
    }
    const underlined = found.map((finding) => document.getText(finding.range));
    assert(underlined.includes('torch.fft.rfft2'), `torch.fft.rfft2 is not among ${underlined.join(', ')}`);
    assert(
      underlined.every((text) => !text.includes('(')),
      'a whole call is underlined',
    );
  });

  it('fixes one finding, and undo brings it back', async () => {
    const before = await settled(document);
    const text = document.getText();
    for (const finding of before) {
      const actions = await actionsAt(document, finding.range, vscode.CodeActionKind.QuickFix.value);
      const fix = actions.find((action) => action.isPreferred);
      if (!fix) continue;
      await apply(fix);
      assert(document.getText() !== text, `${fix.title} changed nothing`);
      assert(fix.edit!.entries().length === 1, 'another file was edited');
      await until('one finding less', () => findings(document.uri).length < before.length);
      await vscode.commands.executeCommand('undo');
      assertEqual(document.getText(), text, 'text after undo');
      return;
    }
    throw new Error('no finding has a preferred fix');
  });

  it('fixes everything safe at once, and a second time changes nothing', async () => {
    const before = await settled(document);
    const whole = new vscode.Range(0, 0, document.lineCount, 0);
    const fixAll = async () => (await actionsAt(document, whole, 'source.fixAll.mindport')).find((action) => action.edit);
    const first = await fixAll();
    assert(first, 'no source.fixAll.mindport');
    await apply(first);
    const fixed = document.getText();
    assert(fixed.includes('mindspore'), 'nothing of MindSpore was imported');
    const after = await settled(document);
    assert(after.length < before.length, `${before.length} findings before, ${after.length} after`);
    note(`fix all: ${before.length} findings before, ${after.length} after`);
    const again = await fixAll();
    if (again) await apply(again);
    assertEqual(document.getText(), fixed, 'text after the second time');
  });

  it('explains itself in a hover', async () => {
    const finding = (await settled(document)).find((candidate) => document.getText(candidate.range) === 'torch.fft.rfft2')!;
    const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
      'vscode.executeHoverProvider',
      document.uri,
      finding.range.end.translate(0, -1),
    );
    const text = hovers
      .flatMap((hover) => hover.contents)
      .map((content) => (typeof content === 'string' ? content : content.value))
      .join('\n');
    assert(text.includes('torch.fft.rfft2'), `hover: ${text}`);
    assert(/mindport_ops|ops\./.test(text), `no counterpart in the hover: ${text}`);
    assert(/https:\/\//.test(text), `no link in the hover: ${text}`);
  });

  it('copies debug information without a path or a name of a person', async () => {
    await vscode.commands.executeCommand('mindport.copyDebugInformation');
    const text = await vscode.env.clipboard.readText();
    assert(/MindPort \d+\.\d+\.\d+, VS Code/.test(text) && /"records":\d+/.test(text), text);
    assert(!text.includes(document.uri.path) && !/\/(home|root|tmp|Users)\b/.test(text), `a path in ${text}`);
  });

  it('shows the page of a code', async () => {
    await vscode.commands.executeCommand('mindport.showDocumentation', 'MSP110');
    const tab = () => vscode.window.tabGroups.all.flatMap((group) => group.tabs).find((candidate) => candidate.label.includes('MSP110'));
    const page = await until('the page', tab).catch((error: Error) => {
      throw new Error(
        `${error.message}; there are ${vscode.window.tabGroups.all
          .flatMap((group) => group.tabs)
          .map(({ label }) => label)
          .join(', ')}`,
      );
    });
    await vscode.window.tabGroups.close(page);
    await vscode.window.showTextDocument(document, vscode.ViewColumn.One);
  });

  it('ignores a finding with a comment', async () => {
    const [finding] = await settled(document);
    const actions = await actionsAt(document, finding!.range, vscode.CodeActionKind.QuickFix.value);
    const ignore = actions.find((action) => action.command?.command === 'mindport.ignoreWithReason');
    assert(ignore, `no such action among ${actions.map((action) => action.title).join('; ')}`);
    await vscode.commands.executeCommand(ignore.command!.command, ...ignore.command!.arguments!, 'the scores are compared elsewhere');
    assert(document.getText().includes('the scores are compared elsewhere'), 'no comment was written');
    const line = finding!.range.start.line;
    await until('the finding to go', () =>
      findings(document.uri).every((other) => other.range.start.line !== line || codeOf(other) !== codeOf(finding!)),
    );
  });

  it('follows the settings', async () => {
    const all = await settled(document);
    const [first] = all;
    const code = codeOf(first!);
    const configuration = () => vscode.workspace.getConfiguration('mindport', document.uri);
    const level = vscode.ConfigurationTarget.Workspace;
    try {
      await configuration().update('severity', { [code]: 'error' }, level);
      await until(`${code} as an error`, () =>
        findings(document.uri).some((finding) => codeOf(finding) === code && finding.severity === vscode.DiagnosticSeverity.Error),
      );
      await configuration().update('severity', { [code]: 'off' }, level);
      await until(`${code} off`, () => findings(document.uri).every((finding) => codeOf(finding) !== code));
      await configuration().update('enable', false, level);
      await until('silence', () => findings(document.uri).length === 0);
    } finally {
      await configuration().update('severity', undefined, level);
      await configuration().update('enable', undefined, level);
    }
    await until('all findings again', () => findings(document.uri).length === all.length);
  });

  it('scans the workspace when asked: findings of files that are not open', async () => {
    const other = await write('scanned/layers.py', 'import torch\n\n\ndef make():\n    return torch.ones(2)\n');
    const uri = await write('scanned/use.py', 'from .layers import make\n\nmake().cuda()\n');
    assertEqual(findings(uri).length, 0, 'findings before the scan');
    const result = await vscode.commands.executeCommand<{ files: number; findings: number } | null>('mindport.scanWorkspace');
    assert(result && result.findings > 1, `scan: ${JSON.stringify(result)}`);
    note(`scan: ${result.findings} findings in ${result.files} files`);
    await until('findings of both', () => findings(uri).length === 1 && findings(other).length === 1);
    const opened = await vscode.workspace.openTextDocument(other);
    await vscode.window.showTextDocument(opened);
    assertEqual((await settled(opened)).length, 1, 'findings of the file when it is open');
    await vscode.window.showTextDocument(document, vscode.ViewColumn.One);
  });

  it('keeps up with edits', async () => {
    const base = (await settled(document)).length;
    const times: number[] = [];
    const reached = (count: number) =>
      new Promise<void>((resolve, reject) => {
        const timer = setTimeout(
          () => reject(new Error(`no ${count} findings within 20 s, there are ${findings(document.uri).length}`)),
          20_000,
        );
        const look = () => {
          if (findings(document.uri).length !== count) return;
          clearTimeout(timer);
          listener.dispose();
          resolve();
        };
        const listener = vscode.languages.onDidChangeDiagnostics(look);
        look();
      });
    const end = () => document.lineAt(document.lineCount - 1).range.end;
    for (let i = 0; i < 30; i++) {
      const edit = new vscode.WorkspaceEdit();
      edit.insert(document.uri, end(), '\ny = torch.abs(torch.ones(2))');
      const started = performance.now();
      await vscode.workspace.applyEdit(edit);
      await reached(base + 2);
      times.push(performance.now() - started);
      await vscode.commands.executeCommand('undo');
      await reached(base);
    }
    times.sort((a, b) => a - b);
    note(`edit to findings, ${times.length} edits: p50 ${times[15]!.toFixed(0)} ms, p95 ${times[28]!.toFixed(0)} ms`);
  });
});
