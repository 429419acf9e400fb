/** The page in a browser, as a VS Code panel: what it shows, what it says, what it sends. */
import { createHash } from 'node:crypto';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toCsv, toMarkdown } from '../../client/webview/src/model/export';
import { formatFor } from '../../client/webview/src/model/format';
import { scoreMenu, settleChoice } from '../../client/webview/src/model/measures';
import { initialState } from '../../client/webview/src/model/state';
import { textFor } from '../../client/webview/src/text';
import { launchBrowser, openPanel, violations, type Panel } from './browser';
import { hostileDocument, hostileTexts, sampleDocument } from './sample';

/** a busy machine is given time */
const patient = { timeout: 20_000 };

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

const names = (page: Page): Promise<string[]> => page.locator('.mp-table[role=grid] tbody .mp-link').allInnerTexts();
const cell = (page: Page, run: number, column: string): Locator =>
  page.locator(`.mp-table[role=grid] tbody tr:nth-child(${run + 1}) [data-column="${column}"]`);
/** Pictures are compared by digest: a failure then prints a line and not a picture. */
const digest = (picture: string): string => createHash('sha256').update(picture).digest('hex');
const live = (page: Page): Promise<string> => page.locator('[aria-live]').innerText();

async function close(panel: Panel): Promise<void> {
  expect([...panel.faults, ...(await violations(panel))]).toEqual([]);
  await panel.page.context().close();
}

