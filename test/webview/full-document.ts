/**
 * A comparison document with every member of the contract: scores by the program and by the tool, field maps with land, step times, telemetry,
 * efficiency, origins, and runs of one model on 1, 2 and 4 devices of two chips in both frameworks. Same content on every machine.
 */
import type {
  ComparisonDocument,
  Definition,
  DeviceCurve,
  FieldMap,
  RunSummary,
  ScoreCurve,
  StepTimes,
  TelemetrySummary,
} from '../../runs/src/results/document';
import { measured, missing, sampleDocument } from './sample';

/** A value in 0..1 that looks random and depends on nothing but its place. */
function noise(place: number): number {
  const x = Math.sin(place * 12.9898 + 4.1414) * 43758.5453;
  return x - Math.floor(x);
}

interface Grid {
  latitudes: number[];
  longitudes: number[];
}

/** Cell centres from north to south and from 0 eastward. */
function gridOf(rows: number, columns: number): Grid {
  return {
    latitudes: Array.from({ length: rows }, (_, i) => 90 - (180 * (i + 0.5)) / rows),
    longitudes: Array.from({ length: columns }, (_, j) => (360 * (j + 0.5)) / columns),
  };
}

/** Ellipses about where the continents are: centre north, centre east, half height, half width. */
const continents = [
  [48, 95, 24, 70],
  [5, 20, 32, 18],
  [50, 260, 22, 38],
  [-15, 300, 35, 18],
  [-25, 134, 12, 20],
  [-85, 180, 12, 190],
] as const;

function isLand(latitude: number, longitude: number): boolean {
  return continents.some(([north, east, height, width]) => {
    const away = ((longitude - east + 540) % 360) - 180;
    return ((latitude - north) / height) ** 2 + (away / width) ** 2 <= 1;
  });
}

/** One bit a cell, most significant first. */
export function packBits(bits: readonly boolean[]): string {
  const bytes = new Uint8Array(Math.ceil(bits.length / 8));
  bits.forEach((bit, i) => (bytes[i >> 3]! |= bit ? 0x80 >> (i & 7) : 0));
  return Buffer.from(bytes).toString('base64');
}

/** float32, little-endian. */
export function packFloats(values: readonly number[]): string {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, i) => bytes.writeFloatLE(value, i * 4));
  return bytes.toString('base64');
}

const surface = [
  { variable: 't0', units: '°C', land: true, at: (lat: number, lon: number) => 28 * Math.cos((lat * Math.PI) / 180) ** 2 - 1.5 + Math.sin((lon * Math.PI) / 60) },
  { variable: 'u0', units: 'm/s', land: true, at: (lat: number, lon: number) => 0.6 * Math.sin((lat * Math.PI) / 30) * Math.cos((lon * Math.PI) / 45) },
  { variable: 'z500', units: 'm²/s²', land: false, at: (lat: number, lon: number) => 57_000 - 6000 * Math.sin((lat * Math.PI) / 180) ** 2 + 300 * Math.cos((lon * Math.PI) / 90) },
]; // prettier-ignore

/** Truth and prediction of three variables at two lead times; `skill` scales the error. Ocean variables are NaN on land and bear a mask. */
export function fieldMaps(skill: number, rows = 36, columns = 72): FieldMap[] {
  const { latitudes, longitudes } = gridOf(rows, columns);
  const land = latitudes.flatMap((lat) => longitudes.map((lon) => isLand(lat, lon)));
  return surface.flatMap(({ variable, units, land: masked, at }) =>
    [24, 120].flatMap((leadHours) =>
      (['truth', 'prediction'] as const).map((role): FieldMap => {
        const truth = latitudes.flatMap((lat) => longitudes.map((lon) => at(lat, (lon + leadHours / 4) % 360)));
        const spread = Math.max(...truth) - Math.min(...truth);
        const values = truth.map((value, i) => {
          if (masked && land[i]) return NaN;
          return role === 'truth' ? value : value + skill * spread * (leadHours / 120) * 0.08 * (noise(i) - 0.5);
        });
        return {
          variable,
          units,
          leadHours,
          validTime: `2018-01-0${1 + leadHours / 24}T00:00:00Z`,
          role,
          latitudes,
          longitudes,
          values: packFloats(values),
          land: masked ? packBits(land) : null,
        };
      }),
    ),
  );
}

