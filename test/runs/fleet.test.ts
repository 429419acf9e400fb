/** All machines at once: what is shown of them while they answer and while they do not, candidates, settings of two sources, what a form chose. */
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type RunChoice, hasSampler, preparedChoice, usualLauncher } from '../../runs/src/machines/choice';
import { Fleet } from '../../runs/src/machines/fleet';
import { chipsHere, devicesHere } from '../../runs/src/machines/here';
import { type Settings, addMachine, findMachine, joinSettings, parseSettings, readSettings } from '../../runs/src/machines/settings';
import { noteRun } from '../../runs/src/machines/seen';
import { sshHosts } from '../../runs/src/machines/ssh-hosts';
import { chosenRows, describeSweep, typedAxes, untold } from '../../runs/src/sweep/choice';
import { planSweep } from '../../runs/src/sweep/plan';
import { progressOf } from '../../runs/src/sweep/progress';
import { loginWords } from '../../runs/src/transports/ssh/command';
import { folder, python, repository, until } from './scene';
import { type FaultyLink } from './ssh/faulty-link';
import { sshScene } from './ssh/scene';

const scene = sshScene();

interface Boxed {
  fleet: Fleet;
  link: FaultyLink;
  settings: () => Settings;
  /** how often something has changed */
  changes: () => number;
}

/** A fleet with one machine, `box`, behind a link that can be broken. */
async function boxed(root = folder(), there = folder()): Promise<Boxed> {
  const link = await scene.link();
  let count = 0;
  const config = scene.server().config(`fleet-${link.port}`, link.port);
  const box = { host: 'host', root: there, environments: { torch: { python } } };
  const settings = (): Settings => parseSettings({ machines: { box }, ssh: { config } });
  const options = {
    root,
    packages: join(repository, 'python'),
    language: 'en' as const,
    settings: async () => settings(),
    changed: () => (count += 1),
  };
  const fleet = new Fleet({ ...options, backoff: [30, 60, 120], timings: { connectMs: 10_000, answerMs: 1500 } });
  onTestFinished(() => fleet.close());
  await fleet.load();
  return { fleet, link, settings, changes: () => count };
}

const choice = (more: Partial<RunChoice> = {}): RunChoice => {
  const program = folder();
  writeFileSync(join(program, 'train.py'), 'print("done")\n');
  const target = { framework: 'torch' as const, chip: 'cpu', devices: 1, nodes: 1 };
  const rest = { precision: null, batch: null, launcher: null, environment: null, env: {}, telemetry: null };
  return { kind: 'train', name: 'n', group: 'g', words: ['train.py'], folder: program, ...target, ...rest, ...more };
};

