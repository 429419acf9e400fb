/** The paper's tables on the page, groups of runs, the reader's notes, and pictures of figures, in a browser. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parsePageMessage } from '../../client/webview/src/protocol';
import { restoreState } from '../../client/webview/src/model/state';
import { launchBrowser, openPanel, openStandalone, violations, type Panel } from './browser';
import { hostileDocument, hostileTexts, largeCompactDocument, paperDocument, paperRows, sampleDocument } from './sample';

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

const patient = { timeout: 30_000 };

/** What the last export held, once it was sent. */
async function exported(panel: Panel, name: string): Promise<{ fileName: string; data: string; encoding: string }> {
  const before = (await panel.sent()).length;
  await panel.page.getByRole('button', { name, exact: true }).click();
  await expect.poll(async () => (await panel.sent()).length, patient).toBeGreaterThan(before);
  const message = (await panel.sent()).at(-1)!;
  expect(parsePageMessage(message)).toEqual(message);
  return message as never;
}

const rowsOf = (page: Page): Promise<string[][]> =>
  page.$$eval('.mp-paper-table tbody tr', (rows) =>
    rows.map((row) => [...(row as HTMLTableRowElement).cells].map((cell) => cell.textContent)),
  );

async function close(panel: Panel): Promise<void> {
  expect([...panel.faults, ...(await violations(panel))]).toEqual([]);
  await panel.page.context().close();
}

describe('tables of the paper', () => {
  it('stand on the page as printed, and leave it as LaTeX, Markdown, CSV and JSON', async () => {
    const panel = await openPanel(browser, paperDocument());
    const { page } = panel;
    await page.locator('input[name=mp-paper][value="3"]').check({ force: true });
    const shown = await rowsOf(page);
    expect(shown.map((row) => row.slice(4, 7).map((text) => Number(text.replaceAll(',', ''))))).toEqual(
      paperRows.slice(8).map((row) => row.slice(4)),
    );
    expect(shown[2]!.slice(-2)).toEqual(['0.903', '−9.7 %']);
    const latex = await exported(panel, 'Export as LaTeX: Table 3');
    expect(latex).toMatchObject({ fileName: 'mindport-table-3.tex', encoding: 'utf8' });
    expect(latex.data).toContain('910b & 40 & 16 & 2 & 5400 & 70 & 378000 & 0.903 & -9.7 \\% \\\\');
    expect((await exported(panel, 'Export as Markdown: Table 3')).data).toContain('| 910b | 40 | 16 | 2 | 5400 | 70 | 378000 |');
    expect((await exported(panel, 'Export as CSV: Table 3')).data).toContain('378000');
    expect(JSON.parse((await exported(panel, 'Export as JSON: Table 3')).data)).toMatchObject({ table: '3' });
    // another baseline, and the printed figures
    await page.locator('[data-key="Printed figures beside"]').check();
    expect((await rowsOf(page)).filter(([source]) => source === 'paper')).toHaveLength(4);
    expect(await panel.stored()).toMatchObject({ paper: { table: '3', printed: true } });
    await close(panel);
  });

  it('count the ticked runs only', async () => {
    const document = paperDocument();
    const panel = await openPanel(browser, document, { state: { hidden: [document.runs[0]!.id] } });
    expect(await rowsOf(panel.page)).toHaveLength(7);
    await close(panel);
  });
});

describe('the table of runs', () => {
  it('gathers runs under a line a group, the baseline above all, and arrows pass over the lines', async () => {
    const panel = await openPanel(browser, paperDocument(), { width: 1500 });
    const { page } = panel;
    await page.locator('[data-key="Group by"]').selectOption('chip');
    const lines = await page.$$eval('.mp-table[role=grid] tbody tr', (rows) =>
      rows.map((row) => (row.classList.contains('mp-group-row') ? row.textContent : '-')),
    );
    expect(lines.filter((line) => line !== '-')).toEqual(['Chip: 48G memory GPU (4)', 'Chip: 3090 (1)', 'Chip: 910b (3)', 'Chip: DCU (3)']);
    expect(lines.slice(0, 2)).toEqual(['-', 'Chip: 48G memory GPU (4)']);
    await page.locator('.mp-baseline td[data-column=trainingSeconds]').focus();
    await page.keyboard.press('ArrowDown');
    const focused = () => page.evaluate(() => document.activeElement!.closest('tr')!.rowIndex);
    expect(await focused()).toBe(3);
    await page.keyboard.press('ArrowUp');
    expect(await focused()).toBe(1);
    await close(panel);
  });

  it('leaves the page as LaTeX with what has to be known', async () => {
    const panel = await openPanel(browser, hostileDocument());
    const latex = await exported(panel, 'Export the ticked runs as a LaTeX table (booktabs)');
    expect(latex.data).toContain('\\toprule');
    expect(latex.data).not.toMatch(/<script|[\u0000-\u0009]|(?<!\\)%(?! \\usepackage)/);
    await close(panel);
  });
});

