/**
 * The loss of a long run as columns (`LossColumns`): some bytes a point instead of an object, so that a hundred runs of a hundred thousand steps
 * fit into one document. Numbers have the precision of float32. Runs in Node and in the page.
 */
import { type LossColumns, type LossPoint, type NumberColumn } from './document';

/** From how many points on a run's loss is written as columns. */
const manyPoints = 5000;

const names = ['epoch', 'step', 't', 'train', 'validation'] as const;
export type LossColumnName = (typeof names)[number];

/** A run with its loss in the form that fits its length. */
export function withCompactLoss<R extends { loss: LossPoint[]; lossColumns?: LossColumns }>(run: R): R {
  return run.loss.length < manyPoints ? run : { ...run, loss: [], lossColumns: packLoss(run.loss) };
}

export function packLoss(points: readonly LossPoint[]): LossColumns {
  const columns = names.map((name) => [name, packColumn(Float32Array.from(points, (point) => point[name] ?? Number.NaN))]);
  return { n: points.length, ...(Object.fromEntries(columns) as Record<LossColumnName, NumberColumn>) };
}

/** The shortest of the four forms that holds the values exactly. */
function packColumn(values: Float32Array): NumberColumn {
  const [first = 0, second = first] = values;
  const step = second - first;
  if (values.every((value, i) => value === first + i * step)) return { form: 'ramp', first, step };
  const held: number[] = [];
  const told: number[] = [];
  for (let i = 0; i < values.length; i++) {
    if (i === 0 || !Object.is(values[i], values[i - 1])) held.push(i);
    if (!Number.isNaN(values[i]!)) told.push(i);
  }
  const chosen = (at: number[]) => ({ at: toBase64(Uint32Array.from(at)), values: toBase64(Float32Array.from(at, (i) => values[i]!)) });
  const half = values.length / 2;
  if (held.length < half && held.length <= told.length) return { form: 'held', ...chosen(held) };
  if (told.length < half) return { form: 'sparse', ...chosen(told) };
  return { form: 'dense', values: toBase64(values) };
}

/** The `n` values of a column; NaN where there is none. What is damaged reads as none. */
export function unpackColumn(column: NumberColumn, n: number): Float32Array {
  const values = new Float32Array(n).fill(Number.NaN);
  switch (column.form) {
    case 'ramp':
      for (let i = 0; i < n; i++) values[i] = column.first + i * column.step;
      return values;
    case 'dense': {
      const dense = fromBase64(column.values);
      return dense.length === n ? dense : values;
    }
    case 'held': {
      const at = asIndices(fromBase64(column.at));
      const given = fromBase64(column.values);
      for (let k = 0; k < at.length; k++) {
        const value = given[k] ?? Number.NaN;
        const from = Math.min(at[k]!, n);
        const to = Math.min(at[k + 1] ?? n, n);
        if (from < to) values.fill(value, from, to);
      }
      return values;
    }
    case 'sparse': {
      const at = asIndices(fromBase64(column.at));
      const given = fromBase64(column.values);
      for (let k = 0; k < at.length; k++) if (at[k]! < n) values[at[k]!] = given[k] ?? Number.NaN;
      return values;
    }
  }
}

/** A float32 as the shortest decimal that reads back as the same float32. */
export function shortestDecimal(value: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
}

/** Number of bytes that a base64 text stands for; -1 when its length is impossible. */
export function base64Bytes(text: string): number {
  if (text.length % 4 !== 0) return -1;
  return (text.length / 4) * 3 - (text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0);
}

const littleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

function toBase64(values: Float32Array | Uint32Array): string {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  if (!littleEndian) swap(bytes);
  let binary = '';
  // more arguments than this overflow the stack
  for (let i = 0; i < bytes.length; i += 32_768) binary += String.fromCharCode(...bytes.subarray(i, i + 32_768));
  return btoa(binary);
}

type Decoder = typeof Uint8Array & { fromBase64?: (text: string) => Uint8Array<ArrayBuffer> };

function fromBase64(text: string): Float32Array {
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    const { fromBase64: decode } = Uint8Array as Decoder;
    if (decode) bytes = decode.call(Uint8Array, text);
    else {
      const binary = atob(text);
      bytes = new Uint8Array(binary.length);
      for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
    }
  } catch {
    return new Float32Array(0);
  }
  if (bytes.length % 4 !== 0) return new Float32Array(0);
  if (!littleEndian) swap(bytes);
  return new Float32Array(bytes.buffer);
}

function asIndices(values: Float32Array): Uint32Array {
  return new Uint32Array(values.buffer);
}

function swap(bytes: Uint8Array): void {
  for (let i = 0; i + 3 < bytes.length; i += 4) bytes.subarray(i, i + 4).reverse();
}