describe('a fleet', () => {
  test('a run of another machine is shown as seen last while the link fails, and as it is when the link is back', async () => {
    const { fleet, link, changes } = await boxed();
    expect(fleet.states().map(({ name, link }) => [name, link])).toEqual([[null, 'connected'], ['box', null]]); // prettier-ignore
    const { draft, delivery } = await preparedChoice(choice(), fleet.machine('box'), null);
    const engine = fleet.engine('box');
    const spec = await engine.createRun(draft, delivery);
    await fleet.refresh('box');
    expect(fleet.find(spec.id)).toMatchObject({ machine: 'box', status: { state: 'draft', link: 'connected' } });
    const seenAt = fleet.state('box')!.seenAt!;

    link.refuse();
    await fleet.refresh('box');
    expect(fleet.state('box')).toMatchObject({ link: expect.stringMatching(/^(offline|reconnecting)$/), seenAt });
    // what goes on there is not known: the state stays, the link is told beside it
    expect(fleet.find(spec.id)!.status).toMatchObject({ state: 'draft', link: fleet.state('box')!.link });

    link.heal();
    // tried again by itself
    await until('the link', () => fleet.state('box')!.link === 'connected');
    await engine.start(spec.id);
    await until('the end', async () => {
      await fleet.refresh('box');
      return fleet.find(spec.id)?.status.state === 'succeeded';
    });
    expect(fleet.state('box')!.problem).toBeNull();
    const told = changes();
    await fleet.refresh('box');
    // nothing new is no reason to draw anew
    expect(changes()).toBe(told);
  });

  test('another window finds the runs before the machine has answered', async () => {
    const root = folder();
    const first = await boxed(root);
    const { draft, delivery } = await preparedChoice(choice(), first.fleet.machine('box'), null);
    const { id } = await first.fleet.engine('box').createRun(draft, delivery);
    await first.fleet.refresh('box');
    const second = new Fleet({ root, packages: join(repository, 'python'), language: 'en', settings: async () => first.settings() });
    onTestFinished(() => second.close());
    await second.load();
    expect(second.state('box')).toMatchObject({ link: null, seenAt: expect.any(Number) });
    expect(second.active().map(({ status, machine }) => [machine, status.id])).toEqual([['box', id]]);
  });

  test('what needs a person is not tried again by itself', async () => {
    const config = scene.server().config('fleet-stranger', scene.server().ports.sh, ['HostKeyAlias nobody-knows']);
    const settings = async (): Promise<Settings> => parseSettings({ machines: { box: { host: 'host' } }, ssh: { config } });
    const fleet = new Fleet({ root: folder(), packages: '', language: 'en', settings, backoff: [1] });
    onTestFinished(() => fleet.close());
    await fleet.load();
    await fleet.refresh('box');
    expect(fleet.state('box')).toMatchObject({ link: 'auth_needed', problem: { key: 'link.hostkey_unknown' } });
    const { problem } = fleet.state('box')!;
    await fleet.wake();
    // one that was asked again would say so anew
    expect(fleet.state('box')!.problem).toBe(problem);
    await fleet.retry('box');
    expect(fleet.state('box')!.problem).not.toBe(problem);
  });

  test('a machine that is not in the settings any more goes; one that changed gets another engine', async () => {
    let machines: object = { a: { host: 'h', root: '/a' }, b: { host: 'i' } };
    const settings = async (): Promise<Settings> => parseSettings({ machines });
    const fleet = new Fleet({ root: folder(), packages: '', language: 'en', settings });
    await fleet.load();
    const [a, b] = [fleet.engine('a'), fleet.engine('b')];
    machines = { a: { host: 'h', root: '/other' } };
    await fleet.load();
    expect(fleet.states().map(({ name }) => name)).toEqual([null, 'a']);
    expect(fleet.engine('a')).not.toBe(a);
    machines = { a: { host: 'h', root: '/other' }, b: { host: 'i' } };
    await fleet.load();
    expect(fleet.engine('b')).not.toBe(b);
    await fleet.close();
  });
});

describe('where machines come from', () => {
  test('hosts of the ssh configuration: plain names, includes, no patterns, nothing that could be an option', async () => {
    const base = folder();
    const path = join(base, 'config');
    mkdirSync(join(base, 'more'));
    writeFileSync(
      path,
      `# Host commented\nHost one "two" *.lan !three -oProxyCommand=x # four\n  HostName h\nhost=five\nMatch host six\nInclude ${join(base, 'more')}/*.conf\nInclude ${path}\nInclude missing\n`,
    );
    writeFileSync(join(base, 'more', 'a.conf'), 'HOST seven one\n');
    writeFileSync(join(base, 'more', 'b.txt'), 'Host eight\n');
    expect(await sshHosts(path)).toEqual(['one', 'two', 'five', 'seven']);
    expect(await sshHosts(join(base, 'none'))).toEqual([]);
  });

  test('the file and the setting: a name of both is that of the file', () => {
    const file = parseSettings({ machines: { a: { host: 'of-file' } }, ssh: { config: '/f' } });
    const editor = parseSettings({ machines: { a: { host: 'of-setting' }, b: {} }, ssh: { config: '/e', program: '/ssh' } });
    const joined = joinSettings(file, editor);
    expect(joined.machines.map(({ name, host }) => [name, host])).toEqual([['a', 'of-file'], ['b', null]]); // prettier-ignore
    expect(joined).toMatchObject({ ssh: { config: '/f', program: '/ssh' }, fromEditor: ['b'], hidden: ['a'] });
  });

  test('adding one keeps what is there; a file others may write to, or that is broken, is left alone', async () => {
    const path = join(folder(), 'deep', 'machines.json');
    await addMachine(path, 'a', { host: 'a' });
    await addMachine(path, 'b', { host: 'b', chips: { nvidia: 1 } });
    await addMachine(path, 'a', { host: 'other' });
    expect((await readSettings(path)).machines.map(({ name, host }) => [name, host])).toEqual([['a', 'a'], ['b', 'b']]); // prettier-ignore
    expect(statSync(path).mode & 0o777).toBe(0o600);
    await expect(addMachine(path, 'c', { host: '-oProxyCommand=x' })).rejects.toMatchObject({ key: 'error.bad_host' });
    chmodSync(path, 0o666);
    await expect(addMachine(path, 'c', { host: 'c' })).rejects.toMatchObject({ key: 'machine.writable' });
    chmodSync(path, 0o600);
    writeFileSync(path, '{ "machines"');
    await expect(addMachine(path, 'c', { host: 'c' })).rejects.toMatchObject({ key: 'machine.unreadable' });
    expect(readFileSync(path, 'utf8')).toBe('{ "machines"');
  });

  test('devices of this machine are counted by their files', async () => {
    const dev = folder();
    for (const name of ['nvidia0', 'nvidia1', 'nvidiactl', 'davinci7', 'davinci_manager', 'tty0']) writeFileSync(join(dev, name), '');
    expect(await devicesHere('gpu', dev)).toEqual([0, 1]);
    expect(await devicesHere('npu', dev)).toEqual([7]);
    expect(await devicesHere('dcu', dev)).toBeNull();
    expect(await chipsHere(dev)).toEqual({ nvidia: 2, ascend910b: 1 });
    expect(await chipsHere(join(dev, 'none'))).toEqual({});
  });
});

