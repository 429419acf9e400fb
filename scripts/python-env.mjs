// Finds or makes the virtual environment in which both frameworks run (docs/architecture.md, "Environment for execution").
//   node scripts/python-env.mjs            prints the path of the interpreter; progress goes to stderr
//   import { ensurePython } from './python-env.mjs'
// MINDPORT_PYTHON wins and is taken as it is. Else `${XDG_CACHE_HOME:-~/.cache}/mindport/env-<hash>`; the hash covers the pinned requirements and
// the Python version, so a change of either makes a new environment beside the old one. The environment is built aside and renamed into place: a
// half-made one is never used. pip runs with the user's own configuration.
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

const PYTHON_VERSION = '3.11';
/** Measured: the finished environment takes 3.7 GB; pip's downloads and the rest need some room beside it. */
const NEEDED_GB = 5;
const LAST_LINES = 12;

const MESSAGES = {
  given: {
    en: (p) => `MINDPORT_PYTHON names ${p}, which is not an executable file.`,
    zh: (p) => `MINDPORT_PYTHON 指定的 ${p} 不是可执行文件。`,
  },
  none: {
    en: () =>
      `No Python ${PYTHON_VERSION} found. Install it (Debian: apt-get install python3.11 python3.11-venv), or set MINDPORT_PYTHON to an interpreter with the packages of python/requirements.txt.`,
    zh: () =>
      `未找到 Python ${PYTHON_VERSION}。请安装（Debian：apt-get install python3.11 python3.11-venv），或将 MINDPORT_PYTHON 设为已装有 python/requirements.txt 中各包的解释器。`,
  },
  venv: {
    en: (p) => `${p} has no module venv or ensurepip. Install it (Debian: apt-get install python3.11-venv).`,
    zh: (p) => `${p} 缺少 venv 或 ensurepip 模块。请安装（Debian：apt-get install python3.11-venv）。`,
  },
  disk: {
    en: (dir, free) =>
      `Not enough disk space in ${dir}: ${free} GB free, about ${NEEDED_GB} GB needed. Free some, or set XDG_CACHE_HOME to a folder with room.`,
    zh: (dir, free) => `${dir} 磁盘空间不足：剩余 ${free} GB，约需 ${NEEDED_GB} GB。请清理磁盘，或将 XDG_CACHE_HOME 设为空间充足的目录。`,
  },
  write: {
    en: (dir, why) => `Cannot write to ${dir}: ${why}. Set XDG_CACHE_HOME to a folder you may write to.`,
    zh: (dir, why) => `无法写入 ${dir}：${why}。请将 XDG_CACHE_HOME 设为可写目录。`,
  },
  pip: {
    en: (last) => `pip could not install the packages. Its last lines:\n${last}`,
    zh: (last) => `pip 未能安装所需的包。最后的输出：\n${last}`,
  },
  network: {
    en: (last) =>
      `pip could not reach a package index (no network, or a proxy or mirror is needed: see "pip config"). Its last lines:\n${last}`,
    zh: (last) => `pip 无法访问软件包索引（没有网络，或需要代理或镜像，参见 “pip config”）。最后的输出：\n${last}`,
  },
  full: {
    en: (last) => `The disk became full during installation (pip also uses TMPDIR). pip's last lines:\n${last}`,
    zh: (last) => `安装过程中磁盘已满（pip 还会使用 TMPDIR）。pip 最后的输出：\n${last}`,
  },
  make: {
    en: (dir, python) => `Making the Python environment (torch, mindspore; about 3.7 GB, some minutes) in ${dir} with ${python}`,
    zh: (dir, python) => `正在用 ${python} 在 ${dir} 中创建 Python 环境（torch、mindspore；约 3.7 GB，需数分钟）`,
  },
  wait: {
    en: (pid) => `Another process (${pid}) is making the Python environment; waiting for it`,
    zh: (pid) => `另一个进程（${pid}）正在创建 Python 环境，等待其完成`,
  },
  collecting: { en: (what) => `resolving ${what}`, zh: (what) => `解析 ${what}` },
  downloading: { en: (what) => `downloading ${what}`, zh: (what) => `下载 ${what}` },
  installing: { en: (n) => `installing ${n} packages`, zh: (n) => `安装 ${n} 个包` },
  done: { en: (s) => `ready after ${s} s`, zh: (s) => `已就绪，用时 ${s} 秒` },
};

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

