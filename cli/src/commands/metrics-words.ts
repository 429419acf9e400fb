/** Words of `mindport metrics`. */
import { type PythonWords } from '../python';
import { type PassedOption } from './metrics';

interface MetricsWords extends PythonWords {
  prediction: string;
  truth: string;
  definition: string;
  run: string;
  out: string;
  python: string;
  json: string;
  noTool: string;
  passed: Record<PassedOption, string>;
}

export const metricsWords: Record<'en' | 'zh', MetricsWords> = {
  en: {
    prediction: 'forecasts: npy, npz, HDF5, NetCDF or a Zarr folder',
    truth: 'with the same axes, or a series in time that holds the valid times',
    definition: 'fcn, fcn-exact, fcn-true-lat, wb1, wb2, paper-compat or all; several with commas (default: fcn)',
    run: 'write to the results of this run: an id, the beginning of one or a name',
    out: 'write to this folder',
    python: 'interpreter with numpy (default: MINDPORT_PYTHON, or the environment made for it)',
    json: 'print the scores as JSON',
    noTool: 'The folder python/mindport_metrics is missing beside this program.',
    noPython: 'No interpreter: give --python or set MINDPORT_PYTHON.',
    notStarted: (python, reason) => `${python} could not be started: ${reason}`,
    passed: {
      climatology: 'what anomalies are taken from; needed for ACC',
      'climatology-by': 'how a climatology with a time axis is taken (default: mean)',
      mask: 'land: above one half, or no value; its cells are left out',
      'mask-is-sea': 'the mask is 1 on sea',
      dims: 'names of the axes in order, for files that do not tell: time, lead, channel, level, lat, lon',
      'truth-dims': 'the same for the truth (default: those of the prediction)',
      'climatology-dims': 'the same for the climatology',
      channels: 'names of the channels in order',
      variables: 'only these variables',
      units: 'units in the order of the variables, or one for all',
      leads: 'lead times in hours',
      'hours-per-step': 'lead time of one step where it is not told (default: 6)',
      latitudes: 'where the file does not tell them, both ends included, for example 90:-90',
      longitudes: 'the same, for example 0:359.75',
      std: 'what normalised fields were divided by: RMSE is multiplied by it',
      mean: 'what was subtracted from them: for the maps',
      'allow-missing': 'leave out cells where only the prediction has no value',
      'map-leads': 'lead times of the maps in hours (default: first, middle, last)',
      'map-variables': 'variables of the maps',
      'map-sample': 'forecast of the maps (default: 0)',
      'no-maps': 'no maps',
      memory: 'MiB used for fields at once (default: 512)',
    },
  },
  zh: {
    prediction: '预报：npy、npz、HDF5、NetCDF 或 Zarr 目录',
    truth: '与预报同轴，或包含有效时间的时间序列',
    definition: 'fcn、fcn-exact、fcn-true-lat、wb1、wb2、paper-compat 或 all；多个用逗号分隔（默认 fcn）',
    run: '写入此运行的结果：编号、编号开头或名称',
    out: '写入此目录',
    python: '装有 numpy 的解释器（默认 MINDPORT_PYTHON，或自动创建的环境）',
    json: '以 JSON 输出评分',
    noTool: '本程序旁缺少目录 python/mindport_metrics。',
    noPython: '没有解释器：请给出 --python 或设置 MINDPORT_PYTHON。',
    notStarted: (python, reason) => `无法启动 ${python}：${reason}`,
    passed: {
      climatology: '计算距平所用的气候态；ACC 需要它',
      'climatology-by': '带时间轴的气候态如何取用（默认 mean）',
      mask: '陆地：大于二分之一或缺值；这些格点被略去',
      'mask-is-sea': '掩膜在海上为 1',
      dims: '文件未说明时依次给出各轴：time、lead、channel、level、lat、lon',
      'truth-dims': '真值的各轴（默认与预报相同）',
      'climatology-dims': '气候态的各轴',
      channels: '依次给出通道名称',
      variables: '只取这些变量',
      units: '按变量顺序给出单位，或一个用于全部',
      leads: '时效（小时）',
      'hours-per-step': '未说明时每步的小时数（默认 6）',
      latitudes: '文件未说明时给出纬度，含两端，例如 90:-90',
      longitudes: '经度，例如 0:359.75',
      std: '归一化时所除的数：RMSE 乘以它',
      mean: '归一化时所减的数：用于地图',
      'allow-missing': '略去仅预报缺值的格点',
      'map-leads': '地图的时效（小时；默认首、中、末）',
      'map-variables': '地图的变量',
      'map-sample': '地图取第几个预报（默认 0）',
      'no-maps': '不写地图',
      memory: '一次用于场数据的内存（MiB，默认 512）',
    },
  },
};
