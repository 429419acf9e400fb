/** Loss columns as they arrive: their form is checked here, their bytes when they are read. */
import type { LossColumns, NumberColumn } from '../../../../runs/src/results/document';
import { base64Bytes } from '../../../../runs/src/results/loss-columns';
import { isMembers, number } from './checked-values';

const mostPoints = 20_000_000;

/** Absent for what no curve can be read from. */
export function lossColumnsOf(value: unknown): LossColumns | undefined {
  if (!isMembers(value)) return undefined;
  const n = number(value['n']);
  if (n === null || !Number.isInteger(n) || n < 1 || n > mostPoints) return undefined;
  const columns = (['epoch', 'step', 't', 'train', 'validation'] as const).map((name) => columnOf(value[name], n));
  const [epoch, step, t, train, validation] = columns;
  return epoch && step && t && train && validation ? { n, epoch, step, t, train, validation } : undefined;
}

function columnOf(value: unknown, n: number): NumberColumn | undefined {
  if (!isMembers(value)) return undefined;
  const { form, values, at } = value;
  if (form === 'ramp') {
    const [first, step] = [number(value['first']), number(value['step'])];
    return first === null || step === null ? undefined : { form, first, step };
  }
  if (typeof values !== 'string') return undefined;
  if (form === 'dense') return base64Bytes(values) === 4 * n ? { form, values } : undefined;
  if (typeof at !== 'string' || at.length !== values.length || base64Bytes(at) > 4 * n) return undefined;
  return form === 'held' || form === 'sparse' ? { form, at, values } : undefined;
}
