/** Launchers directly on a machine, with stand-ins that note how they were called: arguments, ranks and their logs, devices, refusals. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { newRunId } from '../../runs/src/directory';
import { RunError } from '../../runs/src/errors';
import { chipKind, defaultGres, visibleVariable } from '../../runs/src/launch/chips';
import { type LaunchDraft } from '../../runs/src/launch/launch';
import { launchTexts } from '../../runs/src/launch/texts';
import { processesOfRun } from '../../runs/src/processes';
import { sbatchOptions } from '../../runs/src/slurm/request';
import { type RunDraft, makeSpec } from '../../runs/src/spec';
import { ended, engineIn, folder, printed, program, python } from './scene';
import { fakeTools } from './telemetry/fake-tools';

/** Starts the last words once a rank, as the real one does, after noting its own. */
const launcher = (rankVariable: string, scheduler: string): string => `printf '%s\\n' "$@" > "$(dirname "$0")/words"
while [ "\${1%rank.py}" = "$1" ]; do shift; done
${scheduler}
for rank in 0 1; do ${rankVariable}=$rank '${python}' "$@" & done
wait`;

const bin = fakeTools({
  torchrun: launcher('RANK', ''),
  msrun: launcher('RANK_ID', `MS_ROLE=MS_SCHED RANK_ID=0 '${python}' "$@"`),
});
const env = { PATH: `${bin}:${process.env['PATH']}` };
const calls = `import os, mindport_run as run
rank = os.environ.get('RANK', os.environ.get('RANK_ID'))
print('rank', rank, os.environ.get('MS_ROLE', ''), os.environ.get('CUDA_VISIBLE_DEVICES'), flush=True)
run.epoch(1, train_loss=float(rank), seconds=1)
`;

function draft(source: string, launch: LaunchDraft, more: Partial<RunDraft> = {}): RunDraft {
  return program(source, { env, python: null, launch, target: { framework: 'torch', chip: 'nvidia', devices: 2 }, ...more });
}

const read = (dir: string, name: string): string => readFileSync(join(dir, name), 'utf8');
const words = (): string[] => read(bin, 'words').trim().split('\n');

