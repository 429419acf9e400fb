/** `inference one step time: S` */
import { type Adapter } from './adapter';
import { pattern, toNumber } from './number';

const form = pattern(String.raw`inference one step time: ?#`);

export const inferenceTime: Adapter = {
  id: 'inference-time',
  hint: 'one step time',
  read(line) {
    const seconds = toNumber(form.exec(line)?.[1]);
    return seconds === null ? [] : [{ what: 'infer_step', seconds }];
  },
};
