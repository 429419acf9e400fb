/**
 * node test/e2e/electron.mjs      The in-host suite in desktop VS Code, for contributors whose machine can download it.
 *
 * VSCODE_VERSION chooses a version, VSCODE_EXECUTABLE an installed one. On Linux without a display: xvfb-run -a node test/e2e/electron.mjs
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runTests } from '@vscode/test-electron';
import { buildSuites } from './build.mjs';
import { extensionFolder, fillWithExample } from './sessions.mjs';

const folder = mkdtempSync(join(tmpdir(), 'mindport-electron-'));
const workspace = join(folder, 'workspace');
try {
  fillWithExample(workspace);
  const { host } = await buildSuites();
  const user = join(folder, 'user');
  await runTests({
    version: process.env.VSCODE_VERSION,
    vscodeExecutablePath: process.env.VSCODE_EXECUTABLE,
    extensionDevelopmentPath: extensionFolder,
    extensionTestsPath: host,
    extensionTestsEnv: { XDG_STATE_HOME: join(folder, 'state'), MINDPORT_PYTHON: process.env.MINDPORT_PYTHON },
    launchArgs: [workspace, '--disable-extensions', '--disable-workspace-trust', '--skip-welcome', `--user-data-dir=${user}`],
  });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
