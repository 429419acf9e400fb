/** How fast work was done, what it cost in energy, and the times of its single steps. */
import { type RunEvent } from '../events';
import { measureOf, missing } from '../metrics/spread';
import { samplesPerJoule } from '../telemetry/efficiency';
import { best } from './best-events';
import { type Measure, type RunSummary, type StepTimes } from './document';

/** Most times of single steps a document bears. */
const mostSteps = 2000;

/** Evenly drawn where there are more than 2,000; null where there are none. */
export function stepTimes(seconds: readonly (number | undefined)[]): StepTimes | null {
  const times = seconds.filter((time): time is number => time !== undefined && Number.isFinite(time) && time >= 0);
  if (times.length === 0) return null;
  if (times.length <= mostSteps) return { of: times.length, seconds: times };
  return { of: times.length, seconds: Array.from({ length: mostSteps }, (_, i) => times[Math.floor((i * times.length) / mostSteps)]!) };
}

export function timesOfSteps(events: readonly RunEvent[]): Pick<RunSummary, 'trainingSteps' | 'inferenceSteps'> {
  const training = stepTimes(best(events, 'step').map((event) => event.seconds));
  const inference = stepTimes(best(events, 'infer_step').map((event) => event.seconds));
  return { ...(training === null ? {} : { trainingSteps: training }), ...(inference === null ? {} : { inferenceSteps: inference }) };
}

/**
 * Samples of training per second: as the program tells them for its epochs (those after the first), else samples of a step (batch of one device
 * times devices) over the median time of a step.
 */
export function throughput(events: readonly RunEvent[], batch: number | null, devices: number, secondsPerStep: Measure): Measure {
  const rates = best(events, 'epoch_end').flatMap(({ samples, seconds }) =>
    samples !== undefined && seconds !== undefined && seconds > 0 ? [samples / seconds] : [],
  );
  if (rates.length > 0) return measureOf(rates.slice(1), 'mean', 'incomplete');
  if (secondsPerStep.value === null) return missing(secondsPerStep.missing ?? 'not_reported');
  if (batch === null || secondsPerStep.value <= 0) return missing('not_reported');
  return { value: (batch * devices) / secondsPerStep.value, n: secondsPerStep.n };
}

/** Samples of training for a joule, joules of a forecast step; missing for the reason of the part that is missing. */
export function perJoule(
  rate: Measure,
  inference: Measure,
  power: Measure,
): Required<Pick<RunSummary, 'samplesPerJoule' | 'joulesPerStep'>> {
  const both = (part: Measure, of: (value: number, watts: number) => number | null): Measure => {
    if (part.value === null) return missing(part.missing ?? 'not_reported');
    if (power.value === null) return missing(power.missing ?? 'energy.no_sensor');
    const value = of(part.value, power.value);
    return value === null ? missing('incomplete') : { value, n: part.n };
  };
  return {
    samplesPerJoule: both(rate, samplesPerJoule),
    joulesPerStep: both(inference, (seconds, watts) => (seconds > 0 && watts > 0 ? seconds * watts : null)),
  };
}
