// npm run demo: the whole way of a program, on examples/fourcastnet: check → migrate → verify → train and infer in both frameworks → compare.
//   node scripts/demo.mjs [--epochs N] [--out DIR]        everything it makes lies in demo-out/ (or DIR), which is replaced at each run
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ensurePython } from './python-env.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const chinese = /^zh/i.test(process.env.LC_ALL || process.env.LC_MESSAGES || process.env.LANG || '');
const say = (en, zh) => console.log(chinese ? zh : en);
const { values: options } = parseArgs({
  options: { epochs: { type: 'string', default: '7' }, out: { type: 'string', default: 'demo-out' } },
});

const example = 'examples/fourcastnet';
const out = resolve(root, options.out);
const started = Date.now();
const seconds = (since) => `${((Date.now() - since) / 1000).toFixed(0)} s`;

/** Runs a command with its output indented; rejects when it does not end as wanted. */
function run(command, args, { accept = [0], quiet = false, filter = null, cwd = root, env = {} } = {}) {
  return new Promise((done, failed) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, OMP_NUM_THREADS: '1', ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    const lines = [];
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line);
        if (!quiet && (!filter || filter.test(line))) console.log(`    ${line}`);
      });
    }
    child.once('error', failed);
    child.once('close', (code) => {
      if (accept.includes(code)) return done(lines);
      if (quiet || filter) console.log(lines.slice(-30).join('\n'));
      failed(new Error(`${relative(root, command) || command} ${args.slice(0, 3).join(' ')} … ended with ${code}`));
    });
  });
}

const mindport = (args, how) => run(process.execPath, [join(root, 'dist/cli.js'), ...args], how);

async function step(number, en, zh, work) {
  const at = Date.now();
  say(`\n[${number}/8] ${en}`, `\n[${number}/8] ${zh}`);
  await work();
  say(`    done in ${seconds(at)}`, `    用时 ${seconds(at)}`);
}

async function main() {
  await run(process.execPath, [join(root, 'scripts/build.mjs')], { quiet: true });
  const python = await ensurePython();
  const prepared = Date.now();
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const migrated = join(out, 'fourcastnet');
  const data = join(out, 'dataset');
  const runs = ['--root', join(out, 'runs')];

  await step(1, `Check ${example} for MindSpore on this CPU`, `检查 ${example}（目标：本机 CPU 上的 MindSpore）`, async () => {
    const lines = await mindport(['check', example, '--target', 'mindspore@cpu'], { accept: [0, 1], quiet: true });
    console.log(
      lines
        .slice(-1)
        .map((line) => `    ${line}`)
        .join('\n'),
    );
  });
  await step(2, 'Migrate the whole program', '迁移整个程序', () =>
    mindport(['migrate', example, '-o', migrated, '--target', 'mindspore@cpu']),
  );
  await step(3, 'Verify: same outputs, gradients and training steps', '验证：输出、梯度与训练步是否一致', () =>
    mindport(['verify', example, migrated, '--model', 'networks.afno:AFNONet', '--input', 'float32[2,4,32,64]', '--python', python]),
  );
  await step(4, 'Generate the data', '生成数据', () => run(python, [join(root, example, 'data/generate.py'), '--out', data]));

  const sides = [
    { framework: 'torch', cwd: join(root, example), mode: [] },
    { framework: 'mindspore', cwd: migrated, mode: ['--mode', 'graph'] },
  ];
  /** Starts one program as a run and follows it to its end; it prints what the run engine's log adapters read. */
  const launch = async (kind, program, extra, shown) => {
    for (const { framework, cwd, mode } of sides) {
      console.log(`  ${framework}`);
      const how = [
        '--kind',
        kind,
        '--name',
        framework,
        '--framework',
        framework,
        '--chip',
        'cpu',
        '--batch',
        '8',
        '--seed',
        '0',
        '--precision',
        'fp32',
        ...mode,
      ];
      const results = ['--data', data, '--out', join(out, `results-${framework}`)];
      const command = ['run', ...runs, '--follow', ...how, '--python', python, '--cwd', cwd, '--', program, ...results, ...extra];
      await mindport(command, { filter: shown });
    }
  };
  await step(5, `Train ${options.epochs} epochs in both frameworks`, `在两个框架中各训练 ${options.epochs} 个 epoch`, () =>
    launch('train', 'train.py', ['--epochs', options.epochs], /^(Train loss|Time taken)/),
  );
  await step(6, 'Infer in both frameworks', '在两个框架中推理', () =>
    launch('infer', 'inference.py', ['--initial-conditions', '4'], /^[a-z]+500: RMSE/),
  );
  await step(
    7,
    'Score the saved forecasts: RMSE and ACC by two definitions, fields for maps',
    '为保存的预报评分：两种定义的 RMSE 与 ACC，以及地图所用的场',
    async () => {
      for (const { framework } of sides) {
        console.log(`  ${framework}`);
        const saved = join(out, `results-${framework}`, 'predictions.npz');
        const fields = ['--prediction', `${saved}:prediction`, '--truth', `${saved}:target`, '--dims', 'time,lead,channel,lat,lon'];
        const beside = ['--climatology', join(data, 'stats', 'time_means.npy'), '--units', 'm/s,m/s,1/s,m', '--longitudes', '0:354.375'];
        // a name with several runs means the newest: the inference run
        const how = [...fields, ...beside, '--definition', 'fcn,wb2', '--python', python];
        await mindport(['metrics', ...runs, '--run', framework, ...how], { filter: /z500/ });
      }
    },
  );
  const html = join(out, 'results.html');
  await step(8, 'Compare', '比较结果', async () => {
    await mindport(['results', ...runs, 'torch', 'mindspore', '--format', 'html', '-o', html, '--title', 'FourCastNet']);
    console.log('');
    await mindport(['results', ...runs, 'torch', 'mindspore', '--format', 'table']);
  });
  if (!existsSync(html) || !readFileSync(html, 'utf8').includes('</html>')) throw new Error('results.html was not written');
  say(`\nresults.html: ${html}`, `\n结果页：${html}`);
  say(
    `The way took ${seconds(prepared)} (with build and environment ${seconds(started)}).`,
    `总用时 ${seconds(prepared)}（含构建与环境 ${seconds(started)}）。`,
  );
}

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
