/** The paper's tables filled from run directories, as the command line fills them. The golden numbers are those printed in arXiv:2510.17852. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { compare } from '../../runs/src/results/compare';
import { measureColumns, textColumns } from '../../runs/src/results/columns';
import { type ComparisonDocument } from '../../runs/src/results/document';
import { buildTable } from '../../runs/src/results/tables/build';
import { type ChipFactsError, chipNamed, knownChips, parseChips, withUserChips } from '../../runs/src/results/tables/hardware';
import { latexText, tableLatex } from '../../runs/src/results/tables/latex';
import { cellText, tableCsv, tableJson, tableLines, tableMarkdown, textTable } from '../../runs/src/results/tables/render';
import { runsTable } from '../../runs/src/results/tables/runs-table';
import { type PaperTable, type TableRow } from '../../runs/src/results/tables/table';
import { makeSpec, type RunDraft } from '../../runs/src/spec';
import english from '../../l10n/tables.en.json';
import chinese from '../../l10n/tables.zh-cn.json';
import { engineIn, folder } from './scene';

/** framework, chip, devices, batch, time/epoch, convergence epoch, training time: Tables 2 and 3 */
const trainingRows = [
  ['torch', 'gpu-48g', 16, 2, 5400, 75, 405_000],
  ['torch', 'gpu-48g', 16, 1, 8800, 60, 528_000],
  ['torch', 'gpu-3090', 16, 1, 10_200, 65, 663_000],
  ['torch_npu', 'ascend910b', 16, 2, 5580, 75, 418_500],
  ['torch_npu', 'ascend910b', 16, 1, 8960, 60, 537_600],
  ['torch', 'dcu-z100l', 16, 1, 12_600, 60, 756_000],
  ['torch', 'dcu-z100l', 32, 1, 6700, 75, 502_500],
  ['torch', 'dcu-z100l', 64, 1, 4500, 75, 337_500],
  ['mindspore', 'gpu-48g', 16, 2, 5500, 75, 412_500],
  ['mindspore', 'gpu-48g', 16, 1, 8960, 60, 537_600],
  ['mindspore', 'ascend910b', 16, 2, 5400, 70, 378_000],
  ['mindspore', 'ascend910b', 16, 1, 8800, 55, 484_000],
] as const;

/** model, framework, chip, s/step: Table 4 */
const inferenceRows = [
  ['FourCastNet', 'torch', 'gpu-48g', 0.353],
  ['FourCastNet', 'torch_npu', 'ascend910b', 0.389],
  ['FourCastNet', 'torch', 'dcu-z100l', 0.4],
  ['GraphCast', 'torch', 'gpu-48g', 1.035],
  ['GraphCast', 'torch_npu', 'ascend910b', 1.169],
  ['AI-GOMS', 'torch', 'gpu-48g', 0.675],
  ['AI-GOMS', 'torch_npu', 'ascend910b', 0.68],
  ['AI-GOMS', 'torch', 'dcu-z100l', 0.705],
  ['AI-GOMS', 'mindspore', 'gpu-48g', 0.598],
  ['AI-GOMS', 'mindspore', 'ascend910b', 0.605],
] as const;

let made = 0;

/** A run directory as an ended run leaves it, with the program's events. @returns its id */
function runDirectory(root: string, draft: Partial<RunDraft>, events: Record<string, unknown>[]): string {
  const id = `01ARZ3NDEKTSV4RRFFQ69${String((made += 1)).padStart(5, '0')}`;
  const path = join(root, 'runs', id);
  mkdirSync(join(path, 'exit.0'), { recursive: true });
  mkdirSync(join(path, 'started'));
  const spec = makeSpec({ name: 'AI-GOMS', kind: 'train', argv: ['python', 'train.py'], cwd: '/tmp', ...draft }, id);
  writeFileSync(join(path, 'spec.json'), JSON.stringify(spec));
  const lines = events.map((event, seq) =>
    JSON.stringify({ v: 1, seq, t: 1_700_000_000 + seq, mono: seq, src: 'job', rank: 0, host: 'h', attempt: 1, ...event }),
  );
  writeFileSync(join(path, 'events.jsonl'), lines.map((line) => `${line}\n`).join(''));
  for (const name of ['stdout.log', 'stderr.log']) writeFileSync(join(path, name), '');
  return id;
}

