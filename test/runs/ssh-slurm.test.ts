/** A cluster behind ssh: its login node is reached through a real sshd and a faulty link, its jobs run under a real Slurm. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RunEngine, type RunUpdate } from '../../runs/src/engine';
import { type MachineFinding, checkMachine } from '../../runs/src/machines/check';
import { findMachine, parseSettings } from '../../runs/src/machines/settings';
import { SlurmTransport } from '../../runs/src/transports/slurm';
import { ended, folder, printed, program, streamText, until } from './scene';
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
