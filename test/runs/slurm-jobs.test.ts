/** Runs through a real Slurm: one, two and four nodes, launchers inside a job, cancelling, time limits, names that mean something to a shell. */
import { existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LaunchDraft } from '../../runs/src/launch/launch';
import { processesOfRun } from '../../runs/src/processes';
import { parseSettings } from '../../runs/src/machines/settings';
import { type RunDraft } from '../../runs/src/spec';
import { SweepDriver } from '../../runs/src/sweep/drive';
import { planSweep } from '../../runs/src/sweep/plan';
import { SweepStore } from '../../runs/src/sweep/store';
import { ended, folder, machinesPlace, printed, program, python, until } from './scene';
import { Cluster } from './slurm/cluster';
import { type Login, jobsOf, login } from './slurm/scene';

const slurm = (more: LaunchDraft = {}): Pick<RunDraft, 'launch'> => ({ launch: { slurm: {}, ...more } });
const npus = (devices: number): Pick<RunDraft, 'target'> => ({ target: { framework: 'mindspore', chip: 'ascend910b', devices } });
const read = (dir: string, name: string): string => readFileSync(join(dir, name), 'utf8');

const who = `import os, json
print(json.dumps([os.environ['SLURM_PROCID'], os.environ['SLURMD_NODENAME'], os.environ.get('ASCEND_RT_VISIBLE_DEVICES'), os.environ.get('SECRET_OF_MINE')]), flush=True)
`;

describe.each([1, 2, 4])('%i nodes', (nodes) => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start({ nodes });
  });
  afterAll(() => cluster?.stop());

  test('the program runs once on every node, with its devices, and every node is sampled', async () => {
    const { engine } = login(cluster, { env: { SECRET_OF_MINE: 'x' } });
    const { id, dir } = await engine.launch(program(who, { ...npus(4 * nodes), ...slurm({ nodes, telemetry: { seconds: 1 } }) }));
    const status = await ended(engine, id);
    expect(status).toMatchObject({ state: 'succeeded', exitCode: 0 });
    const logs = ['stdout.log', ...Array.from({ length: nodes - 1 }, (_, i) => `rank/${i + 1}.log`)];
    expect(logs.map((name) => read(dir, name).trim())).toEqual(
      Array.from({ length: nodes }, (_, i) => `["${i}", "n${i + 1}", "0,1,2,3", null]`),
    );
    expect(read(dir, 'telemetry/hosts').trim().split('\n')).toHaveLength(nodes);
    expect(read(dir, 'job.id').trim()).toMatch(/^\d+$/);
    const gres = await cluster.command('scontrol', 'show', 'job', '-o', read(dir, 'job.id').trim());
    expect(gres).toContain('TresPerNode=gres:npu:4');
    expect(gres).toContain('Requeue=0');
  });
});

const leaving = `import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: (print('checkpoint', flush=True), sys.exit(1)))
print('ready', flush=True)
time.sleep(600)
`;