/** Epochs whose validation loss falls by 5 % until `converged` and then stays; the first takes three times as long. */
function epochs(seconds: number, converged: number): Record<string, unknown>[] {
  return Array.from({ length: converged + 5 }, (_, i) => {
    const loss = 0.95 ** Math.min(i + 1, converged);
    return { ev: 'epoch_end', epoch: i + 1, seconds: i === 0 ? seconds * 3 : seconds, train_loss: loss, val_loss: loss * 1.1 };
  });
}

async function compared(root: string, ids: readonly string[], baseline: string): Promise<ComparisonDocument> {
  const engine = engineIn(root);
  const runs = [];
  for (const id of ids) runs.push(await engine.comparable(id));
  return compare(runs, { title: 't', createdAt: new Date(0), baseline });
}

const at = (table: PaperTable, row: TableRow, name: string) => row.cells[table.columns.findIndex((column) => column.name === name)]!;

let training: ComparisonDocument;
let inference: ComparisonDocument;

beforeAll(async () => {
  const root = folder();
  const trained = trainingRows.map(([framework, chip, devices, batch, seconds, converged]) =>
    runDirectory(root, { name: `goms ${framework} ${chip} ${devices} ${batch}`, target: { framework, chip, devices }, batch, precision: 'fp16', seed: 1 }, epochs(seconds, converged)),
  ); // prettier-ignore
  training = await compared(root, trained, trained[3]!);
  const inferred = inferenceRows.map(([model, framework, chip, seconds]) =>
    runDirectory(
      root,
      { name: model, kind: 'infer', target: { framework, chip }, warmupSteps: 1, batch: 1 },
      // an odd number of steps around the median, after one of warm-up
      [9, 1, 0.9, 1.1].map((factor, i) => ({ ev: 'infer_step', lead: 6 * (i + 1), seconds: seconds * factor })),
    ),
  );
  inference = await compared(root, inferred, inferred[6]!);
});

