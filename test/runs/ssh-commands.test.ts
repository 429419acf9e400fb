/** The commands as a user types them, for a machine of the settings behind a real sshd. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RunEngine } from '../../runs/src/engine';
import { processesOfRun, signal } from '../../runs/src/processes';
import { bundled, folder, python, repository, until } from './scene';
import { sshScene } from './ssh/scene';

const { server, link } = sshScene();
const installation = folder();
const cli = join(installation, 'dist', 'cli.js');
const config = folder();
const runtime = folder();
const state = folder();
const remote = folder();
const data = folder();
const cwd = folder();
const environment = {
  PATH: process.env['PATH'],
  HOME: folder(),
  XDG_CONFIG_HOME: config,
  XDG_RUNTIME_DIR: runtime,
  XDG_STATE_HOME: state,
  LANG: 'C.UTF-8',
};

function settings(value: object): void {
  mkdirSync(join(config, 'mindport'), { recursive: true });
  writeFileSync(join(config, 'mindport', 'machines.json'), JSON.stringify(value), { mode: 0o600 });
}

const usual = (more: object = {}): object => ({
  host: 'host',
  root: remote,
  data: { data },
  environments: { torch: { python, variables: { FROM_SETTINGS: 'yes' } } },
  ...more,
});

beforeAll(() => {
  mkdirSync(join(installation, 'dist'));
  symlinkSync(join(repository, 'python'), join(installation, 'python'));
  const commands = ['run', 'runs', 'logs', 'cancel', 'results', 'machines'];
  const imports = commands.map((name) => `import * as ${name} from './cli/src/commands/${name}';`);
  bundled(
    `import { Command } from 'commander'; ${imports.join('\n')}
     const program = new Command('mindport');
     for (const command of [${commands.join(', ')}]) command.register(program);
     void program.parseAsync();`,
    cli,
  );
  settings({ machines: { box: usual() }, ssh: { config: server().config('cli', server().ports.bash) } });
  writeFileSync(join(data, 'field'), 'era5');
  writeFileSync(
    join(cwd, 'train.py'),
    `import importlib.util, os, sys
import mindport_run
assert importlib.util.find_spec('mindport_ops') and importlib.util.find_spec('mindport_metrics.__main__')
print(os.environ['FROM_SETTINGS'], open('data/field').read(), sys.argv[1:], flush=True)
for epoch in range(1, 9):
    print(f'Time taken for epoch {epoch} is 10 sec')
    print(f'Train loss: {1 / min(epoch, 3)}. Valid loss: {2 / min(epoch, 3)}')
`,
  );
  writeFileSync(join(cwd, 'wait.py'), "import time\nprint('up', flush=True)\ntime.sleep(600)\n");
  writeFileSync(join(cwd, '.env'), 'PASSWORD=1');
});

afterAll(async () => {
  const sockets = existsSync(join(runtime, 'mindport')) ? readdirSync(join(runtime, 'mindport')) : [];
  for (const name of sockets) spawnSync('ssh', ['-S', join(runtime, 'mindport', name), '-O', 'exit', 'host'], { timeout: 3000 });
  const local = new RunEngine({ root: remote, helper: null });
  for (const { id } of (await local.list()).runs) for (const pid of await processesOfRun(id)) signal(pid, 'SIGKILL');
});

function mindport(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], {
    encoding: 'utf8',
    env: environment,
    cwd,
    timeout: 90_000,
  });
  return { status, stdout, stderr };
}

describe('commands for another machine', () => {
  test('a preview shows what would be sent and executed, and does nothing', () => {
    const shown = mindport('run', '--on', 'box', '--kind', 'train', '--dry-run', '--', 'train.py', "it's $(x)");
    expect(shown.status).toBe(0);
    for (const part of [
      'ssh -T',
      '-- host',
      'train.py',
      `${remote}/runs/`,
      `data -> ${data}`,
      "'it'\\''s $(x)'",
      'cmd.sh',
      'job.sh',
      '.env',
    ]) {
      expect(shown.stdout).toContain(part);
    }
    const json = JSON.parse(mindport('run', '--on', 'box', '--kind', 'train', '--dry-run', '--json', '--', 'train.py').stdout);
    expect(json.sent.map((file: { path: string }) => file.path)).toEqual(['train.py', 'wait.py']);
    expect(json.leftOut).toEqual([{ path: '.env', why: 'secret' }]);
    expect(json.spec).toMatchObject({ machine: 'box', cwd: 'work', argv: [python, 'train.py'], env: { FROM_SETTINGS: 'yes' } });
    expect(readdirSync(remote)).toEqual([]);
    expect(mindport('run', '--on', 'box', '--kind', 'train', '--dry-run', '--lang', 'zh-cn', '--', 'train.py').stdout).toContain(
      '未发送也未执行',
    );
  });

  test('run, list, log and results', () => {
    const trained = mindport('run', '--on', 'box', '--kind', 'train', '--name', 'gcm', '-f', '--', 'train.py', '-x');
    expect(trained).toMatchObject({ status: 0, stderr: expect.stringContaining('Run gcm: succeeded.') });
    expect(trained.stderr).toContain('Not sent: .env');
    expect(trained.stdout).toContain("yes era5 ['-x']");
    const [run] = JSON.parse(mindport('runs', '--on', 'box', '--json').stdout);
    expect(run).toMatchObject({ name: 'gcm', state: 'succeeded', machine: 'box', link: 'connected' });
    expect(mindport('runs').stdout).toContain('No runs yet');
    expect(mindport('runs', '--all').stdout).toMatch(/box +[0-9A-Z]{26} +gcm/);
    expect(mindport('logs', '--on', 'box', 'gcm').stdout).toContain('Time taken for epoch 8');
    const pieces = mindport('logs', '--on', 'box', 'gcm', '-f', '--json').stdout.trim().split('\n').map((line) => JSON.parse(line)); // prettier-ignore
    expect(pieces.at(-1)).toMatchObject({ type: 'state', state: 'succeeded', exitCode: 0 });
    expect(mindport('results', 'box:gcm', '--format', 'json').stdout).toContain('"trainingSeconds"');
    expect(mindport('results', '--on', 'box', 'gcm').stdout).toMatch(/training time s +30/);
  });

  test('a run of this machine and one of another stand beside each other', () => {
    const here = mindport(
      'run',
      '--kind',
      'train',
      '--name',
      'here',
      '--python',
      python,
      '--env',
      'FROM_SETTINGS=no',
      '-f',
      '--',
      'train.py',
    );
    expect(here.status).toBe(1);
    const rows = JSON.parse(mindport('results', 'here', 'box:gcm', '--baseline', 'box:gcm', '--format', 'json').stdout).runs;
    expect(rows).toHaveLength(2);
  });

  test('cancel, from a client that knows nothing of the run', async () => {
    const child = spawn(process.execPath, [cli, 'run', '--on', 'box', '--kind', 'train', '--name', 'long', '-f', '--', 'wait.py'], {
      cwd,
      env: environment,
    });
    let out = '';
    child.stdout.on('data', (text) => (out += text));
    await until('the first line', () => out.includes('up'));
    child.kill('SIGKILL');
    const cancelled = mindport('cancel', '--on', 'box', 'long', '--grace', '1');
    expect(cancelled).toMatchObject({ status: 0, stdout: expect.stringContaining('none left') });
    expect(mindport('cancel', '--on', 'box', 'long')).toMatchObject({ status: 2, stderr: expect.stringContaining('already ended') });
  });

  test('a machine that is not reached: the reason, what was seen last, exit status 1', async () => {
    const wire = await link();
    const { port } = wire;
    wire.close();
    settings({ machines: { box: usual() }, ssh: { config: server().config('closed', port) } });
    const listed = mindport('runs', '--on', 'box');
    expect(listed).toMatchObject({ status: 1, stderr: expect.stringContaining('refused') });
    expect(listed.stdout).toContain('gcm');
    expect(mindport('runs', '--on', 'box', '--lang', 'zh-cn').stderr).toContain('拒绝连接');
    expect(mindport('logs', '--on', 'box', 'gcm')).toMatchObject({ status: 2, stdout: '' });
    settings({ machines: { box: usual() }, ssh: { config: server().config('cli', server().ports.bash) } });
  });

  test.each([
    [['run', '--on', '-oProxyCommand=id', '--kind', 'train', '--', 'train.py'], 'not a host name'],
    [['run', '--on', 'box', '--', 'train.py'], '--kind'],
    [['run', '--on', 'box', '--kind', 'train', '--environment', 'jax', '--', 'train.py'], 'no environment "jax"'],
    [['run', '--on', 'box', '--kind', 'train'], 'No program'],
    [['machines', 'chekc'], 'chekc'],
  ])('%j is refused in a sentence', (args, words) => {
    const answer = mindport(...args);
    expect(answer).toMatchObject({ status: 2, stdout: '' });
    expect(answer.stderr).toContain(words);
  });

  test('nothing of the folder one stands in is read as settings', () => {
    mkdirSync(join(cwd, '.mindport'), { recursive: true });
    mkdirSync(join(cwd, 'mindport'), { recursive: true });
    for (const place of ['machines.json', '.mindport/machines.json', 'mindport/machines.json']) {
      writeFileSync(join(cwd, place), JSON.stringify({ machines: { evil: { host: 'evil' } } }));
    }
    expect(mindport('machines').stdout).not.toContain('evil');
    expect(mindport('machines').stdout).toMatch(/box +host/);
  });
});

describe('Check Machine', () => {
  const findings = (machine: object): { id: string; subject: string | null; status: string; text: string; fix: string | null }[] => {
    settings({ machines: { box: machine }, ssh: { config: server().config('cli', server().ports.bash) } });
    return JSON.parse(mindport('machines', 'check', 'box', '--json').stdout)[0].findings;
  };

  test('a machine that has everything', () => {
    const found = findings(usual({ environments: {} }));
    expect(found.filter(({ status }) => status === 'failed')).toEqual([]);
    expect(found.map(({ id }) => id)).toEqual(['login', 'shell', 'disk', 'clock', 'logout', 'data']);
    expect(mindport('machines', 'check').status).toBe(0);
  });

  test('each thing that is missing is named, with what to do', () => {
    const script = join(folder(), 'python');
    writeFileSync(script, '#!/bin/sh\necho \'{"python": "3.9"}\'\necho \'@@{"python": "3.9.1", "version": "2.1", "devices": 1}\'\n', {
      mode: 0o755,
    });
    const found = findings(
      usual({
        data: { era5: '/no/such/data' },
        chips: { 'dcu-z100l': 4 },
        environments: {
          none: { python: '/no/python' },
          broken: { source: ['/no/set_env.sh'] },
          torch: { python: script },
          other: { python: '/bin/false' },
        },
      }),
    );
    const told = (id: string, subject: string | null = null): string => {
      const one = found.find((finding) => finding.id === id && finding.subject === subject)!;
      expect(one.fix, id).toBeTruthy();
      return `${one.status}: ${one.text}`;
    };
    expect(told('data', 'era5')).toMatch(/^failed: .*\/no\/such\/data/);
    expect(told('environment', 'none')).toMatch(/^failed: .*\/no\/python was not found/);
    expect(told('environment', 'broken')).toMatch(/^failed: .*set_env\.sh/);
    expect(told('environment', 'torch')).toMatch(/^failed: .*torch 2\.1 sees 1 devices, the settings say 4/);
    expect(told('environment', 'other')).toMatch(/^failed: .*cannot import torch/);
  });

  test('a root that cannot be written, a scheduler that is not there', () => {
    const file = join(folder(), 'file');
    writeFileSync(file, '');
    const found = findings(usual({ root: file, environments: {}, slurm: { partition: 'x' } }));
    expect(found.find(({ id }) => id === 'disk')).toMatchObject({ status: 'failed', fix: expect.stringContaining('root') });
    const scheduler = found.find(({ id }) => id === 'scheduler')!;
    expect(scheduler.fix).toBeTruthy();
    expect(scheduler.status).toBe('failed');
  });

  test('a login that fails ends the check with what ssh makes of the name', () => {
    settings({
      machines: { box: usual() },
      ssh: { config: server().config('unknown', server().ports.bash, [`IdentityFile ${join(server().folder, 'other_id')}`]) },
    });
    const answer = mindport('machines', 'check', 'box');
    expect(answer.status).toBe(1);
    expect(answer.stdout).toMatch(/✗ .*did not let you in/);
    expect(answer.stdout).toContain('@127.0.0.1:');
  });

  test('an unknown host is shown, and trusted by its fingerprint', () => {
    const known = `UserKnownHostsFile ${join(folder(), 'known_hosts')}`;
    settings({ machines: { box: usual({ environments: {} }) }, ssh: { config: server().config('new', server().ports.bash, [known]) } });
    expect(mindport('machines', 'check', 'box').stdout).toMatch(/✗ .*not known yet: ssh-ed25519 SHA256:/);
    const shown = mindport('machines', 'trust', 'box');
    expect(shown.status).toBe(1);
    const fingerprint = /--fingerprint (SHA256:\S+)/.exec(shown.stdout)![1]!;
    const other = mindport('machines', 'trust', 'box', '--fingerprint', `SHA256:${'A'.repeat(43)}`);
    expect(other).toMatchObject({ status: 2, stdout: '' });
    expect(mindport('machines', 'trust', 'box', '--fingerprint', fingerprint).status).toBe(0);
    expect(mindport('machines', 'check', 'box').status).toBe(0);
  });
});
