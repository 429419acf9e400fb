import { describe, expect, it } from 'vitest';
import { checkDocument } from '../../client/webview/src/model/document-check';
import { csvText } from '../../client/webview/src/model/csv';
import { lossData, scoresData, toCsv, toMarkdown } from '../../client/webview/src/model/export';
import { formatFor } from '../../client/webview/src/model/format';
import { scoreMenu, settleChoice } from '../../client/webview/src/model/measures';
import { initialState } from '../../client/webview/src/model/state';
import { textFor, type Lang } from '../../client/webview/src/text';
import type { ComparisonDocument } from '../../runs/src/results/document';
import { hostileDocument, paperDocument, sampleDocument } from './sample';

const words = (lang: Lang) => ({ text: textFor(lang), format: formatFor(textFor(lang).locale) });
const choiceOf = (document: ComparisonDocument) => settleChoice({}, scoreMenu(document.runs));

const csvOf = ({ head, rows }: ReturnType<typeof lossData>) => csvText([head, ...rows]);

/** A reader of RFC 4180 of its own, so that the writer is not checked by itself. */
function parseCsv(text: string): string[][] {
  expect(text.startsWith('\ufeff')).toBe(true);
  const rows: string[][] = [];
  let row: string[] = [];
  let field = '';
  let quoted = false;
  for (let i = 1; i < text.length; i++) {
    const character = text[i]!;
    if (quoted) {
      if (character !== '"') field += character;
      else if (text[i + 1] === '"') field += text[++i];
      else quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === ',') {
      row.push(field);
      field = '';
    } else if (character === '\r' && text[i + 1] === '\n') {
      rows.push([...row, field]);
      row = [];
      field = '';
      i++;
    } else field += character;
  }
  expect(quoted).toBe(false);
  expect([row, field]).toEqual([[], '']);
  return rows;
}

function records(text: string): Record<string, string>[] {
  const [head, ...rows] = parseCsv(text);
  return rows.map((row) => {
    expect(row).toHaveLength(head!.length);
    return Object.fromEntries(row.map((value, i) => [head![i]!, value]));
  });
}

describe('CSV', () => {
  it('holds unrounded numbers, spread, ratio, per cent and reasons', () => {
    const document = sampleDocument();
    const [base, graph] = document.runs;
    const rows = records(toCsv(document, initialState(document), choiceOf(document), 'en-US'));
    expect(rows.map((row) => row['run_id'])).toEqual(document.runs.map((run) => run.id));
    const row = rows[1]!;
    expect(Number(row['seconds_per_epoch'])).toBe(graph!.secondsPerEpoch.value);
    expect(Number(row['seconds_per_epoch_median'])).toBe(graph!.secondsPerEpoch.median);
    expect(Number(row['seconds_per_epoch_ratio'])).toBe(graph!.secondsPerEpoch.value! / base!.secondsPerEpoch.value!);
    expect(Number(row['seconds_per_epoch_percent'])).toBeCloseTo(-8.894230769, 6);
    expect(row).toMatchObject({
      energy_joules: '',
      energy_joules_missing: 'energy.no_sensor',
      baseline: 'no',
      score_variable: 'z500',
      score_lead_hours: '120',
      rmse_definition: 'rmse.fcn',
      rmse_units: 'm²/s²',
    });
    expect(rows[0]).toMatchObject({ baseline: 'yes', seconds_per_epoch_ratio: '1' });
  });

  it('follows ticks, filter and order of the table', () => {
    const document = sampleDocument();
    const state = {
      ...initialState(document),
      hidden: [document.runs[1]!.id],
      filter: 'mindspore',
      sort: { column: 'secondsPerEpoch' as const, direction: 'descending' as const },
    };
    const names = records(toCsv(document, state, choiceOf(document), 'en-US')).map((row) => row['name']);
    expect(names).toEqual([
      'fourcastnet torch',
      'fourcastnet mindspore pynative',
      'fourcastnet mindspore graph, seed 1',
      'fourcastnet mindspore fp16',
    ]);
  });

  it('holds every point of the curves', () => {
    const document = sampleDocument();
    const loss = records(csvOf(lossData(document.runs)));
    expect(loss).toHaveLength(document.runs.reduce((sum, run) => sum + run.loss.length, 0));
    expect(loss[11]).toEqual({
      run_id: document.runs[0]!.id,
      name: 'fourcastnet torch',
      epoch: '1',
      step: '12',
      seconds: String(document.runs[0]!.loss[11]!.t),
      train_loss: String(document.runs[0]!.loss[11]!.train),
      validation_loss: String(document.runs[0]!.loss[11]!.validation),
    });
    expect(records(csvOf(scoresData(document.runs, 'acc')))).toHaveLength(5 * 3 * 20);
  });

  it('keeps hostile texts in their field and out of formulas', () => {
    const checked = checkDocument(hostileDocument());
    if ('problem' in checked) throw new Error('unreadable');
    const { document } = checked;
    const rows = records(toCsv(document, initialState(document), choiceOf(document), 'en-US'));
    expect(rows).toHaveLength(8);
    for (const row of rows) for (const value of Object.values(row)) expect(value).not.toMatch(/^[=+@]|^-\D|[\p{Cc}]/u);
    expect(rows[4]!['name']).toBe('\'=HYPERLINK("https://example.org","x")');
  });
});

