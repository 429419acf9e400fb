/** The commands as a user types them, in processes of their own. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { bundled, engineIn, folder, python, repository, until } from './scene';

const installation = folder();
const root = folder();
const cwd = folder();
const cli = join(installation, 'dist', 'cli.js');

beforeAll(() => {
  mkdirSync(join(installation, 'dist'));
  symlinkSync(join(repository, 'python'), join(installation, 'python'));
  const commands = ['run', 'runs', 'logs', 'cancel', 'results'];
  const imports = commands.map((name) => `import * as ${name} from './cli/src/commands/${name}';`);
  bundled(
    `import { Command } from 'commander'; ${imports.join('\n')}
     const program = new Command('mindport');
     for (const command of [${commands.join(', ')}]) command.register(program);
     void program.parseAsync();`,
    cli,
  );
  writeFileSync(
    join(cwd, 'train.py'),
    `import sys
for epoch in range(1, 9):
    print(f'Time taken for epoch {epoch} is {float(sys.argv[1])} sec')
    print(f'Train loss: {1 / min(epoch, 3)}. Valid loss: {2 / min(epoch, 3)}')
`,
  );
  writeFileSync(
    join(cwd, 'infer.py'),
    `import sys
for step in range(1, 5):
    print('inference one step time:', 0.5)
    print(f'Predicted timestep {step} of 4. t2m RMS Error: {step / 10}, ACC: {1 - step / 10}')
print('\\x1b]0;title\\x07warned', file=sys.stderr)
`,
  );
});

function mindport(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], XDG_STATE_HOME: root, LANG: 'C.UTF-8' };
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], { encoding: 'utf8', env, timeout: 60_000 });
  return { status, stdout, stderr };
}

const run = (kind: string, framework: string, ...program: string[]): ReturnType<typeof mindport> =>
  mindport(
    'run',
    '--kind',
    kind,
    '--name',
    'gcm',
    '--framework',
    framework,
    '--python',
    python,
    '--cwd',
    cwd,
    '--batch',
    '2',
    '--seed',
    '1',
    '-f',
    '--',
    ...program,
  );

describe('commands', () => {
  test('train and infer in two frameworks, then compare', () => {
    for (const [framework, seconds] of [['torch', '10'], ['mindspore', '9']] as const) {
      const trained = run('train', framework, 'train.py', seconds);
      expect(trained).toMatchObject({ status: 0, stderr: expect.stringContaining('Run gcm: succeeded.') });
      expect(trained.stdout.split('\n')[0]).toMatch(/^[0-9A-Z]{26}$/);
      expect(trained.stdout).toContain('Time taken for epoch 8 is');
      const inferred = run('infer', framework, 'infer.py');
      expect(inferred.status).toBe(0);
      expect(inferred.stderr).toMatch(/^warned$/m);
    } // prettier-ignore

    const table = mindport('results', 'gcm').stdout;
    expect(table).toMatch(/^training time s +30 +27 \(-10\.0 %\)$/m);
    expect(table).toMatch(/^inference s\/step +0\.5 +0\.5 \(\+0\.0 %\)$/m);
    expect(table).toMatch(/^RMSE +0\.4 \(t2m 24 h\)/m);
    expect(table).toMatch(/^kind +train\+infer +train\+infer$/m);
    expect(mindport('results', 'gcm', '--lang', 'zh-cn').stdout).toContain('收敛轮次');

    const json = JSON.parse(mindport('results', 'gcm', '--format', 'json').stdout);
    expect(json.runs).toHaveLength(2);
    expect(json.runs[0]).toMatchObject({ framework: 'PyTorch', chip: 'cpu', batch: 2, seed: 1, trainingSeconds: { value: 30 } });
    const strict = JSON.parse(mindport('results', 'gcm', '--format', 'json', '--window', '2', '--epsilon', '0.6').stdout);
    expect(strict.convergence).toEqual({ window: 2, epsilon: 0.6 });
    expect(strict.runs[0].convergenceEpoch.value).toBe(2);
    expect(mindport('results', 'gcm', '--format', 'csv').stdout.split('\r\n')).toHaveLength(4);
    expect(mindport('results', 'gcm', '--format', 'markdown').stdout).toContain('| 27 (-10.0 %) |');

    const listed = JSON.parse(mindport('runs', '--json').stdout);
    expect(listed.map((entry: { kind: string; state: string }) => [entry.kind, entry.state])).toEqual(
      ['infer', 'train', 'infer', 'train'].map((kind) => [kind, 'succeeded']),
    );
    expect(mindport('runs').stdout).toMatch(/gcm +infer +mindspore +cpu +succeeded/);
    expect(mindport('logs', listed[0].id).stdout).toContain('Predicted timestep 4 of 4');
  });

  test('the report is one file with page and data, and says when the page is not built', () => {
    const page = join(folder(), 'results.html');
    expect(mindport('results', 'gcm', '--format', 'html', '-o', page)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('webview.js'),
    });
    writeFileSync(join(installation, 'dist', 'webview.js'), 'globalThis.page = 1;');
    writeFileSync(join(installation, 'dist', 'webview.css'), 'body { color: teal }');
    expect(mindport('results', 'gcm', '--format', 'html', '-o', page).status).toBe(0);
    const html = readFileSync(page, 'utf8');
    for (const part of ['globalThis.page = 1;', 'color: teal', '"trainingSeconds"']) expect(html).toContain(part);
  });

  test('a program that fails makes the command fail, with its reason', () => {
    const failed = mindport('run', '--kind', 'train', '--python', python, '--cwd', cwd, '-f', '--', 'train.py');
    expect(failed.status).toBe(1);
    expect(failed.stderr).toMatch(/failed\. Exit status 1\. IndexError: list index out of range\n$/);
  });

  test.each([
    [['run', '--kind', 'train', '--', 'train.py'], 'No Python interpreter'],
    [['run', '--kind', 'train'], 'No program'],
    [['run', '--kind', 'train', '--python', '/none', '--', 'train.py'], 'no Python interpreter at /none'],
    [['run', '--kind', 'train', '--cwd', '/none', '--', 'true'], 'folder /none'],
    [['run', '--kind', 'train', '--env', 'x', '--', 'true'], '--env'],
    [['run', '--kind', 'train', '--env', 'A_TOKEN=x', '--', 'true'], 'secret'],
    [['logs', 'nobody'], 'no run "nobody"'],
    [['cancel', '../../etc'], 'no run'],
    [['results'], '--all'],
    [['results', 'gcm', '--baseline', 'nobody'], 'no run "nobody"'],
  ])('%j is refused in a sentence', (args, words) => {
    const answer = mindport(...args);
    expect(answer).toMatchObject({ status: 2, stdout: '' });
    expect(answer.stderr).toContain(words);
    expect(answer.stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  test('an interrupted follow leaves the run going on; cancel ends it', async () => {
    writeFileSync(join(cwd, 'wait.py'), "import time\nprint('up', flush=True)\ntime.sleep(600)\n");
    const args = ['run', '--kind', 'train', '--name', 'long', '--root', root, '--python', python, '--cwd', cwd, '-f', '--', 'wait.py'];
    const child = spawn(process.execPath, [cli, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, LANG: 'C' } });
    let [out, err] = ['', ''];
    child.stdout.on('data', (data) => (out += data));
    child.stderr.on('data', (data) => (err += data));
    await until('the program’s first line', () => out.includes('up'));
    child.kill('SIGINT');
    await until('end of the command', () => child.exitCode !== null);
    expect(child.exitCode).toBe(130);
    expect(err).toContain('The run goes on.');
    const engine = engineIn(root);
    expect((await engine.status(await engine.find('long'))).state).toBe('running');
    const cancelled = mindport('cancel', 'long', '--root', root);
    expect(cancelled).toMatchObject({ status: 0, stdout: expect.stringContaining('none left') });
    expect(mindport('cancel', 'long', '--root', root)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('already ended (cancelled)'),
    });
  });
});
