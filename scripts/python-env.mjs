// Finds or makes the virtual environment in which both frameworks run (docs/architecture.md, "Environment for execution").
//   node scripts/python-env.mjs [--mindspore 2.9.0] [--packages]     prints the path of the interpreter; progress goes to stderr
//   import { ensurePython } from './python-env.mjs'
// MINDPORT_PYTHON wins and is taken as it is. Else `${XDG_CACHE_HOME:-~/.cache}/mindport/env-<hash>`; the hash covers the pinned requirements and
// the Python version, so a change of either makes a new environment beside the old one. The environment is built aside and renamed into place: a
// half-made one is never used. pip runs with the user's own configuration. Another version of MindSpore is a layer over that environment: its own
// folder with that one package, the rest shared (`env-mindspore-<version>-<hash of the interpreter below>`).
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { MESSAGES, PYTHON_VERSION } from './python-env-words.mjs';

/** Measured: the finished environment takes 3.7 GB; pip's downloads and the rest need some room beside it. */
const NEEDED_GB = 5;
/** The same for one more MindSpore. */
const LAYER_GB = 4;
/** And for the packages. */
const PACKAGES_GB = 1;
const LAST_LINES = 12;

/** What went wrong, in the user's language; `code` is the key of the message. */
export class PythonEnvironmentError extends Error {
  constructor(code, message) {
    super(message);
    this.name = 'PythonEnvironmentError';
    this.code = code;
  }
}

/** The words in the language of the locale variables (LC_ALL, LC_MESSAGES, LANG): Chinese for zh*, else English. */
function say(env, code, ...args) {
  const locale = env.LC_ALL || env.LC_MESSAGES || env.LANG || '';
  return MESSAGES[code][/^zh/i.test(locale) ? 'zh' : 'en'](...args);
}

const fail = (env, code, ...args) => new PythonEnvironmentError(code, say(env, code, ...args));

function executable(path) {
  try {
    accessSync(path, constants.X_OK);
    return !lstatSync(realpathSync(path)).isDirectory();
  } catch {
    return false;
  }
}

function onPath(name, env) {
  const folders = (env.PATH ?? '').split(delimiter).filter(Boolean);
  return folders.map((folder) => join(folder, name)).filter(executable);
}

/** The interpreter MINDPORT_PYTHON names: a path, or a name looked up in PATH. */
function givenPython(env) {
  const given = env.MINDPORT_PYTHON;
  if (!given) return null;
  if (isAbsolute(given) || given.includes('/')) {
    const path = resolve(given);
    if (executable(path)) return path;
  } else {
    const [first] = onPath(given, env);
    if (first) return first;
  }
  throw fail(env, 'given', given);
}

/** Asks each candidate for its version and for venv and ensurepip; the first that has all is taken. */
function basePython(env) {
  let withoutVenv = null;
  for (const candidate of [...onPath('python3.11', env), ...onPath('python3', env), ...onPath('python', env)]) {
    const ask =
      "import sys\nprint('%d.%d' % sys.version_info[:2])\ntry:\n import venv, ensurepip\n print('venv')\nexcept ImportError: pass";
    let answer;
    try {
      answer = execFileSync(candidate, ['-c', ask], { encoding: 'utf8', env, timeout: 20_000, stdio: ['ignore', 'pipe', 'ignore'] }).split(
        '\n',
      );
    } catch {
      continue; // a version manager's shim without that version, a broken installation
    }
    if (answer[0] !== PYTHON_VERSION) continue;
    if (answer[1] === 'venv') return candidate;
    withoutVenv ??= candidate;
  }
  throw withoutVenv ? fail(env, 'venv', withoutVenv) : fail(env, 'none');
}

function checkSpace(folder, env, needed) {
  const { bavail, bsize } = statfsSync(folder);
  const free = (bavail * bsize) / 1e9;
  if (!(free >= needed)) throw fail(env, 'disk', folder, free.toFixed(1), needed);
}

/** pip's output as short progress lines: what is resolved, what is downloaded and how large, how many packages are installed. */
function progressOf(line, env) {
  let found = /^\s*Collecting (\S+)/.exec(line);
  if (found) return say(env, 'collecting', found[1]);
  found = /^\s*Downloading (\S+)(?: (\([^)]*\)))?/.exec(line);
  if (found) return say(env, 'downloading', [found[1].split('/').at(-1), found[2]].filter(Boolean).join(' '));
  found = /^\s*Installing collected packages: (.*)/.exec(line);
  if (found) return say(env, 'installing', found[1].split(',').length);
  return null;
}

/** Runs pip or venv; resolves to the exit status and the last lines. */
function execute(command, args, env, onLine) {
  return new Promise((done) => {
    const child = spawn(command, args, { env: { ...env, PYTHONUNBUFFERED: '1' }, stdio: ['ignore', 'pipe', 'pipe'] });
    const last = [];
    const take = (stream) => {
      let rest = '';
      stream.setEncoding('utf8');
      stream.on('data', (chunk) => {
        const lines = (rest + chunk).split(/[\r\n]+/);
        rest = lines.pop();
        for (const line of lines) {
          if (!line.trim()) continue;
          last.push(line.trimEnd());
          if (last.length > LAST_LINES) last.shift();
          onLine(line);
        }
      });
    };
    take(child.stdout);
    take(child.stderr);
    child.on('error', (error) => done({ status: 1, last: [String(error.message)] }));
    child.on('close', (status) => done({ status: status ?? 1, last }));
  });
}

