/** Asking which program to run: its folder, the script and its arguments. */
import { readFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import * as vscode from 'vscode';
import type { RunKind } from '../../../runs/src/spec';

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

/** The text of a script and of the Python files beside it, the script's first: options are often declared in another file. */
export async function sourceOf({ folder, script }: Program): Promise<string> {
  const siblings = await vscode.workspace.findFiles(new vscode.RelativePattern(vscode.Uri.file(folder), '*.py'), EXCLUDED, 100);
  const paths = [...new Set([join(folder, script), ...siblings.map(({ fsPath }) => fsPath).sort()])];
  return (await Promise.all(paths.map((path) => readFile(path, 'utf8').catch(() => '')))).join('\n');
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

/** Asks for a script of the workspace. */
export async function pickScript(kind: RunKind, title: string): Promise<Program | undefined> {
  const options = { title, placeHolder: vscode.l10n.t('Which script?'), matchOnDescription: true, ignoreFocusOut: true };
  return (await vscode.window.showQuickPick(scripts(kind), options))?.program;
}

/** Keeps the arguments for the next time. */
export async function keepArguments(kind: RunKind, { folder, script }: Program, typed: string, memory: vscode.Memento): Promise<void> {
  await memory.update(`arguments:${kind}:${join(folder, script)}`, typed);
}

/** Asks for the arguments of a script; those of the last time stand there. Undefined when the person stopped. */
export async function askArguments(kind: RunKind, program: Program, title: string, memory: vscode.Memento): Promise<string | undefined> {
  const prompt = vscode.l10n.t('Arguments of the program');
  const typed = await vscode.window.showInputBox({ title, prompt, value: lastArguments(kind, program, memory), ignoreFocusOut: true });
  if (typed !== undefined) await keepArguments(kind, program, typed, memory);
  return typed;
}

/** The arguments a script was given last. */
export function lastArguments(kind: RunKind, { folder, script }: Program, memory: vscode.Memento): string {
  return memory.get<string>(`arguments:${kind}:${join(folder, script)}`, '');
}

/** The program that a caller names who has asked already (tests): its script is the first word. */
export async function namedProgram(folder: string, script: string): Promise<Program> {
  return { folder, script, framework: await frameworkOf(join(folder, script)) };
}
