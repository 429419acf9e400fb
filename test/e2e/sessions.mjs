/** Workspaces and settings the suites share. */
import { cpSync, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startSshMachine } from './ssh-machine.mjs';

export const extensionFolder = fileURLToPath(new URL('../../', import.meta.url)).replace(/\/$/, '');
const example = join(extensionFolder, 'examples', 'fourcastnet');

/** The example program as a user would have it: without caches and outputs of earlier runs. */
export function fillWithExample(workspace) {
  cpSync(example, workspace, { recursive: true, filter: (path) => !/__pycache__|\.h5$/.test(path) });
}

/** Machine settings: the interpreter that runs use. A workspace cannot set it. */
export const machine = process.env.MINDPORT_PYTHON ? { 'mindport.python': process.env.MINDPORT_PYTHON } : {};

let started = null;
/** The machine behind ssh of the suite that runs now. */
export const sshMachine = () => started;

/** A machine of its own for each suite: what ran on that of another one would stand in the views. */
export async function newSshMachine(cluster = null) {
  await (await started)?.stop();
  return (started = startSshMachine(cluster));
}

/** The server of the in-host tests: the example, and a machine behind ssh in the user's settings. */
async function hostServer(more = {}) {
  const { settings, root, config } = await newSshMachine();
  const env = { MINDPORT_E2E_SSH: JSON.stringify({ root, config }) };
  return { fill: fillWithExample, machine: { ...machine, ...settings }, env, ...more };
}

export const hostSession = async () => ({ serverOptions: await hostServer() });

/** The packed extension, installed the way a user installs it. */
export async function packedSession() {
  const vsix = join(extensionFolder, 'dist', 'mindport.vsix');
  if (!existsSync(vsix)) throw new Error('dist/mindport.vsix is missing: npm run package');
  const megabytes = statSync(vsix).size / 1e6;
  console.log(`    mindport.vsix: ${megabytes.toFixed(2)} MB`);
  if (megabytes >= 3) throw new Error(`mindport.vsix has ${megabytes.toFixed(2)} MB, the limit is 3 MB`);
  return { serverOptions: await hostServer({ install: [vsix] }) };
}
