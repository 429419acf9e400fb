/** `results/fields.json`, field by field. A field counts when its grid is one and its bytes are as many as its cells need. */
import { type FieldMap } from './document';
import { finiteNumber, membersOf, plainText } from './saved-words';

const mostFields = 400;
const mostRows = 180;
const mostColumns = 360;
const longestName = 200;
const base64 = /^[A-Za-z0-9+/]*={0,2}$/;
const isoTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?Z?$/;

export function checkFields(document: Record<string, unknown>): { maps: FieldMap[]; leftOut: number } {
  const { fields } = document;
  if (!Array.isArray(fields)) return { maps: [], leftOut: 1 };
  const maps = fields.slice(0, mostFields).flatMap((item) => fieldOf(item) ?? []);
  return { maps, leftOut: fields.length - maps.length };
}

function fieldOf(item: unknown): FieldMap | null {
  const field = membersOf(item);
  const { role, values } = field;
  const variable = plainText(field['variable'], longestName);
  const units = plainText(field['units'], longestName);
  const leadHours = finiteNumber(field['leadHours']);
  const latitudes = degrees(field['latitudes'], mostRows, -90.001, 90.001);
  const longitudes = degrees(field['longitudes'], mostColumns, -360, 720);
  const time = field['validTime'] ?? null;
  if (variable === null || variable === '' || units === null || leadHours === null || latitudes === null || longitudes === null)
    return null;
  if ((role !== 'truth' && role !== 'prediction') || (time !== null && (typeof time !== 'string' || !isoTime.test(time)))) return null;
  const cells = latitudes.length * longitudes.length;
  const land = field['land'] ?? null;
  if (!isPacked(values, cells * 4) || (land !== null && !isPacked(land, Math.ceil(cells / 8)))) return null;
  return { variable, units, leadHours, validTime: time, role, latitudes, longitudes, values, land };
}

/** Centres that go one way. */
function degrees(value: unknown, most: number, low: number, high: number): number[] | null {
  if (!Array.isArray(value) || value.length === 0 || value.length > most) return null;
  const numbers = value as unknown[];
  if (!numbers.every((item): item is number => finiteNumber(item) !== null && (item as number) >= low && (item as number) <= high))
    return null;
  const way = Math.sign(numbers[numbers.length - 1]! - numbers[0]!);
  return (way !== 0 || numbers.length === 1) && numbers.every((item, i) => i === 0 || Math.sign(item - numbers[i - 1]!) === way)
    ? numbers
    : null;
}

/** Whether a value is base64 of exactly so many bytes. */
function isPacked(value: unknown, bytes: number): value is string {
  if (typeof value !== 'string' || value.length !== 4 * Math.ceil(bytes / 3) || !base64.test(value)) return false;
  const padding = value.endsWith('==') ? 2 : value.endsWith('=') ? 1 : 0;
  return (value.length / 4) * 3 - padding === bytes;
}