describe('the page', () => {
  it('shows the comparison in the form of the paper', async () => {
    const panel = await openPanel(browser, sampleDocument());
    const { page } = panel;
    expect(await page.locator('h1').innerText()).toBe('FourCastNet: PyTorch and MindSpore');
    const heads = await page.locator('.mp-table[role=grid] thead .mp-head-name').allInnerTexts();
    expect(heads.map((head) => head.replace(/\s+/g, ' ').trim())).toEqual([
      'Run',
      'Chip',
      'Framework',
      'Precision',
      'Batch',
      'Devices',
      'Time / epoch s',
      'Convergence epoch',
      'Training time s',
      'Inference s/step',
      'RMSE z500, 120 h · m²/s²',
      'ACC z500, 120 h',
      'Final loss',
      'Energy J',
    ]);
    expect(await cell(page, 1, 'secondsPerEpoch').locator('.mp-value').innerText()).toBe('37.9');
    expect(await cell(page, 1, 'secondsPerEpoch').locator('.mp-compare').innerText()).toMatch(/^−8\.9%\s*0\.911×\s*✓/);
    expect(await cell(page, 0, 'energyJoules').innerText()).toBe('not measured (no sensor)');
    expect(await cell(page, 4, 'trainingSeconds').innerText()).toBe('not run');
    expect(await page.locator('.mp-warnings li').count()).toBe(3);
    expect(await page.locator('.mp-explanation').innerText()).toContain('loss is not finite');
    expect(await page.locator('.mp-definitions dt').count()).toBeGreaterThanOrEqual(7);
    expect(await page.locator('.mp-plot canvas').count()).toBe(3);
    await close(panel);
  });

  it('has nothing to say before a document, and says what to do when there is none or a wrong one', async () => {
    const panel = await openPanel(browser, undefined);
    const { page } = panel;
    expect(await panel.sent()).toEqual([{ type: 'ready' }]);
    expect(await page.locator('[data-blank=waiting]').innerText()).toContain('Waiting');
    await panel.post({ type: 'document', document: null, lang: 'en' });
    await page.getByRole('button', { name: 'Choose runs' }).click();
    expect((await panel.sent()).at(-1)).toEqual({ type: 'action', action: 'chooseRuns' });
    await panel.post({ type: 'error', message: `cannot read ${hostileTexts.image}`, lang: 'en' });
    expect(await page.locator('[role=alert]').innerText()).toContain('<img src=x');
    await panel.post({ type: 'document', document: { version: 1, runs: [{}] }, lang: 'en' });
    await page.locator('[data-blank=unreadable]').waitFor();
    expect(await page.locator('[role=alert]').innerText()).toContain('runs[0].id');
    await panel.post({ type: 'document', document: sampleDocument(), lang: 'en' });
    await page.locator('.mp-header').waitFor();
    await close(panel);
  });

  it('sorts, and says so', async () => {
    const panel = await openPanel(browser, sampleDocument());
    const { page } = panel;
    const head = page.locator('th[data-column=secondsPerEpoch] button');
    await head.click();
    expect(await names(page)).toEqual([
      'fourcastnet torch',
      'fourcastnet mindspore fp16',
      'fourcastnet mindspore graph',
      'fourcastnet mindspore graph, seed 1',
      'fourcastnet mindspore pynative',
      'fourcastnet torch, published weights',
    ]);
    expect(await page.locator('th[data-column=secondsPerEpoch]').getAttribute('aria-sort')).toBe('ascending');
    expect(await live(page)).toBe('Sorted by Time / epoch, ascending.');
    await head.click();
    expect((await names(page))[1]).toBe('fourcastnet mindspore pynative');
    expect(await page.locator('th[data-column=secondsPerEpoch]').getAttribute('aria-sort')).toBe('descending');
    await head.click();
    expect(await names(page)).toEqual(sampleDocument().runs.map((run) => run.name));
    await close(panel);
  });

  it('computes ratios anew for another baseline, by the list and by the pin', async () => {
    const panel = await openPanel(browser, sampleDocument());
    const { page } = panel;
    const document = sampleDocument();
    await page.locator('[data-key=Baseline]').selectOption(document.runs[1]!.id);
    expect((await names(page))[0]).toBe('fourcastnet mindspore graph');
    expect(await cell(page, 1, 'secondsPerEpoch').locator('.mp-compare').innerText()).toMatch(/^\+9\.8%\s*1\.098×\s*✗/);
    expect(await live(page)).toContain('Baseline: fourcastnet mindspore graph.');
    await page.getByRole('button', { name: 'Baseline: fourcastnet mindspore pynative' }).click();
    expect((await names(page))[0]).toBe('fourcastnet mindspore pynative');
    expect(await cell(page, 1, 'secondsPerEpoch').locator('.mp-compare').innerText()).toMatch(/^−80\.6%\s*0\.194×\s*✓/);
    await page.getByRole('button', { name: 'Baseline: fourcastnet mindspore pynative' }).click();
    expect(await page.locator('.mp-compare').count()).toBe(0);
    expect(await panel.stored()).toMatchObject({ baseline: null });
    await close(panel);
  });

  it('shows the formula on hover and on focus, and Escape takes it away', async () => {
    const panel = await openPanel(browser, sampleDocument());
    const { page } = panel;
    const tip = page.locator('[role=tooltip]');
    await cell(page, 1, 'secondsPerEpoch').hover();
    expect(await tip.innerText()).toContain('ratio = row ÷ baseline = 37.9 ÷ 41.6 = 0.911×');
    expect(await tip.innerText()).toContain('% = (row − baseline) ÷ |baseline| = (37.9 − 41.6) ÷ 41.6 = −8.9%');
    expect(await tip.innerText()).toContain('n = 29, median');
    await tip.hover();
    expect(await tip.isVisible()).toBe(true);
    await page.keyboard.press('Escape');
    expect(await tip.isVisible()).toBe(false);
    await cell(page, 1, 'trainingSeconds').focus();
    expect(await tip.innerText()).toContain('No verdict: n = 1');
    expect(await cell(page, 1, 'trainingSeconds').getAttribute('aria-describedby')).toBe(await tip.getAttribute('id'));
    await page.locator('th[data-column=secondsPerEpoch] button').focus();
    expect(await tip.innerText()).toContain('mean(T_2 … T_E)');
    await close(panel);
  });

  it('shows ratio and per cent in columns of their own, picks columns, filters', async () => {
    const panel = await openPanel(browser, sampleDocument());
    const { page } = panel;
    await page.getByLabel('Against the baseline').selectOption('columns');
    expect(await cell(page, 1, 'secondsPerEpoch.ratio').innerText()).toBe('0.911×');
    expect(await cell(page, 1, 'secondsPerEpoch.percent').innerText()).toMatch(/^−8\.9%/);
    await page.locator('summary', { hasText: 'Columns' }).click();
    await page.getByLabel('Best validation loss').check();
    expect(await page.locator('th[data-column=bestValidationLoss]').count()).toBe(1);
    expect(await page.locator('section[aria-labelledby=mp-runs-title] .mp-menu').getAttribute('open')).not.toBeNull();
    await page.keyboard.press('Escape');
    await page.getByLabel('Filter').fill('PYNATIVE');
    expect(await names(page)).toEqual(['fourcastnet torch', 'fourcastnet mindspore pynative']);
    expect(await page.getByLabel('Filter').evaluate((box) => box === document.activeElement)).toBe(true);
    await close(panel);
  });

  it('hides and shows runs in charts', async () => {
    const panel = await openPanel(browser, sampleDocument());
    const { page } = panel;
    const legend = page.locator('.mp-legend').first().locator('button');
    expect(await legend.count()).toBe(5);
    await page.getByLabel('Show fourcastnet mindspore graph in charts and exports').uncheck();
    expect(await legend.count()).toBe(4);
    expect(await live(page)).toBe('fourcastnet mindspore graph is hidden.');
    await page.getByLabel('Ticked runs only').check();
    expect(await names(page)).not.toContain('fourcastnet mindspore graph');
    await page.getByLabel('Ticked runs only').uncheck();
    await page.getByLabel('Show all listed runs').check();
    expect(await legend.count()).toBe(5);
    await page.getByLabel('Show all listed runs').uncheck();
    expect(await page.locator('.mp-empty-note:visible').count()).toBe(2);
    await close(panel);
  });

  it('draws loss over epoch, step and time, and its twin has the same numbers', async () => {
    const panel = await openPanel(browser, sampleDocument());
    const { page } = panel;
    const figure = page.locator('.mp-figure').first();
    expect(await figure.locator('h3').innerText()).toBe('Loss over epochs');
    await figure.locator('summary').click();
    const rows = figure.locator('.mp-twin tbody tr');
    await rows.first().waitFor(); // the twin is filled when it is opened
    // four runs of 30 epochs and one that ended with a loss that was not finite in its ninth
    expect(await rows.count()).toBe(4 * 30 + 9);
    expect(await rows.last().locator('td').allInnerTexts()).toEqual(['9', '–', '–']);
    await page.locator('[data-key="mp-axis.time"]').check();
    expect(await figure.locator('h3').innerText()).toBe('Loss over time');
    await page.locator('[data-key=Logarithmic]').check();
    expect(await figure.locator('[role=group][tabindex]').getAttribute('aria-label')).toContain('logarithmic');
    const run = sampleDocument().runs[0]!;
    expect(await rows.first().locator('th, td').allInnerTexts()).toEqual([
      'fourcastnet torch',
      '1',
      '1',
      formatFor('en-US').number(run.loss[0]!.t),
      formatFor('en-US').number(run.loss[0]!.train!),
      '–',
    ]);
    expect(await rows.count()).toBe(400);
    const all = sampleDocument().runs.reduce((sum, other) => sum + other.loss.length, 0);
    expect(await figure.locator('.mp-twin').innerText()).toContain(`400 of ${all.toLocaleString('en-US')} points`);
    await page.locator('[data-key=Training]').uncheck();
    await page.locator('[data-key=Validation]').uncheck();
    expect(await page.locator('.mp-empty-note:visible').innerText()).toContain('Choose training');
    await close(panel);
  });

  it('shows scores of another variable and lead time in table, charts and twins', async () => {
    const panel = await openPanel(browser, sampleDocument());
    const { page } = panel;
    const run = sampleDocument().runs[0]!;
    await page.locator('[data-key="Lead time"]').selectOption('24');
    await page.locator('section', { hasText: 'Accuracy over lead time' }).getByLabel('Variable').selectOption('u10');
    const rmse = run.scores.find((curve) => curve.metric === 'rmse' && curve.variable === 'u10')!;
    const at24 = formatFor('en-US').number(rmse.points[3]!.value!);
    expect(await cell(page, 0, 'rmse').locator('.mp-value').innerText()).toBe(at24);
    expect(await page.locator('th[data-column=rmse]').innerText()).toContain('u10, 24 h');
    const figure = page.locator('.mp-figure', { hasText: 'RMSE of u10 over lead time' });
    await figure.locator('summary').click();
    expect(await figure.locator('.mp-twin tbody tr').nth(3).locator('th, td').first().innerText()).toBe('24 h');
    expect(await figure.locator('.mp-twin tbody tr').nth(3).locator('td').first().innerText()).toBe(at24);
    await close(panel);
  });

  it('shows the nearest point under the mouse and zooms by dragging', async () => {
    const panel = await openPanel(browser, sampleDocument());
    const { page } = panel;
    const over = page.locator('.mp-figure').first().locator('.u-over');
    await over.scrollIntoViewIfNeeded();
    const box = (await over.boundingBox())!;
    await page.mouse.move(box.x + 3, box.y + 22);
    const readout = page.locator('.mp-figure').first().locator('.mp-readout');
    await readout.waitFor();
    expect(await readout.innerText()).toMatch(/fourcastnet[\s\S]*(Training|Validation): 0\.[\s\S]*epoch 1/);
    const canvas = page.locator('.mp-figure').first().locator('canvas');
    const picture = async (): Promise<string> => digest(await canvas.evaluate((element) => (element as HTMLCanvasElement).toDataURL()));
    await page.mouse.move(5, 5);
    const before = await picture();
    await page.mouse.move(box.x + 100, box.y + 100);
    await page.mouse.down();
    await page.mouse.move(box.x + 260, box.y + 110, { steps: 4 });
    await page.mouse.up();
    await page.mouse.move(5, 5);
    const zoomed = await picture();
    expect(zoomed).not.toBe(before);
    await page.mouse.dblclick(box.x + 300, box.y + 40);
    await page.mouse.move(5, 5);
    await expect.poll(picture, patient).toBe(before);
    await close(panel);
  });

  it('works by keyboard alone', async () => {
    const panel = await openPanel(browser, sampleDocument());
    const { page } = panel;
    const focused = (): Promise<string> =>
      page.evaluate(() => {
        const element = document.activeElement as HTMLElement;
        const at = element.closest<HTMLElement>('td, th');
        return at
          ? `${at.dataset['column']} ${(at.parentElement as HTMLTableRowElement).rowIndex}`
          : (element.dataset['key'] ?? element.tagName);
      });
    const stops: string[] = [];
    for (let i = 0; i < 60; i++) {
      await page.keyboard.press('Tab');
      const stop = await focused();
      if (stop === 'BODY') break;
      stops.push(stop);
      expect(await page.evaluate(() => getComputedStyle(document.activeElement!).outlineStyle)).toMatch(/solid|auto|none/);
    }
    // the table is one stop
    expect(stops.filter((stop) => / \d+$/.test(stop))).toHaveLength(1);
    expect(stops).toEqual(
      expect.arrayContaining(['Baseline', 'csv', 'filter', 'Spread', 'columns', 'mp-axis.epoch', 'Logarithmic', 'SUMMARY']),
    );

    await page.locator('[data-key=columns]').focus();
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('name 0');
    for (const key of ['ArrowRight', 'ArrowRight', 'End', 'ArrowDown', 'Home', 'ArrowRight']) await page.keyboard.press(key);
    expect(await focused()).toBe('pin 1');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    expect((await names(page))[0]).toBe('fourcastnet mindspore graph');
    // the focus stays on the pressed pin although its row moved up
    expect(await focused()).toBe('pin 1');
    await page.keyboard.press('Control+Home');
    for (let i = 0; i < 8; i++) await page.keyboard.press('ArrowRight');
    expect(await focused()).toBe('secondsPerEpoch 0');
    await page.keyboard.press('Space');
    expect(await live(page)).toBe('Sorted by Time / epoch, ascending.');
    expect(await focused()).toBe('secondsPerEpoch 0');
    await page.keyboard.press('PageDown');
    expect(await focused()).toBe('secondsPerEpoch 6');
    await page.keyboard.press('ArrowLeft');
    expect(await focused()).toBe('devices 6');

    const plot = page.locator('.mp-plot').first();
    await plot.focus();
    await page.keyboard.press('ArrowRight');
    expect(await live(page)).toMatch(/^fourcastnet torch, Training: 0\.\d+, epoch 1$/);
    await page.keyboard.press('ArrowRight');
    expect(await live(page)).toMatch(/epoch 2$/);
    await page.keyboard.press('ArrowDown');
    expect(await live(page)).toMatch(/^fourcastnet torch, Validation: .* epoch 2$/);
    await page.keyboard.press('End');
    expect(await live(page)).toMatch(/epoch 30$/);
    await page.keyboard.press('+');
    await page.keyboard.press('0');
    await page.keyboard.press('Escape');
    await close(panel);
  });

  it('keeps choices and focus when the comparison is made anew, and over a restart', async () => {
    const panel = await openPanel(browser, sampleDocument());
    const { page } = panel;
    await page.locator('th[data-column=chip] button').focus();
    await page.keyboard.press('Enter');
    await page.locator('[data-key=Logarithmic]').check();
    const next = { ...sampleDocument(), title: 'Made again' };
    await page.locator('th[data-column=chip] button').focus();
    await panel.post({ type: 'document', document: next, lang: 'en' });
    await page.getByRole('heading', { name: 'Made again' }).waitFor();
    expect(await page.locator('th[data-column=chip]').getAttribute('aria-sort')).toBe('ascending');
    expect(await page.locator('[data-key=Logarithmic]').isChecked()).toBe(true);
    expect(await page.evaluate(() => document.activeElement?.closest('th')?.dataset['column'])).toBe('chip');
    const state = await panel.stored();
    await close(panel);
    const again = await openPanel(browser, sampleDocument(), { state });
    expect(await again.page.locator('th[data-column=chip]').getAttribute('aria-sort')).toBe('ascending');
    expect(await again.page.locator('[data-key=Logarithmic]').isChecked()).toBe(true);
    await close(again);
  });

  it('opens a run and exports exactly what the model writes', async () => {
    const panel = await openPanel(browser, sampleDocument());
    const { page } = panel;
    const document = sampleDocument();
    const state = { ...initialState(document), hidden: [document.runs[2]!.id] };
    const choice = settleChoice({}, scoreMenu(document.runs));
    await page.getByRole('button', { name: 'Open the run fourcastnet torch', exact: true }).click();
    await page.getByLabel('Show fourcastnet mindspore pynative in charts and exports').uncheck();
    for (const name of [
      'Export the ticked runs as CSV',
      'Export the ticked runs as a Markdown',
      'Export the whole comparison as JSON',
      'Export this page as one HTML',
    ]) {
      await page.getByRole('button', { name }).click();
    }
    await page.getByRole('button', { name: 'Export as PNG picture: Loss over epochs' }).click();
    await expect.poll(async () => (await panel.sent()).length, patient).toBe(7);
    const [, open, csv, markdown, json, html, png] = await panel.sent();
    expect(open).toEqual({ type: 'openRun', id: document.runs[0]!.id });
    expect(csv).toEqual({
      type: 'export',
      format: 'csv',
      fileName: 'mindport-comparison.csv',
      encoding: 'utf8',
      data: toCsv(document, state, choice, 'en-US'),
    });
    const words = { text: textFor('en'), format: formatFor('en-US') };
    expect(markdown).toMatchObject({
      format: 'markdown',
      fileName: 'mindport-comparison.md',
      data: toMarkdown(document, state, choice, words),
    });
    expect(json).toMatchObject({ format: 'json', encoding: 'utf8' });
    expect(JSON.parse((json as { data: string }).data)).toEqual(document);
    expect(html).toEqual({ type: 'export', format: 'html', fileName: 'mindport-comparison.html', encoding: 'utf8', data: '' });
    expect(png).toMatchObject({ format: 'png', encoding: 'base64', fileName: 'mindport-loss.png' });
    const bytes = Buffer.from((png as { data: string }).data, 'base64');
    expect(bytes.subarray(1, 4).toString()).toBe('PNG');
    expect(bytes.readUInt32BE(16)).toBeGreaterThan(500);
    await panel.post({ type: 'exported', fileName: 'mindport-comparison.csv', ok: true });
    await expect.poll(() => live(page), patient).toBe('Saved mindport-comparison.csv.');
    await close(panel);
  });

  it('keeps hostile texts as texts', async () => {
    const panel = await openPanel(browser, hostileDocument());
    const { page } = panel;
    expect(await page.evaluate(() => (globalThis as { __pwned?: number }).__pwned)).toBeUndefined();
    expect(await page.locator('.mp img, .mp script, .mp a').count()).toBe(0);
    expect(await page.locator('h1').innerText()).toBe('</script><script>globalThis.__pwned = 1</script>');
    for (const summary of await page.locator('.mp-twin > summary').all()) if (await summary.isVisible()) await summary.click();
    const text = await page.locator('body').innerText();
    expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u202a-\u202e\u2066-\u2069]/);
    expect(text).not.toContain('⟦');
    await close(panel);
  });

  it('speaks both languages completely', async () => {
    for (const lang of ['en', 'zh-cn']) {
      const panel = await openPanel(browser, sampleDocument(), { lang });
      const { page } = panel;
      for (const summary of await page.locator('summary:visible').all()) await summary.click();
      const everything = await page.evaluate(() => {
        const attributes = ['aria-label', 'placeholder', 'title', 'aria-roledescription'];
        return [
          document.body.textContent,
          ...[...document.querySelectorAll('*')].flatMap((element) => attributes.map((name) => element.getAttribute(name))),
        ].join('\n');
      });
      expect(everything).not.toMatch(/⟦|undefined|NaN|\[object/);
      expect(await page.evaluate(() => document.documentElement.lang)).toBe(lang === 'en' ? 'en' : 'zh-CN');
      if (lang === 'zh-cn') {
        const words = await page
          .locator('h2:visible, .mp-head-name, .mp-label:visible, figcaption:visible, .mp-button:visible')
          .allInnerTexts();
        const latin = words.filter((word) => !/[\u4e00-\u9fff]/.test(word)).map((word) => word.trim().split(/\s/)[0]);
        expect(new Set(latin)).toEqual(new Set(['CSV', 'Markdown', 'LaTeX', 'SVG', 'JSON', 'HTML', 'PNG', 'RMSE', 'ACC']));
      }
      await close(panel);
    }
  });
});
