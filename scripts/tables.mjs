// npm run tables: Tables 2, 3 and 4 of the paper from examples/fourcastnet on this machine's processor, in both frameworks; rows differ in
// batch size, processes that load data and processes that train together.
//   node scripts/tables.mjs [--out DIR] [--epochs N] [--rows BATCH:LOADERS:PROCESSES,…] [--years N]
// Needs a quiet machine: about 9 minutes on two cores. With --epochs 5 --rows 8:0:1 --years 1 a try of some minutes.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ensurePython } from './python-env.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values: options } = parseArgs({
  options: {
    out: { type: 'string', default: 'tables-out' },
    epochs: { type: 'string', default: '24' },
    rows: { type: 'string', default: '4:0:1,8:0:1,8:2:1,8:0:2' },
    years: { type: 'string', default: '2' },
  },
});
const out = resolve(root, options.out);
const program = join(root, 'examples/fourcastnet');
const cli = join(root, 'dist/cli.js');
/** the whole rule of convergence looks five epochs ahead for half a per cent; a run of 24 short epochs needs less */
const rule = ['--window', '3', '--epsilon', '0.01'];
const frameworks = { torch: program, mindspore: join(out, 'ported') };

/** Runs a command and returns what it printed; its messages are passed on. Rejects when it fails. */
function run(command, args) {
  return new Promise((done, failed) => {
    const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1' };
    const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (part) => (text += part));
    child.once('error', failed);
    child.once('close', (code) => {
      if (code === 0) return done(text);
      process.stdout.write(text);
      failed(new Error(`${relative(root, args[0])} ${args[1]} ended with ${code}`));
    });
  });
}

const mindport = (command, ...args) => run(process.execPath, [cli, command, '--lang', 'en', ...args]);
const rows = options.rows.split(',').map((row) => row.split(':').map(Number));

/** Rows one after the other: at the same time they would measure each other. One thread for each process, so that loader processes have a core to win. */
async function sweep(name, program, rows) {
  const file = join(out, `${name}.json`);
  const parts = Object.fromEntries(Object.entries(frameworks).map(([framework, folder]) => [framework, { folder }]));
  const all = Object.keys(frameworks).flatMap((framework) => rows.map((row) => ({ framework, chip: 'cpu', ...row })));
  const how = { limit: 1, telemetry: null, env: { OMP_NUM_THREADS: '1' } };
  writeFileSync(file, JSON.stringify({ name, kind: 'train', program, ...how, frameworks: parts, rows: all }, null, 2));
  const told = await mindport('sweep', file, '--root', join(out, 'runs'), '--json');
  return JSON.parse(told).rows.map(({ run }) => run);
}

async function main() {
  const started = Date.now();
  const at = () => `${((Date.now() - started) / 1000).toFixed(0)} s`;
  if (!existsSync(cli)) await run(process.execPath, [join(root, 'scripts/build.mjs')]);
  const python = await ensurePython();
  process.env.MINDPORT_PYTHON = python;
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const load = loadavg()[0];
  if (load > 0.5) console.log(`The machine is busy (load ${load.toFixed(1)}): the figures will be those of a busy machine.`);

  await run(python, [join(program, 'data/generate.py'), '--out', join(out, 'data'), '--steps', '41', '--train-years', options.years]);
  await mindport('migrate', program, '-o', frameworks.mindspore, '--target', 'mindspore@cpu');
  console.log(`${at()}: data and port are there`);

  const where = (batch, loaders, processes) => [
    ...['--data', join(out, 'data')],
    ...['--out', join(out, `{framework}-b${batch}-w${loaders}-p${processes}`)],
  ];
  const settings = ['--epochs', options.epochs, '--lr', '1e-2', '--batch-size', '{batch}', '--num-workers', '{workers}'];
  const trained = await sweep(
    'train',
    ['train.py', ...where('{batch}', '{workers}', '{devices}'), ...settings, '--processes', '{devices}', '--seed', '{seed}'],
    rows.map(([batch, workers, devices]) => ({ batch, workers, devices, precision: 'fp32', seed: 1 })),
  );
  console.log(`${at()}: ${trained.length} training runs`);
  const first = where(...rows[0]);
  const inferred = [];
  for (const [framework, folder] of Object.entries(frameworks)) {
    const told = [
      '--kind',
      'infer',
      '--name',
      'FourCastNet',
      '--framework',
      framework,
      '--chip',
      'cpu',
      '--batch',
      '1',
      '--precision',
      'fp32',
    ];
    const words = first.map((word) => word.replace('{framework}', framework));
    const how = ['--root', join(out, 'runs'), '--cwd', folder, '--env', 'OMP_NUM_THREADS=1', '--json'];
    const { id } = JSON.parse(await mindport('run', ...told, ...how, '--', 'inference.py', ...words));
    await mindport('logs', id, '-f', '--root', join(out, 'runs'));
    inferred.push(id);
  }
  console.log(`${at()}: ${inferred.length} inference runs\n`);

  const text = [`Measured on ${cpus().length} × ${cpus()[0].model}, one thread a process. Load at the start: ${load.toFixed(1)}.\n`];
  for (const [table, runs] of Object.entries({ 2: trained, 3: trained, 4: inferred })) {
    const how = ['--root', join(out, 'runs'), '--table', table, '--format', 'markdown', ...rule];
    // each framework's table has a baseline of its own
    const baseline = table === '3' ? runs[runs.length / 2] : runs[0];
    const markdown = await mindport('results', ...runs, '--baseline', baseline, ...how);
    text.push(markdown.replace(/^# /, `## Table ${table}. `));
  }
  const all = [...trained, ...inferred];
  writeFileSync(join(out, 'tables.md'), text.join('\n'));
  await mindport('results', ...all, '--root', join(out, 'runs'), '--format', 'html', '-o', join(out, 'results.html'), ...rule);
  console.log(readFileSync(join(out, 'tables.md'), 'utf8'));
  console.log(`${at()}: ${join(relative(process.cwd(), out), 'tables.md')} and results.html`);
}

await main();