/** Steps around `typical` seconds: the first compiles, every hundredth waits. */
function stepTimes(typical: number, of: number, seed: number): StepTimes {
  const count = Math.min(of, 2000);
  const seconds = Array.from({ length: count }, (_, i) => {
    const slow = i === 0 ? 40 : i % 100 === 99 ? 4 : 1;
    return typical * slow * (0.95 + 0.1 * noise(seed * 10_000 + i));
  });
  return { of, seconds };
}

function deviceCurve(node: string, device: string, chip: string, watts: number, seed: number): DeviceCurve {
  const points = Array.from({ length: 240 }, (_, i) => {
    const busy = i > 12 && i < 228 && i % 40 !== 0;
    const wobble = noise(seed * 1000 + i);
    return {
      t: i * 5,
      power: i === 100 ? null : (busy ? watts : watts * 0.3) + 8 * wobble,
      utilisation: busy ? 88 + 12 * wobble : 2 * wobble,
      memory: busy ? 21_000 + 400 * wobble : 900,
      temperature: seed % 2 === 0 ? (busy ? 61 : 44) + 3 * wobble : null,
    };
  });
  return { node, device, chip, points };
}

function telemetry(devices: number, chip: string, watts: number, coverage: number): TelemetrySummary {
  const places = Array.from({ length: devices }, (_, i) => ({ node: `n${1 + Math.floor(i / 2)}`, id: String(i % 2) }));
  return {
    basis: 'window',
    windowSeconds: 1080,
    coverage,
    idleWatts: watts * 0.3 * devices,
    devices: places.map(({ node, id }, i) => ({ node, id, joules: watts * 1080, by: i % 2 === 0 ? 'counter' : 'power', implausible: i })),
    notes: coverage < 0.95 ? [{ node: 'n1', what: 'gap', text: 'no answer for 74 s' }] : [],
    curves: places.map(({ node, id }, i) => deviceCurve(node, id, chip, watts, i)),
  };
}

const toolScores = [
  { variable: 'z500', units: 'm²/s²', scale: 320 },
  { variable: 't0', units: '°C', scale: 0.9 },
  { variable: 'u0', units: 'm/s', scale: 0.2 },
];

/** RMSE in two definitions and ACC, of which the last lead time could not be computed. */
function scoresByTool(skill: number): ScoreCurve[] {
  return toolScores.flatMap(({ variable, units, scale }) =>
    (['rmse.fcn', 'rmse.wb1', 'acc.fcn'] as const).map((definition): ScoreCurve => {
      const metric = definition.startsWith('rmse') ? 'rmse' : 'acc';
      return {
        metric,
        definition,
        variable,
        units: metric === 'rmse' ? units : '1',
        by: 'tool',
        climatology: metric === 'acc' ? 'climatology.npz@sha256:5f1c0a9d22e4' : null,
        mask: variable === 'z500' ? null : 'land.npz@sha256:90aa41c07b13',
        points: [24, 48, 72, 96, 120].map((leadHours) => {
          const growth = skill * (1 - Math.exp(-leadHours / 70)) * (definition === 'rmse.wb1' ? 1.083 : 1);
          const value = metric === 'rmse' ? scale * growth : 1 - 0.6 * growth;
          return { leadHours, value: metric === 'acc' && leadHours === 120 && variable === 'u0' ? null : value, n: 32 };
        }),
      };
    }),
  );
}

interface FullRecipe {
  framework: 'PyTorch' | 'MindSpore';
  chip: string;
  devices: number;
  batch: number;
  epoch: number;
  convergence: number;
  inference: number | null;
  watts: number | null;
  skill: number;
}

const recipes: FullRecipe[] = [
  { framework: 'PyTorch', chip: 'ascend910b', devices: 1, batch: 2, epoch: 5580, convergence: 75, inference: 0.68, watts: 262, skill: 1 },
  { framework: 'MindSpore', chip: 'ascend910b', devices: 1, batch: 2, epoch: 5400, convergence: 70, inference: 0.605, watts: 251, skill: 1.03 },
  { framework: 'PyTorch', chip: 'ascend910b', devices: 2, batch: 2, epoch: 2900, convergence: 75, inference: null, watts: 260, skill: 1.01 },
  { framework: 'PyTorch', chip: 'ascend910b', devices: 4, batch: 2, epoch: 1560, convergence: 76, inference: null, watts: 255, skill: 1.02 },
  { framework: 'MindSpore', chip: 'ascend910b', devices: 4, batch: 2, epoch: 1490, convergence: 71, inference: null, watts: 249, skill: 1 },
  { framework: 'PyTorch', chip: 'dcu-z100l', devices: 1, batch: 1, epoch: 12_600, convergence: 60, inference: 0.705, watts: null, skill: 1.05 },
]; // prettier-ignore

