/** What goes wrong with Slurm, each with one run, a whole log and the right state. */
import { existsSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type RunDraft } from '../../runs/src/spec';
import { processesOfRun, signal } from '../../runs/src/processes';
import { parseJobs } from '../../runs/src/slurm/queue';
import { ended, program, until } from './scene';
import { Cluster } from './slurm/cluster';
import { FakeCommands, type Login, jobsOf, login } from './slurm/scene';

const slurm: Pick<RunDraft, 'launch'> = { launch: { slurm: {} } };
const read = (dir: string, name: string): string => (existsSync(join(dir, name)) ? readFileSync(join(dir, name), 'utf8') : '');
const counted = 'import os, sys, time\nprint("began", flush=True)\nwhile not os.path.exists("go"): time.sleep(0.02)\nprint("ended")\n';

function waiting(): { draft: RunDraft; go: () => void } {
  const draft = program(counted, slurm);
  return { draft, go: () => writeFileSync(join(draft.cwd, 'go'), '') };
}

const began = (dir: string): Promise<unknown> => until('the program', () => read(dir, 'stdout.log').includes('began'));
/** Kills a run so that nobody is left to name its exit: the supervisor first. */
async function killAll(id: string, dir: string): Promise<void> {
  for (const name of ['job.pid', 'cmd.pid']) process.kill(Number.parseInt(read(dir, name), 10), 'SIGKILL');
  for (const pid of await processesOfRun(id)) signal(pid, 'SIGKILL');
}

async function jobOver(cluster: Cluster, id: string): Promise<void> {
  await until('the end of the job', async () => (await jobs(cluster, id)).some((job) => !/PENDING|RUNNING|COMPLETING/.test(job)));
}

const jobs = async (cluster: Cluster, id: string): Promise<string[]> => (await jobsOf(cluster)).filter((job) => job.includes(id));

