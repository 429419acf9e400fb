/** `Train loss: X. Valid loss: Y` */
import { type Adapter } from './adapter';
import { pattern, toNumber } from './number';

const form = pattern(String.raw`Train loss: ?#[.,;]? +Valid(?:ation)? loss: ?#`);

export const losses: Adapter = {
  id: 'losses',
  hint: 'rain loss',
  read(line) {
    const found = form.exec(line);
    return found === null ? [] : [{ what: 'losses', train: toNumber(found[1]), validation: toNumber(found[2]) }];
  },
};
