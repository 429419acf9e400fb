/** `Number of trainable model parameters: N` and its relatives. */
import { type Adapter } from './adapter';

const form = /number of (?:trainable )?(?:model )?param(?:eter)?s(?: is)?[:= ] ?([\d,_]{1,24})\b/i;

export const parameterCount: Adapter = {
  id: 'parameter-count',
  hint: 'umber of ',
  read(line) {
    const count = Number(form.exec(line)?.[1]?.replace(/[,_]/g, ''));
    return Number.isSafeInteger(count) && count > 0 ? [{ what: 'parameters', count }] : [];
  },
};
