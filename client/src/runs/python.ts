/** Which Python runs programs. Machine settings, the environment and MindPort's own cache decide; a workspace never does. */
import { access, constants, readdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
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

async function complain(message: string): Promise<null> {
  const open = vscode.l10n.t('Open Setting');
  if ((await vscode.window.showErrorMessage(message, open)) === open) {
    await vscode.commands.executeCommand('workbench.action.openSettings', 'mindport.python');
  }
  return null;
}
