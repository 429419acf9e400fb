/** All figures of the page: accessible in every theme, safe with hostile texts, silent where there is nothing, right on paper. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ComparisonDocument } from '../../runs/src/results/document';
import { launchBrowser, openPanel, openStandalone } from './browser';
import { close, drawing, patient, section, wear } from './figure-page';
import { fullDocument } from './full-document';
import { hostileTexts, sampleDocument } from './sample';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

/** Every kind of figure with few cells in its tables: the rules are applied to each of them. */
function smallDocument(): ComparisonDocument {
  const doc = fullDocument(6, 12);
  doc.runs = [0, 2, 3].map((i) => ({ ...doc.runs[i]!, scores: doc.runs[i]!.scores.filter(({ by }) => by === 'tool') }));
  return doc;
}

/** Every text of the new members hostile. */
function hostileFigures(): unknown {
  const doc = fullDocument(6, 12);
  const texts = Object.values(hostileTexts);
  doc.runs = doc.runs.map((run, i) => {
    const text = texts[i % texts.length]!;
    return {
      ...run,
      name: text,
      fields: run.fields?.map((map, k) => ({ ...map, variable: texts[k % texts.length]!, units: text, validTime: text })),
      scores: run.scores.map((curve) => ({ ...curve, variable: text, units: text, climatology: text, mask: text })),
      telemetry: run.telemetry && {
        ...run.telemetry,
        notes: [{ node: text, what: text, text }],
        curves: run.telemetry.curves.map((curve) => ({ ...curve, node: text, device: text })),
      },
      origin: { commit: text, dirty: true, migration: { from: text, target: text, version: text, files: 1, manual: 1 } },
    } as typeof run;
  });
  return doc;
}

const sections = ['heat', 'maps', 'steps', 'scaling', 'telemetry', 'origin'];

/** Broken rules as "rule: element", in the sections of this file alone or (`whole`) of the page around them too. */
async function broken(page: Page, rules: string[], whole = false): Promise<string[]> {
  await page.evaluate(axe);
  const result = await page.evaluate(
    ({ runOnly, include }) =>
      (globalThis as unknown as { axe: { run: (context: unknown, options: object) => Promise<AxeResults> } }).axe.run(include ?? document, {
        runOnly,
        rules: { region: { enabled: false } },
      }),
    { runOnly: rules, include: whole ? null : { include: sections.map((name) => [`section[aria-labelledby=mp-${name}-title]`]) } },
  );
  return result.violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.html.slice(0, 160)} ${node.failureSummary?.slice(0, 200)}`),
  );
}

describe('all figures', () => {
  it('are accessible, in all themes', async () => {
    const panel = await openPanel(browser, smallDocument(), { theme: 'light' });
    const { page } = panel;
    for (const name of sections)
      for (const twin of await section(page, name).locator('.mp-twin > summary:visible').all()) await twin.click();
    expect(await broken(page, ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'], true)).toEqual([]);
    for (const theme of ['dark', 'highContrast', 'highContrastLight'] as const) {
      await wear(page, theme);
      expect([theme, await broken(page, ['color-contrast'])]).toEqual([theme, []]);
    }
    // it finds something when there is something
    await page.evaluate(() => document.documentElement.style.setProperty('--vscode-foreground', '#777777'));
    expect(await broken(page, ['color-contrast'])).not.toEqual([]);
    await close(panel);
  }, 180_000);

  it('keep hostile texts as texts, also in what they export', async () => {
    const panel = await openPanel(browser, hostileFigures(), { lang: 'zh-cn', width: 700 });
    const { page } = panel;
    for (const summary of await page.locator('.mp-twin > summary:visible').all()) await summary.click();
    expect(await page.evaluate(() => (globalThis as { __pwned?: number }).__pwned)).toBeUndefined();
    expect(await page.locator('.mp img, .mp script, .mp a, .mp iframe').count()).toBe(0);
    const text = await page.locator('body').innerText();
    expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u202a-\u202e\u2066-\u2069]/);
    expect(text).not.toMatch(/⟦|undefined|\[object/);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(700);
    await section(page, 'maps').locator('[data-key="mindport-maps.svg"]').click();
    await expect.poll(async () => (await panel.sent()).length, patient).toBe(2);
    const svg = (await panel.sent()).at(-1) as { data: string };
    const parsed = await page.evaluate((source) => {
      const parsedSvg = new DOMParser().parseFromString(source, 'image/svg+xml');
      return [...parsedSvg.querySelectorAll('script, parsererror, a, foreignObject, [onload], [onerror]')].length;
    }, svg.data);
    expect(parsed).toBe(0);
    await close(panel);
  });

  it('say nothing where there is nothing, and take no room', async () => {
    const panel = await openPanel(browser, { ...sampleDocument(), runs: sampleDocument().runs.map((run) => ({ ...run, scores: [] })) });
    for (const name of ['maps', 'heat', 'steps', 'scaling', 'telemetry', 'origin'])
      expect(await section(panel.page, name).isVisible()).toBe(false);
    await close(panel);
  });

  it('follow the theme, and are on paper whole', async () => {
    const panel = await openPanel(browser, fullDocument(6, 12), { theme: 'dark' });
    const { page } = panel;
    const picture = (): Promise<string> =>
      drawing(page, 'steps')
        .locator('.mp-drawn-base')
        .evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
    const dark = await picture();
    await wear(page, 'light');
    await expect.poll(async () => (await picture()) === dark, patient).toBe(false);
    await close(panel);
    const report = await openStandalone(browser, fullDocument(6, 12), { width: 1400 });
    await report.page.setViewportSize({ width: 700, height: 900 });
    await report.page.emulateMedia({ media: 'print' });
    await report.page.evaluate(() => dispatchEvent(new Event('beforeprint')));
    const wide = await report.page
      .locator('.mp-drawn-base')
      .evaluateAll((canvases) => canvases.map((canvas) => canvas.getBoundingClientRect().right));
    for (const right of wide) expect(right).toBeLessThanOrEqual(701);
    expect(report.faults).toEqual([]);
    await report.page.context().close();
  });
});
