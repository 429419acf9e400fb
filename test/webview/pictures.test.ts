/** Pictures of the page for people to look at (artifacts/webview). The test only says that there is something to see and nothing is cut off. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, openPanel, openStandalone, picturePath } from './browser';
import { hostileDocument, largeDocument, paperDocument, sampleDocument } from './sample';

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
}, 60_000);
afterAll(() => browser.close());

/** Number of different colours on a canvas, looked at every few pixels. */
function colorsOf(page: Page): Promise<number[]> {
  return page.$$eval('.mp-plot canvas', (canvases) =>
    canvases.map((canvas) => {
      const { width, height } = canvas as HTMLCanvasElement;
      const pixels = (canvas as HTMLCanvasElement).getContext('2d')!.getImageData(0, 0, width, height).data;
      const colors = new Set<number>();
      for (let i = 0; i < pixels.length; i += 4)
        if (pixels[i + 3]! > 250) colors.add((pixels[i]! << 16) | (pixels[i + 1]! << 8) | pixels[i + 2]!);
      return colors.size;
    }),
  );
}

async function keep(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: picturePath(name), fullPage: true });
  expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBeLessThanOrEqual(0);
}

describe('pictures', () => {
  for (const theme of ['light', 'dark', 'highContrast', 'highContrastLight'] as const) {
    it(`in ${theme}`, async () => {
      const { page } = await openPanel(browser, sampleDocument(), { theme, width: 1440 });
      await keep(page, theme);
      expect((await colorsOf(page)).every((count) => count > 5)).toBe(true);
      await page.context().close();
    }, 60_000);
  }

  it('in Chinese, narrow, many runs, hostile, paper, columns, forced colours', async () => {
    const zh = await openPanel(browser, sampleDocument(), { theme: 'light', lang: 'zh-cn', width: 1440 });
    await keep(zh.page, 'zh');
    const narrow = await openPanel(browser, sampleDocument(), { theme: 'dark', width: 500 });
    await keep(narrow.page, 'narrow');
    const many = await openPanel(browser, largeDocument(100, 200), { theme: 'dark', width: 1440 });
    await keep(many.page, 'many');
    const hostile = await openPanel(browser, hostileDocument(), { theme: 'dark', width: 1280 });
    await keep(hostile.page, 'hostile');
    const paper = await openPanel(browser, paperDocument(), { theme: 'light', width: 1280, state: { comparison: 'columns' } });
    await keep(paper.page, 'paper');
    const log = await openPanel(browser, sampleDocument(), { theme: 'dark', width: 1280, state: { log: true, axis: 'time' } });
    await keep(log.page, 'log');
    const forced = await openPanel(browser, sampleDocument(), { width: 1280, context: { forcedColors: 'active', colorScheme: 'dark' } });
    await keep(forced.page, 'forced');
    const empty = await openPanel(browser, { ...sampleDocument(), runs: [] }, { theme: 'dark', width: 900 });
    await keep(empty.page, 'empty');
    const unreadable = await openPanel(browser, { version: 2 }, { theme: 'light', width: 900 });
    await keep(unreadable.page, 'unreadable');
    for (const { page } of [zh, narrow, many, hostile, paper, log, forced, empty, unreadable]) await page.context().close();
  }, 120_000);

  it('as a report, light, dark and on paper', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const { page } = await openStandalone(browser, sampleDocument(), { width: 1280, context: { colorScheme } });
      await keep(page, `report-${colorScheme}`);
      await page.context().close();
    }
    const { page } = await openStandalone(browser, sampleDocument(), { width: 1030 });
    await page.emulateMedia({ media: 'print' });
    await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
    await page.screenshot({ path: picturePath('print'), fullPage: true });
    const pdf = await page.pdf({ path: picturePath('report').replace(/png$/, 'pdf'), format: 'A4', landscape: true });
    expect(pdf.length).toBeGreaterThan(10_000);
    await page.context().close();
  }, 120_000);
});