describe('notes', () => {
  it('are kept by the host, come back with the document, and go into the exports', async () => {
    const panel = await openPanel(browser, sampleDocument());
    const { page } = panel;
    await page.locator('textarea').fill('Second **try**\n<b>with</b> warm cache');
    await expect.poll(async () => (await panel.sent()).some((message) => message.type === 'notes'), patient).toBe(true);
    const [message] = (await panel.sent()).filter((sent) => sent.type === 'notes');
    expect(parsePageMessage(message)).toEqual({ type: 'notes', text: 'Second **try**\n<b>with</b> warm cache' });
    const markdown = await exported(panel, 'Export the ticked runs as a Markdown table with definitions');
    expect(markdown.data).toContain('## Notes\n\nSecond \\*\\*try\\*\\*\n\n\\<b\\>with\\</b\\> warm cache\n');
    const json = JSON.parse((await exported(panel, 'Export the whole comparison as JSON')).data) as object;
    expect(json).toEqual({ ...sampleDocument(), notes: 'Second **try**\n<b>with</b> warm cache' });
    await close(panel);
    const again = await openPanel(browser, json);
    expect(await again.page.locator('textarea').inputValue()).toBe('Second **try**\n<b>with</b> warm cache');
    await close(again);
    // notes of one comparison never stand beside another
    expect(restoreState({ notes: 'of another' }, sampleDocument()).notes).toBe('');
  });

  it('stand in a report', async () => {
    const { page, faults } = await openStandalone(browser, { ...sampleDocument(), notes: hostileTexts.script });
    expect(await page.locator('textarea').inputValue()).toBe(hostileTexts.script);
    expect(faults).toEqual([]);
    await page.context().close();
  });
});

describe('pictures of figures', () => {
  it('are vector graphics that any reader can parse, with the same curves', async () => {
    const panel = await openPanel(browser, hostileDocument());
    const { page } = panel;
    const svg = await exported(panel, 'Export as SVG vector graphic: Loss over epochs');
    expect(svg).toMatchObject({ fileName: 'mindport-loss.svg', encoding: 'utf8' });
    expect(svg.data).not.toMatch(/<script|<foreignObject|onerror=|\u202e|href="(?!data:image\/png)/i);
    const parsed = await page.evaluate((text) => {
      const tree = new DOMParser().parseFromString(text, 'image/svg+xml');
      return {
        broken: tree.querySelector('parsererror')?.textContent ?? null,
        texts: [...tree.querySelectorAll('text')].map((node) => node.textContent),
        title: tree.querySelector('title')!.textContent,
        paths: tree.querySelectorAll('path').length,
      };
    }, svg.data);
    expect(parsed.broken).toBeNull();
    expect(parsed.title).toBe('Loss over epochs');
    expect(parsed.texts).toEqual(expect.arrayContaining(['Epoch', 'Loss']));
    await close(panel);
  });

  it('draw a curve where its numbers are', async () => {
    const panel = await openPanel(browser, paperLike(), { state: { axis: 'step' } });
    const svg = await exported(panel, 'Export as SVG vector graphic: Loss over steps');
    // a straight line from the lower left to the upper right of the plot
    const [, d] = /<path d="(M[^"]+)" fill="none" stroke="[^"]+" stroke-width="1.75" stroke-linejoin="round"/.exec(svg.data)!;
    const places = [...d!.matchAll(/[ML]([\d.]+) ([\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)] as const);
    expect(places).toHaveLength(3);
    const [a, b, c] = places as [readonly [number, number], readonly [number, number], readonly [number, number]];
    expect(b[0] - a[0]).toBeCloseTo(c[0] - b[0], 1);
    expect(a[1] - b[1]).toBeCloseTo(b[1] - c[1], 1);
    expect(a[1]).toBeGreaterThan(c[1]);
    const png = await exported(panel, 'Export as PNG picture: Loss over steps');
    const bytes = Buffer.from(png.data, 'base64');
    // twice the size in CSS pixels, whatever the screen
    expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20)]).toEqual([2 * (960 + 32), 2 * (400 + 30 + 32 + 20)]);
    await close(panel);
  });

  it('show long curves that were painted by the pixel where they belong', async () => {
    const heights = async (): Promise<number[]> => {
      const panel = await openPanel(browser, largeCompactDocument(1, 9000), { state: { axis: 'step', validation: false } });
      const means = await panel.page
        .locator('.mp-curves > canvas')
        .first()
        .evaluate((element) => {
          const canvas = element as HTMLCanvasElement;
          const { data, width, height } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
          // mean height of coloured pixels in ten columns of the plot
          return Array.from({ length: 10 }, (_, i) => {
            const x = Math.round((width * (i + 0.5)) / 10);
            let [sum, n] = [0, 0];
            for (let y = 0; y < height; y++) {
              const at = (y * width + x) * 4;
              if (Math.max(data[at]!, data[at + 1]!, data[at + 2]!) - Math.min(data[at]!, data[at + 1]!, data[at + 2]!) > 60)
                [sum, n] = [sum + y, n + 1];
            }
            return n === 0 ? -1 : sum / n;
          });
        });
      await close(panel);
      return means;
    };
    // one dense curve is painted by the pixel, and the falling curve goes down from left to right
    const means = await heights();
    expect(means.every((mean) => mean > 0)).toBe(true);
    // it is flat at its end, up to the noise
    const falling = means.slice(0, 5);
    expect(falling).toEqual([...falling].sort((a, b) => a - b));
    expect(Math.min(...means.slice(5))).toBeGreaterThan(falling[3]!);
  });
});

/** One run whose loss rises along a straight line. */
function paperLike() {
  const document = sampleDocument();
  const loss = [1, 2, 3].map((step) => ({ epoch: 1, step, t: step, train: step / 10, validation: null }));
  return { ...document, runs: [{ ...document.runs[0]!, loss }] };
}