describe('faults', () => {
  const fakes = new FakeCommands(['sbatch', 'squeue', 'sacct']);
  let cluster: Cluster;
  let site: Login;
  beforeAll(async () => {
    cluster = await Cluster.start({ nodes: 1 });
    site = login(cluster, { env: fakes.env });
  });
  beforeEach(() => {
    for (const name of ['sbatch', 'squeue', 'sacct']) fakes.clear(name);
  });
  afterAll(() => cluster?.stop());

  test('three windows start one run: one job', async () => {
    const { draft, go } = waiting();
    const { id } = await site.engine.createRun(draft);
    const windows = [site, login(cluster, { env: fakes.env, root: site.root }), login(cluster, { env: fakes.env, root: site.root })];
    const started = await Promise.all(windows.map(({ engine }) => engine.start(id)));
    expect(started.filter(({ first }) => first)).toHaveLength(1);
    go();
    for (const { engine } of windows) expect((await ended(engine, id)).state).toBe('succeeded');
    expect(await jobs(cluster, id)).toHaveLength(1);
  });

  test('sbatch fails though the job exists: found by its name, not submitted again', async () => {
    fakes.set(
      'sbatch',
      '/usr/bin/sbatch "$@" >/dev/null\necho "sbatch: error: Batch job submission failed: Socket timed out on send/recv operation" >&2\nexit 1\n',
    );
    const { draft, go } = waiting();
    const { id, dir } = await site.engine.launch(draft);
    expect(read(dir, 'job.id').trim()).toMatch(/^\d+$/);
    await site.engine.start(id);
    go();
    expect((await ended(site.engine, id)).state).toBe('succeeded');
    expect(read(dir, 'stdout.log')).toBe('began\nended\n');
    expect(await jobs(cluster, id)).toHaveLength(1);
  });

  test('sbatch and squeue both fail though the job exists: the job tells its number itself', async () => {
    fakes.set('sbatch', '/usr/bin/sbatch "$@" >/dev/null\necho "Zero Bytes were transmitted or received" >&2\nexit 1\n');
    fakes.set('squeue', 'echo "slurm_load_jobs error: Unable to contact slurm controller (connect failure)" >&2\nexit 1\n');
    const { draft, go } = waiting();
    const { id, dir } = await site.engine.launch(draft);
    await began(dir);
    expect(await site.engine.status(id)).toMatchObject({ state: 'running' });
    expect(read(dir, 'job.id').trim()).toMatch(/^\d+$/);
    fakes.clear('squeue');
    go();
    expect((await ended(site.engine, id)).state).toBe('succeeded');
    expect(await jobs(cluster, id)).toHaveLength(1);
  });

  test('an answer lost and no job: asked, never submitted again; a job that appears after the cancel ends at once', async () => {
    const impatient = login(cluster, { env: fakes.env, reconcileMs: 300 });
    fakes.set('sbatch', 'echo "Socket timed out on send/recv operation" >&2\nexit 1\n');
    const { id, dir } = await impatient.engine.launch(program('print("ran")', slurm));
    const status = await until('the question', async () => {
      const now = await impatient.engine.status(id);
      return now.state === 'submit_unknown' && now;
    });
    expect(status.explanation).toContain('squeue');
    fakes.clear('sbatch');
    expect((await impatient.engine.start(id)).first).toBe(false);
    expect(await jobs(cluster, id)).toEqual([]);
    expect((await impatient.engine.cancel(id)).remaining).toBe(0);
    expect((await impatient.engine.status(id)).state).toBe('cancelled');
    // as Slurm would run it if the request had only been late
    const options = [`--job-name=mindport-${id}`, `--chdir=${dir}`, '--output=/dev/null', join(dir, 'job.sbatch'), dir];
    await cluster.command('sbatch', '--wait', ...options).catch(() => undefined);
    expect(read(dir, 'stdout.log')).toBe('');
    expect((await impatient.engine.status(id)).state).toBe('cancelled');
  });

  test('what Slurm rejects was not submitted: the reason is told, the run may be started again', async () => {
    const draft = program('print(1)', { launch: { slurm: { partition: 'nowhere' } } });
    const { id } = await site.engine.createRun(draft);
    await expect(site.engine.start(id)).rejects.toMatchObject({
      key: 'error.start_refused',
      args: { reason: expect.stringContaining('invalid partition') },
    });
    expect((await site.engine.status(id)).state).toBe('draft');
    expect(await jobs(cluster, id)).toEqual([]);
  });

  test('no sbatch on the machine', async () => {
    fakes.set('sbatch', 'echo "sbatch: command not found" >&2; exit 127\n');
    await expect(site.engine.launch(program('print(1)', slurm))).rejects.toMatchObject({ key: 'error.start_refused' });
  });

  test('killed from outside and forgotten by Slurm, which keeps no accounts: lost, after its heartbeat is old', async () => {
    const old = login(cluster, { env: fakes.env, root: site.root, freshMs: 60_000, settleMs: 0 });
    const { draft } = waiting();
    const { id, dir } = await old.engine.launch(draft);
    await began(dir);
    await killAll(id, dir);
    await jobOver(cluster, id);
    fakes.set('squeue', 'exit 0\n');
    old.transport.queue.stir();
    expect((await old.engine.status(id)).state).toBe('running');
    utimesSync(join(dir, 'heartbeat'), 0, 0);
    await until('lost', async () => (await old.engine.status(id)).state === 'lost');
  });

  test('slurmd is killed: the job ends by itself, and its exit is known though Slurm still waits', async () => {
    const { draft, go } = waiting();
    const { id, dir } = await site.engine.launch(draft);
    await began(dir);
    await cluster.kill('slurmd-n1');
    go();
    expect((await ended(site.engine, id)).state).toBe('succeeded');
    expect(read(dir, 'stdout.log')).toBe('began\nended\n');
    cluster.nodeUp(1);
    await cluster.idle();
  });

  test('slurmctld is down: what runs is seen running and ends, what waits is not lost, a start is refused or asked', async () => {
    const { draft, go } = waiting();
    const running = await site.engine.launch(draft);
    await began(running.dir);
    const queued = await site.engine.launch(program('print("late")', { launch: { slurm: { exclusive: true } } }));
    await until('queued', async () => (await site.engine.status(queued.id)).state === 'queued');
    // asked to end it keeps its state, as a failing over controller does
    await cluster.kill('slurmctld', 'SIGTERM');
    site.transport.queue.stir();
    const fresh = login(cluster, { env: fakes.env, root: site.root });
    expect((await fresh.engine.status(running.id)).state).toBe('running');
    const waits = await fresh.engine.status(queued.id);
    expect(waits).toMatchObject({ state: 'queued', explanation: expect.stringContaining('Slurm') });
    go();
    expect((await ended(fresh.engine, running.id)).state).toBe('succeeded');
    cluster.controllerUp();
    await cluster.idle();
    expect((await ended(site.engine, queued.id)).state).toBe('succeeded');
    expect(read(queued.dir, 'stdout.log')).toBe('late\n');
    expect(await jobs(cluster, queued.id)).toHaveLength(1);
  });

  test('an exit that Slurm knows the cause of', async () => {
    const { id, dir } = await site.engine.launch(program('import sys; sys.exit(137)', slurm));
    await jobOver(cluster, id);
    const states = { OUT_OF_MEMORY: 'out_of_memory', NODE_FAIL: 'node_fail', PREEMPTED: 'preempted', TIMEOUT: 'timeout', FAILED: 'failed' };
    for (const [word, state] of Object.entries(states)) {
      fakes.set('squeue', `echo '7|${word}|2026-01-01T00:00:00|None|mindport-${id}'\n`);
      const later = login(cluster, { env: fakes.env, root: site.root });
      expect((await later.engine.status(id)).state).toBe(state);
      // known from then on, though Slurm forgets
      fakes.set('squeue', 'exit 0\n');
      const last = login(cluster, { env: fakes.env, root: site.root });
      expect((await last.engine.status(id)).state).toBe(state);
      expect(last.shell.scripts).toEqual([]);
      rmSync(join(dir, 'reason'));
    }
  });

  test('an exit that shows late on a shared file system is waited for', async () => {
    const slow = login(cluster, { env: fakes.env, root: site.root, settleMs: 600_000 });
    const { id, dir } = await slow.engine.launch(program('print(1)', slurm));
    await jobOver(cluster, id);
    renameSync(join(dir, 'exit.0'), join(dir, 'exit.pending'));
    const later = login(cluster, { env: fakes.env, root: site.root, settleMs: 600_000 });
    expect((await later.engine.status(id)).state).toBe('running');
    renameSync(join(dir, 'exit.pending'), join(dir, 'exit.0'));
    expect((await later.engine.status(id)).state).toBe('succeeded');
  });
});

