/** A cluster behind ssh: its login node is reached through a real sshd and a faulty link, its jobs run under a real Slurm. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fetchTracked } from '../../runs/src/adapters/tracked-far';
import { RunEngine, type RunUpdate } from '../../runs/src/engine';
import { type MachineFinding, checkMachine } from '../../runs/src/machines/check';
import { prepare } from '../../runs/src/machines/prepare';
import { findMachine, parseSettings } from '../../runs/src/machines/settings';
import { SlurmTransport } from '../../runs/src/transports/slurm';
import { ended, folder, helper, printed, program, python, streamText, until } from './scene';
import { Cluster } from './slurm/cluster';
import { jobsOf } from './slurm/scene';
import { type FaultyLink } from './ssh/faulty-link';
import { type Machine, sshScene } from './ssh/scene';

const { server, machine, link } = sshScene();
const pace = { shortest: 50, longest: 300, patience: 2 };
const timings = { connectMs: 10_000, answerMs: 8000 };
let cluster: Cluster;

beforeAll(async () => {
  cluster = await Cluster.start({ nodes: 1 });
  // what a site does for its users on the login node
  writeFileSync(join(server().home('bash'), '.bashrc'), `export SLURM_CONF='${cluster.env['SLURM_CONF']}'\n`);
});
afterAll(() => cluster?.stop());

interface Site extends Machine {
  wire: FaultyLink;
}

async function site(root?: string): Promise<Site> {
  const wire = await link('bash');
  const here = machine({ link: wire, timings, ...(root === undefined ? {} : { root }) });
  const transport = new SlurmTransport(here.transport, here.shell, { pace, settleMs: 4000 });
  return { ...here, wire, engine: new RunEngine({ root: folder(), helper: null, transport, backoff: [20, 40, 80] }) };
}

const counting = `
import os, time
open('starts', 'a').write('x')
i = 0
while not os.path.exists('go'):
    print('line', i, flush=True)
    i += 1
    time.sleep(0.02)
print('last', flush=True)
`;

describe('a run of Slurm over ssh', () => {
  test('one job, one run, the whole log, though the link is cut again and again', async () => {
    const here = await site();
    const draft = { ...program(counting), launch: { slurm: {} } };
    const { id } = await here.engine.launch(draft);
    const updates: RunUpdate[] = [];
    let resets = 0;
    let text = '';
    for await (const update of here.engine.watch(id, { fastest: 30, slowest: 200 })) {
      updates.push(update);
      if (update.type !== 'log' || update.stream !== 'stdout') continue;
      text += update.text;
      if (text.split('\n').length < 25 * (resets + 1)) continue;
      resets += 1;
      if (resets <= 3) here.wire.reset();
      else writeFileSync(join(draft.cwd, 'go'), '');
    }
    expect(updates.at(-1)).toMatchObject({ type: 'state', status: { state: 'succeeded', exitCode: 0 } });
    expect(streamText(updates, 'stdout')).toBe(readFileSync(join(here.dir(id), 'stdout.log'), 'utf8'));
    expect(readFileSync(join(draft.cwd, 'starts'), 'utf8')).toBe('x');
    expect((await jobsOf(cluster)).filter((job) => job.startsWith(`mindport-${id}`))).toHaveLength(1);
  });

  test('is found and cancelled by a client that knows nothing of it', async () => {
    const first = await site();
    const { id } = await first.engine.launch({ ...program(counting), launch: { slurm: {} } });
    await printed(first.dir(id), 'line 3');
    await first.engine.close();
    const second = await site(first.root);
    expect((await second.engine.list()).runs.map((run) => [run.id, run.state])).toEqual([[id, 'running']]);
    expect((await second.engine.cancel(id, 3000)).remaining).toBe(0);
    expect((await ended(second.engine, id)).state).toBe('cancelled');
  });

  test('a start whose answer is lost submits one job', async () => {
    const here = await site();
    const draft = { ...program(counting), launch: { slurm: {} } };
    const spec = await here.engine.createRun(draft);
    const starting = here.engine.start(spec.id);
    await until('the start lock', () => {
      try {
        return readFileSync(join(here.dir(spec.id), 'spec.json')).length > 0 && here.wire.open > 0;
      } catch {
        return false;
      }
    });
    here.wire.reset();
    await starting;
    await printed(here.dir(spec.id), 'line 3');
    writeFileSync(join(draft.cwd, 'go'), '');
    expect((await ended(here.engine, spec.id)).state).toBe('succeeded');
    expect(readFileSync(join(draft.cwd, 'starts'), 'utf8')).toBe('x');
    expect((await jobsOf(cluster)).filter((job) => job.startsWith(`mindport-${spec.id}`))).toHaveLength(1);
  });
});

/** Reads what git tracks, and leaves what it tells TensorBoard and MLflow where git has files already. */
const tracking = `import base64, os, time
print(open('data/table.csv').read().strip(), os.path.exists('scratch.bin'), os.path.islink('era5'), flush=True)
open('data/table.csv', 'a').write('written by the run')
event = base64.b64decode(open('logs/seed.b64').read())
with open('logs/events.out.tfevents.%d.host' % time.time(), 'wb') as f: f.write(event)
os.makedirs('mlruns/0/run1/metrics')
with open('mlruns/0/run1/meta.yaml', 'w') as f: f.write('run_id: run1\\nstart_time: %d\\n' % (time.time() * 1000))
with open('mlruns/0/run1/metrics/val_loss', 'w') as f: f.write('1700000000000 0.25 1\\n')
`;