describe('launchers', () => {
  test('torchrun: rank 0 writes the log of the run, others files of their own', async () => {
    const engine = engineIn(folder());
    const { id, dir } = await engine.launch(draft(calls, { launcher: 'torchrun' }));
    expect((await ended(engine, id)).state).toBe('succeeded');
    expect(words()).toEqual([
      ...['--nnodes', '1', '--nproc_per_node', '2', '--node_rank', '0', '--master_addr', '127.0.0.1', '--master_port'],
      expect.stringMatching(/^\d{4,5}$/),
      ...[join(dir, 'lib/mindport_run/rank.py'), dir, python, 'program.py'],
    ]);
    expect(read(dir, 'stdout.log')).toBe('rank 0  0,1\n');
    expect(read(dir, 'rank/1.log')).toBe('rank 1  0,1\n');
    expect(read(dir, 'rank/1.events.jsonl')).toContain('"train_loss":1.0');
    expect((await engine.summary(id)).finalLoss.value).toBe(0);
  });

  test('msrun waits for its workers; its scheduler tells no events and has a log of its own', async () => {
    const engine = engineIn(folder());
    const { id, dir } = await engine.launch(draft(calls, { launcher: 'msrun' }));
    expect((await ended(engine, id)).state).toBe('succeeded');
    expect(words().slice(0, -4)).toEqual([
      ...['--worker_num', '2', '--local_worker_num', '2', '--node_rank', '0', '--master_addr', '127.0.0.1', '--master_port'],
      expect.stringMatching(/^\d{4,5}$/),
      ...['--log_dir', join(dir, 'rank'), '--join=True'],
    ]);
    expect(read(dir, 'rank/scheduler.log')).toContain('MS_SCHED');
    expect(read(dir, 'stdout.log')).toBe('rank 0  0,1\n');
    expect(read(dir, 'events.jsonl').trim().split('\n')).toHaveLength(1);
  });

  test('chosen devices; those a site has set stay', async () => {
    const engine = engineIn(folder());
    const chosen = await engine.launch(draft(calls, { deviceIds: [5, 7] }, { env: { ...env, RANK: '0' } }));
    await ended(engine, chosen.id);
    expect(read(chosen.dir, 'stdout.log')).toBe('rank 0  5,7\n');
    const given = await engine.launch(draft(calls, {}, { env: { ...env, RANK: '0', CUDA_VISIBLE_DEVICES: '3,2' } }));
    await ended(engine, given.id);
    expect(read(given.dir, 'stdout.log')).toBe('rank 0  3,2\n');
  });

  test('in a container: the wrapper stands before the launcher, and what it starts is found within', async () => {
    const engine = engineIn(folder());
    const inside = fakeTools({ torchrun: launcher('RANK', ''), msrun: 'exit 9' });
    // as a container does: its own PATH in place of ours
    const box = fakeTools({ apptainer: `shift 2\nPATH='${inside}:/usr/bin:/bin' INSIDE=yes exec "$@"` });
    const within = [join(box, 'apptainer'), 'exec', 'torch.sif'];
    const env = { PATH: process.env['PATH']! };
    const source = `import os; print(os.environ['RANK'], os.environ.get('INSIDE'), flush=True)`;
    const torch = await engine.launch(draft(source, { launcher: 'torchrun' }, { env, within }));
    expect((await ended(engine, torch.id)).state).toBe('succeeded');
    expect(read(torch.dir, 'stdout.log')).toBe('0 yes\n');
    expect(read(torch.dir, 'rank/1.log')).toBe('1 yes\n');

    // msrun starts its workers by the word "python": it must be the run's there, too
    const bin = fakeTools({
      python: '[ "$2" = mindspore.parallel.cluster.run ] || exit 0\nprintf "%s %s\\n" "$INSIDE" "$(command -v python)"',
    });
    const interpreter = join(bin, 'python');
    const more = { env, within, python: interpreter, argv: [interpreter, 'program.py'] };
    const mindspore = await engine.launch(draft('', { launcher: 'msrun' }, more));
    expect((await ended(engine, mindspore.id)).state).toBe('succeeded');
    expect(read(mindspore.dir, 'stdout.log')).toBe(`yes ${interpreter}\n`);
  });

  test('the exit of the program is that of the run', async () => {
    const engine = engineIn(folder());
    const failing = await engine.launch(draft('import sys; sys.exit(7)', {}));
    expect(await ended(engine, failing.id)).toMatchObject({ state: 'failed', exitCode: 7 });
  });

  test('cancel ends the launcher, every rank and the sampler', async () => {
    const engine = engineIn(folder());
    const source = 'import time; print("on", flush=True); time.sleep(600)';
    const { id, dir } = await engine.launch(draft(source, { launcher: 'torchrun', telemetry: { seconds: 1 } }));
    await printed(dir, 'on');
    expect(await engine.cancel(id, 5000)).toMatchObject({ remaining: 0 });
    expect(await processesOfRun(id)).toEqual([]);
    expect((await engine.status(id)).state).toBe('cancelled');
  });
});

