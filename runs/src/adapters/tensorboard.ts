/**
 * Scalars of TensorBoard event files. A file is a row of records (TFRecord: length, its checksum, bytes, their checksum), each an `Event` in the
 * wire form of Protocol Buffers. Only what scalars need is read; a record whose checksum is wrong ends the file, and so does a torn last one.
 */

export interface TrackedPoint {
  step: number;
  /** seconds since 1970 */
  t: number;
  value: number;
}

export interface TrackedSeries {
  name: string;
  points: TrackedPoint[];
}

export interface EventFile {
  series: TrackedSeries[];
  /** a checksum was wrong, or a record longer than any of ours: what follows was not read */
  damaged: boolean;
}

const longestRecord = 16_777_216;
const longestTag = 300;
const mostSeries = 2000;
const mostPoints = 2_000_000;

export function readEventFile(bytes: Uint8Array): EventFile {
  const series = new Map<string, TrackedPoint[]>();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let damaged = false;
  let points = 0;
  for (let at = 0; at + 12 <= bytes.length;) {
    const length = view.getUint32(at, true);
    if (
      view.getUint32(at + 4, true) !== 0 ||
      length > longestRecord ||
      masked(crc32c(bytes, at, at + 8)) !== view.getUint32(at + 8, true)
    ) {
      damaged = true;
      break;
    }
    const from = at + 12;
    const to = from + length;
    if (to + 4 > bytes.length) break; // still being written
    if (masked(crc32c(bytes, from, to)) !== view.getUint32(to, true)) {
      damaged = true;
      break;
    }
    for (const { tag, value, step, t } of scalarsOf(bytes.subarray(from, to))) {
      const kept = series.get(tag);
      if (points >= mostPoints || (kept === undefined && series.size >= mostSeries)) continue;
      points += 1;
      if (kept === undefined) series.set(tag, [{ step, t, value }]);
      else kept.push({ step, t, value });
    }
    at = to + 4;
  }
  return { series: [...series].map(([name, points]) => ({ name, points })), damaged };
}

/** A field of a message: `number` of a varint or float, `bytes` of what has a length. */
interface Field {
  id: number;
  number: number;
  bytes: Uint8Array | null;
}

/** The fields of a message, in order; what is not well formed ends it. */
function* fieldsOf(message: Uint8Array): Generator<Field> {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  let at = 0;
  const varint = (): number | null => {
    let value = 0;
    for (let scale = 1, i = 0; i < 10; i += 1, scale *= 128) {
      if (at >= message.length) return null;
      const byte = message[at]!;
      at += 1;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    return null;
  };
  while (at < message.length) {
    const key = varint();
    if (key === null) return;
    const id = Math.floor(key / 8);
    const form = key % 8;
    if (form === 0) {
      const number = varint();
      if (number === null) return;
      yield { id, number, bytes: null };
    } else if (form === 1) {
      if (at + 8 > message.length) return;
      yield { id, number: view.getFloat64(at, true), bytes: null };
      at += 8;
    } else if (form === 5) {
      if (at + 4 > message.length) return;
      yield { id, number: view.getFloat32(at, true), bytes: null };
      at += 4;
    } else if (form === 2) {
      const length = varint();
      if (length === null || at + length > message.length) return;
      yield { id, number: 0, bytes: message.subarray(at, at + length) };
      at += length;
    } else {
      return;
    }
  }
}

/** Event: wall_time 1, step 2, summary 5; Summary: value 1. */
function scalarsOf(event: Uint8Array): (TrackedPoint & { tag: string })[] {
  let t = 0;
  let step = 0;
  const found: { tag: string; value: number }[] = [];
  for (const { id, number, bytes } of fieldsOf(event)) {
    if (id === 1 && bytes === null) t = number;
    else if (id === 2 && bytes === null) step = number;
    else if (id === 5 && bytes !== null) {
      for (const value of fieldsOf(bytes)) {
        const scalar = value.id === 1 && value.bytes !== null ? scalarOf(value.bytes) : null;
        if (scalar !== null) found.push(scalar);
      }
    }
  }
  // a negative step is a varint above 2^63
  const whole = Number.isSafeInteger(step) ? step : 0;
  return Number.isFinite(t) ? found.map((scalar) => ({ ...scalar, step: whole, t })) : [];
}

/** Value: tag 1, simple_value 2, tensor 8; TensorProto: dtype 1 (float 1, double 2), tensor_content 4, float_val 5, double_val 6. */
function scalarOf(message: Uint8Array): { tag: string; value: number } | null {
  let tag = '';
  let value: number | null = null;
  for (const { id, number, bytes } of fieldsOf(message)) {
    if (id === 1 && bytes !== null && bytes.length <= longestTag) tag = Buffer.from(bytes).toString();
    else if (id === 2 && bytes === null) value = number;
    else if (id === 8 && bytes !== null) value ??= tensorScalar(bytes);
  }
  return tag === '' || value === null ? null : { tag, value };
}

/** The number of a tensor that holds exactly one. */
function tensorScalar(tensor: Uint8Array): number | null {
  let kind = 0;
  const numbers: number[] = [];
  for (const { id, number, bytes } of fieldsOf(tensor)) {
    if (id === 1) kind = number;
    else if (id === 5 || id === 6 || id === 4) {
      if (bytes === null) numbers.push(number);
      else {
        const size = id === 6 || (id === 4 && kind === 2) ? 8 : 4;
        if (bytes.length !== size) return null;
        const view = new DataView(bytes.buffer, bytes.byteOffset, size);
        numbers.push(size === 8 ? view.getFloat64(0, true) : view.getFloat32(0, true));
      }
    }
  }
  return (kind === 1 || kind === 2) && numbers.length === 1 ? numbers[0]! : null;
}

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let i = 0; i < 8; i += 1) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc >>> 0;
});

/** CRC-32C (Castagnoli). */
export function crc32c(bytes: Uint8Array, from = 0, to = bytes.length): number {
  let crc = 0xffffffff;
  for (let i = from; i < to; i += 1) crc = table[(crc ^ bytes[i]!) & 255]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/** As TFRecord stores checksums: turned by 15 bits and moved, so that a checksum of checksums is none of zeros. */
function masked(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