function checkSpace(folder, env) {
  const { bavail, bsize } = statfsSync(folder);
  const free = (bavail * bsize) / 1e9;
  if (!(free >= NEEDED_GB)) throw fail(env, 'disk', folder, free.toFixed(1));
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

async function build(home, requirements, env, tell) {
  const python = basePython(env);
  const aside = `${home}.making-${process.pid}`;
  const started = Date.now();
  tell(say(env, 'make', home, python));
  try {
    const made = await execute(python, ['-m', 'venv', aside], env, () => {});
    if (made.status !== 0) throw fail(env, 'pip', made.last.join('\n'));
    const pip = [
      join(aside, 'bin', 'python'),
      '-m',
      'pip',
      'install',
      '--disable-pip-version-check',
      '--no-input',
      '--progress-bar',
      'off',
      '-r',
      requirements,
    ];
    const installed = await execute(pip[0], pip.slice(1), env, (line) => {
      const progress = progressOf(line, env);
      if (progress) tell(progress);
    });
    if (installed.status !== 0) {
      const last = installed.last.join('\n');
      const network =
        /name resolution|NewConnectionError|ConnectTimeout|Connection refused|ProxyError|SSLError|Network is unreachable|ReadTimeout/i.test(
          last,
        );
      throw fail(env, /No space left on device/i.test(last) ? 'full' : network ? 'network' : 'pip', last);
    }
    relocate(aside, home);
    rmSync(home, { recursive: true, force: true }); // only there when its interpreter has vanished
    renameSync(aside, home);
    tell(say(env, 'done', Math.round((Date.now() - started) / 1000)));
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

/**
 * The path of an interpreter with both frameworks; makes the environment when there is none.
 * @param {object} [options]
 * @param {boolean} [options.quiet] no progress on stderr
 * @param {(line: string) => void} [options.progress] takes the progress lines instead of stderr
 * @param {NodeJS.ProcessEnv} [options.env] the variables to read instead of the process's own
 * @param {string} [options.requirements] another requirements file (path)
 * @returns {Promise<string>} absolute path
 * @throws {PythonEnvironmentError} with a message for the user, in English or Chinese by the locale
 */
export async function ensurePython({ quiet = false, progress, env = process.env, requirements } = {}) {
  const given = givenPython(env);
  if (given) return given;
  const wanted = requirements ?? fileURLToPath(new URL('../python/requirements.txt', import.meta.url));
  const cache = join(env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache'), 'mindport');
  const hash = createHash('sha256').update(readFileSync(wanted)).update(`\npython ${PYTHON_VERSION}\n`).digest('hex').slice(0, 16);
  const home = join(cache, `env-${hash}`);
  const python = join(home, 'bin', 'python');
  const ready = () => existsSync(python); // follows the link: false when the base interpreter was removed
  if (ready()) return python;
  const tell = progress ?? (quiet ? () => {} : (line) => process.stderr.write(`mindport: ${line}\n`));
  try {
    mkdirSync(cache, { recursive: true });
    accessSync(cache, constants.W_OK);
  } catch (error) {
    throw fail(env, 'write', cache, error.code ?? error.message);
  }
  basePython(env); // before anything is said about disks
  checkSpace(cache, env);
  const lock = `${home}.lock`;
  if (!(await lockOrWait(lock, ready, env, tell))) return python;
  try {
    for (const name of readdirSync(cache)) {
      const left = /\.making-(\d+)$/.exec(name); // of a process that was killed
      if (left && !alive(Number(left[1]))) rmSync(join(cache, name), { recursive: true, force: true });
    }
    if (!ready()) await build(home, wanted, env, tell);
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
  return python;
}

const main = process.argv[1] && import.meta.url === pathToFileURL(realpathSync(process.argv[1])).href;
if (main && dirname(fileURLToPath(import.meta.url)).endsWith('scripts')) {
  try {
    process.stdout.write(`${await ensurePython()}\n`);
  } catch (error) {
    process.stderr.write(`mindport: ${error instanceof PythonEnvironmentError ? error.message : (error.stack ?? error)}\n`);
    process.exitCode = 1;
  }
}
