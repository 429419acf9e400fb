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
    id: 'throughput',
    en: 'Samples of training per second: samples over wall time of the epochs after the first, or batch times devices over the median step.',
    zh: '每秒训练样本数：首轮之后各轮的样本数除以墙钟时间，或批大小乘以设备数再除以单步时间中位数。',
    formula: 'N / T, B · D / median(t)',
    source: 'our definition',
  },
  {
    id: 'samples_per_joule',
    en: 'Energy efficiency of training: throughput over mean power. The ratio to the baseline is the relative energy efficiency.',
    zh: '训练能效：吞吐量除以平均功率。与基准之比即相对能效。',
    formula: '(samples / s) / P',
    source: `our definition; the formula of ${paper}, Table S1 is not public`,
  },
  {
    id: 'joules_per_step',
    en: 'Energy of one forecast step: mean power of inference times the median time of a step.',
    zh: '单个预报步的能耗：推理平均功率乘以单步时间中位数。',
    formula: 'P · median(t)',
    source: 'our definition',
  },
  {
    id: 'rmse.fcn',
    en: 'RMSE computed by the program as FourCastNet does: latitude weighted, root per forecast, then the mean over forecasts. Which latitudes it takes is not told.',
    zh: '由程序按 FourCastNet 方式计算的 RMSE：纬度加权，对每个预报开方，再对预报取平均。所用纬度未说明。',
    formula: 'mean_s sqrt(mean_ij(L_i (p − t)²)), L_i = cos φ_i / mean(cos φ)',
    source: 'arXiv:2202.11214, appendix',
  },
  {
    id: 'acc.fcn',
    en: 'ACC computed by the program as FourCastNet does: anomalies against the climatology, latitude weighted, not re-centred.',
    zh: '由程序按 FourCastNet 方式计算的 ACC：相对气候态的距平，纬度加权，不再中心化。',
    formula: 'Σ L p′t′ / sqrt(Σ L p′² · Σ L t′²), p′ = p − c, t′ = t − c',
    source: 'arXiv:2202.11214, appendix',
  },
  {
    id: 'rmse.fcn-exact',
    en: 'RMSE of FourCastNet as published: rows are taken as evenly spaced from pole to pole, whatever they are; root per forecast, then the mean over forecasts.',
    zh: 'FourCastNet 公开代码的 RMSE：无论实际纬度如何，各行均视为从极点到极点等间距；对每个预报开方，再对预报取平均。',
    formula: 'mean_s sqrt(Σ L_i e² / Σ L_i), L_i = cos φ_i / mean(cos φ), φ_i = 90° − 180° i/(n − 1)',
    source: 'arXiv:2202.11214, appendix, and its public code; with 720 rows of 721 the weights are off by up to 0.0069',
  },
  {
    id: 'rmse.fcn-true-lat',
    en: 'RMSE of FourCastNet with the true latitudes: root per forecast, then the mean over forecasts. Cells without a value and land of the mask count neither above nor below.',
    zh: '采用真实纬度的 FourCastNet RMSE：对每个预报开方，再对预报取平均。缺值格点与掩膜中的陆地既不计入分子也不计入权重和。',
    formula: 'mean_s sqrt(Σ L_i e² / Σ L_i), L_i = cos φ_i / mean(cos φ)',
    source: 'arXiv:2202.11214, appendix; the latitudes are ours',
  },
  {
    id: 'rmse.wb1',
    en: 'RMSE as in WeatherBench: latitude weighted, one root over all forecasts and cells.',
    zh: 'WeatherBench 定义的 RMSE：纬度加权，对所有预报与格点统一开方。',
    formula: 'sqrt(Σ_s Σ L_i e² / Σ_s Σ L_i), L_i = cos φ_i / mean(cos φ)',
    source: 'Rasp et al. 2020, doi:10.1029/2020MS002203',
  },
  {
    id: 'rmse.wb2',
    en: 'RMSE as in WeatherBench 2: weights by cell area, root after the mean over forecasts.',
    zh: 'WeatherBench 2 定义的 RMSE：按网格面积加权，对预报取平均后开方。',
    formula: 'sqrt(mean_s(Σ w_i e² / Σ w_i)), w_i ∝ sin(upper_i) − sin(lower_i)',
    source: 'Rasp et al. 2024, arXiv:2308.15560',
  },
  {
    id: 'rmse.paper-compat',
    en: 'RMSE as the paper’s port computes it: fcn-exact with land counted as error 0, which makes forecasts look better than they are. Only for comparison with its figures.',
    zh: '论文移植代码的 RMSE：即 fcn-exact，但陆地计为误差 0，使预报显得更好。仅用于与其数值对照。',
    formula: 'mean_s sqrt(Σ_sea L_i e² / Σ_all L_i), φ_i = 90° − 180° i/(n − 1)',
    source: `public code of ${paper}: land is set to 0 before the metric`,
  },
  {
    id: 'acc.fcn-exact',
    en: 'ACC of FourCastNet as published, with rows from pole to pole: per forecast, anomalies not re-centred, then the mean over forecasts.',
    zh: 'FourCastNet 公开代码的 ACC：各行从极点到极点等间距；逐个预报计算，距平不再中心化，再对预报取平均。',
    formula: 'mean_s(Σ L p′t′ / sqrt(Σ L p′² · Σ L t′²)), φ_i = 90° − 180° i/(n − 1)',
    source: 'arXiv:2202.11214, appendix, and its public code',
  },
  {
    id: 'acc.fcn-true-lat',
    en: 'ACC of FourCastNet with the true latitudes: per forecast, anomalies not re-centred, then the mean over forecasts.',
    zh: '采用真实纬度的 FourCastNet ACC：逐个预报计算，距平不再中心化，再对预报取平均。',
    formula: 'mean_s(Σ L p′t′ / sqrt(Σ L p′² · Σ L t′²)), p′ = p − c, t′ = t − c',
    source: 'arXiv:2202.11214, appendix; the latitudes are ours',
  },
  {
    id: 'acc.wb1',
    en: 'ACC as in WeatherBench: one quotient over all forecasts and cells, the mean anomaly is subtracted.',
    zh: 'WeatherBench 定义的 ACC：对所有预报与格点取一个比值，减去平均距平。',
    formula: 'Σ L (p′ − mean p′)(t′ − mean t′) / sqrt(Σ L (p′ − mean p′)² · Σ L (t′ − mean t′)²)',
    source: 'Rasp et al. 2020, doi:10.1029/2020MS002203',
  },
  {
    id: 'acc.wb2',
    en: 'ACC as in WeatherBench 2: weights by cell area, per forecast, not re-centred, then the mean; its own climatology is by day of year.',
    zh: 'WeatherBench 2 定义的 ACC：按网格面积加权，逐个预报计算，不再中心化，再取平均；其气候态按年内日计算。',
    formula: 'mean_s(Σ w p′t′ / sqrt(Σ w p′² · Σ w t′²))',
    source: 'Rasp et al. 2024, arXiv:2308.15560',
  },
  {
    id: 'acc.paper-compat',
    en: 'ACC of fcn-exact; land, set to 0 in both fields and the climatology, adds nothing.',
    zh: 'fcn-exact 的 ACC；陆地在预报、真值与气候态中均为 0，不产生贡献。',
    formula: 'mean_s(Σ_sea L p′t′ / sqrt(Σ_sea L p′² · Σ_sea L t′²))',
    source: `public code of ${paper}`,
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
