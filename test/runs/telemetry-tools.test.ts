/** What the vendors' tools print, read by the sampler's parsers; the traps of each. */
import { execFileSync } from 'node:child_process';
import { beforeAll, describe, expect, test } from 'vitest';
import { helper, python } from './scene';
import * as outputs from './telemetry/outputs';

const driver = `
import json, sys
sys.path.insert(0, sys.argv[1])
import cpu, hy_smi, npu_smi, nvidia_smi, reading, sampler
def watch(lines):
    each = npu_smi.Watch()
    return [r for r in (each.line(line) for line in lines) if r is not None]
calls = {
    'number': lambda given: [reading.number(text) for text in given],
    'info': npu_smi.info_table,
    'common': lambda given: npu_smi.common(given, '4'),
    'ids': npu_smi.npu_ids,
    'watch': watch,
    'json': hy_smi.from_json,
    'table': hy_smi.from_table,
    'rows': lambda given: [r[0] for r in (nvidia_smi.row(line) for line in given) if r],
    'npu_trouble': lambda given: (npu_smi.trouble(given) or reading.ToolTrouble('none', '')).what,
    'gpu_trouble': lambda given: (nvidia_smi.trouble(given) or reading.ToolTrouble('none', '')).what,
    'pace': lambda given: [sampler.interval_at(elapsed, 1) for elapsed in given],
}
def plain(value):
    if isinstance(value, reading.Reading): return value.short()
    return [plain(item) for item in value] if isinstance(value, list) else value
for line in sys.stdin:
    name, given = json.loads(line)
    try:
        answer = plain(calls[name](given))
    except reading.ToolTrouble as trouble:
        answer = {'trouble': trouble.what}
    print(json.dumps(answer), flush=True)
`;

const cases = {
  numbers: ['number', ['-', 'NA', 'N/A', '', ' [N/A] ', '[Not Supported]', '54.0C', '171.5W', '61%', '0', 'nan', 'inf', 'abc', '1e3']],
  table: ['info', outputs.npuTable],
  dies: ['info', outputs.npuTwoDies],
  cells: ['info', outputs.npuFourCells],
  noCard: ['info', 'There is no NPU card on this server.\n'],
  common: ['common', outputs.npuCommon],
  power: ['common', outputs.npuPower310],
  badArgument: ['common', 'Error parameter of -t\n'],
  ids: ['ids', outputs.npuList],
  watch: [
    'watch',
    [
      '0 0 100 50 1 0 0 0 0',
      outputs.npuWatchHeader,
      '0           0           287.9       57          71          0           4           63          38          ',
      '0           1           -           58          73          0           3           63          40',
      '1           0           NA          58',
      '1           0           291.2       58          73          0           3           63          40',
      outputs.npuWatchHeader950,
      '0           301.5       60          44          0           3           12          20           50           31',
    ],
  ],
  json: ['json', outputs.hyJson(171)],
  brokenJson: ['json', outputs.hyBrokenJson],
  noJson: ['json', 'unknown option --json'],
  hyTable: ['table', outputs.hyTable],
  hyTableNew: ['table', outputs.hyTableNew],
  noTable: ['table', 'usage: hy-smi'],
  rows: ['rows', ['timestamp, index, uuid', ...outputs.nvidiaRows, outputs.nvidiaRows[0]!.slice(0, 60)]],
  held: ['npu_trouble', 'dcmi module initialize failed. ret is -8005'],
  noPower: ['npu_trouble', 'This device does not support querying power info.'],
  driver: ['gpu_trouble', "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver."],
  lost: ['gpu_trouble', 'Unable to determine the device handle for GPU 0000:3B:00.0: GPU is lost.'],
  pace: ['pace', [0, 3599, 3600, 86_400]],
} satisfies Record<string, [string, unknown]>;

let told: Record<keyof typeof cases, unknown>;