describe('tracked files', () => {
  test('what git tracks is what a job reads, in a copy of its own; what it told TensorBoard and MLflow is there as soon as it has ended', async () => {
    const here = await site();
    const events = join(import.meta.dirname, '..', 'fixtures', 'interop', 'tensorboardx', 'events.out.tfevents.1700000000.host.x');
    const base = folder();
    const put = (path: string, text: string): void => {
      mkdirSync(join(base, path, '..'), { recursive: true });
      writeFileSync(join(base, path), text);
    };
    put('train.py', tracking);
    put('data/table.csv', 'tracked\n');
    put('logs/seed.b64', readFileSync(events).toString('base64'));
    // an older run's, kept under version control: it is no word of this run
    put('logs/events.out.tfevents.1600000000.host', readFileSync(events).toString('latin1'));
    put('.gitignore', 'scratch.bin\n');
    put('scratch.bin', 'x');
    const git = (...words: string[]): unknown => execFileSync('git', ['-C', base, '-c', 'user.name=t', '-c', 'user.email=t@t', ...words]);
    git('init', '-q');
    git('add', '.');
    git('commit', '-qm', 'all');
    // gathering takes its time on a busy cluster
    const slow = join(folder(), 'python');
    writeFileSync(slow, `#!/bin/sh\ncase "$*" in *tracked.py*) sleep 1 ;; esac\nexec '${python}' "$@"\n`, { mode: 0o755 });
    const data = folder();
    const settings = parseSettings({ machines: { hpc: { host: 'host', root: here.root, slurm: {}, data: { era5: data } } } });
    const wish = {
      kind: 'train' as const,
      name: 'tracked',
      words: ['train.py'],
      folder: base,
      cwd: null,
      python: slow,
      environment: null,
      launch: null,
    };
    const { draft, delivery, choice } = await prepare(findMachine(settings, 'hpc'), wish);
    expect(choice!.files.map(({ path }) => path)).not.toContain('scratch.bin');
    const engine = new RunEngine({ root: folder(), helper, transport: here.engine.transport, backoff: [20, 40, 80] });
    const { id } = await engine.launch(draft, delivery);
    expect(await ended(engine, id)).toMatchObject({ state: 'succeeded' });
    const { summary } = await engine.comparable(id);
    expect(summary.loss.filter(({ train }) => train !== null)).toHaveLength(15);
    const found = await fetchTracked(here.engine.transport, id, 0, null);
    expect(found.map(({ source }) => source).sort()).toEqual(['mlflow', 'tensorboard']);
    expect(readFileSync(join(here.dir(id), 'stdout.log'), 'utf8')).toBe('tracked False True\n');
    // the run wrote to its own copy
    expect(readFileSync(join(base, 'data', 'table.csv'), 'utf8')).toBe('tracked\n');
    const [object] = readdirSync(join(here.root, 'objects')).filter((name) => name === delivery.code!.sha256);
    expect(readFileSync(join(here.root, 'objects', object!, 'data', 'table.csv'), 'utf8')).toBe('tracked\n');
    expect(readFileSync(join(here.dir(id), 'work', 'data', 'table.csv'), 'utf8')).toBe('tracked\nwritten by the run');
    expect((await jobsOf(cluster)).filter((job) => job.startsWith(`mindport-${id}`))).toHaveLength(1);
  });
});

describe('Check Machine on a cluster', () => {
  const checked = async (slurm: object): Promise<MachineFinding[]> => {
    const here = await site();
    const settings = parseSettings({ machines: { hpc: { host: 'host', root: here.root, slurm } } });
    const findings: MachineFinding[] = [];
    for await (const finding of checkMachine(findMachine(settings, 'hpc'), here.shell, here.options)) findings.push(finding);
    return findings;
  };
  const of = (findings: MachineFinding[], id: string): MachineFinding => findings.find((finding) => finding.id === id)!;

  test('scheduler and shared file system are looked at with a real job', async () => {
    const findings = await checked({});
    // this cluster has no accounting, which is told and no fault
    expect(of(findings, 'scheduler')).toMatchObject({ status: 'warning', text: { key: 'check.scheduler.accounting' } });
    expect(of(findings, 'shared')).toMatchObject({ status: 'ok' });
  });

  test('a partition that does not exist is named with those that do', async () => {
    const scheduler = of(await checked({ partition: 'nowhere' }), 'scheduler');
    expect(scheduler).toMatchObject({ status: 'failed', text: { key: 'check.scheduler.partition', args: { partition: 'nowhere' } } });
    expect(scheduler.text.args['known']).not.toBe('');
  });
});