describe('Tables 2 and 3 from run directories', () => {
  test('hold the twelve rows, and training time is time per epoch times convergence epoch', () => {
    for (const id of ['2', '3'] as const) {
      const table = buildTable(id, training);
      const wanted = trainingRows.filter(([framework]) => (framework === 'mindspore') === (id === '3'));
      const rows = table.rows.map((row) =>
        ['chip', 'devices', 'batch', 'seconds_per_epoch', 'convergence_epoch', 'training_seconds'].map(
          (name) => at(table, row, name).value,
        ),
      );
      expect(rows).toEqual(wanted.map(([, ...rest]) => rest)); // prettier-ignore
      for (const [, , , perEpoch, converged, total] of rows) expect(Number(perEpoch) * Number(converged)).toBe(total);
    }
  });

  test('print the rows as the paper does', () => {
    const lines = tableMarkdown(textTable(buildTable('3', training), 'en')).split('\n');
    expect(lines[2]).toBe('| Chip | Memory (GB) | Devices | Batch | Time/epoch (s) | Convergence epoch | Training time (s) | Ratio | % |');
    expect(lines[6]).toBe('| ascend910b | 40 | 16 | 2 | 5400 | 70 | 378000 | 0.903 | -9.7 % |');
    // a smaller batch than the baseline's: the ratio says less than it seems to
    expect(lines[7]).toBe('| ascend910b | 40 | 16 | 1 | 8800 | 55 | 484000 | 1.157† | +15.7 %† |');
    expect(lines.join('\n')).toContain('goms mindspore ascend910b 16 1 differs from the baseline in more than chip and framework: Batch.');
    expect(lines.join('\n')).not.toContain('goms mindspore ascend910b 16 2 differs');
  });

  test('show loader processes beside the batch, and the memory of the machine for its processor', async () => {
    const root = folder();
    const seen = { v: 1, seq: 0, t: 1, mono: 1, src: 'launcher', rank: 0, host: 'h', attempt: 1, ev: 'run_start', memory_gb: 7.8 };
    const launched = (id: string): string => {
      writeFileSync(join(root, 'runs', id, 'launcher.jsonl'), `${JSON.stringify(seen)}\n`);
      return id;
    };
    const [none, two] = [0, 2].map((workers) => {
      const draft = { name: `cpu w${workers}`, target: { framework: 'torch' as const, chip: 'cpu' }, batch: 4, workers };
      return launched(runDirectory(root, draft, epochs(10 + workers, 6)));
    });
    const silent = runDirectory(root, { name: 'older', target: { framework: 'torch', chip: 'cpu' }, batch: 4 }, epochs(10, 6));
    const accelerated = { framework: 'torch' as const, chip: 'my-chip' };
    const own = launched(runDirectory(root, { name: 'own', target: accelerated, batch: 4, workers: 2 }, epochs(10, 6)));
    const document = await compared(root, [none!, two!, silent, own], none!);
    const table = buildTable('2', document);
    expect(table.columns.map(({ name }) => name).slice(0, 5)).toEqual(['chip', 'memory_gb', 'devices', 'batch', 'workers']);
    const cells = textTable(table, 'en').rows.map((row) => row.slice(1, 6));
    expect(cells).toEqual([
      ['7.8', '1', '4', '0', '10'],
      ['7.8', '1', '4', '2', '12'],
      ['', '1', '4', '', '10'],
      ['not measured (no fact known)', '1', '4', '2', '10'],
    ]);
    expect(tableMarkdown(textTable(table, 'en'))).toContain(
      'cpu w2 differs from the baseline in more than chip and framework: Loader processes.',
    );
    expect(document.warnings).toContainEqual({ id: 'differs.workers', args: { values: '0, 2, ?' } });
    expect(textTable(buildTable('2', document, { paper: true }), 'en').rows.every((row) => row.length === table.columns.length + 1)).toBe(
      true,
    );
  });

  test('say what was not measured and why', async () => {
    const root = folder();
    const short = runDirectory(root, { target: { framework: 'torch', chip: 'my-chip' } }, epochs(10, 60).slice(0, 20));
    const bare = runDirectory(root, { target: { framework: 'torch', chip: 'my-chip' } }, []);
    const table = buildTable('2', await compared(root, [short, bare], short));
    const text = textTable(table, 'en').rows;
    expect(text[0]).toEqual(['my-chip', 'not measured (no fact known)', '1', 'not measured (not reported)', '10', 'not measured (not converged)', 'not measured (not converged)', '', 'baseline']); // prettier-ignore
    expect(text[1]!.slice(4)).toEqual([
      'not measured (not reported)',
      'not measured (not reported)',
      'not measured (not reported)',
      '',
      '',
    ]);
    expect(textTable(table, 'zh').rows[0]![5]).toBe('未测量（未收敛）');
    const [head, first] = tableCsv(table).split('\r\n');
    expect(head).toBe('run_id,row_source,chip,memory_gb,memory_gb_missing,devices,batch,batch_missing,seconds_per_epoch,seconds_per_epoch_missing,convergence_epoch,convergence_epoch_missing,training_seconds,training_seconds_missing,ratio,percent'); // prettier-ignore
    expect(first).toContain(',10,,,not_converged,,not_converged,,0');
  });

  test('set the printed figures of the paper beside the measured ones, labelled', () => {
    const table = buildTable('3', training, { paper: true });
    const rows = table.rows.map((row) => ({
      source: row.source,
      chip: at(table, row, 'chip').value,
      percent: cellText(at(table, row, 'percent'), 'en'),
    }));
    expect(rows.slice(4)).toEqual([
      { source: 'paper', chip: '48G memory GPU', percent: '-1.4 %' },
      { source: 'paper', chip: '48G memory GPU', percent: '+28.5 %†' },
      { source: 'paper', chip: '910b', percent: '-9.7 %' },
      { source: 'paper', chip: '910b', percent: '+15.7 %†' },
    ]);
    // what we measured from the golden runs is what the paper printed
    expect(rows.slice(0, 4).map(({ percent }) => percent)).toEqual(rows.slice(4).map(({ percent }) => percent));
    expect(textTable(table, 'en').rows.map(([source]) => source)).toEqual([
      ...Array<string>(4).fill('measured'),
      ...Array<string>(4).fill('paper'),
    ]);
    expect(textTable(table, 'en').notes.join(' ')).toContain('They were not measured here.');
  });

  test('show no ratio without a baseline, and rows that would look alike are told apart', async () => {
    const root = folder();
    const target = { framework: 'torch' as const, chip: 'cpu' };
    const ids = ['fp32', 'fp16'].map((precision) => runDirectory(root, { target, precision, batch: 1 }, epochs(10, 10)));
    const document = await compared(root, ids, ids[0]!);
    const table = buildTable('2', document, { baseline: null });
    expect(table.columns.map(({ name }) => name)).toEqual(['precision', 'chip', 'memory_gb', 'devices', 'batch', 'seconds_per_epoch', 'convergence_epoch', 'training_seconds']); // prettier-ignore
    expect(buildTable('2', document, { hidden: [ids[1]!] }).rows.map((row) => row.run)).toEqual([ids[0]]);
  });
});

