/** `mindport sweep` as a user types it. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { bundled, folder, python, repository } from './scene';

const installation = folder();
const state = folder();
const programs = folder();
const cli = join(installation, 'dist', 'cli.js');

beforeAll(() => {
  mkdirSync(join(installation, 'dist'));
  symlinkSync(join(repository, 'python'), join(installation, 'python'));
  bundled(
    `import { Command } from 'commander'; import * as sweep from './cli/src/commands/sweep';
     const program = new Command('mindport'); sweep.register(program); void program.parseAsync();`,
    cli,
  );
  writeFileSync(join(programs, 'train.py'), 'import sys\nprint("batch", sys.argv[1])\nsys.exit(1 if sys.argv[1] == "3" else 0)\n');
  writeFileSync(
    join(programs, 'tables.json'),
    JSON.stringify({ name: 'tables', program: ['train.py', '{batch}'], axes: { batch: [1, 2] } }),
  );
});

function mindport(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const env = {
    PATH: process.env['PATH'],
    HOME: state,
    XDG_STATE_HOME: state,
    XDG_CONFIG_HOME: state,
    LANG: 'C.UTF-8',
    MINDPORT_PYTHON: python,
  };
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, 'sweep', ...args], { encoding: 'utf8', env, timeout: 60_000 });
  return { status, stdout, stderr };
}

test('preview, then the same from a file, then how it stands', () => {
  const file = join(programs, 'tables.json');
  const preview = mindport(file, '--dry-run');
  expect(preview).toMatchObject({ status: 0, stderr: '' });
  expect(preview.stdout).toContain(`# tables torch cpux1 b2 @ this machine\n  cd ${programs}\n  ${python} train.py 2\n`);
  expect(readdirSync(state)).toEqual([]);
  const scripts = JSON.parse(mindport(file, '--dry-run', '--json').stdout) as { rows: { scripts: Record<string, string> }[] };
  expect(Object.keys(scripts.rows[0]!.scripts).sort()).toEqual(['cmd.sh', 'job.sh', 'node.sh']);

  const done = mindport(file, '--limit', '2');
  expect(done.status).toBe(0);
  expect(done.stderr).toContain('tables torch cpux1 b1: succeeded');
  expect(mindport('--status', 'tables', '--lang', 'zh-cn').stdout).toContain('本机');
  const rows = JSON.parse(mindport('--status', 'tables', '--json').stdout) as { rows: { state: string }[] };
  expect(rows.rows.map((row) => row.state)).toEqual(['succeeded', 'succeeded']);
});

test('options in place of a file; a row that fails is the exit status; held back and resumed', () => {
  const options = ['--name', 'held', '--batch', '2,3', '--cwd', programs];
  const held = mindport(...options, '--hold', '--json', '--', 'train.py', '{batch}');
  const { id } = JSON.parse(held.stdout) as { id: string };
  expect(mindport('--status', 'held').stdout).toContain('waiting');
  const resumed = mindport('--resume', id.slice(0, 12));
  expect(resumed.status).toBe(1);
  expect(resumed.stdout).toMatch(/held torch cpux1 b2 +this machine +succeeded/);
  expect(resumed.stdout).toMatch(/held torch cpux1 b3 +this machine +failed/);
  expect(mindport('--list').stdout).toContain('held  2 of 2 ended');
});

test.each([
  [['nowhere.json'], 'nowhere.json'],
  [['--status', 'unknown'], 'unknown'],
  [['--batch', '1'], 'program'],
  [['--table', 'table2', '--', 'train.py', '{seed}'], 'seed'],
])('%j is one sentence and exit status 2', (args, told) => {
  const { status, stderr } = mindport(...args);
  expect(status).toBe(2);
  expect(stderr).toContain(told);
  expect(stderr.trim().split('\n')).toHaveLength(1);
});
