/** One VS Code server with its own data folder and its own copy of a workspace, so that suites share nothing and leave nothing behind. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { editorFolder, isInstalled, nodeFolder, vscodeFolder } from './editor-build.mjs';

/** What would otherwise move on the screen or ask a question during a test. */
const CALM = {
  'chat.disableAIFeatures': true,
  'chat.agentHost.enabled': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'extensions.ignoreRecommendations': true,
  'extensions.autoCheckUpdates': false,
  'editor.wordBasedSuggestions': 'off',
  'editor.cursorBlinking': 'solid',
  'editor.occurrencesHighlight': 'off',
  'git.enabled': false,
};

function writeJson(path, value) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify(value, null, 2));
}

/** Removes a folder in which somebody may still write a last word: what appears meanwhile is removed, too. */
export function remove(folder) {
  for (let tries = 0; ; tries += 1) {
    try {
      return rmSync(folder, { recursive: true, force: true, maxRetries: 3, retryDelay: 50 });
    } catch (error) {
      if (tries >= 30 || error.code !== 'ENOTEMPTY') throw error;
    }
  }
}

/**
 * @typedef {object} VscodeServer
 * @property {number} port
 * @property {string} workspace folder that is opened; tests may write into it
 * @property {() => [string, string][]} logs log files of the server and its extension hosts: name and text
 * @property {(settings: object) => void} setUser replaces the user settings; a running workbench follows
 * @property {(settings: object) => void} setWorkspace replaces the workspace settings
 * @property {() => Promise<void>} stop
 */

/**
 * @param {object} options
 * @param {(workspace: string) => void} options.fill puts files into the empty workspace folder
 * @param {object} [options.user] user settings
 * @param {object} [options.machine] settings of the machine the server stands for (machine scope)
 * @param {boolean} [options.trust] true: ask about workspace trust as a desktop would; the workspace begins untrusted
 * @param {string[]} [options.install] VSIX files to install first
 * @param {NodeJS.ProcessEnv} [options.env]
 * @returns {Promise<VscodeServer>}
 */
export async function startVscodeServer({ fill, user = {}, machine = {}, trust = false, install = [], env = {} }) {
  if (!isInstalled()) throw new Error('the editor under test is not installed: node test/e2e/setup.mjs');
  const folder = mkdtempSync(join(tmpdir(), 'mindport-e2e-'));
  const workspace = join(folder, 'workspace');
  const data = join(folder, 'server');
  mkdirSync(workspace);
  fill(workspace);
  const setUser = (settings) => writeJson(join(data, 'data', 'User', 'settings.json'), { ...CALM, ...user, ...settings });
  setUser({});
  writeJson(join(data, 'data', 'Machine', 'settings.json'), machine);

  const node = join(nodeFolder(editorFolder), 'bin', 'node');
  const main = join(vscodeFolder(editorFolder), 'out', 'server-main.js');
  const common = ['--accept-server-license-terms', '--server-data-dir', data];
  // runs, sockets and settings of the tests stay in the folder, too
  const own = { TMPDIR: folder, XDG_STATE_HOME: join(folder, 'state'), XDG_CONFIG_HOME: join(folder, 'config'), XDG_RUNTIME_DIR: folder };
  const environment = { ...process.env, ...own, ...env };
  delete environment.NODE_OPTIONS;
  for (const vsix of install) await runToEnd(node, [main, ...common, '--install-extension', vsix], environment);

  const listen = ['--host', '127.0.0.1', '--port', '0', '--without-connection-token', '--disable-telemetry'];
  // The smoke test driver is what makes a built VS Code take an extension under development and its tests from the URL.
  const args = [main, ...common, ...listen, '--enable-smoke-test-driver', ...(trust ? [] : ['--disable-workspace-trust'])];
  // Its own process group: extension hosts and language servers end with it.
  const child = spawn(node, args, { detached: true, env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  const signalGroup = (signal) => {
    try {
      process.kill(-child.pid, signal);
    } catch {
      // already gone
    }
  };
  const onExit = () => {
    signalGroup('SIGKILL');
    remove(folder);
  };
  process.on('exit', onExit);

  let said = '';
  const port = new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the VS Code server said no port within 60 s:\n${said}`)), 60_000);
    const read = (chunk) => {
      said += chunk;
      const match = /Extension host agent listening on (\d+)/.exec(said);
      if (!match) return;
      clearTimeout(timer);
      resolve(Number(match[1]));
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      reject(new Error(`the VS Code server ended with ${code ?? signal}:\n${said}`));
    });
  });

  const ended = new Promise((resolve) => child.once('close', resolve));
  const stop = async () => {
    signalGroup('SIGTERM');
    const impatient = setTimeout(signalGroup, 5_000, 'SIGKILL');
    await ended;
    clearTimeout(impatient);
    signalGroup('SIGKILL');
    process.removeListener('exit', onExit);
    remove(folder);
  };
  const logs = () => {
    const root = join(data, 'data', 'logs');
    const names = existsSync(root) ? readdirSync(root, { recursive: true }).filter((name) => name.endsWith('.log')) : [];
    return [['server output', said], ...names.map((name) => [name, readFileSync(join(root, name), 'utf8')])];
  };

  try {
    return {
      port: await port,
      workspace,
      logs,
      setUser,
      setWorkspace: (settings) => writeJson(join(workspace, '.vscode', 'settings.json'), settings),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function runToEnd(command, args, env) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    child.stdout.on('data', (chunk) => (said += chunk));
    child.stderr.on('data', (chunk) => (said += chunk));
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve(said) : reject(new Error(`${args.join(' ')} ended with ${code}:\n${said}`))));
  });
}
