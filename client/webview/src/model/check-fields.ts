/** Field maps and origins as they arrive. A field is shown only when its grid and its bytes fit each other; else it is left out. */
import type { FieldMap, RunOrigin } from '../../../../runs/src/results/document';
import { accepted, isMembers, number, text, textOrNull } from './checked-values';

/** A grid has at most this many cells: 360 × 180. */
const mostCells = 64_800;
const mostFields = 400;
const base64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** Absent when the list is none or holds no field that can be drawn. */
export function fieldMapsOf(value: unknown): FieldMap[] | undefined {
  const maps = accepted(value, mostFields, fieldMapOf);
  return maps.length === 0 ? undefined : maps;
}

function fieldMapOf(value: unknown): FieldMap | null {
  if (!isMembers(value)) return null;
  const { role } = value;
  const leadHours = number(value['leadHours']);
  const latitudes = degrees(value['latitudes'], -90, 90);
  const longitudes = degrees(value['longitudes'], -360, 720);
  if ((role !== 'truth' && role !== 'prediction') || leadHours === null || latitudes === null || longitudes === null) return null;
  const cells = latitudes.length * longitudes.length;
  if (cells > mostCells || !isPacked(value['values'], cells * 4)) return null;
  const land = value['land'] ?? null;
  return {
    variable: text(value['variable'], ''),
    units: text(value['units'], ''),
    leadHours,
    validTime: textOrNull(value['validTime']),
    role,
    latitudes,
    longitudes,
    values: value['values'],
    land: isPacked(land, Math.ceil(cells / 8)) ? land : null,
  };
}

/** Centres of rows or columns: at least one, each finite and between `low` and `high`. */
function degrees(value: unknown, low: number, high: number): number[] | null {
  if (!Array.isArray(value) || value.length === 0 || value.length > mostCells) return null;
  return value.every((item) => number(item) !== null && item >= low && item <= high) ? (value as number[]) : null;
}

/** Whether a value is base64 of exactly so many bytes. */
function isPacked(value: unknown, bytes: number): value is string {
  if (typeof value !== 'string' || value.length !== 4 * Math.ceil(bytes / 3) || !base64.test(value)) return false;
  const padding = value.endsWith('==') ? 2 : value.endsWith('=') ? 1 : 0;
  return (value.length / 4) * 3 - padding === bytes;
}

/** Absent for what is no object. */
export function originOf(value: unknown): RunOrigin | undefined {
  if (!isMembers(value)) return undefined;
  const { migration } = value;
  return {
    commit: textOrNull(value['commit']),
    dirty: value['dirty'] === true,
    migration: isMembers(migration)
      ? {
          from: textOrNull(migration['from']),
          target: text(migration['target'], ''),
          version: text(migration['version'], ''),
          files: number(migration['files']) ?? 0,
          manual: number(migration['manual']) ?? 0,
        }
      : null,
  };
}
