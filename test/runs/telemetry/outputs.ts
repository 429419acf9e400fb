/** What the vendors' tools print, in their layouts with invented numbers. The layouts are facts of the tools; the numbers are ours. */

const line = '+---------------------------+---------------+----------------------------------------------------+';
const row = (a: string, b: string, c: string): string => `| ${a.padEnd(25)} | ${b.padEnd(13)} | ${c.padEnd(50)} |`;
const processes = [
  line,
  row('NPU     Chip', 'Process id', 'Process name             | Process memory(MB)'),
  line,
  row('0       0', '812', 'python                   | 2048'),
  line,
];

/** `npu-smi info`, a chip a card. */
export const npuTable = [
  line,
  '| npu-smi 23.0.2                   Version: 23.0.2                                                |',
  line,
  row('NPU   Name', 'Health', 'Power(W)    Temp(C)           Hugepages-Usage(page)'),
  row('Chip', 'Bus-Id', 'AICore(%)   Memory-Usage(MB)  HBM-Usage(MB)'),
  line,
  row('0     910B4', 'OK', '201.5       51                0    / 0'),
  row('0', '0000:C1:00.0', '88          0    / 0          20701/ 32768'),
  line,
  row('5     910B4', 'Alarm', 'NA          0                 0    / 0'),
  row('0', 'NA', '0           0    / 0          0     / 32768'),
  line,
  ...processes,
].join('\n');

/** `npu-smi info` where two dies share a card: the second bears no power of its own. */
export const npuTwoDies = [
  line,
  row('NPU   Name', 'Health', 'Power(W)    Temp(C)           Hugepages-Usage(page)'),
  row('Chip  Phy-ID', 'Bus-Id', 'AICore(%)   Memory-Usage(MB)  HBM-Usage(MB)'),
  line,
  row('3     Ascend910', 'OK', '350.25      44                0    / 0'),
  row('0     6', '0000:90:00.0', '70          0    / 0          30000 / 65536'),
  line,
  row('3     Ascend910', 'OK', '-           45                0    / 0'),
  row('1     7', '0000:90:01.0', '60          0    / 0          31000 / 65536'),
  line,
].join('\n');

/** The newest layout: the id in a cell of its own. DDR before HBM where there is both. */
export const npuFourCells = [
  '| NPU ID | Name | Health | Power(W)  Temp(C) Hugepages-Usage(page) |',
  '| Chip   |      | Bus-Id | NPU Util(%) Memory-Usage(MB) HBM-Usage(MB) |',
  '| 2      | 950  | OK     | 280.0     61      0 / 0                  |',
  '| 0      |      | 0000:01:00.0 | 35    1024 / 2048   4096 / 131072    |',
].join('\n');

export const npuWatchHeader =
  'NpuID(Idx)  ChipId(Idx) Pwr(W)      Temp(C)     AI Core(%)  AI Cpu(%)   Ctrl Cpu(%) Memory(%)   Memory BW(%)';
export const npuWatchHeader950 =
  'NpuID(Idx)  Pwr(W)      Temp(C)     AI Core(%)  AI Cpu(%)   Ctrl Cpu(%) Memory(%)   Memory BW(%) NPU Util(%)  AI Cube(%)';

export const npuCommon = `\tNPU ID                         : 4
\tChip Count                     : 1

\tChip ID                        : 0
\tMemory Usage Rate(%)           : 3
\tHBM Usage Rate(%)              : 44
\tAicore Usage Rate(%)           : 91
\tTemperature(C)                 : 49

\tChip Name                      : mcu
\tNPU Real-time Power(W)         : 198.4
\tTemperature(C)                 : 40
`;

export const npuPower310 = `\tNPU ID                         : 1
\tRated Power Dissipation(W)     : 11.2
\tChip ID                        : 0
`;

export const npuList = `\tCard Count                     : 2

\tNPU ID                         : 0
\tChip Count                     : 1

\tNPU ID                         : -1
\tChip Count                     : 0
`;

/** `hy-smi` of an old release. */
export const hyTable = `===== System Management Interface =====
DCU     Temp     AvgPwr     Perf     PwrCap     VRAM%      DCU%       Mode
0       61.0C    205.5W     auto     280.0W     71%        99%        Normal
1       33.0C    N/A        auto     280.0W     0%         0%         N/A
torn 1
===== End of SMI Log =====`;

/** `hy-smi` of a new release; the power of the second card cannot be true. */
export const hyTableNew = `HCU     Temp     AvgPwr     Perf     PwrCap     VRAM%      HCU%       Dec%      Enc%      Mode
0       52.0C    330.0W     manual   600.0W     93%        88.5%      0.0%      0.0%      Normal
1       60.0C    9.0W       manual   600.0W     80%        75.0%      0.0%      0.0%      Normal`;

/** JSON of a release that leaves out commas, with a banner before it and an empty key twice. */
export const hyBrokenJson = `Loading compiler/dtk/24.04
{"card0":{"Card Series":"BW","Average Graphics Package Power (W)":"118.0""Average GFX Core Power (W)":"20.0","":"","":"","HCU use (%)":"12.0","HCU memory use (%)":"3","VRAM Total Memory (B)":"68702699520"}}
done`;

export const hyJson = (power: number): string =>
  JSON.stringify({
    card0: {
      'Average Graphics Package Power (W)': `${power}`,
      'DCU use (%)': '97.0',
      'DCU memory use (%)': '61',
      'vram Total Memory (MiB)': '16368',
    },
    card1: { 'Average Graphics Package Power (W)': 'N/A', 'DCU use (%)': '0.0' },
    system: { 'Driver version': '5.16' },
  });

export const nvidiaRows = [
  '2026/03/01 08:00:00.500, 0, GPU-aaaa, NVIDIA A100-SXM4-40GB, 250.75, 400.00, 97, 60, 30000, 40960, 61, P0',
  '2026/03/01 08:00:00.503, 1, GPU-bbbb, "Graphics Device, Rev 2", [N/A], [Not Supported], [Unknown Error], 0, 12, 40960, [GPU requires reset], P8',
];
