/** Settings of machines: what is accepted, what is refused with its place, and the shell text made of them. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import { describe, expect, test } from 'vitest';
import { type RunError } from '../../runs/src/errors';
import { setupText } from '../../runs/src/machines/environment';
import { prepare } from '../../runs/src/machines/prepare';
import { findMachine, parseSettings, readSettings, settingsPath } from '../../runs/src/machines/settings';
import { checkHost, defaultControlFolder, sshWords } from '../../runs/src/transports/ssh/command';
import { folder, repository } from './scene';

const full = {
  machines: {
    hpc: {
      host: 'me@login.hpc',
      root: '/srv/me/mindport/',
      chips: { 'dcu-z100l': 4 },
      launcher: 'torchrun',
      environments: {
        torch: { modules: ['dtk/24.04'], venv: '/srv/me/venv', variables: { A: '' } },
        mindspore: { container: ['apptainer', 'exec', 'ms.sif'] },
      },
      slurm: { partition: 'dcu', account: 'p1', gres: 'dcu:4', minutes: 60 },
      data: { 'data/era5': '/data/era5' },
      sync: { largestMB: 50, ignore: ['out'] },
    },
    here: { slurm: {} },
  },
  ssh: { program: '/usr/bin/ssh' },
};

describe('settings', () => {
  test('are read with their defaults', () => {
    const { machines, ssh } = parseSettings(full);
    expect(machines.map(({ name, host, root }) => [name, host, root])).toEqual([
      ['hpc', 'me@login.hpc', '/srv/me/mindport'],
      ['here', null, '~/.mindport'],
    ]);
    expect(machines[0]).toMatchObject({ slurm: { partition: 'dcu', minutes: 60, exclusive: false }, sync: { largestAll: 50_000_000 } });
    expect(machines[0]!.environments['torch']).toMatchObject({ python: 'python3', conda: null, container: [] });
    expect(ssh.program).toBe('/usr/bin/ssh');
    expect(parseSettings({})).toEqual({ machines: [], ssh: {} });
  });

  test.each([
    [{ machines: { a: { host: '-oProxyCommand=x' } } }, 'error.bad_host'],
    [{ machines: { a: { host: 'a b' } } }, 'error.bad_host'],
    [{ machines: { a: { host: 'a;id' } } }, 'error.bad_host'],
    [{ machines: { a: { root: 'relative' } } }, 'a.root'],
    [{ machines: { a: { root: '/a\nb' } } }, 'a.root'],
    [{ machines: { a: { hots: 'x' } } }, 'a.hots'],
    [{ machines: { '$(id)\n': {} } }, '$(id)\n'],
    [{ machines: { a: { chips: { x: 0 } } } }, 'a.chips.x'],
    [{ machines: { a: { launcher: 'mpirun' } } }, 'a.launcher'],
    [{ machines: { a: { environments: { t: { modules: ['x; id'] } } } } }, 'a.environments.t.modules'],
    [{ machines: { a: { environments: { t: { python: '-c' } } } } }, 'a.environments.t.python'],
    [{ machines: { a: { environments: { t: { venv: 7 } } } } }, 'a.environments.t.venv'],
    [{ machines: { a: { slurm: { partition: 'x y' } } } }, 'a.slurm.partition'],
    [{ machines: { a: { slurm: { gres: '$(id)' } } } }, 'a.slurm.gres'],
    [{ machines: { a: { data: { '../up': '/x' } } } }, 'a.data.../up'],
    [{ machines: { a: { data: { d: 'relative' } } } }, 'a.data.d'],
    [{ machines: [] }, 'machines'],
    ['text', 'settings'],
  ])('%j is refused with its place', (value, place) => {
    let error: unknown;
    try {
      parseSettings(value);
    } catch (thrown) {
      error = thrown;
    }
    if (place.startsWith('error.')) expect(error).toMatchObject({ key: place });
    else expect(error).toMatchObject({ args: { field: place } });
  });

  test('a file others may write to is not used; a missing one means none; the path is the user’s', async () => {
    const path = join(folder(), 'machines.json');
    expect(await readSettings(path)).toEqual({ machines: [], ssh: {} });
    writeFileSync(path, JSON.stringify(full));
    chmodSync(path, 0o600);
    expect((await readSettings(path)).machines).toHaveLength(2);
    chmodSync(path, 0o666);
    await expect(readSettings(path)).rejects.toMatchObject({ key: 'machine.writable' });
    writeFileSync(path, '{');
    chmodSync(path, 0o600);
    await expect(readSettings(path)).rejects.toMatchObject({ key: 'machine.unreadable' });
    expect(settingsPath({ XDG_CONFIG_HOME: '/c' })).toBe('/c/mindport/machines.json');
    expect(settingsPath({ XDG_CONFIG_HOME: 'relative' })).toMatch(/\.config\/mindport\/machines\.json$/);
  });

  test('a name that is not in the settings is a host', () => {
    expect(findMachine(parseSettings({}), 'alias')).toMatchObject({ name: 'alias', host: 'alias', slurm: null });
    expect(() => findMachine(parseSettings({}), '-v')).toThrow();
  });
});

describe('the schema that editors check the settings by', () => {
  interface Schema {
    properties?: Record<string, Schema>;
    additionalProperties?: Schema | false;
  }
  const manifest = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as {
    contributes: { configuration: { properties: Record<string, Schema & { scope?: string }> }[] };
    capabilities: { untrustedWorkspaces: { restrictedConfigurations: string[] } };
  };
  const properties = Object.assign({}, ...manifest.contributes.configuration.map((part) => part.properties)) as Record<
    string,
    Schema & { scope?: string }
  >;
  const schema: Schema = { properties: { machines: properties['mindport.machines']!, ssh: properties['mindport.ssh']! } };

  test('no workspace can set them', () => {
    for (const name of ['mindport.machines', 'mindport.ssh']) {
      expect(properties[name]!.scope).toBe('machine');
      expect(manifest.capabilities.untrustedWorkspaces.restrictedConfigurations).toContain(name);
    }
  });

  test('accepts what is accepted, the example of the documentation among it', () => {
    const check = new Ajv({ strict: false }).compile(schema);
    const text = /## Machines[\s\S]*?```jsonc\n([\s\S]*?)```/.exec(readFileSync(join(repository, 'docs/runs.md'), 'utf8'))![1]!;
    const example: unknown = JSON.parse(text.replace(/(^|\s)\/\/.*$/gm, ''));
    for (const value of [full, example]) {
      expect(parseSettings(value).machines.length).toBeGreaterThan(0);
      check(value);
      expect(check.errors).toBeNull();
    }
    for (const value of [
      { machines: { a: { chips: { x: 0 } } } },
      { machines: { a: { launcher: 'mpirun' } } },
      { ssh: { programm: 'x' } },
    ]) {
      expect(() => parseSettings(value)).toThrow();
      expect(check(value)).toBe(false);
    }
  });

  test('knows the same fields in every place', () => {
    const known = (value: object): string[] => {
      try {
        parseSettings(value);
      } catch (error) {
        return (error as RunError).args['known']!.split(', ').sort();
      }
      return [];
    };
    const machine = schema.properties!['machines']!.additionalProperties as Schema;
    const environment = machine.properties!['environments']!.additionalProperties as Schema;
    const odd = { odd: 1 };
    const places: [object, Schema][] = [
      [{ ssh: odd }, schema.properties!['ssh']!],
      [{ machines: { a: odd } }, machine],
      [{ machines: { a: { slurm: odd } } }, machine.properties!['slurm']!],
      [{ machines: { a: { sync: odd } } }, machine.properties!['sync']!],
      [{ machines: { a: { environments: { t: odd } } } }, environment],
      [{ machines: { a: { environments: { t: { conda: odd } } } } }, environment.properties!['conda']!],
    ];
    for (const [value, { properties: fields, additionalProperties }] of places) {
      expect(Object.keys(fields!).sort()).toEqual(known(value));
      expect(additionalProperties).toBe(false);
    }
  });
});

describe('the call of ssh', () => {
  test.each(['-oProxyCommand=id', '', ' a', 'a b', 'a;b', 'a\nb', '$(id)', '`id`', '--', 'a/b', "a'b", 'a"b', 'é'])(
    '%j is no host',
    (host) => {
      expect(() => checkHost(host)).toThrow();
    },
  );

  test.each(['host', 'user@host', 'a.b-c_1', 'me@::1', 'fe80::1%eth0'])('%s is one', (host) => expect(checkHost(host)).toBe(host));

  test('the host follows --, batch mode and the alive interval are set, the connection is shared where that works', () => {
    const words = sshWords({ host: 'h', controlFolder: '/run/x' }, 'command');
    expect(words.slice(-3)).toEqual(['--', 'h', 'command']);
    expect(words).toContain('BatchMode=yes');
    expect(words).toContain('ServerAliveInterval=15');
    expect(words.find((word) => word.startsWith('ControlPath='))).toMatch(/^ControlPath=\/run\/x\/[0-9a-f]{16}$/);
    expect(sshWords({ host: 'h', controlFolder: null }).some((word) => word.startsWith('Control'))).toBe(false);
    expect(defaultControlFolder({}, 'win32')).toBeNull();
  });

  test('control sockets lie in a folder of this user alone, short enough for a socket', () => {
    const runtime = folder();
    expect(defaultControlFolder({ XDG_RUNTIME_DIR: runtime })).toBe(join(runtime, 'mindport'));
    chmodSync(join(runtime, 'mindport'), 0o777);
    expect(defaultControlFolder({ XDG_RUNTIME_DIR: runtime })).not.toBe(join(runtime, 'mindport'));
    const deep = join(folder(), 'd'.repeat(90));
    mkdirSync(deep);
    expect(defaultControlFolder({ XDG_RUNTIME_DIR: deep })).not.toContain(deep);
  });
});

describe('the environment', () => {
  const environment = (value: object): Parameters<typeof setupText>[0] =>
    parseSettings({ machines: { m: { environments: { e: value } } } }).machines[0]!.environments['e']!;
  const sourced = (text: string, shell = '/bin/sh'): { out: string; code: number } => {
    const path = join(folder(), 'setup.sh');
    writeFileSync(path, text);
    try {
      return {
        out: execFileSync(shell, ['-c', `. ${path} && echo "ready $WHERE"`], {
          encoding: 'utf8',
          stdio: 'pipe',
          env: { PATH: process.env['PATH'] },
        }),
        code: 0,
      };
    } catch (error) {
      return { out: String((error as { stderr: string }).stderr), code: (error as { status: number }).status };
    }
  };

  test.each(['/bin/sh', '/bin/bash'])('scripts are sourced in order by %s, a name with quotes is a name', (shell) => {
    const base = join(folder(), "it's $(here)");
    mkdirSync(join(base, 'bin'), { recursive: true });
    writeFileSync(join(base, 'one.sh'), 'WHERE=one');
    writeFileSync(join(base, 'bin', 'activate'), 'WHERE="$WHERE two"');
    expect(sourced(setupText(environment({ source: [join(base, 'one.sh')], venv: base })), shell)).toEqual({
      out: 'ready one two\n',
      code: 0,
    });
  });

  test('the step that fails is named', () => {
    const found = sourced(setupText(environment({ source: ['/no/such/script'] })), '/bin/bash');
    expect(found.code).not.toBe(0);
    expect(found.out).toContain('/no/such/script');
    expect(sourced(setupText(environment({ modules: ['cuda/12'] }))).out).toContain('module load cuda/12');
    expect(setupText(environment({}))).toBe('');
  });
});

describe('a run made ready for a machine', () => {
  const settings = parseSettings(full);
  const hpc = findMachine(settings, 'hpc');
  const wish = {
    kind: 'train' as const,
    name: 'x',
    words: ['train.py', '-n', '1'],
    cwd: null,
    python: null,
    environment: null,
    launch: null,
  };

  test('environment by framework, interpreter in front, scheduler and launcher of the machine, data linked', async () => {
    const base = folder();
    writeFileSync(join(base, 'train.py'), '');
    const { draft, delivery, choice } = await prepare(hpc, { ...wish, folder: base, target: { framework: 'torch', devices: 4 } });
    expect(draft).toMatchObject({
      argv: ['python3', 'train.py', '-n', '1'],
      cwd: 'work',
      python: 'python3',
      target: { chip: 'dcu-z100l', devices: 4 },
    });
    expect(draft.launch).toMatchObject({ launcher: 'torchrun', slurm: { partition: 'dcu', gres: 'dcu:4' } });
    expect(draft.setup).toContain("module load 'dtk/24.04'");
    expect(delivery.links).toEqual({ 'data/era5': '/data/era5' });
    expect(choice!.files).toHaveLength(1);
    const inContainer = await prepare(hpc, { ...wish, folder: base, target: { framework: 'mindspore' } });
    expect(inContainer.draft.within).toEqual(['apptainer', 'exec', 'ms.sif']);
  });

  test('what cannot be is said first', async () => {
    const base = folder();
    await expect(prepare(hpc, { ...wish, folder: base, target: { devices: 5 } })).rejects.toMatchObject({
      key: 'machine.too_many_devices',
    });
    await expect(prepare(hpc, { ...wish, folder: base, environment: 'jax' })).rejects.toMatchObject({ key: 'machine.no_environment' });
    await expect(prepare(hpc, { ...wish, folder: null })).rejects.toMatchObject({ key: 'machine.no_folder' });
    await expect(prepare(hpc, { ...wish, words: [], folder: base })).rejects.toMatchObject({ key: 'error.no_program' });
  });
});
