/** One look at a run through a shell: what it says of the end and of the files belongs together. */
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { functions } from '../../runs/src/transports/remote/functions';
import { LocalShell } from '../../runs/src/transports/remote/kept-shell';
import { ShellTransport } from '../../runs/src/transports/remote/transport';
import { type ReadAnswer } from '../../runs/src/transport';
import { folder } from './scene';

const id = '01ARZ3NDEKTSV4RRFFQ69G5FAV';
const shells: LocalShell[] = [];
afterEach(async () => {
  for (const shell of shells.splice(0)) await shell.close();
});

const text = (piece: ReadAnswer | undefined): string =>
  piece === null || piece === undefined || piece === 'unchanged' ? String(piece) : Buffer.from(piece.bytes).toString();

test('a run that ends in the midst of a look is told with all it wrote', async () => {
  const root = folder();
  const dir = join(root, 'runs', id);
  mkdirSync(join(dir, 'started'), { recursive: true });
  writeFileSync(join(dir, 'stdout.log'), 'first\n');
  // the files are measured first; the run writes on and ends while its processes are looked for
  const ending = `mp_process() { echo last >> "$mp_id/stdout.log"; echo new > "$mp_id/stderr.log"; mkdir "$mp_id/exit.0"; mp_p=dead; }`;
  const shell = new LocalShell('here', `${functions(root)}\n${ending}\n`);
  shells.push(shell);
  const reads = ['stdout.log', 'stderr.log', 'events.jsonl'].map((file) => ({ file, offset: 0, max: 1000, tag: null }));
  const [answer] = await new ShellTransport(shell, root, '').poll([{ id, reads }]);
  expect(answer!.seen).toMatchObject({ exit: 0 });
  expect(answer!.pieces.map(text)).toEqual(['first\nlast\n', 'new\n', 'null']);
});

test('what has not changed is not sent again, at the end neither', async () => {
  const root = folder();
  const dir = join(root, 'runs', id);
  mkdirSync(join(dir, 'started'), { recursive: true });
  writeFileSync(join(dir, 'stdout.log'), 'first\n');
  const shell = new LocalShell('here', functions(root));
  shells.push(shell);
  const transport = new ShellTransport(shell, root, '');
  const look = async (offset: number, tag: string | null): Promise<ReadAnswer> =>
    (await transport.poll([{ id, reads: [{ file: 'stdout.log', offset, max: 1000, tag }] }]))[0]!.pieces[0]!;
  const first = await look(0, null);
  if (first === null || first === 'unchanged') throw new Error('nothing was read');
  expect(await look(6, first.tag)).toBe('unchanged');
  appendFileSync(join(dir, 'stdout.log'), 'second\n');
  mkdirSync(join(dir, 'exit.0'));
  expect(text(await look(6, first.tag))).toBe('second\n');
});
