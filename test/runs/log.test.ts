import { appendFile, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LineAssembler, type LogCursor, askLog, longestLine, pollBytes, sanitise, startOfLog, takeLog } from '../../runs/src/log';
import { readPiece } from '../../runs/src/pieces';
import { ended, engineIn, folder, program, streamText, watched } from './scene';

/** Reads on from a cursor until there is no more. */
async function rest(path: string, cursor: LogCursor): Promise<{ text: string; cursor: LogCursor; replaced: boolean }> {
  const bytes: Uint8Array[] = [];
  let replaced = false;
  for (;;) {
    const piece = takeLog(cursor, await readPiece(path, askLog('', cursor)));
    expect(piece.bytes.length).toBeLessThanOrEqual(pollBytes);
    replaced ||= piece.replaced;
    bytes.push(piece.bytes);
    cursor = piece.cursor;
    if (!piece.more) return { text: Buffer.concat(bytes).toString(), cursor, replaced };
  }
}

describe('reading by offset', () => {
  test('goes on where it stood, in pieces of at most 64 KiB', async () => {
    const path = join(folder(), 'log');
    await writeFile(path, 'a'.repeat(200_000));
    const first = await rest(path, startOfLog);
    expect(first.text).toHaveLength(200_000);
    await appendFile(path, 'more');
    expect(await rest(path, JSON.parse(JSON.stringify(first.cursor)))).toMatchObject({ text: 'more', replaced: false });
  });

  test('a missing file is an empty one', async () => {
    expect(await rest(join(folder(), 'none'), startOfLog)).toMatchObject({ text: '', replaced: false });
  });

  test('a file that was short when first read keeps its head as it grows', async () => {
    const path = join(folder(), 'log');
    await writeFile(path, 'abc');
    const first = await rest(path, startOfLog);
    await appendFile(path, 'd'.repeat(1000));
    expect(await rest(path, first.cursor)).toMatchObject({ text: 'd'.repeat(1000), replaced: false });
  });

  test('a truncated file is read from its beginning', async () => {
    const path = join(folder(), 'log');
    await writeFile(path, 'first life of the log\n');
    const { cursor } = await rest(path, startOfLog);
    await truncate(path, 0);
    expect(await rest(path, cursor)).toMatchObject({ text: '', replaced: true });
    await appendFile(path, 'second');
    expect(await rest(path, cursor)).toMatchObject({ text: 'second', replaced: true });
  });

  test('another file of the same length or longer is noticed by its head', async () => {
    const path = join(folder(), 'log');
    await writeFile(path, 'aaaa\n');
    const { cursor } = await rest(path, startOfLog);
    await writeFile(path, 'bbbb\n');
    expect(await rest(path, cursor)).toMatchObject({ text: 'bbbb\n', replaced: true });
    await writeFile(path, 'cccc\nand more\n');
    expect(await rest(path, cursor)).toMatchObject({ text: 'cccc\nand more\n', replaced: true });
  });
});

describe('lines', () => {
  const assembled = (pieces: Buffer[]): { text: string; lines: string[] } => {
    const assembler = new LineAssembler();
    let text = '';
    const lines: string[] = [];
    for (const piece of pieces) {
      const part = assembler.push(piece);
      text += part.text;
      lines.push(...part.lines);
    }
    const last = assembler.end();
    return { text: text + last.text, lines: [...lines, ...last.lines] };
  };

  test('a cut at every byte of multi-byte text changes nothing', () => {
    const text = 'é海🌊\r\n𝔘 ñ\nend';
    const bytes = Buffer.from(text);
    for (let i = 0; i <= bytes.length; i += 1) {
      for (let j = i; j <= bytes.length; j += 1) {
        const told = assembled([bytes.subarray(0, i), bytes.subarray(i, j), bytes.subarray(j)]);
        expect(told.text).toBe(text);
        expect(told.lines).toEqual(['é海🌊', '𝔘 ñ', 'end']);
      }
    }
  });

  test('cut anywhere, the text and the lines are those of the whole', () => {
    const unit = fc.oneof(fc.constantFrom('\n', '\r', '\r\n', '海', '🌊', 'a'), fc.string({ unit: 'grapheme', maxLength: 3 }));
    fc.assert(
      fc.property(fc.array(unit), fc.array(fc.nat(200), { maxLength: 8 }), (parts, cuts) => {
        const bytes = Buffer.from(parts.join(''));
        const at = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
        const told = assembled(at.slice(1).map((end, i) => bytes.subarray(at[i], end)));
        expect(told.text).toBe(bytes.toString());
        expect(told.lines).toEqual(bytes.toString().split(/\r\n|\r|\n/).filter(Boolean)); // prettier-ignore
      }),
    );
  });

  test('bytes that are no UTF-8 do not stop reading', () => {
    const told = assembled([Buffer.from([0xff, 0xfe, 0x0a, 0xe6, 0xb5]), Buffer.from('x\n')]);
    expect(told.lines).toHaveLength(2);
    expect(told.lines[1]).toMatch(/x$/);
  });

  test('a line without end is cut, the next is whole', () => {
    const assembler = new LineAssembler();
    const lines: string[] = [];
    for (let i = 0; i < 100; i += 1) lines.push(...assembler.push(Buffer.alloc(10_000, 'x')).lines);
    lines.push(...assembler.push(Buffer.from('\nnext\n')).lines);
    expect(lines.map((line) => line.length)).toEqual([longestLine, 4]);
  });
});

describe('text for showing', () => {
  test.each([
    ['\u001b[31mred\u001b[0m', 'red'],
    ['\u001b]0;title\u0007x', 'x'],
    ['\u001b]8;;http://a\u001b\\link\u001b]8;;\u001b\\', 'link'],
    ['a\u0000b\u0008c', 'abc'],
    ['tab\tline\r\n', 'tab\tline\r\n'],
    ['\u202eevil', 'evil'],
    ['\u001b', ''],
    ['海 🌊', '海 🌊'],
  ])('%j', (text, shown) => expect(sanitise(text)).toBe(shown));

  test('no escape character is left of any text', () => {
    const unit = fc.constantFrom('\u001b', '[', ']', '3', ';', 'm', '\u0007', '\\', '\u009b', 'P', 'x');
    fc.assert(fc.property(fc.string({ unit, maxLength: 40 }), (text) => !/[\u001b\u009b\u0007]/.test(sanitise(text))));
  });
});

test('20 MB of progress bars: every byte told once and in order, the figures found', async () => {
  const engine = engineIn(folder());
  const source = `
import sys
out = sys.stdout
for epoch in (1, 2):
    for i in range(120_000):
        out.write('\\repoch %d 进度 %3d%% |%s| %d/120000 loss=%.6f' % (epoch, i // 1200, '█' * (i // 4000), i, 1 / (i + 1)))
    out.write('\\nTime taken for epoch %d is %.1f sec\\nTrain loss: %f. Valid loss: %f\\n' % (epoch, epoch, 1 / epoch, 2 / epoch))
`;
  const { id, dir } = await engine.launch(program(source));
  const text = streamText(await watched(engine, id), 'stdout');
  const whole = await readFile(join(dir, 'stdout.log'));
  expect(whole.length).toBeGreaterThan(20_000_000);
  expect(Buffer.from(text).equals(whole)).toBe(true);
  expect((await ended(engine, id)).state).toBe('succeeded');
  const summary = await engine.summary(id);
  expect(summary.loss.map((point) => [point.epoch, point.train, point.validation])).toEqual([
    [1, 1, 2],
    [2, 0.5, 1],
  ]);
  expect(summary.secondsPerEpoch.value).toBe(2);
});