describe('jobs', () => {
  let cluster: Cluster;
  let site: Login;
  let limited: Awaited<ReturnType<Login['engine']['launch']>>;
  beforeAll(async () => {
    cluster = await Cluster.start({ nodes: 2 });
    site = login(cluster);
    // Slurm looks at limits twice a minute: this run goes on beside the others
    limited = await site.engine.launch(program(leaving, slurm({ slurm: { minutes: 1 } })));
  });
  afterAll(() => cluster?.stop());

  test('torchrun with gloo over two nodes: ranks meet, rank 0 writes the log, the others files of their own', async () => {
    const source = `import os, torch, torch.distributed as dist
import mindport_run as run
dist.init_process_group('gloo')
total = torch.tensor([float(dist.get_rank() + 1)])
dist.all_reduce(total)
print('rank', dist.get_rank(), 'of', dist.get_world_size(), 'sum', total.item(), flush=True)
run.epoch(1, train_loss=total.item(), seconds=1.0)
dist.destroy_process_group()
`;
    const target = { framework: 'torch', chip: 'cpu', devices: 2 } as const;
    const { id, dir } = await site.engine.launch(program(source, { target, ...slurm({ launcher: 'torchrun', nodes: 2 }) }));
    const status = await ended(site.engine, id);
    expect(status.state, read(dir, 'stderr.log')).toBe('succeeded');
    expect(read(dir, 'stdout.log')).toBe('rank 0 of 2 sum 3.0\n');
    expect(read(dir, 'rank/1.log')).toContain('rank 1 of 2 sum 3.0\n');
    expect((await site.engine.summary(id)).finalLoss.value).toBe(3);
  });

  test('msrun with two workers on the processor', async () => {
    const source = `import numpy as np
import mindspore as ms
from mindspore import ops, Tensor
from mindspore.communication import init, get_rank, get_group_size
ms.set_device('CPU')
init()
import mindport_run as run
total = ops.AllReduce()(Tensor(np.array([get_rank() + 1.0], np.float32)))
print('rank', get_rank(), 'of', get_group_size(), 'sum', float(total.asnumpy()[0]), flush=True)
run.epoch(1, train_loss=float(total.asnumpy()[0]), seconds=1.0)
`;
    const target = { framework: 'mindspore', chip: 'cpu', devices: 2 } as const;
    const { id, dir } = await site.engine.launch(program(source, { target, ...slurm({ launcher: 'msrun' }) }));
    const status = await ended(site.engine, id);
    expect(status.state, read(dir, 'stderr.log')).toBe('succeeded');
    expect(read(dir, 'stdout.log')).toContain('rank 0 of 2 sum 3.0\n');
    expect(read(dir, 'rank/1.log')).toContain('rank 1 of 2 sum 3.0\n');
    expect((await site.engine.summary(id)).finalLoss.value).toBe(3);
  });

  test('one rank that fails ends all, and the run says so', async () => {
    const source = `import os, sys, time
if os.environ['SLURM_PROCID'] == '1': raise MemoryError('too much on the second node')
time.sleep(600)
`;
    const { id } = await site.engine.launch(program(source, slurm({ nodes: 2 })));
    expect(await ended(site.engine, id)).toMatchObject({ state: 'failed' });
    expect((await site.engine.summary(id)).explanation).toContain('MemoryError: too much on the second node');
    expect(await processesOfRun(id)).toEqual([]);
  });

  test('cancel reaches every node and what left its process tree and ignores TERM; the proof is an empty queue', async () => {
    const source = `import os, signal, subprocess, sys, time
child = 'import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print("escaped", flush=True); time.sleep(600)'
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execv(sys.executable, [sys.executable, '-c', child])
    os._exit(0)
time.sleep(600)
`;
    const { id, dir } = await site.engine.launch(program(source, slurm({ nodes: 2 })));
    for (const name of ['stdout.log', 'rank/1.log'])
      await until('escaped', () => existsSync(join(dir, name)) && read(dir, name).includes('escaped'));
    const report = await site.engine.cancel(id, 1000);
    expect(report.remaining).toBe(0);
    // what ignores TERM is met on both nodes; the programs themselves may have heard it from Slurm before
    expect(report.terminated).toBeGreaterThanOrEqual(2);
    expect(report.killed).toBeGreaterThanOrEqual(2);
    expect(await processesOfRun(id)).toEqual([]);
    expect((await ended(site.engine, id)).state).toBe('cancelled');
  });

  test('a program may end in peace when it is cancelled', async () => {
    const source = `import signal, sys, time
def leave(*_):
    print('saved', flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, leave)
print('ready', flush=True)
time.sleep(600)
`;
    const { id, dir } = await site.engine.launch(program(source, slurm()));
    await printed(dir, 'ready');
    expect(await site.engine.cancel(id)).toMatchObject({ killed: 0, remaining: 0 });
    expect(read(dir, 'stdout.log')).toBe('ready\nsaved\n');
    expect((await site.engine.status(id)).state).toBe('cancelled');
  });

  test('a minute before the limit of its time the program is told; the run timed out', async () => {
    expect((await ended(site.engine, limited.id)).state).toBe('timeout');
    expect(read(limited.dir, 'stdout.log')).toBe('ready\ncheckpoint\n');
  });

  test('a job that waits is queued, and cancelled without ever running', async () => {
    const first = await site.engine.launch(
      program('import time; print("on", flush=True); time.sleep(600)', slurm({ nodes: 2, slurm: { exclusive: true } })),
    );
    await printed(first.dir, 'on');
    const second = await site.engine.launch(program('print("never")', slurm()));
    await until('queued', async () => (await site.engine.status(second.id)).state === 'queued');
    expect(await site.engine.cancel(second.id)).toEqual({ terminated: 0, killed: 0, remaining: 0 });
    expect((await site.engine.status(second.id)).state).toBe('cancelled');
    await site.engine.cancel(first.id, 1000);
    expect(existsSync(join(second.dir, 'stdout.log'))).toBe(false);
  });

  test('folders, arguments and variables that mean something to a shell or to Slurm', async () => {
    const hostile = join(folder(), `a b'c"d $(touch owned) %j \\ ;é`);
    mkdirSync(hostile);
    const odd = login(cluster, { root: hostile });
    const words = ['$(touch owned)', "it's", '%j %%', '', '--opt', 'new\nline', '世界'];
    const env = { ODD: `x' "$(touch owned)" %N` };
    const draft = program('import sys, os, json; print(json.dumps([sys.argv[1:], os.environ["ODD"]]))', {
      args: words,
      env,
      ...slurm({ nodes: 2 }),
    });
    const { id, dir } = await odd.engine.launch(draft);
    expect((await ended(odd.engine, id)).state).toBe('succeeded');
    for (const name of ['stdout.log', 'rank/1.log']) expect(JSON.parse(read(dir, name))).toEqual([words, env.ODD]);
    expect(readdirSync(hostile)).toEqual(['runs']);
    expect(readdirSync(draft.cwd)).toEqual(['program.py']);
  });

  test('many runs, looked at by many, are one call of Slurm', async () => {
    const quiet = login(cluster, { pace: { shortest: 60_000, longest: 60_000, patience: 10 } });
    const source = 'import time; print("on", flush=True); time.sleep(600)';
    const runs = await Promise.all([1, 2, 3, 4].map(() => quiet.engine.launch(program(source, slurm()))));
    await Promise.all(runs.map(({ dir }) => printed(dir, 'on')));
    quiet.transport.queue.stir();
    const before = quiet.shell.scripts.filter((script) => script.includes('squeue')).length;
    const looks = Array.from({ length: 10 }, () => Promise.all(runs.map(({ id }) => quiet.engine.status(id))));
    for (const statuses of await Promise.all(looks)) expect(statuses.map(({ state }) => state)).toEqual(Array(4).fill('running'));
    expect(quiet.shell.scripts.filter((script) => script.includes('squeue')).length - before).toBe(1);
    await Promise.all(runs.map(({ id }) => quiet.engine.cancel(id, 1000)));
    // every node has told that nothing is left; Slurm says so a moment later
    await until('an empty queue', async () => !(await jobsOf(cluster)).some((job) => /RUNNING|PENDING/.test(job)));
  });

  test('from the settings of a machine: a sweep sends its code, queues jobs and shows what would be executed', async () => {
    process.env['SLURM_CONF'] = cluster.env['SLURM_CONF'];
    const home = folder();
    const settings = parseSettings({
      machines: { box: { root: join(home, 'mp'), chips: { 'dcu-z100l': 4 }, slurm: {}, environments: { torch: { python } } } },
    });
    const place = machinesPlace(home, settings);
    const programs = program('import os, sys; print(sys.argv[1:], os.path.basename(os.getcwd()), os.environ["HIP_VISIBLE_DEVICES"])').cwd;
    const description = {
      machine: 'box',
      program: ['program.py', '{batch}'],
      axes: { batch: [1, 2], chip: 'dcu-z100l', devices: [2] },
      launcher: 'plain',
      minutes: 5,
    };
    const sweep = planSweep(description, programs);
    const driver = new SweepDriver(new SweepStore(home), place);
    try {
      const { draft, delivery } = await place.draft(sweep, sweep.rows[0]!);
      const engine = await place.engine('box');
      const { contents } = await engine.plan(draft, delivery, sweep.rows[0]!.run);
      await new SweepStore(home).save(sweep);
      const rows = await driver.drive(sweep, { every: 100 });
      expect(rows.map(({ state, explanation }) => [state, explanation])).toEqual([
        ['succeeded', null],
        ['succeeded', null],
      ]);
      sweep.rows.forEach(({ run }, i) => {
        const dir = join(home, 'mp', 'runs', run);
        expect(read(dir, 'stdout.log')).toBe(`['${i + 1}'] work 0,1\n`);
        expect(read(dir, `telemetry/${read(dir, 'telemetry/hosts').trim()}.jsonl`)).toContain('"chip":"dcu"');
      });
      // what the preview showed is what was executed
      for (const name of ['submit.sh', 'job.sbatch', 'node.sh', 'cmd.sh', 'job.sh']) {
        expect(read(join(home, 'mp', 'runs', sweep.rows[0]!.run), name)).toBe(contents.texts[name]);
      }
      expect(contents.texts['submit.sh']).toContain("'--gres=dcu:2'");
    } finally {
      await place.close();
    }
  });

  test('a run that is no job goes the way of the machine itself', async () => {
    const { id } = await site.engine.launch(program('print(1)', { python }));
    expect((await ended(site.engine, id)).state).toBe('succeeded');
  });
});