describe('Table 4 from run directories', () => {
  test('holds the ten rows with their ratios to the PyTorch row of the same model on the baseline chip', () => {
    const table = buildTable('4', inference);
    const rows = table.rows.map((row) => [
      at(table, row, 'model').value,
      at(table, row, 'chip').value,
      at(table, row, 'seconds_per_step').value,
    ]);
    expect(rows).toEqual(inferenceRows.map(([model, , chip, seconds]) => [model, chip, seconds]));
    const [last] = table.rows.slice(-1);
    expect(at(table, last!, 'percent')).toMatchObject({ shown: '-11.0 %' });
    expect(Number(at(table, last!, 'ratio').value)).toBeCloseTo(0.605 / 0.68, 12);
    expect(at(table, last!, 'n').value).toBe(3);
    // FourCastNet on the GPU against FourCastNet on the 910B, not against another model
    expect(Number(at(table, table.rows[0]!, 'ratio').value)).toBeCloseTo(0.353 / 0.389, 12);
    const withPaper = buildTable('4', inference, { paper: true });
    expect(at(withPaper, withPaper.rows.at(-1)!, 'percent')).toMatchObject({ shown: '-11.0 %' });
  });

  test('compares runs with names of their own with the chosen run', () => {
    const [base, other] = inference.runs;
    const runs = [{ ...base!, name: 'a' }, { ...other!, name: 'b' }]; // prettier-ignore
    const table = buildTable('4', { ...inference, runs, baseline: base!.id });
    expect(Number(at(table, table.rows[1]!, 'ratio').value)).toBeCloseTo(0.389 / 0.353, 12);
    const grouped = buildTable('4', { ...inference, runs: [runs[0]!, { ...runs[1]!, group: 'another model' }], baseline: base!.id });
    expect(at(grouped, grouped.rows[1]!, 'ratio').value).toBeNull();
  });

  test('leaves runs on several devices out and says so', () => {
    const runs = inference.runs.map((run, i) => (i === 0 ? { ...run, devices: 4 } : run));
    const table = buildTable('4', { ...inference, runs });
    expect(table.rows).toHaveLength(9);
    expect(textTable(table, 'en').notes).toContain('Left out, because more than one device was used: FourCastNet.');
  });
});

describe('Table S1', () => {
  const watts = (value: number) => ({ value, n: 1 });

  test('compares work for a joule, training and inference apart', () => {
    const [base, other] = inference.runs.slice(-2);
    const runs = [
      { ...base!, kind: 'train+infer' as const, meanPowerWatts: watts(300), samplesPerJoule: { value: 2, n: 1 }, trainingSeconds: watts(7200), inferencePowerWatts: watts(100) },
      { ...other!, kind: 'train+infer' as const, meanPowerWatts: watts(345), samplesPerJoule: { value: 3, n: 1 }, inferencePowerWatts: watts(90) },
      { ...other!, id: 'x', kind: 'infer' as const, meanPowerWatts: { value: null, n: 0, missing: 'energy.no_sensor' as const } },
    ]; // prettier-ignore
    const table = buildTable('s1', { ...inference, runs, baseline: base!.id });
    const value = (row: number, name: string) => at(table, table.rows[row]!, name).value;
    expect(value(0, 'train_energy_kwh')).toBe((300 * 7200) / 3.6e6);
    expect([value(0, 'train_efficiency_ratio'), value(1, 'train_efficiency_ratio')]).toEqual([1, 1.5]);
    expect(value(1, 'infer_joules_per_step')).toBeCloseTo(90 * 0.605, 10);
    expect(value(1, 'infer_efficiency_ratio')).toBeCloseTo((100 * 0.598) / (90 * 0.605), 10);
    expect(textTable(table, 'en').rows[2]!.slice(4)).toEqual(['not measured (not run)', 'not measured (not run)', '', 'not measured (no sensor)', 'not measured (no sensor)', '']); // prettier-ignore
    expect(textTable(table, 'en').notes.join(' ')).toContain('our definition');
  });
});