/** Console scripts and activate scripts carry the folder they were made in: point them to the final one before the rename. */
function relocate(from, to) {
  const bin = join(from, 'bin');
  for (const name of readdirSync(bin)) {
    const path = join(bin, name);
    if (!lstatSync(path).isFile()) continue;
    const text = readFileSync(path, 'utf8');
    if (text.includes(from) && !text.includes('\0')) writeFileSync(path, text.replaceAll(from, to));
  }
}

function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Takes the lock folder, or waits for the process that holds it. Resolves to true when the lock is ours. A dead owner's lock is taken over. */
async function lockOrWait(lock, ready, env, tell) {
  let told = false;
  for (;;) {
    try {
      mkdirSync(lock);
      writeFileSync(join(lock, 'pid'), String(process.pid));
      return true;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (ready()) return false;
    let owner = Number.NaN;
    try {
      owner = Number(readFileSync(join(lock, 'pid'), 'utf8'));
    } catch {
      // just made or just removed: look again
    }
    if (owner > 0 && !alive(owner)) rmSync(lock, { recursive: true, force: true });
    else if (!told && owner > 0) {
      tell(say(env, 'wait', owner));
      told = true;
    }
    await new Promise((later) => setTimeout(later, 250));
  }
}

/** Has pip install into the environment of `python`; `pip` says which interpreter's pip and which packages. Throws with pip's last lines. */
async function install(command, env, tell) {
  const options = ['--disable-pip-version-check', '--no-input', '--progress-bar', 'off'];
  const installed = await execute(command[0], [...command.slice(1), ...options], env, (line) => {
    const progress = progressOf(line, env);
    if (progress) tell(progress);
  });
  if (installed.status === 0) return;
  const last = installed.last.join('\n');
  const network =
    /name resolution|NewConnectionError|ConnectTimeout|Connection refused|ProxyError|SSLError|Network is unreachable|ReadTimeout/i.test(
      last,
    );
  throw fail(env, /No space left on device/i.test(last) ? 'full' : network ? 'network' : 'pip', last);
}

/** Makes `home` aside with `fill` and renames it into place; half-made ones go. */
async function makeAside(home, env, tell, fill) {
  const aside = `${home}.making-${process.pid}`;
  const started = Date.now();
  try {
    await fill(aside);
    relocate(aside, home);
    rmSync(home, { recursive: true, force: true }); // only there when its interpreter has vanished
    renameSync(aside, home);
    tell(say(env, 'done', Math.round((Date.now() - started) / 1000)));
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

async function build(home, requirements, env, tell) {
  const python = basePython(env);
  tell(say(env, 'make', home, python));
  await makeAside(home, env, tell, async (aside) => {
    const made = await execute(python, ['-m', 'venv', aside], env, () => {});
    if (made.status !== 0) throw fail(env, 'pip', made.last.join('\n'));
    await install([join(aside, 'bin', 'python'), '-m', 'pip', 'install', '-r', requirements], env, tell);
  });
}

/** Packages over everything of `below`, without dependencies of their own. */
async function buildPackages(home, below, requirements, env, tell) {
  tell(say(env, 'packages', home));
  await makeAside(home, env, tell, async (aside) => {
    const made = await execute(below, ['-m', 'venv', '--without-pip', aside], env, () => {});
    if (made.status !== 0) throw fail(env, 'pip', made.last.join('\n'));
    const python = join(aside, 'bin', 'python');
    await install([below, '-m', 'pip', '--python', python, 'install', '--no-deps', '-r', requirements], env, tell);
    // `below` may itself be laid over another environment: what its own .pth files name is needed too
    const site = `import site; site.addsitedir(${JSON.stringify(packagesOf(below, env))})\n`;
    writeFileSync(join(packagesOf(python, env), 'mindport-below.pth'), site);
  });
}

/** A MindSpore of its own over everything else of `below`: found first on the path, it hides the one there. */
async function buildLayer(home, below, version, env, tell) {
  tell(say(env, 'layer', version, home));
  await makeAside(home, env, tell, async (aside) => {
    const made = await execute(below, ['-m', 'venv', '--without-pip', aside], env, () => {});
    if (made.status !== 0) throw fail(env, 'pip', made.last.join('\n'));
    const python = join(aside, 'bin', 'python');
    await install([below, '-m', 'pip', '--python', python, 'install', '--no-deps', `mindspore==${version}`], env, tell);
    writeFileSync(join(packagesOf(python, env), 'mindport-below.pth'), `${packagesOf(below, env)}\n`);
  });
}

const packagesOf = (python, env) =>
  execFileSync(python, ['-c', "import sysconfig; print(sysconfig.get_path('purelib'))"], { encoding: 'utf8', env }).trim();

/** The MindSpore an interpreter has; null without one. */
function mindsporeOf(python, env) {
  const ask = "import importlib.metadata as m\ntry: print(m.version('mindspore'))\nexcept m.PackageNotFoundError: print()";
  return execFileSync(python, ['-c', ask], { encoding: 'utf8', env }).trim() || null;
}

/** The cache folder of this user, made when absent. */
function cacheFolder(env) {
  const cache = join(env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache'), 'mindport');
  try {
    mkdirSync(cache, { recursive: true });
    accessSync(cache, constants.W_OK);
  } catch (error) {
    throw fail(env, 'write', cache, error.code ?? error.message);
  }
  return cache;
}

/** The interpreter of `home`: as it is, or after `make` has made it, by this process or another. */
async function environment(cache, home, needed, env, tell, make) {
  const python = join(home, 'bin', 'python');
  const ready = () => existsSync(python); // follows the link: false when the base interpreter was removed
  if (ready()) return python;
  checkSpace(cache, env, needed);
  const lock = `${home}.lock`;
  if (!(await lockOrWait(lock, ready, env, tell))) return python;
  try {
    for (const name of readdirSync(cache)) {
      const left = /\.making-(\d+)$/.exec(name); // of a process that was killed
      if (left && !alive(Number(left[1]))) rmSync(join(cache, name), { recursive: true, force: true });
    }
    if (!ready()) await make();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
  return python;
}

const digest = (...parts) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex').slice(0, 16);
};

/**
 * The path of an interpreter with both frameworks; makes the environment when there is none.
 * @param {object} [options]
 * @param {boolean} [options.quiet] no progress on stderr
 * @param {(line: string) => void} [options.progress] takes the progress lines instead of stderr
 * @param {NodeJS.ProcessEnv} [options.env] the variables to read instead of the process's own
 * @param {string} [options.requirements] another requirements file (path)
 * @param {boolean} [options.packages] with the packages of python/requirements-packages.txt, in a layer of their own
 * @param {string} [options.mindspore] another version of MindSpore than the requirements name, such as 2.9.0
 * @returns {Promise<string>} absolute path
 * @throws {PythonEnvironmentError} with a message for the user, in English or Chinese by the locale
 */
export async function ensurePython({ quiet = false, progress, env = process.env, requirements, mindspore, packages = false } = {}) {
  if (mindspore !== undefined && !/^\d+\.\d+\.\d+(?:rc\d+)?$/.test(mindspore)) throw fail(env, 'version', mindspore);
  const tell = progress ?? (quiet ? () => {} : (line) => process.stderr.write(`mindport: ${line}\n`));
  const below = givenPython(env) ?? (await ensureRequired(requirements, env, tell));
  const python =
    mindspore === undefined || mindsporeOf(below, env) === mindspore ? below : await ensureMindspore(below, mindspore, env, tell);
  if (!packages) return python;
  const wanted = fileURLToPath(new URL('../python/requirements-packages.txt', import.meta.url));
  const cache = cacheFolder(env);
  const home = join(cache, `env-packages-${digest(python, readFileSync(wanted))}`);
  return environment(cache, home, PACKAGES_GB, env, tell, () => buildPackages(home, python, wanted, env, tell));
}

/** The interpreter of a layer with that version of MindSpore. */
async function ensureMindspore(below, mindspore, env, tell) {
  const cache = cacheFolder(env);
  const home = join(cache, `env-mindspore-${mindspore}-${digest(below)}`);
  return environment(cache, home, LAYER_GB, env, tell, () => buildLayer(home, below, mindspore, env, tell));
}

/** The environment of the requirements file. */
async function ensureRequired(requirements, env, tell) {
  const wanted = requirements ?? fileURLToPath(new URL('../python/requirements.txt', import.meta.url));
  const cache = join(env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache'), 'mindport');
  const home = join(cache, `env-${digest(readFileSync(wanted), `\npython ${PYTHON_VERSION}\n`)}`);
  const python = join(home, 'bin', 'python');
  if (existsSync(python)) return python;
  cacheFolder(env);
  basePython(env); // before anything is said about disks
  return environment(cache, home, NEEDED_GB, env, tell, () => build(home, wanted, env, tell));
}

const main = process.argv[1] && import.meta.url === pathToFileURL(realpathSync(process.argv[1])).href;
if (main && dirname(fileURLToPath(import.meta.url)).endsWith('scripts')) {
  try {
    const at = process.argv.indexOf('--mindspore');
    const packages = process.argv.includes('--packages');
    process.stdout.write(`${await ensurePython({ packages, ...(at < 0 ? {} : { mindspore: process.argv[at + 1] ?? '' }) })}\n`);
  } catch (error) {
    process.stderr.write(`mindport: ${error instanceof PythonEnvironmentError ? error.message : (error.stack ?? error)}\n`);
    process.exitCode = 1;
  }
}