test('with accounting: a job the controller has forgotten is found in the accounts', async () => {
  const fakes = new FakeCommands(['squeue']);
  const cluster = await Cluster.start({ nodes: 1, database: true });
  try {
    const { engine, transport } = login(cluster, { env: fakes.env, settleMs: 0 });
    const { draft } = waiting();
    const { id, dir } = await engine.launch(draft);
    await began(dir);
    const job = read(dir, 'job.id').trim();
    await killAll(id, dir);
    fakes.set('squeue', 'exit 0\n');
    await until('the accounts', async () =>
      /FAILED|CANCELLED/.test(await cluster.command('sacct', '-n', '-P', '-X', '-j', job, '-o', 'State')),
    );
    transport.queue.stir();
    const status = await ended(engine, id);
    expect(['failed', 'cancelled']).toContain(status.state);
    expect(status.exitCode).toBeNull();
  } finally {
    await cluster.stop();
  }
});

test('lines of squeue and sacct: foreign, torn and hostile ones are passed over; of two jobs with one name the living one counts', () => {
  const id = '01ARZ3NDEKTSV4RRFFQ69G5FAV';
  const clock = { now: Date.parse('2026-01-01T00:10:00Z') / 1000, zone: '+08:00' };
  const text = [
    'slurm_load_jobs: warning',
    `12|RUNNING|2026-01-02T00:00:00|None|mindport-${id}`,
    `13|FAILED|2026-01-01T08:09:30|NonZeroExitCode|mindport-${id}`,
    '14|RUNNING|Unknown|None|somebody-else',
    `15_3|CANCELLED by 1001|2026-01-01T08:09:30|None|mindport-${id.slice(0, -1)}0`,
    `16|\u001b[31mRUNNING|x|None|mindport-${id}`,
    `17|RUNNING|2026`,
  ].join('\n');
  const jobs = parseJobs(text, clock);
  expect(jobs.get(id)).toMatchObject({ jobId: '12', word: 'RUNNING', endedAgo: null });
  expect(jobs.get(`${id.slice(0, -1)}0`)).toMatchObject({ jobId: '15', word: 'CANCELLED by 1001', endedAgo: 30 });
  expect(jobs.size).toBe(2);
});
