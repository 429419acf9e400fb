/** Comparison documents for the tests: a realistic one, the paper's tables, a hostile one and one of any size. */
import type { ComparisonDocument, Definition, LossPoint, Measure, RunSummary, ScoreCurve } from '../../runs/src/results/document';
import { packLoss } from '../../runs/src/results/loss-columns';

/** Mulberry32: the same numbers on every machine. */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export const missing = (reason: NonNullable<Measure['missing']>): Measure => ({ value: null, n: 0, missing: reason });

/** A measure of `n` samples around `value`. */
export function measured(value: number, n = 1, width = 0.02): Measure {
  if (n === 1) return { value, n };
  return { value, n, min: value * (1 - width), median: value * 0.998, max: value * (1 + width), p95: value * (1 + width * 0.9) };
}

const definitions: Definition[] = [
  {
    id: 'seconds_per_epoch',
    en: 'Mean wall time of an epoch, without the first.',
    zh: '各轮墙钟时间的平均值，不含首轮。',
    formula: 'mean(T_2 … T_E)',
    source: 'arXiv:2510.17852, Tables 2 and 3',
  },
  {
    id: 'convergence_epoch',
    en: 'First epoch after which the best validation loss b improves by less than ε in W epochs.',
    zh: '此后 W 轮内最佳验证损失 b 的改善小于 ε 的第一个轮次。',
    formula: 'min e : (b(e) − b(e+W)) / |b(e)| < ε',
    source: 'our definition',
  },
  {
    id: 'rmse.fcn',
    en: 'Root mean square error weighted by latitude: the root is taken per sample and channel, then averaged over samples.',
    zh: '按纬度加权的均方根误差:先对每个样本和通道开方,再对样本取平均。',
    formula: 'RMSE = mean_s sqrt( mean_ij( w_i (p_sij − t_sij)² ) )',
    source: 'FourCastNet, NVlabs',
  },
  {
    id: 'acc.fcn',
    en: 'Anomaly correlation coefficient weighted by latitude, without re-centring the anomalies.',
    zh: '按纬度加权的距平相关系数,不对距平重新去均值。',
    formula: "ACC = Σ w p't' / sqrt( Σ w p'² · Σ w t'² )",
    source: 'FourCastNet, NVlabs',
  },
];

export const epochs = 30;
const variables = [
  { name: 'z500', units: 'm²/s²', scale: 320 },
  { name: 't850', units: 'K', scale: 1.4 },
  { name: 'u10', units: 'm/s', scale: 1.9 },
];

function lossOf(level: number, seconds: number, rate: number, next: () => number, steps = 12): LossPoint[] {
  const points: LossPoint[] = [];
  for (let epoch = 1; epoch <= epochs; epoch++) {
    for (let i = 1; i <= steps; i++) {
      const step = (epoch - 1) * steps + i;
      const at = epoch - 1 + i / steps;
      const train = level + 0.9 * Math.exp(-at / rate) + 0.02 * (next() - 0.5);
      const last = i === steps;
      const validation = last ? level * 1.08 + 0.88 * Math.exp(-epoch / rate) + 0.008 * (next() - 0.5) : null;
      points.push({ epoch, step, t: (step / steps) * seconds, train, validation });
    }
  }
  return points;
}

function scoresOf(skill: number, next: () => number): ScoreCurve[] {
  return variables.flatMap(({ name, units, scale }) => {
    const leads = Array.from({ length: 20 }, (_, i) => 6 * (i + 1));
    return (['rmse', 'acc'] as const).map((metric): ScoreCurve => ({
      metric,
      definition: `${metric}.fcn`,
      variable: name,
      units: metric === 'rmse' ? units : '1',
      points: leads.map((leadHours) => {
        const growth = 1 - Math.exp(-leadHours / 70);
        const noise = 0.01 * (next() - 0.5);
        return { leadHours, value: metric === 'rmse' ? scale * (0.12 + growth * skill + noise) : 1 - 0.55 * growth * skill + noise / 3 };
      }),
    }));
  });
}

interface Recipe {
  name: string;
  framework: 'PyTorch' | 'MindSpore';
  mode: string | null;
  secondsPerEpoch: number;
  inference: number;
  level: number;
  seed?: number;
  code?: string;
  batch?: number;
}

