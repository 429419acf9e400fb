/** `:::MLLOG {json}`: the logging form of MLPerf; its losses by epoch. */
import { type Adapter, type Observed } from './adapter';

export const mllog: Adapter = {
  id: 'mllog',
  hint: ':::MLLOG',
  read(line): Observed[] {
    let entry: unknown;
    try {
      entry = JSON.parse(line.slice(line.indexOf(':::MLLOG') + 8));
    } catch {
      return [];
    }
    if (typeof entry !== 'object' || entry === null) return [];
    const { key, value, metadata } = entry as { key?: unknown; value?: unknown; metadata?: unknown };
    const epoch = (metadata as { epoch_num?: unknown } | null | undefined)?.epoch_num;
    if (typeof value !== 'number' || typeof epoch !== 'number' || !Number.isSafeInteger(epoch) || epoch < 0) return [];
    if (key === 'train_loss') return [{ what: 'losses', epoch, train: value, validation: null }];
    if (key === 'eval_loss' || key === 'eval_error' || key === 'valid_loss')
      return [{ what: 'losses', epoch, train: null, validation: value }];
    return [];
  },
};
