/**
 * node test/bench/cli.mjs [FOLDER] [--rounds N]
 *
 * The command line end to end over a folder: analysing everything (`--no-cache`) with one thread and with all cores, again with the results of an
 * earlier run at hand (nothing changed since), and beside `ast-grep scan` with 50 rules `torch.X($$$)` on the same files, in turns in the same run.
 * Prints wall time, processor time and peak memory of the best round, and the ratios; asserts nothing. Without a folder (or MINDPORT_CORPUS) a program
 * of 300 files is made up. ast-grep is optional: the binary that AST_GREP names, else the one npx brings. MINDPORT_DIST: another folder than dist/.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { machineLine } from './machine.mjs';
import { program } from './program.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const AST_GREP = '@ast-grep/cli@0.51.1';
const NAMES =
  'abs arange argmax bmm cat chunk clamp cos device diag einsum empty exp eye flatten from_numpy full gather isnan linspace load log manual_seed matmul max mean min mm no_grad norm ones ones_like permute pow rand randn reshape save sigmoid sin softmax split sqrt squeeze stack sum tanh tensor unsqueeze zeros'.split(
    ' ',
  );
const MADE_UP_FILES = 300;

const args = process.argv.slice(2);
const rounds = args.includes('--rounds') ? Number(args[args.indexOf('--rounds') + 1]) : 5;
const named = args.find((argument, i) => !argument.startsWith('--') && args[i - 1] !== '--rounds') ?? process.env.MINDPORT_CORPUS;

const work = mkdtempSync(join(tmpdir(), 'mindport-bench-'));
process.on('exit', () => rmSync(work, { recursive: true, force: true }));
const folder = named ? resolve(named) : madeUp();
const astGrep = findAstGrep();
const commands = {
  'check, one thread, cold': mindport('--no-cache', '--threads', '1'),
  'check, all cores, cold': mindport('--no-cache'),
  'check, warm': mindport(),
};
if (astGrep) commands['ast-grep scan'] = [astGrep, ['scan', '-r', writeRules(), basename(folder)]];
else console.log(`ast-grep is not there: put its binary into AST_GREP, or let npx install ${AST_GREP}`);

console.log(machineLine());
await measure(...commands['check, warm']); // fills the cache
const best = new Map();
for (let round = 0; round < rounds; round++) {
  for (const [name, [command, options]] of Object.entries(commands)) {
    const measured = await measure(command, options);
    const known = best.get(name) ?? { wall: Infinity, cpu: Infinity, memory: 0 };
    best.set(name, {
      wall: Math.min(known.wall, measured.wall),
      cpu: Math.min(known.cpu, measured.cpu),
      memory: Math.max(known.memory, measured.memory),
    });
  }
}
for (const [name, { wall, cpu, memory }] of best)
  console.log(`${name.padEnd(28)} wall ${seconds(wall)}  processor ${seconds(cpu)}  peak memory ${memory.toFixed(0).padStart(4)} MB`);
const [one, all, warm, other] = [...best.values()];
ratio('all cores / one thread', all, one);
ratio('warm / all cores', warm, all);
if (other) {
  ratio('cold / ast-grep', all, other);
  ratio('warm / ast-grep', warm, other);
}

function ratio(name, first, second) {
  const part = (what) => (first[what] / second[what]).toFixed(2);
  console.log(`${name.padEnd(28)} wall ${part('wall')}  processor ${part('cpu')}`);
}

function seconds(milliseconds) {
  return `${(milliseconds / 1000).toFixed(2).padStart(6)} s`;
}

function mindport(...options) {
  return [process.execPath, [join(process.env.MINDPORT_DIST ?? join(root, 'dist'), 'cli.js'), 'check', basename(folder), ...options]];
}

/** Wall and processor time in milliseconds, peak memory in MB (0 where /proc does not tell). The shell tells the processor time of its children. */
async function measure(command, options) {
  const started = performance.now();
  const child = spawn('/bin/sh', ['-c', '"$@" >/dev/null 2>&1 & echo $!; wait $!; times', 'sh', command, ...options], {
    cwd: dirname(folder),
    env: { ...process.env, XDG_CACHE_HOME: join(work, 'cache') },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  let memory = 0;
  child.stdout.on('data', (data) => (said += data));
  const poll = setInterval(() => (memory = Math.max(memory, peakOf(parseInt(said, 10)))), 20);
  await new Promise((done) => child.on('close', done));
  clearInterval(poll);
  const wall = performance.now() - started;
  const times = [
    ...said
      .trim()
      .split('\n')
      .at(-1)
      .matchAll(/(\d+)m([\d.]+)s/g),
  ];
  return { wall, cpu: times.reduce((sum, [, minutes, rest]) => sum + 1000 * (60 * Number(minutes) + Number(rest)), 0), memory };
}

function peakOf(pid) {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

function findAstGrep() {
  if (process.env.AST_GREP) return process.env.AST_GREP;
  try {
    const where = ['--yes', '-p', AST_GREP, '-c', 'command -v ast-grep'];
    return execFileSync('npx', where, { cwd: work, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim() || null;
  } catch {
    return null;
  }
}

function writeRules() {
  const rule = (name) =>
    `id: torch-${name}\nlanguage: python\nseverity: warning\nmessage: torch.${name}\nrule:\n  pattern: torch.${name}($$$)\n`;
  const path = join(work, 'rules.yml');
  writeFileSync(path, NAMES.map(rule).join('---\n'));
  return path;
}

function madeUp() {
  const path = join(work, 'program');
  for (let i = 0; i < MADE_UP_FILES; i++) {
    const file = join(path, `part${i % 12}`, `module${i}.py`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, program(120 + ((i * 37) % 400)));
  }
  return path;
}