describe('descriptions', () => {
  const refused = (launch: LaunchDraft, devices = 2): string => {
    try {
      makeSpec({ name: 'x', kind: 'train', argv: ['a'], cwd: '/', launch, target: { devices, chip: 'ascend910b' } }, newRunId());
    } catch (error) {
      return error instanceof RunError ? (error.args['field'] ?? error.args['name'] ?? error.key) : String(error);
    }
    return 'nothing';
  };

  test.each<[LaunchDraft, string]>([
    [{ launcher: 'mpirun' as 'plain' }, 'launch.launcher'],
    [{ nodes: 2 }, 'launch.nodes'],
    [{ nodes: 0, slurm: {} }, 'launch.nodes'],
    [{ launcher: 'torchrun', perNode: 3 }, 'launch.perNode'],
    [{ deviceIds: [-1] }, 'launch.deviceIds'],
    [{ telemetry: { seconds: 0 } }, 'launch.telemetry.seconds'],
    [{ slurm: { partition: 'a;b' } }, 'launch.slurm.partition'],
    [{ slurm: { partition: '--wrap=id' } }, 'launch.slurm.partition'],
    [{ slurm: { account: 'a b' } }, 'launch.slurm.account'],
    [{ slurm: { gres: 'npu:8\n' } }, 'launch.slurm.gres'],
    [{ slurm: { constraint: '$(id)' } }, 'launch.slurm.constraint'],
    [{ slurm: { minutes: 1.5 } }, 'launch.slurm.minutes'],
    [{ slurm: { exports: ['ALL'] } }, 'launch.slurm.exports'],
    [{ slurm: { exports: ['A=b'] } }, 'launch.slurm.exports'],
    [{ slurm: { exports: ['WANDB_API_KEY'] } }, 'WANDB_API_KEY'],
  ])('%j is refused for %s', (launch, field) => {
    expect(refused(launch)).toBe(field);
  });

  test('chips: kind, variable, what a scheduler is asked for', () => {
    const kinds = ['ascend910b', 'npu', '910B3', 'dcu-z100l', 'K100_AI', 'nvidia', 'a100', 'cpu'].map(chipKind);
    expect(kinds).toEqual(['npu', 'npu', 'npu', 'dcu', 'dcu', 'gpu', 'gpu', 'cpu']);
    expect(['npu', 'dcu', 'gpu', 'cpu'].map((kind) => visibleVariable(kind as 'npu'))).toEqual([
      'ASCEND_RT_VISIBLE_DEVICES',
      'HIP_VISIBLE_DEVICES',
      'CUDA_VISIBLE_DEVICES',
      null,
    ]);
    expect([defaultGres('npu', 8), defaultGres('dcu', 4), defaultGres('gpu', 4), defaultGres('cpu', 4)]).toEqual([
      'npu:8',
      'dcu:4',
      'gpu:4',
      null,
    ]);
  });

  test('what sbatch is asked', () => {
    const id = newRunId();
    const launch: LaunchDraft = {
      nodes: 2,
      launcher: 'torchrun',
      slurm: { partition: 'p', minutes: 30, memoryMiB: 4000, exports: ['MY_SITE', 'PATH'] },
    };
    const spec = makeSpec({ name: 'x', kind: 'train', argv: ['a'], cwd: '/', launch, target: { devices: 8, chip: 'dcu-z100l' } }, id);
    const options = sbatchOptions(id, 2, spec.launch!.slurm!);
    for (const option of [
      ...['--parsable', `--job-name=mindport-${id}`, '--no-requeue', '--open-mode=append', '--signal=B:TERM@60'],
      ...['--nodes=2', '--gres=dcu:4', '--partition=p', '--time=30', '--mem=4000M'],
    ]) {
      expect(options).toContain(option);
    }
    const exported = options.find((option) => option.startsWith('--export='))!;
    expect(exported.split(',').filter((name) => name.endsWith('PATH')).length).toBe(
      new Set(exported.split(',').filter((name) => name.endsWith('PATH'))).size,
    );
    expect(exported).toContain(',MY_SITE');
    expect(sbatchOptions(id, 1, { ...spec.launch!.slurm!, gres: 'none' }).join(' ')).not.toContain('gres');
    const texts = launchTexts(spec);
    expect(Object.keys(texts).sort()).toEqual(['job.sbatch', 'node.sh', 'submit.sh']);
    expect(texts['submit.sh']).toContain("'--gres=dcu:4'");
  });

  test.each([
    ['GRES=gpu:2(IDX:0-1),npu:3(IDX:1,4-5)', '1,4,5'],
    ['GRES=npu:910b:2(IDX:6-7) Nodes=n2 GRES=npu:910b:2(IDX:6-7)', '6,7'],
    // the nodes differ, or nothing is told: the first ones
    ['GRES=npu:2(IDX:0-1) Nodes=n2 GRES=npu:2(IDX:2-3)', '0,1'],
    ['GRES=npu(CNT:2)', '0,1'],
    ['', '0,1'],
  ])('devices a scheduler tells: %s', (told, devices) => {
    const target = { devices: 2, chip: 'ascend910b' };
    const spec = makeSpec(
      { name: 'x', kind: 'train', argv: ['printenv', 'ASCEND_RT_VISIBLE_DEVICES'], cwd: '/', launch: { slurm: {} }, target },
      newRunId(),
    );
    const tools = fakeTools({ scontrol: `case "$*" in *'-d job'*) echo 'JobId=1 Nodes=n1 CPU_IDs=3 Mem=0 ${told} MinCPUsNode=1' ;; esac` });
    const dir = folder();
    writeFileSync(join(dir, 'node.sh'), launchTexts(spec)['node.sh']!);
    const environment = { PATH: `${tools}:/usr/bin:/bin`, SLURM_JOB_ID: '1', SLURM_NODEID: '0', SLURMD_NODENAME: 'n1' };
    expect(execFileSync('sh', [join(dir, 'node.sh'), dir], { env: environment, encoding: 'utf8' })).toBe(`${devices}\n`);
  });

  test('a run without a launch gets no scripts of one', () => {
    const spec = makeSpec({ name: 'x', kind: 'train', argv: ['a'], cwd: '/' }, newRunId());
    expect(launchTexts(spec)).toEqual({});
  });
});
