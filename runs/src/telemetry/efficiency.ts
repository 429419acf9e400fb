/** Energy efficiency, by our definition: work done for a joule, and its ratio to a baseline. The paper's own formula is not public. */

/** Samples (or steps) for each joule: throughput over mean power. Null where a part is missing or is no positive number. */
export function samplesPerJoule(samplesPerSecond: number | null, watts: number | null): number | null {
  return isPositive(samplesPerSecond) && isPositive(watts) ? samplesPerSecond / watts : null;
}

/** How many times as much work a joule does as on the baseline; above 1 is better. */
export function efficiencyRatio(own: number | null, baseline: number | null): number | null {
  return isPositive(own) && isPositive(baseline) ? own / baseline : null;
}

/** The same for equal work, from energies: the baseline's over ours. */
export function equalWorkRatio(joules: number | null, baselineJoules: number | null): number | null {
  return efficiencyRatio(baselineJoules, joules);
}

export interface EfficiencyRow {
  meanPowerWatts: number | null;
  /** train: kWh of the whole training; infer: null */
  kilowattHours: number | null;
  /** infer: joules of one step; train: null */
  joulesPerStep: number | null;
  samplesPerJoule: number | null;
  /** to the baseline; null for the baseline's lack of figures, 1 for itself */
  ratio: number | null;
}

export interface EfficiencyInput {
  kind: 'train' | 'infer';
  meanPowerWatts: number | null;
  /** train: of the whole training */
  seconds: number | null;
  /** samples of one step: batch over all devices */
  samplesPerStep: number | null;
  secondsPerStep: number | null;
}

/** The three columns beside a run: power, energy, ratio. Energy is power times the time of the work, so a sampled part stands for the whole. */
export function efficiencyRow(input: EfficiencyInput, baseline: EfficiencyInput | null): EfficiencyRow {
  const perJoule = (of: EfficiencyInput): number | null =>
    isPositive(of.samplesPerStep) && isPositive(of.secondsPerStep)
      ? samplesPerJoule(of.samplesPerStep / of.secondsPerStep, of.meanPowerWatts)
      : null;
  const { kind, meanPowerWatts, seconds, secondsPerStep } = input;
  const own = perJoule(input);
  return {
    meanPowerWatts,
    kilowattHours: kind === 'train' && isPositive(meanPowerWatts) && isPositive(seconds) ? (meanPowerWatts * seconds) / 3.6e6 : null,
    joulesPerStep: kind === 'infer' && isPositive(meanPowerWatts) && isPositive(secondsPerStep) ? meanPowerWatts * secondsPerStep : null,
    samplesPerJoule: own,
    ratio: baseline === null ? null : efficiencyRatio(own, perJoule(baseline)),
  };
}

function isPositive(value: number | null): value is number {
  return value !== null && value > 0 && Number.isFinite(value);
}
