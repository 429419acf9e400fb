/** Reads files of a run from their beginning, in pieces and from any machine. */
import { type Transport } from './transport';

const pieceSize = 1_048_576;

/** The bytes of a file; null when it is not there; 'longer' when there are more than were wanted. */
export type Whole = Uint8Array | 'longer' | null;

/** Several files at once: of files that are not there, or short, one look tells. `files` holds the most bytes wanted of each. */
export async function readWhole<F extends string>(
  transport: Transport,
  id: string,
  files: Readonly<Record<F, number>>,
): Promise<Record<F, Whole>> {
  const names = Object.keys(files) as F[];
  const parts = new Map<F, Uint8Array[]>(names.map((name) => [name, []]));
  const done = new Map<F, Whole>();
  const offset = (name: F): number => parts.get(name)!.reduce((sum, { length }) => sum + length, 0);
  while (done.size < names.length) {
    const open = names.filter((name) => !done.has(name));
    const reads = open.map((file) => ({ file, offset: offset(file), max: pieceSize, tag: null }));
    const [answer] = await transport.poll([{ id, reads }]);
    for (const [i, name] of open.entries()) {
      const piece = answer?.pieces[i] ?? null;
      const had = parts.get(name)!;
      if (piece === null || piece === 'unchanged') done.set(name, had.length === 0 ? null : Buffer.concat(had));
      else if (piece.size > files[name]) done.set(name, 'longer');
      else {
        had.push(piece.bytes);
        if (piece.bytes.length === 0 || offset(name) >= piece.size) done.set(name, Buffer.concat(had));
      }
    }
  }
  return Object.fromEntries(done) as Record<F, Whole>;
}
