/** TensorBoard and MLflow files of a run on another machine: gathered there when it ends, read here as hostile bytes. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fetchTracked } from '../../runs/src/adapters/tracked-far';
import { ended, folder, program, python } from './scene';
import { sshScene } from './ssh/scene';

const { machine } = sshScene();
const fixtures = join(import.meta.dirname, '..', 'fixtures', 'interop');
const eventBytes = readFileSync(join(fixtures, 'tensorboardx', 'events.out.tfevents.1700000000.host.x'));
const packages = join(import.meta.dirname, '..', '..', 'python');

/** A program that leaves an event file with the time of its own start, and an MLflow store. */
const writes = `import base64, os, time
os.makedirs('logs/a')
with open('logs/a/events.out.tfevents.%d.host' % time.time(), 'wb') as f: f.write(base64.b64decode('${eventBytes.toString('base64')}'))
os.makedirs('mlruns/0/run1/metrics')
with open('mlruns/0/run1/meta.yaml', 'w') as f: f.write('run_id: run1\\nstart_time: %d\\n' % (time.time() * 1000))
with open('mlruns/0/run1/metrics/val_loss', 'w') as f: f.write('1700000000000 0.25 1\\n')
`;

test('the losses a program told TensorBoard there are those of the run here', async () => {
  const here = machine();
  const { id } = await here.engine.launch(program(writes));
  expect(await ended(here.engine, id)).toMatchObject({ state: 'succeeded' });
  const { summary } = await here.engine.comparable(id);
  expect(summary.loss.filter(({ train }) => train !== null).length).toBeGreaterThan(5);
  const found = await fetchTracked(here.transport, id, 0, null);
  expect(found.map(({ source }) => source).sort()).toEqual(['mlflow', 'tensorboard']);
  expect(existsSync(join(here.dir(id), 'results', 'tracked.jsonl'))).toBe(true);
});

test('names that leave the folder, torn lines and foreign forms are passed over', async () => {
  const here = machine();
  const { id } = await here.engine.launch(program('pass'));
  await ended(here.engine, id);
  const data = eventBytes.toString('base64');
  const name = 'events.out.tfevents.1700000000.host';
  const lines = [
    { path: `../../${name}`, data },
    { path: `/tmp/mindport-escape/${name}`, data },
    { path: `a/../../${name}`, data },
    { path: `.hidden/${name}`, data },
    { path: `deep/\u0000/${name}`, data },
    { path: name, data: '!!' },
    { path: 3, data },
    { path: `clash`, data },
    { path: `clash/${name}`, data },
    { path: `kept/${name}`, data },
  ];
  const text = `${lines.map((line) => JSON.stringify(line)).join('\n')}\n{"path": "torn/${name}", "da`;
  mkdirSync(join(here.dir(id), 'results'), { recursive: true });
  writeFileSync(join(here.dir(id), 'results', 'tracked.jsonl'), text);
  const before = readdirSync(tmpdir()).filter((entry) => entry.startsWith('mindport-tracked-'));
  const found = await fetchTracked(here.transport, id, 0, null);
  expect(found.map(({ source }) => source)).toEqual(['tensorboard']);
  // the one good file, once
  expect(found[0]!.series.find((series) => series.name === 'train/loss')!.points).toHaveLength(15);
  expect(existsSync('/tmp/mindport-escape')).toBe(false);
  expect(readdirSync(tmpdir()).filter((entry) => entry.startsWith('mindport-tracked-'))).toEqual(before);
});

test('gathers within limits, follows no links and leaves out what is older than the run', () => {
  const at = folder();
  const call = `import sys; sys.path.insert(0, sys.argv[1])
from mindport_run import tracked
tracked._LARGEST_ALL = 1000
print(sorted(entry["path"] for entry in tracked.gathered(sys.argv[2], 1_700_000_000)))`;
  const put = (path: string, bytes: number, seconds = 1_700_000_100): void => {
    mkdirSync(join(at, path, '..'), { recursive: true });
    writeFileSync(join(at, path), Buffer.alloc(bytes));
    utimesSync(join(at, path), seconds, seconds);
  };
  const name = 'events.out.tfevents.1700000000.host';
  put(`a/${name}`, 400);
  put(`b/${name}`, 700);
  put(`c/${name}`, 500);
  put(`old/${name}`, 1, 1_600_000_000);
  put(`.git/${name}`, 1);
  put('mlruns/0/r/meta.yaml', 10);
  put('mlruns/0/r/artifacts/model.bin', 10);
  put('notes.txt', 10);
  symlinkSync('/etc', join(at, 'mlruns', 'etc'));
  symlinkSync(join(at, 'notes.txt'), join(at, `${name}.link`));
  const told = execFileSync(python, ['-I', '-S', '-B', '-c', call, packages, at], { encoding: 'utf8' });
  expect(told.trim()).toBe(`['a/${name}', 'c/${name}', 'mlruns/0/r/meta.yaml']`);
});