describe('Markdown', () => {
  it("has the paper's form", () => {
    const document = paperDocument();
    const state = {
      ...initialState(document),
      columns: ['name', 'chip', 'framework', 'batch', 'devices', 'secondsPerEpoch', 'trainingSeconds'] as never,
    };
    const text = toMarkdown(document, state, choiceOf(document), words('en'));
    const lines = text.split('\n');
    expect(lines[0]).toBe('# AI-GOMS training');
    expect(lines[4]).toBe('| Run | Chip | Framework | Batch | Devices | Time / epoch (s) | Ratio | % | Training time (s) | Ratio | % |');
    expect(lines[5]).toBe('| --- | --- | --- | --- | --- | --: | --: | --: | --: | --: | --: |');
    expect(lines[6]).toBe('| AI-GOMS 910b PyTorch b2 ×16 (baseline) | 910b | PyTorch 2.13.0 | 2 | 16 | 5,580 |  |  | 418,500 |  |  |');
    expect(lines).toContain(
      '| AI-GOMS 910b MindSpore b2 ×16 | 910b | MindSpore 2.10.0 | 2 | 16 | 5,400 | 0.968× | −3.2% | 378,000 | 0.903× | −9.7% |',
    );
    expect(text).toContain('- Baseline: AI-GOMS 910b PyTorch b2 ×16');
    expect(text).toContain('Used here: W = 5 epochs, ε = 0.5%.');
    expect(text).toContain('`mean(T_2 … T_E)`');
  });

  it('speaks Chinese', () => {
    const document = sampleDocument();
    const text = toMarkdown(document, initialState(document), choiceOf(document), words('zh-cn'));
    expect(text).toContain('| 运行 | 芯片 | 框架 |');
    expect(text).toContain('未测量（无传感器）');
    expect(text).not.toContain('⟦');
  });

  it('lets no foreign text become markup', () => {
    const checked = checkDocument(hostileDocument());
    if ('problem' in checked) throw new Error('unreadable');
    const { document } = checked;
    const text = toMarkdown(document, initialState(document), choiceOf(document), words('en'));
    const outsideCode = text.replace(/(`+)[^\n]*?\1(?!`)/g, '');
    expect(outsideCode).not.toMatch(/(?<!\\)<|(?<!\\)\*\*|(?<!\\)\[/);
    const table = text.split('\n').filter((line) => line.startsWith('| '));
    const columns = new Set(table.map((line) => line.replace(/\\./g, '').split('|').length));
    expect(columns.size).toBe(1);
  });
});
