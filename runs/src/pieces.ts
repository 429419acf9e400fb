/** Reading files of this machine by offset. */
import { open } from 'node:fs/promises';
import { explainFileError } from './errors';
import { type ReadAnswer, type ReadAsk } from './transport';

/** What `ask` wants of the file at `path`; its `file` is not looked at. */
export async function readPiece(path: string, { offset, max, tag: known }: Omit<ReadAsk, 'file'>): Promise<ReadAnswer> {
  let file;
  try {
    file = await open(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw explainFileError(error, path);
  }
  try {
    const { size, mtimeMs, ino } = await file.stat();
    const tag = `${size}:${ino}:${mtimeMs}`;
    if (tag === known) return 'unchanged';
    const head = await take(file, 0, Math.min(256, size));
    const bytes = offset < size ? await take(file, offset, Math.min(max, size - offset)) : new Uint8Array();
    return { size, tag, head, bytes };
  } finally {
    await file.close();
  }
}

async function take(file: Awaited<ReturnType<typeof open>>, offset: number, length: number): Promise<Uint8Array> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, offset);
  return buffer.subarray(0, bytesRead);
}
