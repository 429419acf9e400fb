/** Accessibility rules WCAG 2 A and AA by axe-core in every theme, and what themes and preferences change. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, openPanel, openStandalone, violations } from './browser';
import { hostileDocument, sampleDocument } from './sample';
import { themes } from './themes';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** a busy machine is given time */
const patient = { timeout: 20_000 };

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

/** Broken rules as "rule: element", and the rules that were really applied. */
async function check(page: Page): Promise<{ broken: string[]; applied: string[] }> {
  // through the debugger, which the page's policy does not concern
  await page.evaluate(axe);
  const result = await page.evaluate(() =>
    (globalThis as unknown as { axe: { run: (context: Document, options: object) => Promise<AxeResults> } }).axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
      // a tooltip belongs to its owner, not to a landmark
      rules: { region: { enabled: false } },
    }),
  );
  return {
    broken: result.violations.flatMap(({ id, nodes }) =>
      nodes.map((node) => `${id}: ${node.html.slice(0, 160)} ${node.failureSummary?.slice(0, 200)}`),
    ),
    applied: result.passes.map(({ id }) => id),
  };
}

/** Contrast of each colour of a run with the page, as WCAG has it; 0 for one that lets the page through. */
function seriesContrast(page: Page): Promise<number[]> {
  return page.evaluate(() => {
    const numbers = (color: string): number[] => color.match(/[\d.]+/g)!.map(Number);
    const luminance = (color: string): number => {
      const [r, g, b] = numbers(color)
        .slice(0, 3)
        .map((value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
      return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
    };
    const page = luminance(getComputedStyle(document.body).backgroundColor);
    const probe = document.querySelector('.mp')!.appendChild(document.createElement('span'));
    const found = Array.from({ length: 8 }, (_, i) => {
      probe.className = `mp-series-${i}`;
      const { color } = getComputedStyle(probe);
      if (numbers(color).length > 3 && numbers(color)[3]! < 1) return 0;
      const own = luminance(color);
      return (Math.max(own, page) + 0.05) / (Math.min(own, page) + 0.05);
    });
    probe.remove();
    return found;
  });
}

describe('accessibility', () => {
  for (const theme of Object.keys(themes) as (keyof typeof themes)[]) {
    it(`has no violation in ${theme}`, async () => {
      const panel = await openPanel(browser, sampleDocument(), { theme });
      const { page } = panel;
      for (const summary of await page.locator('summary:visible').all()) await summary.click();
      await page.locator('td[data-column=trainingSeconds]').nth(2).focus();
      const { broken, applied } = await check(page);
      expect(broken).toEqual([]);
      expect(applied).toEqual(
        expect.arrayContaining(['color-contrast', 'aria-required-children', 'select-name', 'scrollable-region-focusable']),
      );
      // lines and marks are seen
      for (const contrast of await seriesContrast(page)) expect(contrast).toBeGreaterThanOrEqual(3);
      expect(await violations(panel)).toEqual([]);
      await page.context().close();
    });
  }

  it('has none in Chinese, narrow, with hostile texts, with own columns, and in its blank states', async () => {
    const columns = await openPanel(browser, sampleDocument(), {
      theme: 'light',
      lang: 'zh-cn',
      width: 500,
      state: { comparison: 'columns' },
    });
    const hostile = await openPanel(browser, hostileDocument(), { theme: 'dark' });
    const empty = await openPanel(browser, null, { theme: 'light' });
    const wrong = await openPanel(browser, {}, { theme: 'highContrast' });
    for (const { page } of [columns, hostile, empty, wrong]) {
      expect((await check(page)).broken).toEqual([]);
      await page.context().close();
    }
  });

  it('has none as a report, light and dark', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const { page } = await openStandalone(browser, sampleDocument(), { context: { colorScheme } });
      expect((await check(page)).broken).toEqual([]);
      for (const contrast of await seriesContrast(page)) expect(contrast).toBeGreaterThanOrEqual(3);
      await page.context().close();
    }
  });

  it('finds a violation when there is one', async () => {
    const panel = await openPanel(browser, sampleDocument(), { theme: 'light' });
    await panel.page.evaluate(() => {
      document.documentElement.style.setProperty('--vscode-foreground', '#dddddd');
      document.querySelector('select')!.closest('label')!.replaceWith(document.querySelector('select')!);
    });
    const { broken } = await check(panel.page);
    expect(broken.some((line) => line.startsWith('color-contrast'))).toBe(true);
    expect(broken.some((line) => line.startsWith('select-name'))).toBe(true);
    await panel.page.context().close();
  });

  it('redraws its charts when the theme changes', async () => {
    const panel = await openPanel(browser, sampleDocument(), { theme: 'dark' });
    const { page } = panel;
    const corner = async (): Promise<string> =>
      createHash('sha256')
        .update(await page.$eval('.mp-plot canvas', (canvas) => (canvas as HTMLCanvasElement).toDataURL()))
        .digest('hex');
    const dark = await corner();
    await page.evaluate(({ kind, colors }) => {
      document.body.className = kind;
      for (const [name, value] of Object.entries(colors)) document.documentElement.style.setProperty(`--vscode-${name}`, value);
    }, themes.light);
    await expect.poll(corner, patient).not.toBe(dark);
    await page.context().close();
  });

  it('tells runs apart without colour when the system imposes its own', async () => {
    const panel = await openPanel(browser, sampleDocument(), { context: { forcedColors: 'active' } });
    const { page } = panel;
    const swatches = await page
      .locator('.mp-figure')
      .first()
      .locator('.mp-legend .mp-swatch')
      .evaluateAll((elements) =>
        elements.map((element) => ({
          color: getComputedStyle(element).color,
          shape: element.querySelectorAll('path')[1]!.getAttribute('d'),
        })),
      );
    expect(new Set(swatches.map(({ color }) => color)).size).toBe(1);
    expect(new Set(swatches.map(({ shape }) => shape)).size).toBe(swatches.length);
    await page.context().close();
  });

  it('does not move when motion is unwelcome, and never scrolls sideways from 500 px on', async () => {
    for (const width of [500, 700, 960, 1280, 2200]) {
      const panel = await openPanel(browser, sampleDocument(), { width, context: { reducedMotion: 'reduce' } });
      const { page } = panel;
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      const moving = await page.evaluate(
        () => [...document.querySelectorAll('*')].filter((element) => parseFloat(getComputedStyle(element).transitionDuration) > 0).length,
      );
      expect(moving).toBe(0);
      await page.context().close();
    }
  });
});
