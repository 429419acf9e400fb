/** Scores and fields of a run on another machine: sent there whole or not at all, and read back. */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readSaved } from '../../runs/src/results/saved';
import { fieldMaps } from '../webview/full-document';
import { ended, folder, program } from './scene';
import { type Machine, sshScene } from './ssh/scene';

const { machine, link } = sshScene();

async function made(here: Machine): Promise<string> {
  const { id } = await here.engine.launch(program('print(1)', { cwd: folder() }));
  await ended(here.engine, id);
  return id;
}

const fields = JSON.stringify({ format: 'mindport-fields', version: 1, fields: fieldMaps(1, 120, 300) });
const scores = JSON.stringify({ format: 'mindport-scores', version: 1, climatology: null, mask: null, inputs: [], scores: [{ metric: 'rmse', definition: 'wb2', variable: "z'500 海", units: 'm²/s²', lead_h: 6, value: 1, n: 1 }] }); // prettier-ignore

test('large and small files arrive as they were', async () => {
  const here = machine();
  const id = await made(here);
  expect(await readSaved(here.transport, id)).toEqual({ scores: [], fields: [], problems: [] });
  expect(fields.length).toBeGreaterThan(1_500_000);
  await here.transport.write(id, 'results/fields.json', fields);
  await here.transport.write(id, 'results/scores.json', scores);
  expect(readFileSync(join(here.dir(id), 'results', 'fields.json'), 'utf8') === fields).toBe(true);
  const saved = await readSaved(here.transport, id);
  expect([saved.fields.length, saved.scores[0]!.variable, saved.problems]).toEqual([12, "z'500 海", []]);
  const { summary } = await here.engine.comparable(id);
  expect([summary.fields!.length, summary.scores.length]).toEqual([12, 1]);
});

test('a cut on the way leaves what was there, and nothing half-written', async () => {
  const faulty = await link();
  const here = machine({ link: faulty });
  const id = await made(here);
  writeFileSync(join(here.dir(id), 'results', 'fields.json'), 'before');
  faulty.resetAfter(500_000);
  await expect(here.transport.write(id, 'results/fields.json', fields)).rejects.toThrow();
  faulty.heal();
  expect(readFileSync(join(here.dir(id), 'results', 'fields.json'), 'utf8')).toBe('before');
  await expect.poll(() => readdirSync(join(here.dir(id), 'results')), { timeout: 20_000 }).toEqual(['fields.json']);
  await here.transport.write(id, 'results/fields.json', fields);
  expect((await readSaved(here.transport, id)).fields).toHaveLength(12);
});
