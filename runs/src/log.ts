/**
 * Following a growing file by offset. A file that shrank or has another head is read again from its start; characters and lines that are cut
 * by the edge of a piece are put together again.
 */
import { createHash } from 'node:crypto';
import { StringDecoder } from 'node:string_decoder';
import { type ReadAnswer, type ReadAsk } from './transport';

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
  /** of the piece seen last; null as long as there is more to read in it */
  tag: string | null;
}

export const startOfLog: LogCursor = { offset: 0, size: 0, head: '', headLength: 0, tag: null };

export interface LogPiece {
  bytes: Uint8Array;
  cursor: LogCursor;
  /** the file was truncated or replaced: what was shown before is void */
  replaced: boolean;
  /** more is waiting: ask again at once */
  more: boolean;
}

/** The wish for the next piece of at most 64 KiB of `file`. */
export function askLog(file: string, cursor: LogCursor): ReadAsk {
  return { file, offset: cursor.offset, max: pollBytes, tag: cursor.tag };
}

/** What the answer to `askLog` means at `cursor`. A missing file is an empty one. */
export function takeLog(cursor: LogCursor, piece: ReadAnswer): LogPiece {
  const nothing = { bytes: new Uint8Array(), replaced: false, more: false };
  if (piece === 'unchanged') return { ...nothing, cursor };
  const gone = piece === null || piece.size < cursor.offset || !sameHead(piece.head, cursor);
  if (gone && cursor.offset > 0) return { ...nothing, cursor: startOfLog, replaced: true, more: piece !== null && piece.size > 0 };
  if (piece === null) return { ...nothing, cursor: startOfLog };
  const offset = cursor.offset + piece.bytes.length;
  const whole = offset >= piece.size;
  const next = { offset, size: piece.size, head: hash(piece.head), headLength: piece.head.length, tag: whole ? piece.tag : null };
  // a size without bytes is a file cut short meanwhile, or a lie: no reason to hurry
  return { bytes: piece.bytes, cursor: next, replaced: false, more: !whole && piece.bytes.length > 0 };
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
