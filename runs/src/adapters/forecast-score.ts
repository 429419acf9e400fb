/** `Predicted timestep I of N. F RMS Error: X, ACC: Y` */
import { type Adapter } from './adapter';
import { pattern, toNumber } from './number';

const form = pattern(String.raw`\btimestep (\d{1,9}) of \d{1,9}\. +(\S.{0,63}?) +RMS Error: ?#, *ACC: ?#`);

export const forecastScore: Adapter = {
  id: 'forecast-score',
  hint: 'RMS Error',
  read(line) {
    const found = form.exec(line);
    if (found === null) return [];
    const step = Number(found[1]);
    const variable = found[2]!;
    const rmse = toNumber(found[3]);
    const acc = toNumber(found[4]);
    return [
      ...(rmse === null ? [] : [{ what: 'score' as const, name: 'rmse' as const, variable, step, value: rmse }]),
      ...(acc === null ? [] : [{ what: 'score' as const, name: 'acc' as const, variable, step, value: acc }]),
    ];
  },
};
