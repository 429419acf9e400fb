/** Reads a file of a run from its beginning, in pieces and from any machine. */
import { type Transport } from './transport';

const pieceSize = 1_048_576;

/** The bytes of a file up to `largest`; null when it is not there; 'longer' when there is more. */
export async function readWhole(transport: Transport, id: string, file: string, largest: number): Promise<Uint8Array | 'longer' | null> {
  const parts: Uint8Array[] = [];
  for (let offset = 0; ;) {
    const [answer] = await transport.poll([{ id, reads: [{ file, offset, max: pieceSize, tag: null }] }]);
    const piece = answer?.pieces[0] ?? null;
    if (piece === null || piece === 'unchanged') return parts.length === 0 ? null : Buffer.concat(parts);
    if (piece.size > largest) return 'longer';
    parts.push(piece.bytes);
    offset += piece.bytes.length;
    if (piece.bytes.length === 0 || offset >= piece.size) return Buffer.concat(parts);
  }
}
