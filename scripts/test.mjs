/**
 * node scripts/test.mjs [layer...]      (none named: all of them)
 *
 * Sets up what a layer needs, runs it, and ends with one line `N passed, N failed, N skipped`. Exit code 0 only when something passed and nothing
 * failed. Cheap layers run first and side by side; the editor runs alone at the end, because it measures times.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { ensurePython } from './python-env.mjs';
import { ensureSystemPackages } from './system-packages.mjs';

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/[/\\]$/, '');
const reports = join(root, 'artifacts', 'test');
const bin = (name) => join(root, 'node_modules', '.bin', name);

/**
 * A layer: what it needs, the commands it consists of and their time limits. `check` counts the command as one test; `vitest` runs the project of
 * that name and counts its tests; `counts` takes the numbers from the command's last line.
 */
const LAYERS = {
  lint: {
    needs: [],
    steps: [
      { check: 'eslint', command: [bin('eslint'), '.'], minutes: 5 },
      { check: 'prettier', command: [bin('prettier'), '--check', '--log-level', 'warn', '.'], minutes: 5 },
      { check: 'knip', command: [bin('knip')], minutes: 5 },
    ],
  },
  types: { needs: [], steps: [{ check: 'types', command: [bin('tsc'), '-p', 'tsconfig.json'], minutes: 5 }] },
  core: { needs: ['build'], steps: [{ vitest: 'core', minutes: 10 }] },
  lsp: { needs: ['build'], steps: [{ vitest: 'lsp', minutes: 10 }] },
  runs: { needs: ['build', 'python', 'cluster', 'login'], steps: [{ vitest: 'runs', minutes: 20 }] },
  webview: { needs: ['build', 'browser'], steps: [{ vitest: 'webview', minutes: 10 }] },
  proof: { needs: ['build', 'python'], steps: [{ vitest: 'proof', minutes: 40 }] },
  e2e: {
    needs: ['build', 'python', 'browser', 'editor', 'package'],
    steps: [{ counts: 'e2e', command: [process.execPath, join(root, 'test', 'e2e', 'run.mjs')], minutes: 20 }],
  },
};

/** Layers of one wave run side by side; a wave begins when the one before has ended. */
const WAVES = [['lint', 'types', 'core', 'lsp'], ['runs', 'webview', 'proof'], ['e2e']];
const AT_ONCE = 2;

const total = { passed: 0, failed: 0, skipped: 0 };
const failures = [];
/** What failed and why, told again at the very end: whoever sees only the end of a long log must find it there. */
const told = [];
const seconds = (since) => `${((Date.now() - since) / 1000).toFixed(1)} s`;

function add(counts, what) {
  for (const key of Object.keys(total)) total[key] += counts[key];
  if (counts.failed > 0) failures.push(what);
}

/** Children that still run, ended with this process: each leads its own process group. */
const running = new Set();
const endAll = (signal) => {
  for (const child of running) {
    try {
      process.kill(-child.pid, signal);
    } catch {
      // gone meanwhile
    }
  }
};
process.on('exit', () => endAll('SIGKILL'));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(130));

/**
 * Runs a command with its output shown line by line behind the layer's name.
 * @returns {Promise<{ code: number, last: string, timedOut: boolean }>}
 */
function execute(label, [command, ...args], minutes, env) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(child);
    let last = '';
    let timedOut = false;
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        if (line.trim() && stream === child.stdout) last = line.trim();
        console.log(`${label.padEnd(8)}| ${line}`);
      });
    }
    const timer = setTimeout(() => {
      timedOut = true;
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        // ended by itself
      }
    }, minutes * 60_000);
    const done = (code) => {
      clearTimeout(timer);
      running.delete(child);
      if (timedOut) console.log(`${label.padEnd(8)}| stopped: it ran longer than ${minutes} minutes`);
      resolve({ code, last, timedOut });
    };
    child.once('error', (error) => {
      console.log(`${label.padEnd(8)}| ${error.message}`);
      done(127);
    });
    child.once('close', (code) => done(code ?? 1));
  });
}

/** The counts in a vitest JSON report. A file that could not be loaded holds no test: it counts as one failure. */
function readReport(path) {
  const report = JSON.parse(readFileSync(path, 'utf8'));
  const broken = report.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'),
  );
  const named = report.testResults.flatMap((file) =>
    file.assertionResults
      .filter((test) => test.status === 'failed')
      .map((test) => `${relative(root, file.name)}: ${test.fullName}: ${(test.failureMessages[0] ?? '').slice(0, 1500)}`),
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken.length,
    skipped: report.numPendingTests + report.numTodoTests,
    names: [...named, ...broken.map((file) => `${relative(root, file.name)}: ${(file.message ?? '').slice(0, 1500)}`)],
  };
}

const COUNTS = /^(\d+) passed, (\d+) failed, (\d+) skipped$/;