function runOf(recipe: Recipe, index: number): RunSummary {
  const next = random(index + 1);
  const loss = lossOf(recipe.level, recipe.secondsPerEpoch, 6, next);
  const best = Math.min(...loss.flatMap((point) => point.validation ?? []));
  return {
    id: `01J9Z${String(index).padStart(21, '0')}`,
    name: recipe.name,
    kind: 'train+infer',
    state: 'succeeded',
    explanation: null,
    framework: recipe.framework,
    frameworkVersion: recipe.framework === 'PyTorch' ? '2.13.0' : '2.10.0',
    mode: recipe.mode,
    chip: 'CPU (2 cores)',
    devices: 1,
    precision: 'fp32',
    batch: recipe.batch ?? 4,
    seed: recipe.seed ?? 0,
    codeHash: recipe.code ?? '8c1f0d2ab94e77aa',
    startedAt: '2026-03-02T09:15:00Z',
    parameters: 412_680,
    secondsPerEpoch: measured(recipe.secondsPerEpoch, epochs - 1),
    firstEpochSeconds: measured(recipe.secondsPerEpoch * (recipe.mode === 'graph' ? 3.1 : 1.1)),
    convergenceEpoch: measured(22 + index),
    trainingSeconds: measured(recipe.secondsPerEpoch * (22 + index)),
    secondsPerStep: measured(recipe.secondsPerEpoch / 12, 348),
    inferenceSecondsPerStep: measured(recipe.inference, 40),
    finalLoss: measured(loss.at(-1)!.train!),
    bestValidationLoss: measured(best),
    energyJoules: missing('energy.no_sensor'),
    meanPowerWatts: missing('energy.no_sensor'),
    loss,
    scores: scoresOf(0.9 + recipe.level, next),
  };
}

/** Six runs of one model on this machine: PyTorch and MindSpore in both modes, one inference only, one that failed. */
export function sampleDocument(): ComparisonDocument {
  const runs = [
    runOf({ name: 'fourcastnet torch', framework: 'PyTorch', mode: null, secondsPerEpoch: 41.6, inference: 0.0381, level: 0.082 }, 0),
    runOf(
      {
        name: 'fourcastnet mindspore graph',
        framework: 'MindSpore',
        mode: 'graph',
        secondsPerEpoch: 37.9,
        inference: 0.0346,
        level: 0.083,
      },
      1,
    ),
    runOf(
      {
        name: 'fourcastnet mindspore pynative',
        framework: 'MindSpore',
        mode: 'PyNative',
        secondsPerEpoch: 214.3,
        inference: 0.412,
        level: 0.084,
      },
      2,
    ),
    runOf({ name: 'fourcastnet mindspore graph, seed 1', framework: 'MindSpore', mode: 'graph', secondsPerEpoch: 38.2, inference: 0.0344, level: 0.079, seed: 1, code: '1d20aa07be5514c0' }, 3), // prettier-ignore
  ];
  const infer = runOf({ name: 'fourcastnet torch, published weights', framework: 'PyTorch', mode: null, secondsPerEpoch: 1, inference: 0.0379, level: 0.06 }, 4); // prettier-ignore
  for (const id of [
    'secondsPerEpoch',
    'firstEpochSeconds',
    'convergenceEpoch',
    'trainingSeconds',
    'secondsPerStep',
    'finalLoss',
    'bestValidationLoss',
  ] as const) {
    infer[id] = missing('not_run');
  }
  infer.kind = 'infer';
  infer.loss = [];
  const failed = runOf(
    { name: 'fourcastnet mindspore fp16', framework: 'MindSpore', mode: 'graph', secondsPerEpoch: 36, inference: 1, level: 0.12 },
    5,
  );
  Object.assign(failed, {
    kind: 'train',
    state: 'failed',
    precision: 'fp16',
    explanation: 'Exit code 1: loss is not finite in epoch 9',
    scores: [],
    convergenceEpoch: missing('not_converged'),
    trainingSeconds: missing('not_converged'),
    inferenceSecondsPerStep: missing('not_run'),
    finalLoss: missing('incomplete'),
    loss: failed.loss.slice(0, 8 * 12).concat({ epoch: 9, step: 97, t: 300, train: null, validation: null }),
  } satisfies Partial<RunSummary>);
  return {
    version: 1,
    title: 'FourCastNet: PyTorch and MindSpore',
    createdAt: '2026-03-02T10:42:00Z',
    baseline: runs[0]!.id,
    runs: [...runs, infer, failed],
    definitions,
    convergence: { window: 5, epsilon: 0.005 },
    warnings: [
      { id: 'differs.precision', args: { values: 'fp32, fp16' } },
      { id: 'differs.codeHash', args: { framework: 'MindSpore', values: '8c1f0d2a, 1d20aa07' } },
      { id: 'not_succeeded', args: { run: 'fourcastnet mindspore fp16', state: 'failed' } },
    ],
  };
}

/** The paper's Tables 2 and 3 (AI-GOMS training): chip, framework, devices, batch, time/epoch, convergence epoch, training time. */
export const paperRows = [
  ['48G memory GPU', 'PyTorch', 16, 2, 5400, 75, 405000],
  ['48G memory GPU', 'PyTorch', 16, 1, 8800, 60, 528000],
  ['3090', 'PyTorch', 16, 1, 10200, 65, 663000],
  ['910b', 'PyTorch', 16, 2, 5580, 75, 418500],
  ['910b', 'PyTorch', 16, 1, 8960, 60, 537600],
  ['DCU', 'PyTorch', 16, 1, 12600, 60, 756000],
  ['DCU', 'PyTorch', 32, 1, 6700, 75, 502500],
  ['DCU', 'PyTorch', 64, 1, 4500, 75, 337500],
  ['48G memory GPU', 'MindSpore', 16, 2, 5500, 75, 412500],
  ['48G memory GPU', 'MindSpore', 16, 1, 8960, 60, 537600],
  ['910b', 'MindSpore', 16, 2, 5400, 70, 378000],
  ['910b', 'MindSpore', 16, 1, 8800, 55, 484000],
] as const;

