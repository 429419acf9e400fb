/** The sections of the figures on an open page: finding them, reading their pixels, changing the theme. */
import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import { violations, type Panel } from './browser';
import { themes } from './themes';

/** a busy machine is given time */
export const patient = { timeout: 20_000 };

export const section = (page: Page, name: string): Locator => page.locator(`section[aria-labelledby=mp-${name}-title]`);
export const drawing = (page: Page, name: string): Locator => section(page, name).locator('.mp-drawn');
export const live = (page: Page): Promise<string> => page.locator('[aria-live]').innerText();

/** Closes the page, which must have had no error and no violation of its policy. */
export async function close(panel: Panel): Promise<void> {
  expect([...panel.faults, ...(await violations(panel))]).toEqual([]);
  await panel.page.context().close();
}

/** Colours ("r,g,b") of a drawing at places in CSS pixels, which may depend on its width. */
export async function pixels(page: Page, name: string, places: (width: number) => [number, number][]): Promise<string[]> {
  const canvas = drawing(page, name).locator('.mp-drawn-base');
  const width = await canvas.evaluate((element) => element.getBoundingClientRect().width);
  return canvas.evaluate((element, points) => {
    const { width: real } = element as HTMLCanvasElement;
    const scale = real / element.getBoundingClientRect().width;
    const context = (element as HTMLCanvasElement).getContext('2d')!;
    return points.map(([x, y]) => [...context.getImageData(Math.floor(x * scale), Math.floor(y * scale), 1, 1).data].slice(0, 3).join());
  }, places(width));
}

/** Changes the theme as VS Code does. */
export async function wear(page: Page, theme: keyof typeof themes): Promise<void> {
  await page.evaluate(({ kind, colors }) => {
    document.body.className = kind;
    for (const [name, value] of Object.entries(colors)) document.documentElement.style.setProperty(`--vscode-${name}`, value);
  }, themes[theme]);
}
