/**
 * What a program on another machine told TensorBoard or MLflow: `python/mindport_run/tracked.py` gathers their files there when the program has ended,
 * and this reads what it gathered. The bytes are anybody's: names are plain or passed over, sizes are bounded, and the files are written only to a
 * folder of their own, where the same readers look at them as at those of this machine.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Transport } from '../transport';
import { readWhole } from '../whole';
import { findTracked, type Tracked } from './tracked';

const file = 'results/tracked.jsonl';
const largestAll = 40_000_000;
const mostFiles = 1000;
const plainPath = /^(?:[A-Za-z0-9_-][A-Za-z0-9 ._@=+,-]{0,199}\/){0,9}[A-Za-z0-9_-][A-Za-z0-9 ._@=+,-]{0,199}$/;
const base64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** What was gathered (`RunEngine` waits for that) and began between `from` and `to` (milliseconds by that machine's clock; null: open). Throws `LinkError` when the machine is not reached. */
export async function fetchTracked(transport: Transport, id: string, from: number, to: number | null): Promise<Tracked[]> {
  const { [file]: bytes } = await readWhole(transport, id, { [file]: largestAll });
  if (bytes === null || bytes === 'longer') return [];
  const folder = await mkdtemp(join(tmpdir(), 'mindport-tracked-'));
  try {
    let files = 0;
    for (const line of new TextDecoder().decode(bytes).split('\n')) {
      const entry = fileOf(line);
      if (entry === null) continue;
      if ((files += 1) > mostFiles) break;
      const path = join(folder, entry.path);
      // a name that is a file and a folder at once is left out
      await mkdir(dirname(path), { recursive: true }).then(() => writeFile(path, entry.data, { flag: 'wx' }), () => {}).catch(() => {}); // prettier-ignore
    }
    return await findTracked(folder, from, to);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function fileOf(line: string): { path: string; data: Buffer } | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const { path, data } = value as Record<string, unknown>;
  if (typeof path !== 'string' || !plainPath.test(path) || path.split('/').some((part) => /^\.+$/.test(part))) return null;
  return typeof data === 'string' && base64.test(data) ? { path, data: Buffer.from(data, 'base64') } : null;
}
