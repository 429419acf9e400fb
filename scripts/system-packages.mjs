/** What the tests need from the operating system, and how it comes there: by apt as root on Debian, else by the person, who is told exactly what. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { findBrowser } from '../test/e2e/editor-build.mjs';

const onPath = (name) =>
  (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });

const succeeds = (command, ...args) => spawnSync(command, args, { stdio: 'ignore', timeout: 30_000 }).status === 0;

const NOTO = '/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc';
const hasChineseFont = () => existsSync(NOTO) || succeeds('sh', '-c', 'fc-list :lang=zh | grep -q .');

/** Debian package → what it is for and whether it is there already (by any means, not only apt). */
const PACKAGES = {
  chromium: { use: 'draws the webview and the editor under test', present: () => findBrowser() !== null },
  'fonts-noto-cjk': { use: 'Chinese text in screenshots', present: hasChineseFont },
  'g++': { use: 'builds native modules of the editor under test', present: () => onPath('g++') || onPath('c++') },
  make: { use: 'builds native modules of the editor under test', present: () => onPath('make') },
  'slurm-wlm': { use: 'clusters the run tests start', present: () => ['slurmctld', 'slurmd', 'sbatch', 'srun'].every(onPath) },
  munge: { use: 'authentication within these clusters', present: () => onPath('munged') },
  slurmdbd: { use: 'accounting of these clusters', present: () => onPath('slurmdbd') },
  'slurm-wlm-mysql-plugin': { use: 'accounting of these clusters', present: () => succeeds('dpkg', '-s', 'slurm-wlm-mysql-plugin') },
  'mariadb-server': { use: 'accounting of these clusters', present: () => onPath('mariadbd') },
  'openssh-client': { use: 'runs on other machines', present: () => onPath('ssh') && onPath('ssh-keygen') },
  'openssh-server': { use: 'the machine the run tests log in to', present: () => existsSync('/usr/sbin/sshd') || onPath('sshd') },
  tcsh: { use: 'a login shell of that machine', present: () => onPath('tcsh') },
  fish: { use: 'a login shell of that machine', present: () => onPath('fish') },
  python3: { use: 'node-gyp, and both frameworks', present: () => onPath('python3') },
  'python3-venv': { use: 'the virtual environment of both frameworks', present: () => succeeds('python3', '-c', 'import venv, ensurepip') },
};

/**
 * Installs what is missing of `names`.
 * @param {(keyof typeof PACKAGES)[]} names
 * @throws an error that says what to install, when this process cannot
 */
export function ensureSystemPackages(names) {
  const missing = names.filter((name) => !PACKAGES[name].present());
  if (missing.length === 0) return;
  const needs = missing.map((name) => `  ${name}: ${PACKAGES[name].use}`).join('\n');
  const command = `apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  const isDebian = existsSync('/etc/debian_version') && onPath('apt-get');
  if (!isDebian || process.getuid?.() !== 0) {
    throw new Error(`these are missing:\n${needs}\ninstall them and run this again, on Debian with\n  sudo ${command}`);
  }
  console.log(`installing ${missing.join(', ')} with apt-get`);
  const quiet = {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    timeout: 15 * 60_000,
  };
  spawnSync('apt-get', ['update', '-qq'], quiet);
  const result = spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], quiet);
  const left = missing.filter((name) => !PACKAGES[name].present());
  if (result.status !== 0 || left.length > 0)
    throw new Error(`could not install ${left.join(', ') || missing.join(', ')}; tried: ${command}`);
}
