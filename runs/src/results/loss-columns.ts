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
  if (column.form === 'ramp') return Float32Array.from({ length: n }, (_, i) => column.first + i * column.step);
  if (column.form === 'dense') {
    const dense = fromBase64(column.values);
    return dense.length === n ? dense : new Float32Array(n).fill(Number.NaN);
  }
  const values = new Float32Array(n).fill(Number.NaN);
  const { at, values: given } = toldValues(column);
  for (let k = 0; k < at.length; k++) {
    const from = Math.min(at[k]!, n);
    const to = column.form === 'held' ? Math.min(at[k + 1] ?? n, n) : Math.min(from + 1, n);
    if (from < to) values.fill(given[k] ?? Number.NaN, from, to);
  }
  return values;
}

/** The values a column tells, and the points they stand at. What is damaged has none. */
export function toldValues(column: Extract<NumberColumn, { form: 'held' | 'sparse' }>): { at: Uint32Array; values: Float32Array } {
  const at = fromBase64(column.at);
  return { at: new Uint32Array(at.buffer), values: fromBase64(column.values) };
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

/** Empty for what is not the base64 of whole numbers. */
function fromBase64(text: string): Float32Array<ArrayBuffer> {
  let bytes: Uint8Array<ArrayBuffer> | null;
  try {
    const { fromBase64: decode } = Uint8Array as Decoder;
    bytes = decode ? decode.call(Uint8Array, text) : decodeBase64(text);
  } catch {
    bytes = null;
  }
  if (!bytes || bytes.length % 4 !== 0) return new Float32Array(0);
  if (!littleEndian) swap(bytes);
  return new Float32Array(bytes.buffer);
}

/** by character code: its six bits, 255 for what is none of base64 */
const sixBits = new Uint8Array(256).fill(255);
for (const [i, letter] of [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'].entries()) {
  sixBits[letter.charCodeAt(0)] = i;
}

/** For engines without a decoder of their own: `atob` and a loop over its text take ten times as long. @returns null for anything else */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> | null {
  const length = base64Bytes(text);
  if (length < 0) return null;
  const bytes = new Uint8Array(length);
  const letters = text.endsWith('==') ? text.length - 2 : text.endsWith('=') ? text.length - 1 : text.length;
  let wrong = 0;
  const bits = (i: number): number => {
    if (i >= letters) return 0;
    const code = text.charCodeAt(i);
    const value = code < 256 ? sixBits[code]! : 255;
    wrong |= value & 192;
    return value;
  };
  for (let i = 0, k = 0; i < letters; i += 4, k += 3) {
    const four = (bits(i) << 18) | (bits(i + 1) << 12) | (bits(i + 2) << 6) | bits(i + 3);
    bytes[k] = four >>> 16;
    bytes[k + 1] = four >>> 8;
    bytes[k + 2] = four;
  }
  return wrong === 0 ? bytes : null;
}

function swap(bytes: Uint8Array): void {
  for (let i = 0; i + 3 < bytes.length; i += 4) bytes.subarray(i, i + 4).reverse();
}
