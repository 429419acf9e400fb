/**
 * Following a growing file by offset. A file that shrank or has another head is read again from its start; characters and lines that are cut
 * by the edge of a piece are put together again.
 */
import { createHash } from 'node:crypto';
import { StringDecoder } from 'node:string_decoder';
import { type Transport } from './transport';

/** Most bytes of one poll. */
export const pollBytes = 65_536;
/** A line is cut after this many characters; what follows until its end is dropped. */
export const longestLine = 65_536;

/** Where reading stands; survives as JSON in a client. */
export interface LogCursor {
  offset: number;
  size: number;
  /** sha256 over the first `headLength` bytes */
  head: string;
  headLength: number;
}

export const startOfLog: LogCursor = { offset: 0, size: 0, head: '', headLength: 0 };

export interface LogPiece {
  bytes: Uint8Array;
  cursor: LogCursor;
  /** the file was truncated or replaced: what was shown before is void */
  replaced: boolean;
  /** more is waiting */
  more: boolean;
}

/** Reads the next piece of at most 64 KiB. A missing file is an empty one. */
export async function readLog(transport: Transport, path: string, cursor: LogCursor): Promise<LogPiece> {
  let piece = await transport.read(path, cursor.offset, pollBytes);
  const gone = piece === null || piece.size < cursor.offset || !sameHead(piece.head, cursor);
  const replaced = gone && cursor.offset > 0;
  if (piece === null) return { bytes: new Uint8Array(), cursor: startOfLog, replaced, more: false };
  if (replaced)
    piece = (await transport.read(path, 0, pollBytes)) ?? { ...piece, size: 0, bytes: new Uint8Array(), head: new Uint8Array() };
  const offset = (replaced ? 0 : cursor.offset) + piece.bytes.length;
  const next = { offset, size: piece.size, head: hash(piece.head), headLength: piece.head.length };
  return { bytes: piece.bytes, cursor: next, replaced, more: offset < piece.size };
}

function sameHead(head: Uint8Array, cursor: LogCursor): boolean {
  if (cursor.headLength === 0) return true;
  return head.length >= cursor.headLength && hash(head.subarray(0, cursor.headLength)) === cursor.head;
}

function hash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Bytes to text to lines, across any cut. `\n`, `\r\n` and the `\r` of progress bars end a line. */
export class LineAssembler {
  private decoder = new StringDecoder('utf8');
  private torn = '';
  private overlong = false;

  /** The text of a piece and the lines it completes; the torn last line is kept for the next piece. */
  push(bytes: Uint8Array): { text: string; lines: string[] } {
    const text = this.decoder.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    return { text, lines: this.split(text) };
  }

  /** What is left when nothing more will come. */
  end(): { text: string; lines: string[] } {
    const text = this.decoder.end();
    const lines = this.split(text);
    if (this.torn !== '') lines.push(this.torn);
    this.torn = '';
    return { text, lines };
  }

  private split(text: string): string[] {
    const parts = text.split(/\r\n|\r|\n/);
    const lines: string[] = [];
    parts.forEach((part, i) => {
      if (!this.overlong) this.torn += part;
      if (this.torn.length > longestLine) {
        this.torn = this.torn.slice(0, longestLine);
        this.overlong = true;
      }
      if (i < parts.length - 1) {
        if (this.torn !== '') lines.push(this.torn);
        this.torn = '';
        this.overlong = false;
      }
    });
    return lines;
  }
}

/**
 * Text from a program made fit for showing: escape sequences (colours, titles, links) and control characters go, tabs and line ends stay.
 * A sequence cut by the edge of a piece loses its escape character and so its power.
 */
export function sanitise(text: string): string {
  return text

    .replace(/\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)|\u001b[PX^_][^\u001b]*\u001b\\|[\u001b\u009b][[\]()#;?]*[\d;]*[ -/]*[@-~]/g, '')

    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '');
}
