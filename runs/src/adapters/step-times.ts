/** `train data time=D, train per epoch time=E, train per step time=S, valid time=V`, or some of these alone. */
import { type Adapter } from './adapter';
import { pattern, toNumber } from './number';

const fields = {
  data: pattern(String.raw`\btrain data time=#`),
  train: pattern(String.raw`\btrain per epoch time=#`),
  step: pattern(String.raw`\btrain per step time=#`),
  validation: pattern(String.raw`\bvalid time=#`),
};

export const stepTimes: Adapter = {
  id: 'step-times',
  hint: ' time=',
  read(line) {
    const times: { data?: number; train?: number; step?: number; validation?: number } = {};
    for (const name of Object.keys(fields) as (keyof typeof fields)[]) {
      const seconds = toNumber(fields[name].exec(line)?.[1]);
      if (seconds !== null) times[name] = seconds;
    }
    return Object.keys(times).length === 0 ? [] : [{ what: 'times', ...times }];
  },
};
