/**
 * Where the editor under test lives: the VS Code build that the npm package `code-server` carries, and the Node that runs it. Both are kept
 * outside the repository, in a cache folder named after the lock file, so that every clone of one user shares one installation and a changed
 * lock file never meets an old one.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The manifest of the editor: `package.json`, its lock file and its `.npmrc`. */
export const manifestFolder = fileURLToPath(new URL('./host/', import.meta.url));

const platform = `${process.platform}-${process.arch}`;

function fingerprint() {
  const lock = readFileSync(join(manifestFolder, 'package-lock.json'), 'utf8');
  return createHash('sha256').update(`${platform}\n${lock}`).digest('hex').slice(0, 12);
}

/** The installation this checkout uses. */
export const editorFolder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'mindport', `vscode-${fingerprint()}`);

/** VS Code itself inside an installation. */
export const vscodeFolder = (installation) => join(installation, 'node_modules', 'code-server', 'lib', 'vscode');

/** The Node package inside an installation: it also carries the headers that native modules are built against. */
export const nodeFolder = (installation) => join(installation, 'node_modules', `node-${platform}`);

/** Written last, so that an interrupted installation is never mistaken for a whole one. */
export const readyMark = (installation) => join(installation, 'installed.json');
export const isInstalled = (installation = editorFolder) => existsSync(readyMark(installation));

const BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/usr/bin/google-chrome-stable'];

/** The Chromium to drive, or null. `CHROMIUM_PATH` goes first. */
export function findBrowser() {
  return [process.env.CHROMIUM_PATH, ...BROWSERS].find((path) => path && existsSync(path)) ?? null;
}
