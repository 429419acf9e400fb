/** Which files of a folder travel with a run: what git would keep, without secrets and without data. */
import { execFile } from 'node:child_process';
import { lstat, readFile, readdir, readlink } from 'node:fs/promises';
import { join, posix, sep } from 'node:path';
import { RunError, explainFileError } from '../errors';

export interface SyncLimits {
  /** a larger file is data and stays, bytes */
  largestFile: number;
  /** more than this is refused, bytes */
  largestAll: number;
  /** names or paths left out besides, `*` within a name */
  ignore: readonly string[];
}

export const usualLimits: SyncLimits = { largestFile: 20_000_000, largestAll: 200_000_000, ignore: [] };

export interface ChosenFile {
  /** relative, with forward slashes */
  path: string;
  size: number;
  executable: boolean;
  /** where a symbolic link inside the folder points */
  link: string | null;
}

export type LeftOut = { path: string; why: 'secret' | 'large' | 'outside_link' | 'special' | 'odd_name' };

export interface Choice {
  files: ChosenFile[];
  leftOut: LeftOut[];
  bytes: number;
  /** the ignore rules were git's */
  git: boolean;
}

const secretNames =
  /^(\.env(\..*)?|\.envrc|\.netrc|_netrc|\.pgpass|\.git-credentials|\.npmrc|\.pypirc|\.htpasswd|id_(rsa|dsa|ecdsa|ed25519)(_sk)?|.*\.(pem|key|p12|pfx|jks|keystore|kdbx|ppk)|credentials(\.json)?|service[-_]account.*\.json|secrets?\.(json|ya?ml|toml|ini|env))$/i;
const exampleNames = /\.(example|sample|template|dist)$/i;
const privateKey = /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----|^PuTTY-User-Key-File-/m;
/** left out where git does not say: caches, environments, outputs */
const usualIgnored =
  /^(\.git|\.hg|\.svn|__pycache__|\.mypy_cache|\.pytest_cache|\.ruff_cache|\.tox|node_modules|venv|\.venv|env|site-packages|\.ipynb_checkpoints|\.idea|\.vscode|kernel_meta|rank_\d+|wandb|mlruns|.*\.pyc|\.DS_Store)$/;
const mostFiles = 100_000;

/** Chooses the files below `folder`. Throws `sync.too_large` with the largest ones named, `sync.too_many`, or an error of the file system. */
export async function chooseFiles(folder: string, limits: SyncLimits = usualLimits): Promise<Choice> {
  const listed = await gitFiles(folder);
  const paths = listed ?? (await walked(folder));
  const ignored = limits.ignore.map(pattern);
  const choice: Choice = { files: [], leftOut: [], bytes: 0, git: listed !== null };
  for (const path of [...new Set(paths)].sort()) {
    if (ignored.some((form) => form.test(path))) continue;
    if (path.split('/').some((part) => part === '..' || part === '.git') || /[\u0000-\u001f\u007f]/.test(path)) {
      choice.leftOut.push({ path, why: 'odd_name' });
      continue;
    }
    await consider(folder, path, limits, choice);
    if (choice.files.length > mostFiles) throw new RunError('sync.too_many', { path: folder, count: String(mostFiles) });
  }
  if (choice.bytes > limits.largestAll) {
    const largest = [...choice.files].sort((a, b) => b.size - a.size).slice(0, 5);
    const names = largest.map((file) => `${file.path} (${megabytes(file.size)} MB)`).join(', ');
    throw new RunError('sync.too_large', { size: megabytes(choice.bytes), limit: megabytes(limits.largestAll), files: names });
  }
  return choice;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);
}

async function consider(folder: string, path: string, limits: SyncLimits, choice: Choice): Promise<void> {
  const full = join(folder, path);
  const entry = await lstat(full).catch(() => null);
  // git lists what was deleted since
  if (entry === null) return;
  if (entry.isDirectory()) {
    // a submodule: git names its folder only
    for (const below of await walked(full)) await consider(folder, `${path}/${below}`, limits, choice);
    return;
  }
  if (entry.isSymbolicLink()) {
    const link = (await readlink(full)).replaceAll(sep, '/');
    const target = posix.normalize(posix.join(posix.dirname(path), link));
    if (posix.isAbsolute(link) || target.startsWith('..')) choice.leftOut.push({ path, why: 'outside_link' });
    else choice.files.push({ path, size: 0, executable: false, link });
    return;
  }
  if (!entry.isFile()) {
    choice.leftOut.push({ path, why: 'special' });
    return;
  }
  if (await isSecret(full, entry.size)) choice.leftOut.push({ path, why: 'secret' });
  else if (entry.size > limits.largestFile) choice.leftOut.push({ path, why: 'large' });
  else {
    choice.files.push({ path, size: entry.size, executable: (entry.mode & 0o100) !== 0, link: null });
    choice.bytes += entry.size;
  }
}

async function isSecret(path: string, size: number): Promise<boolean> {
  const name = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf(sep)) + 1);
  if (secretNames.test(name) && !exampleNames.test(name)) return true;
  // a key has no fixed name, but it is short and says what it is
  if (size === 0 || size > 32_768 || /\.(py|pyi|c|cc|cpp|h|hpp|md|rst|ipynb)$/i.test(name)) return false;
  return privateKey.test(await readFile(path, 'latin1').catch(() => ''));
}

/** What git tracks or would add below `folder`; null where there is no git, or no repository. */
async function gitFiles(folder: string): Promise<string[] | null> {
  // a repository may name programs git would start; listing needs none of them
  const safe = ['-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null', '-c', 'core.quotePath=false'];
  const words = [...safe, 'ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const options = {
    cwd: folder,
    maxBuffer: 64_000_000,
    timeout: 60_000,
    encoding: 'utf8' as const,
    env: { ...process.env, GIT_OPTIONAL_LOCKS: '0' },
    windowsHide: true,
  };
  return new Promise((done) =>
    execFile('git', words, options, (error, stdout) => done(error === null ? stdout.split('\0').filter(Boolean) : null)),
  );
}

async function walked(folder: string): Promise<string[]> {
  const found: string[] = [];
  const walk = async (below: string): Promise<void> => {
    let entries;
    try {
      entries = await readdir(join(folder, below), { withFileTypes: true });
    } catch (error) {
      if (below === '') throw explainFileError(error, folder);
      return;
    }
    for (const entry of entries) {
      if (usualIgnored.test(entry.name)) continue;
      const path = below === '' ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory()) await walk(path);
      else found.push(path);
      if (found.length > mostFiles) throw new RunError('sync.too_many', { path: folder, count: String(mostFiles) });
    }
  };
  await walk('');
  return found;
}

/** `*` stands for anything but a slash; a pattern without a slash is meant for names at any depth, and a folder for all in it. */
function pattern(text: string): RegExp {
  const trimmed = text.replace(/\/+$/, '').replace(/^\.?\//, '');
  const body = trimmed.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[^/]*');
  return new RegExp(`${trimmed.includes('/') ? '^' : '(^|/)'}${body}(/|$)`);
}
