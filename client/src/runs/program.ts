/** Asking which program to run: its folder, the script and its arguments. */
import { readFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import * as vscode from 'vscode';
import type { RunDraft, RunKind } from '../../../runs/src/spec';
import { splitWords } from './command-line';

const EXCLUDED = '**/{node_modules,site-packages,.venv,venv,__pycache__}/**';
/** Only for the order of the list: what people call such scripts. Any script can be chosen. */
const USUAL: Record<RunKind, RegExp> = { train: /train|fit|finetune/i, infer: /infer|predict|forecast|eval|test/i };
const MAIN = /^if\s+__name__\s*==\s*["']__main__["']/m;
const MINDSPORE = /^\s*(?:import|from)\s+mindspore\b/m;

export interface Program {
  folder: string;
  script: string;
  framework: 'torch' | 'mindspore';
}

interface Script extends vscode.QuickPickItem {
  program: Program;
  usual: boolean;
}

/** The framework a program imports: its script's, or that of a file beside it. */
async function frameworkOf(script: string): Promise<Program['framework']> {
  const siblings = await vscode.workspace.findFiles(new vscode.RelativePattern(vscode.Uri.file(dirname(script)), '**/*.py'), EXCLUDED, 200);
  for (const path of [script, ...siblings.map((uri) => uri.fsPath)]) {
    if (MINDSPORE.test(await readFile(path, 'utf8').catch(() => ''))) return 'mindspore';
  }
  return 'torch';
}

/** Scripts of the workspace that can be started, the likely ones first. */
async function scripts(kind: RunKind): Promise<Script[]> {
  const found: Script[] = [];
  for (const uri of await vscode.workspace.findFiles('**/*.py', EXCLUDED, 2_000)) {
    const text = await readFile(uri.fsPath, 'utf8').catch(() => '');
    if (!MAIN.test(text)) continue;
    const folder = dirname(uri.fsPath);
    const framework = await frameworkOf(uri.fsPath);
    found.push({
      label: basename(uri.fsPath),
      description: vscode.workspace.asRelativePath(folder, true),
      detail: framework === 'mindspore' ? 'MindSpore' : 'PyTorch',
      program: { folder, script: relative(folder, uri.fsPath), framework },
      usual: USUAL[kind].test(basename(uri.fsPath)),
    });
  }
  return found.sort(
    (a, b) => Number(b.usual) - Number(a.usual) || join(a.program.folder, a.label).localeCompare(join(b.program.folder, b.label)),
  );
}

/**
 * Asks for a program of the workspace.
 * @param given parts a caller knows already (`cwd`, `argv` without the interpreter): these are not asked for
 * @returns what the run engine needs, or null when the person stopped
 */
export async function chooseProgram(
  kind: RunKind,
  python: string,
  memory: vscode.Memento,
  given: Partial<RunDraft> = {},
): Promise<RunDraft | null> {
  if (given.cwd && given.argv?.[0])
    return draftOf(kind, python, given.cwd, given.argv, await frameworkOf(join(given.cwd, given.argv[0])), given);
  const title = kind === 'train' ? vscode.l10n.t('Run Training') : vscode.l10n.t('Run Inference');
  const options = { title, placeHolder: vscode.l10n.t('Which script?'), matchOnDescription: true };
  const picked = await vscode.window.showQuickPick(scripts(kind), options);
  if (!picked) return null;
  const { folder, script, framework } = picked.program;
  const key = `arguments:${kind}:${join(folder, script)}`;
  const typed = await vscode.window.showInputBox({
    title: `${title}: ${script}`,
    prompt: vscode.l10n.t('Arguments of the program'),
    value: memory.get<string>(key, ''),
    ignoreFocusOut: true,
  });
  if (typed === undefined) return null;
  await memory.update(key, typed);
  return draftOf(kind, python, folder, [script, ...splitWords(typed)], framework);
}

/** A training run and its inference run of one folder form one row of the comparison: the folder's name is their group. */
function draftOf(
  kind: RunKind,
  python: string,
  folder: string,
  argv: readonly string[],
  framework: Program['framework'],
  rest: Partial<RunDraft> = {},
): RunDraft {
  const group = rest.group ?? basename(folder);
  const target = { framework, chip: 'cpu', devices: 1 };
  return { name: rest.name ?? `${group} ${kind}`, group, kind, argv: [python, ...argv], cwd: folder, python, target };
}
