/** A tar stream (POSIX ustar with pax records for long names) that depends on paths, modes and contents only: equal folders give equal bytes. */
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { RunError } from '../errors';
import { type ChosenFile } from './choose';

/** all files have this time, 2001-09-09: when something was checked out says nothing about it */
const time = 1_000_000_000;
const block = 512;

/** The stream of `files` below `folder`. Throws `sync.changed` when a file has another size than when it was chosen. */
export async function* tarStream(folder: string, files: readonly ChosenFile[]): AsyncGenerator<Uint8Array> {
  for (const file of files) {
    yield entryHeader(file);
    if (file.link !== null) continue;
    let sent = 0;
    for await (const chunk of createReadStream(join(folder, file.path), { highWaterMark: 262_144 })) {
      sent += (chunk as Buffer).length;
      if (sent > file.size) break;
      yield chunk as Buffer;
    }
    if (sent !== file.size) throw new RunError('sync.changed', { path: file.path });
    yield Buffer.alloc((block - (file.size % block)) % block);
  }
  yield Buffer.alloc(2 * block);
}

function entryHeader(file: ChosenFile): Buffer {
  const records: string[] = [];
  if (!fits(file.path)) records.push(record('path', file.path));
  if (file.link !== null && !fits(file.link)) records.push(record('linkpath', file.link));
  if (file.size >= 8 ** 11) records.push(record('size', String(file.size)));
  const type = file.link === null ? '0' : '2';
  const own = header(file.path, file.link === null ? file.size : 0, file.executable ? 0o755 : 0o644, type, file.link ?? '');
  if (records.length === 0) return own;
  const body = Buffer.from(records.join(''));
  const padded = Buffer.alloc(Math.ceil(body.length / block) * block);
  body.copy(padded);
  return Buffer.concat([header('pax', body.length, 0o644, 'x', ''), padded, own]);
}

/** Plain ustar holds 100 bytes, and whether they are UTF-8 is not said. */
function fits(path: string): boolean {
  return path.length <= 100 && /^[\x20-\x7e]*$/.test(path);
}

/** "LENGTH key=value\n", where LENGTH counts itself. */
function record(key: string, value: string): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + String(rest).length;
  if (rest + String(length).length !== length) length = rest + String(length).length;
  return `${length} ${key}=${value}\n`;
}

function header(path: string, size: number, mode: number, type: string, link: string): Buffer {
  const bytes = Buffer.alloc(block);
  const octal = (value: number, at: number, length: number): void => {
    bytes.write(value.toString(8).padStart(length - 1, '0').slice(-(length - 1)), at, 'latin1'); // prettier-ignore
  };
  bytes.write(path.slice(0, 100), 0, 100, 'latin1');
  octal(mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(time, 136, 12);
  bytes.write('        ', 148, 'latin1');
  bytes.write(type, 156, 'latin1');
  bytes.write(link.slice(0, 100), 157, 100, 'latin1');
  bytes.write('ustar\0' + '00', 257, 'latin1');
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return bytes;
}