const newDefinitions: Definition[] = [
  { id: 'rmse.wb1', en: 'RMSE as in WeatherBench: one root over all dimensions.', zh: 'WeatherBench 定义的 RMSE：对所有维度统一开方。', formula: 'sqrt(mean_sij(L_i (p − t)²))', source: 'doi:10.1029/2020MS002203' },
  { id: 'throughput', en: 'Samples of training per second.', zh: '每秒训练样本数。', formula: 'B · D / t_step', source: 'our definition' },
  { id: 'samples_per_joule', en: 'Throughput over mean power.', zh: '吞吐量除以平均功率。', formula: 'throughput / P', source: 'our definition' },
  { id: 'joules_per_step', en: 'Energy of one forecast step.', zh: '单个预报步的能耗。', formula: 'P · t_step', source: 'our definition' },
]; // prettier-ignore

/** @param rows, columns grid of the field maps; 180 × 360 is the largest the contract knows */
export function fullDocument(rows = 36, columns = 72): ComparisonDocument {
  const sample = sampleDocument();
  const runs = recipes.map((recipe, i): RunSummary => {
    const { framework, chip, devices, batch, epoch, inference, watts, skill } = recipe;
    const model = sample.runs[framework === 'PyTorch' ? 0 : 1]!;
    const step = epoch / 1200;
    const throughput = batch / step;
    const joules = watts === null ? null : watts * devices * 1080;
    const incomplete = i === 3;
    const power = incomplete ? missing('incomplete') : watts === null ? missing('energy.no_sensor') : measured(watts * devices);
    return {
      ...model,
      id: `01K4F${String(i).padStart(21, '0')}`,
      name: `ai-goms ${chip} ×${devices}`,
      kind: inference === null ? 'train' : 'train+infer',
      framework,
      frameworkVersion: framework === 'PyTorch' ? '2.1.0' : '2.3.1',
      chip,
      devices,
      batch,
      secondsPerEpoch: measured(epoch, 74),
      firstEpochSeconds: measured(epoch * (framework === 'MindSpore' ? 1.6 : 1.05)),
      convergenceEpoch: measured(recipe.convergence),
      trainingSeconds: measured(epoch * recipe.convergence),
      secondsPerStep: measured(step, 2000),
      inferenceSecondsPerStep: inference === null ? missing('not_run') : measured(inference, 200),
      energyJoules: joules === null ? missing('energy.no_sensor') : incomplete ? missing('incomplete') : measured(joules),
      meanPowerWatts: power,
      throughput: measured(throughput, 2000),
      samplesPerJoule: power.value === null ? missing(power.missing!) : measured(throughput / power.value),
      joulesPerStep: inference === null ? missing('not_run') : power.value === null ? missing(power.missing!) : measured(power.value * inference), // prettier-ignore
      ...(watts === null
        ? {}
        : { telemetry: telemetry(devices, chip.startsWith('dcu') ? 'dcu' : 'npu', watts, incomplete ? 0.83 : 0.998) }),
      trainingSteps: stepTimes(step, 90_000, i),
      ...(inference === null ? {} : { inferenceSteps: stepTimes(inference, 200, 50 + i) }),
      scores: [...model.scores.map((curve) => ({ ...curve, by: 'program' as const })), ...scoresByTool(skill)],
      ...(i < 2 ? { fields: fieldMaps(skill, rows, columns) } : {}),
      origin: {
        commit: i === 5 ? null : '3f9a5d1c07be4421a8e06b1f2d9c88e7a1b04c55',
        dirty: i === 2,
        migration:
          framework === 'PyTorch' ? null : { from: 'ai-goms', target: 'mindspore@ascend910b', version: '0.1.0', files: 14, manual: 3 },
      },
    };
  });
  return {
    ...sample,
    title: 'AI-GOMS on two chips',
    runs,
    baseline: runs[0]!.id,
    definitions: [...sample.definitions, ...newDefinitions],
    warnings: [{ id: 'differs.batch', args: { values: '2, 1' } }],
  };
}