describe('Table 1', () => {
  test('lists the chips of the runs with sources, and those nobody has facts about', () => {
    const runs = training.runs.map((run, i) => (i === 0 ? { ...run, chip: 'CPU (2 cores)' } : run));
    const table = buildTable('1', { ...training, runs });
    const text = textTable(table, 'en');
    expect(text.rows.map(([chip]) => chip)).toEqual(['CPU (2 cores)', '48G memory GPU', 'NVIDIA 3090', 'Ascend 910B', 'Sugon DCU Z100L']);
    expect(text.rows[0]!.slice(1, 5)).toEqual(Array(4).fill('not measured (no fact known)'));
    expect(text.rows[3]).toEqual(['Ascend 910B', '40', '376', '94', '392', 'MindSpore, PyTorch (torch_npu)', 'arXiv:2510.17852, Table 1']);
    expect(text.notes.join(' ')).toContain('Ascend 910B: 256 TFLOPS FP16 (arXiv:2510.17852, text)');
  });

  test('takes corrections of the user, each with its source', () => {
    const own = parseChips([
      { id: 'ascend910b', memoryGB: [{ value: 64, source: 'npu-smi info' }] },
      { id: 'h200', title: 'NVIDIA H200', names: ['NVIDIA H200'], bandwidthGBs: [{ value: 4800, source: 'data sheet' }] },
    ]);
    const chips = withUserChips(own);
    expect(chipNamed('910B', chips)).toMatchObject({ memoryGB: [{ value: 64, source: 'npu-smi info' }], fp32Tflops: [{ value: 94 }] });
    expect(chipNamed('nvidia h200', chips)?.bandwidthGBs?.[0]?.value).toBe(4800);
    const table = buildTable('2', training, { chips });
    expect(at(table, table.rows[3]!, 'memory_gb').value).toBe(64);
    for (const [wrong, path] of [
      [{}, 'chips'],
      [[{ id: '' }], 'chips[0].id'],
      [[{ id: 'a', memoryGB: [{ value: 1 }] }], 'chips[0].memoryGB[0].source'],
      [[{ id: 'a', memoryGB: [{ value: '1', source: 's' }] }], 'chips[0].memoryGB[0].value'],
    ] as const) {
      expect(() => parseChips(wrong)).toThrow(expect.objectContaining({ path }) as ChipFactsError);
    }
    expect(parseChips(JSON.parse(JSON.stringify(knownChips)))).toEqual(knownChips);
  });
});