export function paperDocument(): ComparisonDocument {
  const nothing = missing('not_reported');
  const runs = paperRows.map(([chip, framework, devices, batch, epoch, convergence, training], i): RunSummary => {
    const model = runOf(
      {
        name: `AI-GOMS ${chip} ${framework} b${batch} ×${devices}`,
        framework,
        mode: null,
        secondsPerEpoch: 1,
        inference: 1,
        level: 0.1,
        batch,
      },
      i,
    );
    return {
      ...model,
      chip,
      devices,
      kind: 'train',
      secondsPerEpoch: measured(epoch),
      firstEpochSeconds: nothing,
      convergenceEpoch: measured(convergence),
      trainingSeconds: measured(training),
      secondsPerStep: nothing,
      inferenceSecondsPerStep: missing('not_run'),
      finalLoss: nothing,
      bestValidationLoss: nothing,
      loss: [],
      scores: [],
    };
  });
  return { ...sampleDocument(), title: 'AI-GOMS training', runs, baseline: runs[3]!.id, warnings: [] };
}

export const hostileTexts = {
  script: '</script><script>globalThis.__pwned = 1</script>',
  image: '<img src=x onerror="globalThis.__pwned = 2">',
  ansi: '\u001b[31mred\u001b[0m \u001b]8;;https://example.org\u0007link\u001b]8;;\u0007 name',
  rtl: '\u202egnp.exe שלום עולם مرحبا',
  formula: '=HYPERLINK("https://example.org","x")',
  markdown: '| a | b |\n**bold** [x](javascript:alert(1)) `code`',
  long: 'very-long-name-'.repeat(40),
  separators: 'line\u2028separator\u2029and\u0000nul',
} as const;

/** What programs, hosts and damaged logs may put into a document; typed as unknown because it is not quite one. */
export function hostileDocument(): unknown {
  const clean = sampleDocument();
  const texts = Object.values(hostileTexts);
  const runs = texts.map((text, i) => ({
    ...clean.runs[i % clean.runs.length]!,
    id: `hostile-${i}-${hostileTexts.script}`,
    name: text,
    chip: text,
    framework: text,
    mode: text,
    precision: text,
    state: text,
    explanation: text,
    codeHash: text,
    loss:
      i % 2
        ? []
        : [
            { epoch: 1, step: 1, t: 1, train: 'NaN', validation: null },
            { epoch: 2 },
            { epoch: 3, step: 3, t: 3, train: 0.5, validation: Infinity },
          ],
    scores: [
      { metric: 'rmse', definition: text, variable: text, units: text, points: [{ leadHours: 6, value: 1 }, { leadHours: 'x' }, null] },
    ],
    ...(i === 0
      ? { secondsPerEpoch: undefined, finalLoss: { value: 'Inf', n: 1 }, energyJoules: { value: null, n: 0, missing: 'no such reason' } }
      : {}),
  }));
  return {
    ...clean,
    title: hostileTexts.script,
    baseline: runs[0]!.id,
    runs,
    definitions: texts.map((text) => ({ id: text, en: text, zh: text, formula: text, source: text })),
    warnings: texts.map((text) => ({ id: text, args: { [text]: text } })),
    extra: hostileTexts.script,
  };
}

/** The same with its curves as columns: a tenth of the bytes on their way into the browser. */
export function largeCompactDocument(count: number, points: number): ComparisonDocument {
  const large = largeDocument(count, points);
  return { ...large, runs: large.runs.map((run) => ({ ...run, loss: [], lossColumns: packLoss(run.loss) })) };
}

/** `count` runs with `points` loss points each. */
export function largeDocument(count: number, points: number): ComparisonDocument {
  const clean = sampleDocument();
  const runs = Array.from({ length: count }, (_, i): RunSummary => {
    const next = random(1000 + i);
    const model = clean.runs[i % 4]!;
    const loss = Array.from({ length: points }, (__, k): LossPoint => {
      const epoch = 1 + Math.floor(k / 20);
      const train = 0.05 + 0.002 * (i % 17) + Math.exp(-k / (points / 6)) + 0.03 * next();
      return { epoch, step: k + 1, t: (k + 1) * 1.7, train, validation: k % 20 === 19 ? train * 1.1 : null };
    });
    return { ...model, id: `large-${i}`, name: `run ${i}`, loss };
  });
  return { ...clean, title: 'Many runs', runs, baseline: runs[0]!.id, warnings: [] };
}