/** @returns the counts of one step; whatever went wrong shows as a failure */
async function runStep(layer, step, env) {
  const only = (failed) => ({ passed: failed ? 0 : 1, failed: failed ? 1 : 0, skipped: 0 });
  if (step.check) {
    const { code } = await execute(step.check, step.command, step.minutes, env);
    return only(code !== 0);
  }
  let counts = { passed: 0, failed: 0, skipped: 0 };
  let code;
  if (step.vitest) {
    const report = join(reports, `${step.vitest}.json`);
    rmSync(report, { force: true });
    const reporters = ['--reporter=dot', '--reporter=json', `--outputFile.json=${report}`];
    const ended = await execute(layer, [bin('vitest'), 'run', '--project', step.vitest, ...reporters], step.minutes, env);
    code = ended.code;
    try {
      const { names, ...read } = readReport(report);
      counts = read;
      told.push(...names);
    } catch {
      console.log(`${layer.padEnd(8)}| no report was written`);
    }
  } else {
    const ended = await execute(layer, step.command, step.minutes, env);
    code = ended.code;
    const match = COUNTS.exec(ended.last);
    if (match) counts = { passed: Number(match[1]), failed: Number(match[2]), skipped: Number(match[3]) };
  }
  // An error outside any test (an unhandled rejection, a time limit, nothing found) must not pass for success.
  if ((code !== 0 || counts.passed === 0) && counts.failed === 0) counts.failed = 1;
  return counts;
}

async function mustRun(label, command, minutes, env) {
  const { code } = await execute(label, command, minutes, env);
  if (code !== 0) throw new Error(`${label} ended with ${code}`);
}

/** How each need is met; every one is started once and awaited by whoever needs it. */
const NEEDS = {
  build: (env) => mustRun('build', [process.execPath, join(root, 'scripts', 'build.mjs')], 5, env),
  python: async () => {
    if (!process.env.MINDPORT_PYTHON) ensureSystemPackages(['python3', 'python3-venv']);
    process.env.MINDPORT_PYTHON = await ensurePython();
  },
  // real clusters for the run tests; g++ builds a stand-in for a driver's library
  cluster: async () => ensureSystemPackages(['g++', 'slurm-wlm', 'munge', 'slurmdbd', 'slurm-wlm-mysql-plugin', 'mariadb-server']),
  // a machine to log in to, with several login shells
  login: async () => ensureSystemPackages(['openssh-client', 'openssh-server', 'tcsh', 'fish']),
  browser: async () => ensureSystemPackages(['chromium', 'fonts-noto-cjk']),
  editor: async (env) => {
    ensureSystemPackages(['g++', 'make', 'python3']);
    await mustRun('editor', [process.execPath, join(root, 'test', 'e2e', 'setup.mjs')], 20, env);
  },
  package: async (env) => {
    await need('build', env);
    await mustRun('package', ['npm', 'run', '--silent', 'package'], 5, env);
    // Packing builds for production in the same folder: put the ordinary build back for whoever comes next.
    await mustRun('build', [process.execPath, join(root, 'scripts', 'build.mjs')], 5, env);
  },
};
const met = new Map();
function need(name, env) {
  if (!met.has(name)) met.set(name, NEEDS[name](env));
  return met.get(name);
}

async function runLayer(name) {
  const started = Date.now();
  // One thread for the frameworks: on a busy machine more threads are several times slower. Times are compared within a run only.
  const environment = () => ({ ...process.env, OMP_NUM_THREADS: '1', FORCE_COLOR: '0', NO_COLOR: '1' });
  try {
    for (const each of LAYERS[name].needs) await need(each, environment());
  } catch (error) {
    console.log(`${name.padEnd(8)}| cannot run: ${error.message}`);
    add({ passed: 0, failed: 1, skipped: 0 }, name);
    return;
  }
  for (const step of LAYERS[name].steps) {
    const counts = await runStep(name, step, environment());
    add(counts, step.check ?? name);
    console.log(
      `${name.padEnd(8)}| ${step.check ?? name}: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped, ${seconds(started)}`,
    );
  }
}

/** Runs `names` with at most AT_ONCE layers at a time. */
async function runWave(names) {
  const queue = [...names];
  const worker = async () => {
    for (let name = queue.shift(); name; name = queue.shift()) await runLayer(name);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in LAYERS));
if (unknown.length > 0) {
  console.error(`unknown layer ${unknown.join(', ')}; there are ${Object.keys(LAYERS).join(', ')}`);
  process.exit(2);
}
const wanted = asked.length > 0 ? asked : Object.keys(LAYERS);
const started = Date.now();
mkdirSync(reports, { recursive: true });
// Downloads take minutes and little processor: they begin now, beside the first layers.
const early = [...new Set(wanted.flatMap((name) => LAYERS[name].needs))].filter((name) => name !== 'package' && name !== 'build');
void (async () => {
  for (const name of early) await need(name, process.env).catch(() => {});
})();
for (const wave of WAVES) await runWave(wave.filter((name) => wanted.includes(name)));
for (const each of told) console.log(`failed  | ${each.replaceAll('\n', '\n        | ')}`);
console.log(`${seconds(started)}${failures.length > 0 ? `; failed: ${[...new Set(failures)].join(', ')}` : ''}`);
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);