/** Every construct our writer may make, and nothing else: what is left over after removing them must be plain text. */
function strictly(latex: string): void {
  const open: string[] = [];
  for (const [, word, name] of latex.matchAll(/\\(begin|end)\{(\w+)\}/g)) {
    if (word === 'begin') open.push(name!);
    else expect(open.pop()).toBe(name);
  }
  expect(open).toEqual([]);
  const [, spec] = /\\begin\{tabular\}\{([lr]+)\}/.exec(latex)!;
  const body = latex.slice(latex.indexOf('\\toprule'), latex.indexOf('\\bottomrule'));
  const rows = body.split('\n').filter((line) => line.endsWith('\\\\'));
  for (const row of rows) expect(row.replace(/\\&/g, '').split('&')).toHaveLength(spec!.length);
  let depth = 0;
  for (const mark of latex.replace(/^%.*$/gm, '').replace(/\\[{}$&#%_\\]/g, '')) {
    depth += mark === '{' ? 1 : mark === '}' ? -1 : 0;
    expect(depth).toBeGreaterThanOrEqual(0);
  }
  expect(depth).toBe(0);
  const plain = latex
    .replace(/^%.*$/gm, '')
    .replace(/\\(begin|end)\{(table|tabular|minipage)\}(\[htbp\])?(\{[lr]+\}|\{\\linewidth\})?/g, '')
    .replace(/\\(centering|toprule|midrule|bottomrule|smallskip|footnotesize|par|caption|setlength|tabcolsep)(?![a-z])/g, '')
    .replace(/\\text(backslash|asciicircum|asciitilde|less|greater|bar|asciigrave|superscript|dagger)(?![a-z])|\\dots/g, '')
    .replace(/\$(\\(times|div|pm|le|ge|ne|approx|varepsilon|cdot)|-)\$/g, '')
    .replace(/\\[{}$&#%_]|\\\\/g, '')
    .replace(/ & /g, ' ');
  expect(plain).not.toMatch(/[\\$&#%_^~]/);
}

const hostile = 'a_b & 50 % {x} $y$ #1 ^~ \\input{/etc/passwd} [*] "q" <é> × ÷ − … † \u202e ☃ 😀';

describe('LaTeX', () => {
  const texts = () =>
    [
      buildTable('1', training, { paper: true }),
      buildTable('2', training, { paper: true }),
      buildTable('3', training),
      buildTable('4', inference, { paper: true }),
      buildTable('s1', inference, { paper: true }),
      runsTable({ ...training, baseline: training.runs[0]!, runs: [...training.runs, { ...training.runs[0]!, id: 'h', name: hostile, chip: hostile }] }),
    ].map((table) => tableLatex(textTable(table, 'en'))); // prettier-ignore

  test('is made of our own commands only, whatever names hold', () => {
    for (const latex of texts()) strictly(latex);
    strictly(tableLatex({ title: hostile, head: [hostile], numeric: [true], rows: [[hostile]], notes: [hostile] }));
    expect(latexText('a_b 50% \\x')).toBe('a\\_b 50\\% \\textbackslash{}x');
    expect(latexText('☃ é 未')).toBe('? é 未');
    expect(() => strictly('\\begin{tabular}{l}\\toprule\n a & b \\\\\n\\bottomrule\\end{tabular}')).toThrow();
    expect(() => strictly('\\begin{tabular}{l}\\toprule\n \\input{x} \\\\\n\\bottomrule\\end{tabular}')).toThrow();
  });

  test('has booktabs rules and right-aligned numbers', () => {
    const latex = tableLatex(textTable(buildTable('3', training), 'en'));
    expect(latex).toContain('\\begin{tabular}{lrrrrrrrr}');
    expect(latex).toContain('ascend910b & 40 & 16 & 2 & 5400 & 70 & 378000 & 0.903 & -9.7 \\% \\\\');
    expect(latex.startsWith('% \\usepackage{booktabs}\n% \\usepackage[T1]{fontenc}\n')).toBe(true);
    expect(tableLatex(textTable(buildTable('3', training), 'zh'))).toContain('% \\usepackage{ctex}');
  });

  test.skipIf(spawnSync('pdflatex', ['--version']).error !== undefined)('is set by pdfLaTeX without an error', () => {
    const place = mkdtempSync(join(tmpdir(), 'mindport-latex-'));
    const preamble = '\\documentclass{article}\n\\usepackage[T1]{fontenc}\n\\usepackage{booktabs}\n\\begin{document}\n';
    writeFileSync(join(place, 'tables.tex'), `${preamble}${texts().join('\n\\clearpage\n')}\n\\end{document}\n`);
    execFileSync('pdflatex', ['-interaction=nonstopmode', '-halt-on-error', 'tables.tex'], {
      cwd: place,
      stdio: 'ignore',
      timeout: 100_000,
    });
    expect(readFileSync(join(place, 'tables.log'), 'latin1')).not.toMatch(/^!|Missing character/m);
    rmSync(place, { recursive: true });
  });
});

describe('other forms', () => {
  test('JSON is unrounded and carries the spread', () => {
    const json = JSON.parse(tableJson(buildTable('4', inference), 'en')) as {
      rows: { values: Record<string, number>; measures: Record<string, { n: number }> }[];
    };
    expect(json.rows[9]!.values['ratio']).toBe(0.605 / 0.68);
    expect(json.rows[9]!.measures['seconds_per_step']).toMatchObject({ n: 3 });
  });

  test('the lines of a terminal and Markdown keep hostile names in their cell', () => {
    const runs = [{ ...training.runs[3]!, chip: `| x |\n${hostile}` }, training.runs[4]!];
    const table = buildTable('2', { ...training, runs });
    const rows = tableMarkdown(textTable(table, 'en')).split('\n').filter((line) => line.startsWith('|')); // prettier-ignore
    expect(new Set(rows.map((row) => row.replace(/\\./g, '').split('|').length)).size).toBe(1);
    expect(tableLines(textTable(table, 'en'))).not.toContain('\u202e');
    expect(tableCsv(buildTable('2', { ...training, runs: [{ ...runs[0]!, chip: '=1+1' }] }))).toContain("'=1+1");
  });

  test('have words in both languages for every column and note', () => {
    const holes = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();
    expect(Object.keys(chinese)).toEqual(Object.keys(english));
    for (const [key, text] of Object.entries(english))
      expect([key, holes(chinese[key as keyof typeof english])]).toEqual([key, holes(text)]);
    for (const { key } of [...textColumns, ...measureColumns]) expect(english).toHaveProperty([key]);
  });
});
