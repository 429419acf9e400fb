/**
 * node test/bench/runs.mjs [--starts N] [--seconds S] [--no-slurm]
 *
 * The run engine with real parts: time from command to a running job and from a printed line to the watcher (this machine, ssh at a round trip of 0 and
 * 100 ms, Slurm), what watching 20 runs costs an hour (S measured seconds, default 30), and N starts (default 100) whose link is reset. Prints tables,
 * asserts nothing. Needs sshd, and for Slurm its packages and root. Takes about four minutes on two quiet cores.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { machineLine } from './machine.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const args = process.argv.slice(2);
const number = (name, usual) => (args.includes(name) ? Number(args[args.indexOf(name) + 1]) : usual);
const [starts, seconds] = [number('--starts', 100), number('--seconds', 30)];

const bench = join(root, 'test', 'bench', 'runs');
const work = mkdtempSync(join(tmpdir(), 'mindport-bench-'));
process.on('exit', () => rmSync(work, { recursive: true, force: true }));
const outfile = join(work, 'measure.cjs');
await build({
  stdin: {
    contents: `export * from './measure'; export { begin, end } from './no-vitest';
export { sshScene } from '../../runs/ssh/scene'; export { Cluster } from '../../runs/slurm/cluster';`,
    resolveDir: bench,
    loader: 'ts',
  },
  bundle: true,
  platform: 'node',
  format: 'cjs',
  outfile,
  external: ['esbuild'],
  alias: { vitest: join(bench, 'no-vitest.ts') },
  // where the shared parts look for the repository from
  define: { __dirname: JSON.stringify(join(root, 'test', 'runs')) },
  logLevel: 'error',
});
// modules that stay outside are those of the repository
process.env.NODE_PATH = join(root, 'node_modules');
const require = createRequire(import.meta.url);
require('node:module').Module._initPaths();
const { begin, end, sshScene, Cluster, startTimes, logLatency, watching, exactlyOnce } = require(outfile);

function table(title, rows) {
  console.log(`\n${title}`);
  const names = Object.keys(rows[0]);
  const lines = [names, names.map(() => '---'), ...rows.map((row) => names.map((name) => String(row[name] ?? '')))];
  const widths = names.map((_, i) => Math.max(...lines.map((line) => line[i].length)));
  for (const line of lines)
    console.log(`| ${line.map((cell, i) => (cell === '---' ? '-'.repeat(widths[i]) : cell.padEnd(widths[i]))).join(' | ')} |`);
}

const { machine, link } = sshScene();
const began = performance.now();
let cluster = null;
try {
  await begin();
  if (!args.includes('--no-slurm')) cluster = await Cluster.start({ nodes: 1 });
  const scene = { machine, link, cluster };
  console.log(`${machineLine()}; load ${loadavg()[0].toFixed(1)}; ${new Date().toISOString().slice(0, 10)}`);
  table('From command to a running job', await startTimes(scene, 8));
  table('From a printed line to the watcher', await logLatency(scene, 120));
  table('Watching over ssh', await watching(scene, seconds));
  table('Starts over a link that is reset', await exactlyOnce(scene, starts));
  console.log(`\n${((performance.now() - began) / 1000).toFixed(0)} s, load ${loadavg()[0].toFixed(1)} at the end`);
} finally {
  await cluster?.stop();
  await end();
}
process.exit(0);
