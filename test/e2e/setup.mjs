/**
 * Installs the editor under test (see `editor-build.mjs`). Nothing happens when it is there already. Linux only: on other systems the same
 * in-editor suite runs in a downloaded desktop VS Code, `node test/e2e/electron.mjs`.
 *
 * code-server's own install script is not run: it would build every native module VS Code has, which needs Kerberos headers and minutes. The
 * server needs two of them (`native-watchdog`, `spdlog`), the rest stays unbuilt.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { editorFolder, isInstalled, manifestFolder, nodeFolder, readyMark, vscodeFolder } from './editor-build.mjs';

const NATIVE = { '@vscode/native-watchdog': 'watchdog.node', '@vscode/spdlog': 'spdlog.node' };

/** npm settings of the person (which registry, which proxy) stay; those of the project whose script runs us would be wrong here. */
const KEPT = new Set(['registry', 'cafile', 'cache', 'userconfig', 'proxy', 'https_proxy', 'https-proxy', 'noproxy']);

function environmentFor(installation) {
  const environment = {};
  for (const [name, value] of Object.entries(process.env)) {
    const setting = /^npm_config_(.+)$/i.exec(name)?.[1]?.toLowerCase();
    if (setting === undefined ? !/^npm_/i.test(name) : KEPT.has(setting)) environment[name] = value;
  }
  const node = nodeFolder(installation);
  // The headers of the Node that will load the modules; a `nodedir` in someone's .npmrc belongs to another Node.
  environment.npm_config_nodedir = node;
  environment.PATH = [join(node, 'bin'), process.env.PATH].join(delimiter);
  return environment;
}

function npm(installation, folder, ...args) {
  console.log(`  npm ${args.join(' ')}`);
  const result = spawnSync('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: folder,
    env: environmentFor(installation),
    stdio: ['ignore', 'inherit', 'inherit'],
    timeout: 15 * 60_000,
  });
  if (result.status !== 0) throw new Error(`npm ${args[0]} in ${folder} ended with ${result.status ?? result.signal ?? result.error}`);
}

function install(installation) {
  mkdirSync(installation, { recursive: true });
  for (const name of ['package.json', 'package-lock.json', '.npmrc']) cpSync(join(manifestFolder, name), join(installation, name));
  npm(installation, installation, 'ci', '--ignore-scripts');
  const vscode = vscodeFolder(installation);
  // --legacy-peer-deps: npm otherwise reads the shrinkwrap that is shipped as out of date.
  npm(installation, vscode, 'ci', '--omit=dev', '--omit=optional', '--ignore-scripts', '--legacy-peer-deps');
  npm(installation, vscode, 'rebuild', ...Object.keys(NATIVE));
  for (const [name, file] of Object.entries(NATIVE)) {
    const built = join(vscode, 'node_modules', name, 'build', 'Release', file);
    if (!existsSync(built)) throw new Error(`${name} was not built: ${built} is missing`);
  }
}

/**
 * Makes sure that the editor is installed and returns its folder.
 * @throws when npm fails, e.g. without network or without a C++ compiler
 */
export function ensureEditor() {
  if (isInstalled()) return editorFolder;
  if (process.platform !== 'linux')
    throw new Error('the browser-driven editor is set up on Linux only; run `node test/e2e/electron.mjs` instead');
  const started = Date.now();
  // Built aside and renamed at the end: two runs at once, or one that is interrupted, leave nothing half done.
  const aside = `${editorFolder}.part-${process.pid}`;
  try {
    install(aside);
    const seconds = Math.round((Date.now() - started) / 1000);
    writeFileSync(readyMark(aside), JSON.stringify({ seconds, installed: new Date().toISOString() }) + '\n');
    if (!isInstalled()) {
      rmSync(editorFolder, { recursive: true, force: true });
      renameSync(aside, editorFolder);
    }
    console.log(`  editor under test installed in ${seconds} s`);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
  return editorFolder;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    console.log(ensureEditor());
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
