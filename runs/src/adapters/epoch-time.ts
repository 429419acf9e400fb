/** `Time taken for epoch N is S sec` */
import { type Adapter } from './adapter';
import { pattern, toNumber } from './number';

const form = pattern(String.raw`Time taken for epoch (\d{1,9}) is # sec`);

export const epochTime: Adapter = {
  id: 'epoch-time',
  hint: 'taken for epoch',
  read(line) {
    const found = form.exec(line);
    const seconds = toNumber(found?.[2]);
    return found === null || seconds === null ? [] : [{ what: 'epoch_seconds', epoch: Number(found[1]), seconds }];
  },
};