beforeAll(() => {
  const input = Object.values(cases)
    .map((each) => `${JSON.stringify(each)}\n`)
    .join('');
  const answers = execFileSync(python, ['-c', driver, helper], { input, encoding: 'utf8' }).trim().split('\n');
  told = Object.fromEntries(Object.keys(cases).map((name, i) => [name, JSON.parse(answers[i]!)])) as typeof told;
});

test('what is not told is null, never 0', () => {
  expect(told.numbers).toEqual([null, null, null, null, null, null, 54, 171.5, 61, 0, null, null, null, 1000]);
});

describe('Ascend', () => {
  test('the table: memory is the last pair, an unreachable card has no figures', () => {
    expect(told.table).toEqual([
      { id: '0', p: 201.5, u: 88, m: 20701, M: 32768, c: 51 },
      { id: '5', M: 32768, f: ['unhealthy'] },
    ]);
  });

  test('two dies of one card: one sensor', () => {
    expect(told.dies).toEqual([
      { id: '3', p: 350.25, u: 70, m: 30000, M: 65536, c: 44 },
      { id: '3.1', card: '3', u: 60, m: 31000, M: 65536, c: 45 },
    ]);
  });

  test('the layout with the id alone', () => {
    expect(told.cells).toEqual([{ id: '2', p: 280, u: 35, m: 4096, M: 131072, c: 61 }]);
  });

  test('key and value: the power may stand with the management unit, or under another name', () => {
    expect(told.common).toEqual([{ id: '4', p: 198.4, u: 91, mp: 44, c: 49 }]);
    expect(told.power).toEqual([{ id: '4', p: 11.2 }]);
    expect(told.ids).toEqual(['0']);
  });

  test('the watch: header searched by names, torn rows dropped, header again in another layout', () => {
    expect(told.watch).toEqual([
      { id: '0', p: 287.9, u: 71, mp: 63, c: 57 },
      { id: '0.1', card: '0', u: 73, mp: 63, c: 58 },
      { id: '1', p: 291.2, u: 73, mp: 63, c: 58 },
      { id: '0', p: 301.5, u: 44, mp: 12, c: 60 },
    ]);
  });

  test('what it says instead of an answer', () => {
    expect(told.noCard).toEqual({ trouble: 'no_device' });
    expect(told.badArgument).toEqual({ trouble: 'bad_argument' });
    expect([told.held, told.noPower]).toEqual(['device_held', 'unsupported']);
  });
});

describe('DCU', () => {
  test('JSON, also without commas and with a banner', () => {
    expect(told.json).toEqual([
      { id: '0', p: 171, u: 97, mp: 61, M: 16368 },
      { id: '1', u: 0 },
    ]);
    expect(told.brokenJson).toEqual([{ id: '0', p: 118, u: 12, mp: 3, M: 65520 }]);
    expect(told.noJson).toEqual({ trouble: 'unreadable' });
  });

  test('tables of old and new releases; a power that cannot be true is flagged', () => {
    expect(told.hyTable).toEqual([
      { id: '0', p: 205.5, u: 99, mp: 71, c: 61 },
      { id: '1', u: 0, mp: 0, c: 33 },
    ]);
    expect(told.hyTableNew).toEqual([
      { id: '0', p: 330, u: 88.5, mp: 93, c: 52 },
      { id: '1', p: 9, u: 75, mp: 80, c: 60, f: ['implausible'] },
    ]);
    expect(told.noTable).toEqual({ trouble: 'unreadable' });
  });
});

test('NVIDIA: a name with a comma, sentinels, torn rows', () => {
  expect(told.rows).toEqual([
    { id: '0', p: 250.75, u: 97, m: 30000, M: 40960, c: 61 },
    { id: '1', m: 12, M: 40960 },
  ]);
  expect([told.driver, told.lost]).toEqual(['driver', 'device_lost']);
});

test('a long run is sampled more slowly', () => {
  expect(told.pace).toEqual([1, 1, 5, 15]);
});
