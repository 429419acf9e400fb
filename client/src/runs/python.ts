/** Which Python runs programs. Machine settings, the environment and MindPort's own cache decide; a workspace never does. */
import { access, constants, readdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';
import * as vscode from 'vscode';

/** The value a person or the machine set; whatever a workspace says is passed over even if VS Code should let it through. */
export function machineSetting<T>(key: string): T | undefined {
  const inspected = vscode.workspace.getConfiguration('mindport').inspect<T>(key);
  return inspected?.globalValue ?? inspected?.defaultValue;
}

/** The newest environment that `scripts/python-env.mjs` made for this user. */
async function cachedPython(): Promise<string | null> {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'mindport');
  const names = (await readdir(cache).catch(() => [])).filter((name) => /^env-[0-9a-f]+$/.test(name));
  const found: { path: string; made: number }[] = [];
  for (const name of names) {
    const path = join(cache, name, 'bin', 'python');
    if (await isExecutable(path)) found.push({ path, made: (await stat(join(cache, name))).mtimeMs });
  }
  return found.sort((a, b) => b.made - a.made)[0]?.path ?? null;
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** The interpreter the settings or the environment name, as they say it; null where they name none. */
function namedPython(): string | null {
  return machineSetting<string>('python')?.trim() || process.env.MINDPORT_PYTHON || null;
}

const usablePath = async (given: string): Promise<string | null> => {
  const path = given.replace(/^~(?=\/)/, homedir());
  return isAbsolute(path) && (await isExecutable(path)) ? path : null;
};

/** The interpreter, or null; nothing is said. */
export async function knownPython(): Promise<string | null> {
  const given = namedPython();
  return given === null ? cachedPython() : usablePath(given);
}

/** The interpreter, or null after the person was told how to name one. */
export async function findPython(): Promise<string | null> {
  const known = await knownPython();
  if (known !== null) return known;
  const given = namedPython();
  if (given !== null) return complain(vscode.l10n.t('{0} is no Python interpreter.', given));
  return complain(vscode.l10n.t('MindPort does not know which Python has PyTorch and MindSpore.'));
}

async function complain(message: string): Promise<string | null> {
  const choose = vscode.l10n.t('Choose Python…');
  const open = vscode.l10n.t('Open Setting');
  const answer = await vscode.window.showErrorMessage(message, choose, open);
  if (answer === choose) return choosePython();
  if (answer === open) await vscode.commands.executeCommand('workbench.action.openSettings', 'mindport.python');
  return null;
}

/** Interpreters of this machine where people have them: in the environment the editor was started from, of conda, in PATH. None of a workspace. */
async function installed(): Promise<string[]> {
  const { CONDA_PREFIX: conda, VIRTUAL_ENV: venv, PATH = '' } = process.env;
  const home = homedir();
  const environments = ['miniconda3', 'anaconda3', 'miniforge3', 'mambaforge', '.conda'].map((name) => join(home, name, 'envs'));
  const inEnvironments = await Promise.all(
    [...environments, join(home, '.virtualenvs')].map(async (folder) =>
      (await readdir(folder).catch(() => [])).sort().map((name) => join(folder, name, 'bin', 'python')),
    ),
  );
  const own = [conda, venv].filter((folder) => folder !== undefined).map((folder) => join(folder, 'bin', 'python'));
  const inPath = PATH.split(delimiter).filter(isAbsolute).map((folder) => join(folder, 'python3')); // prettier-ignore
  const found: string[] = [];
  for (const path of new Set([...own, ...inEnvironments.flat(), ...inPath])) if (await isExecutable(path)) found.push(path);
  return found.slice(0, 200);
}

/** Asks for the interpreter and keeps it in the user's settings; null when the person leaves. */
async function choosePython(): Promise<string | null> {
  const browse = vscode.l10n.t('Another file…');
  const title = vscode.l10n.t('Which Python has PyTorch or MindSpore?');
  const picked = await vscode.window.showQuickPick([...(await installed()), browse], { title, ignoreFocusOut: true });
  if (picked === undefined) return null;
  const path = picked === browse ? (await vscode.window.showOpenDialog({ title, canSelectMany: false }))?.[0]?.fsPath : picked;
  if (path === undefined) return null;
  if (!(await isExecutable(path))) return complain(vscode.l10n.t('{0} is no Python interpreter.', path));
  await vscode.workspace.getConfiguration('mindport').update('python', path, vscode.ConfigurationTarget.Global);
  return path;
}