describe('what a form chose', () => {
  const box = findMachine(
    parseSettings({
      machines: { box: { host: 'h', chips: { nvidia: 4 }, launcher: 'torchrun', environments: { torch: { python: '/p/python' } } } },
    }),
    'box',
  );

  test('on this machine a plain program needs no launch, devices and sampling need one', async () => {
    const plain = await preparedChoice(choice({ launcher: 'plain' }), null, '/usr/bin/python3');
    expect(plain.draft).toMatchObject({ argv: ['/usr/bin/python3', 'train.py'], launch: null });
    expect(plain.delivery).toEqual({ folder: null, code: null, links: {} });
    const sampled = await preparedChoice(
      choice({ launcher: 'torchrun', devices: 2, chip: 'nvidia', telemetry: 1 }),
      null,
      '/usr/bin/python3',
    );
    expect(sampled.draft.launch).toMatchObject({ launcher: 'torchrun', telemetry: { seconds: 1 } });
    await expect(preparedChoice(choice(), null, null)).rejects.toMatchObject({ key: 'error.no_python' });
  });

  test('on another one its environment and launcher count, unless another was chosen; the folder is sent', async () => {
    const usual = await preparedChoice(choice({ chip: 'nvidia', devices: 4, telemetry: 1 }), box, null);
    expect(usual.draft).toMatchObject({
      argv: ['/p/python', 'train.py'],
      cwd: 'work',
      launch: { launcher: 'torchrun', telemetry: { seconds: 1 } },
    });
    expect(usual.choice!.files.map(({ path }) => path)).toEqual(['train.py']);
    const plain = await preparedChoice(choice({ chip: 'nvidia', launcher: 'plain' }), box, null);
    expect(plain.draft.launch).toMatchObject({ launcher: 'plain' });
    await expect(preparedChoice(choice({ chip: 'nvidia', devices: 5 }), box, null)).rejects.toMatchObject({
      key: 'machine.too_many_devices',
    });
  });

  test('accelerators are measured without being asked for', async () => {
    expect(await hasSampler(box, 'nvidia')).toBe(true);
    expect(await hasSampler(box, 'cpu')).toBe(false);
    expect(await hasSampler(null, 'ascend910b')).toBe(true);
    expect(await hasSampler(null, 'cpu')).toBe(existsSync('/sys/class/powercap/intel-rapl:0/energy_uj'));
    expect([usualLauncher('torch', 1), usualLauncher('torch', 2), usualLauncher('mindspore', 2)]).toEqual(['plain', 'torchrun', 'msrun']);
  });

  test('a table of the paper: rows whose chip no machine has are left out, nodes by the devices of a node', () => {
    const sweep = planSweep(
      describeSweep({
        name: 'tables',
        kind: 'train',
        folder: '/p',
        words: ['train.py', '--batch', '{batch}'],
        mindspore: null,
        table: 'table2',
        axes: {},
        repeats: 1,
        chips: { 'dcu-z100l': { machine: 'dcu', devicesPerNode: 4 }, nvidia: { machine: null } },
        limit: 2,
        env: {},
      }),
      '/p',
    );
    expect(sweep.rows.map(({ values, machine, launch }) => [values.chip, values.devices, machine, launch!.nodes])).toEqual([
      ['nvidia', 16, null, 1],
      ['nvidia', 16, null, 1],
      ['dcu-z100l', 16, 'dcu', 4],
      ['dcu-z100l', 32, 'dcu', 8],
      ['dcu-z100l', 64, 'dcu', 16],
    ]);
    expect(sweep.limit).toBe(2);
  });

  test('axes with a program of its own for MindSpore', () => {
    const axes = { framework: ['torch', 'mindspore'], chip: ['cpu'], batch: [1, 2] };
    expect(chosenRows({ table: null, axes, repeats: 2 })).toHaveLength(8);
    const mindspore = { folder: '/ported', words: ['train.py', '-b', '{batch}'] };
    const rest = { name: 's', kind: 'infer' as const, folder: '/p', words: ['a.py'], repeats: 1, limit: null, env: { A: 'x' } };
    const sweep = planSweep(describeSweep({ ...rest, table: null, axes, mindspore, chips: { cpu: { machine: null } } }), '/p');
    expect(sweep.rows.map(({ folder, words, env }) => [folder, words.join(' '), env['A']])).toEqual([
      ['/p', 'a.py', 'x'],
      ['/p', 'a.py', 'x'],
      ['/ported', 'train.py -b 1', 'x'],
      ['/ported', 'train.py -b 2', 'x'],
    ]);
  });

  test('axes as typed: loader processes are a column like batch and devices, an empty list is none', () => {
    const typed = { frameworks: ['torch' as const], chips: ['cpu'], devices: '1', batch: ' 1, 2,', precision: '', workers: '0, 2' };
    const rows = (axes: typeof typed): unknown[] =>
      chosenRows({ table: null, axes: typedAxes(axes), repeats: 1 }).map(({ batch, precision, workers }) => [batch, precision, workers]);
    expect(rows(typed)).toEqual([
      [1, null, 0],
      [1, null, 2],
      [2, null, 0],
      [2, null, 2],
    ]);
    expect(rows({ ...typed, batch: '', workers: '' })).toEqual([[null, null, null]]);
    const sweep = planSweep(
      describeSweep({
        ...{ name: 's', kind: 'train', folder: '/p', words: ['a.py', '--num-workers={workers}'], mindspore: null, table: null, repeats: 1 },
        ...{ axes: typedAxes({ ...typed, batch: '2' }), chips: { cpu: { machine: null } }, limit: null, env: {} },
      }),
      '/p',
    );
    expect(sweep.rows.map(({ name, words }) => [name, words.at(-1)])).toEqual([
      ['s torch cpux1 b2 w0', '--num-workers=0'],
      ['s torch cpux1 b2 w2', '--num-workers=2'],
    ]);
  });

  test('what differs from row to row is told the program, or the person hears that it is not', () => {
    const axes = { framework: ['torch'], batch: [1, 2], precision: ['fp32'], workers: [0, 2] };
    const said = (words: string[], more: object = {}): string[] => untold({ axes, table: null, words, mindspore: null, ...more });
    expect(said(['a.py', '--batch={batch}'])).toEqual(['workers']);
    expect(said(['a.py', '{batch}', '{workers}'])).toEqual([]);
    expect(said(['a.py', '{batch}', '{workers}'], { mindspore: { folder: '/', words: ['b.py', '{workers}'] } })).toEqual(['batch']);
    expect(said(['a.py'], { table: 'table2' })).toEqual([]);
  });

  test('how a sweep stands', () => {
    const states = ['succeeded', 'failed', 'refused', 'running', 'queued', 'waiting', 'unreachable'] as const;
    const progress = progressOf(states.map((state) => ({ state })));
    expect(progress).toEqual({ rows: 7, over: 3, succeeded: 1, active: 2, failed: 2 });
  });

  test('a login shares its connection, and its host cannot be an option', () => {
    expect(loginWords({ host: 'h', controlFolder: '/run/x' })).toEqual(['ssh', '-M', '-S', expect.stringMatching(/^\/run\/x\//), '-o', 'ControlPersist=8h', 'h']); // prettier-ignore
    expect(() => loginWords({ host: '-oProxyCommand=x', controlFolder: null })).toThrow();
  });
});

test('what another window starts, sees ended or reaches again is seen here without a look of one’s own', async () => {
  const root = folder();
  const there = folder();
  const [one, two] = [await boxed(root, there), await boxed(root, there)];
  await two.fleet.refreshAll();
  await one.fleet.refreshAll();
  await two.fleet.heedOthers();
  const { draft, delivery } = await preparedChoice(choice(), one.fleet.machine('box'), null);
  const { id } = await one.fleet.engine('box').launch(draft, delivery);
  // as the command line does
  await noteRun(root, 'box', await one.fleet.engine('box').status(id));
  await until('the run in the other window', () => two.fleet.find(id));
  await until('its end', async () => (await one.fleet.engine('box').status(id)).state === 'succeeded');
  await one.fleet.refresh('box');
  await until('its end in the other window', () => two.fleet.find(id)?.status.state === 'succeeded');
  // of this machine
  const here = await preparedChoice(choice(), null, python);
  const local = await one.fleet.engine(null).launch(here.draft, here.delivery);
  await until('the run of this machine', () => two.fleet.find(local.id));
});
