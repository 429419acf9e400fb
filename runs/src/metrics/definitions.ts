/** What each figure means, as data: shown beside the number, in both languages, with formula and source. */
import { type Definition } from '../results/document';

const paper = 'arXiv:2510.17852';

export const definitions: readonly Definition[] = [
  {
    id: 'seconds_per_epoch',
    en: 'Mean wall time of one training epoch over all epochs after the first; the first holds compilation and is shown apart.',
    zh: '除首个轮次外，各训练轮次墙钟时间的平均值；首个轮次包含编译时间，单独列出。',
    formula: 'mean(T_2 … T_E)',
    source: `${paper}, Tables 2 and 3 (time/epoch); the first epoch is left out by us`,
  },
  {
    id: 'first_epoch_seconds',
    en: 'Wall time of the first epoch, with compilation and warm-up.',
    zh: '首个轮次的墙钟时间，包含编译与预热。',
    formula: 'T_1',
    source: 'our definition',
  },
  {
    id: 'convergence_epoch',
    en: 'First epoch whose best validation loss improves by less than ε in the following W epochs. W and ε are shown with the number.',
    zh: '在其后 W 个轮次内，最佳验证损失的相对改善小于 ε 的首个轮次。W 与 ε 随数值一并给出。',
    formula: 'min e : (b(e) − b(e+W)) / |b(e)| < ε, b(e) = min(L_1 … L_e)',
    source: `${paper} trains until the loss is stable; the rule is our definition`,
  },
  {
    id: 'training_seconds',
    en: 'Time per epoch times convergence epoch.',
    zh: '每轮时间乘以收敛轮次。',
    formula: 'T_epoch × e_conv',
    source: `${paper}, Tables 2 and 3 (training time)`,
  },
  {
    id: 'seconds_per_step',
    en: 'Wall time of one training step: median over the steps after the first, or over the per-epoch means after the first epoch where the program prints only those.',
    zh: '单个训练步的墙钟时间：首步之后各步的中位数；若程序只打印各轮平均值，则取首轮之后各轮平均值的中位数。',
    formula: 'median(t_2 … t_n)',
    source: 'our definition',
  },
  {
    id: 'inference_seconds_per_step',
    en: 'Wall time of one forecast step, as timed by the program: median, with 95th percentile and count; warm-up steps dropped.',
    zh: '单个预报步的墙钟时间（由程序计时）：中位数，并给出第 95 百分位与样本数；剔除预热步。',
    formula: 'median(t_{w+1} … t_n)',
    source: `${paper}, Table 4 (s/step); median and warm-up are our definition`,
  },
  {
    id: 'final_loss',
    en: 'Training loss of the last epoch, as printed by the program.',
    zh: '最后一个轮次的训练损失（程序打印值）。',
    formula: 'L_train(E)',
    source: 'our definition',
  },
  {
    id: 'best_validation_loss',
    en: 'Smallest finite validation loss of all epochs.',
    zh: '所有轮次中最小的有限验证损失。',
    formula: 'min_e L_val(e)',
    source: 'our definition',
  },
  {
    id: 'energy',
    en: 'Energy by the device’s own sensors, integrated by the trapezoid rule over the measured window; not wall power.',
    zh: '由设备自带传感器测得的能耗，在测量窗口内按梯形法积分；并非整机功率。',
    formula: 'Σ (P_i + P_{i+1}) / 2 · Δt_i',
    source: 'our definition',
  },
  {
    id: 'mean_power',
    en: 'Energy over the length of the measured window.',
    zh: '能耗除以测量窗口长度。',
    formula: 'E / Δt',
    source: 'our definition',
  },
  {
    id: 'rmse.fcn',
    en: 'RMSE computed by the program as FourCastNet does: latitude weighted, root per sample, then the mean over samples.',
    zh: '由程序按 FourCastNet 方式计算的 RMSE：纬度加权，对每个样本开方，再对样本取平均。',
    formula: 'mean_s sqrt(mean_ij(L_i (p − t)²)), L_i = cos(lat_i) / mean(cos lat)',
    source: 'arXiv:2202.11214, appendix; weights with lat_j = 90 − 180 j/(n − 1)',
  },
  {
    id: 'acc.fcn',
    en: 'ACC computed by the program as FourCastNet does: anomalies against the climatology, latitude weighted, not re-centred.',
    zh: '由程序按 FourCastNet 方式计算的 ACC：相对气候态的距平，纬度加权，不再中心化。',
    formula: 'Σ L p′t′ / sqrt(Σ L p′² · Σ L t′²), p′ = p − c, t′ = t − c',
    source: 'arXiv:2202.11214, appendix',
  },
  {
    id: 'rmse.wb1',
    en: 'RMSE as in WeatherBench: latitude weighted, one root over all dimensions.',
    zh: 'WeatherBench 定义的 RMSE：纬度加权，对所有维度统一开方。',
    formula: 'sqrt(mean_sij(L_i (p − t)²))',
    source: 'Rasp et al. 2020, doi:10.1029/2020MS002203',
  },
  {
    id: 'acc.wb1',
    en: 'ACC as in WeatherBench: the mean anomaly is subtracted.',
    zh: 'WeatherBench 定义的 ACC：减去平均距平。',
    formula: 'Σ L (p′ − mean p′)(t′ − mean t′) / sqrt(Σ L (p′ − mean p′)² · Σ L (t′ − mean t′)²)',
    source: 'Rasp et al. 2020, doi:10.1029/2020MS002203',
  },
  {
    id: 'rmse.wb2',
    en: 'RMSE as in WeatherBench 2: weights by cell area, root after the mean over time.',
    zh: 'WeatherBench 2 定义的 RMSE：按网格面积加权，对时间取平均后开方。',
    formula: 'sqrt(mean_t mean_ij(w_i (p − t)²)), w_i ∝ sin(upper_i) − sin(lower_i)',
    source: 'Rasp et al. 2024, arXiv:2308.15560',
  },
  {
    id: 'acc.wb2',
    en: 'ACC as in WeatherBench 2: climatology by day of year, not re-centred.',
    zh: 'WeatherBench 2 定义的 ACC：按年内日的气候态，不再中心化。',
    formula: 'mean_t( Σ w p′t′ / sqrt(Σ w p′² · Σ w t′²) )',
    source: 'Rasp et al. 2024, arXiv:2308.15560',
  },
  {
    id: 'rmse.program',
    en: 'RMSE as the program computes it; its definition was not told.',
    zh: '程序自行计算的 RMSE；未说明定义。',
    formula: '—',
    source: 'the program',
  },
  {
    id: 'acc.program',
    en: 'ACC as the program computes it; its definition was not told.',
    zh: '程序自行计算的 ACC；未说明定义。',
    formula: '—',
    source: 'the program',
  },
  {
    id: 'ratio',
    en: 'Figure of the row divided by that of the baseline row; for times, below 1 is faster.',
    zh: '该行数值除以基准行数值；对时间而言，小于 1 表示更快。',
    formula: 'x / x_base',
    source: 'our definition',
  },
];

/** The id under which a score of the program is defined; what is not known is the program's own. */
export function scoreDefinitionId(metric: 'rmse' | 'acc', definition: string | undefined): string {
  const id = `${metric}.${(definition ?? 'program').replace(/^(rmse|acc)\./, '')}`;
  return definitions.some((known) => known.id === id) ? id : `${metric}.program`;
}
