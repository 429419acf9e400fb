/**
 * A hundred runs of a hundred thousand points: the page opens, and panning and zooming stay smooth. Real input events are used and the frames of an
 * empty page of the same browser stand beside the figures. They are printed; only ratios of processor time are asserted. MINDPORT_SECONDS: of each way
 * to move (1).
 */
import type { Browser, CDPSession, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, openPanel, picturePath, violations, type Panel } from './browser';
import { sampleDocument } from './sample';

const runs = Number(process.env['MINDPORT_RUNS'] ?? 100);
const points = 100_000;

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

interface Opened {
  panel: Panel;
  page: Page;
  /** milliseconds from the message to the drawn curves */
  load: number;
  longestTask: number;
  /** processor time of that, milliseconds */
  work: number;
}

const patient = { timeout: 60_000, interval: 100 };

/** Makes the document in the page itself, where it arrives as from VS Code: 107 MB need not pass through the driver. */
async function openMany(state: unknown): Promise<Opened> {
  const panel = await openPanel(browser, undefined, { state, width: 1440 });
  const { page } = panel;
  const clean = sampleDocument();
  const session = await watched(page);
  let before = 0;
  await page.exposeFunction('beginning', async () => (before = await busy(session)));
  const figures = await page.evaluate(
    async ({ document: sample, runs, points }) => {
      const base64 = (values: Float32Array | Uint32Array): string => {
        const bytes = new Uint8Array(values.buffer);
        let binary = '';
        for (let i = 0; i < bytes.length; i += 32_768) binary += String.fromCharCode(...bytes.subarray(i, i + 32_768));
        return btoa(binary);
      };
      const perEpoch = 1000;
      const epochs = Uint32Array.from({ length: points / perEpoch }, (_, i) => i * perEpoch);
      const ends = epochs.map((at) => at + perEpoch - 1);
      let state = 1;
      const noise = (): number => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 4_294_967_296;
      // making them must not take longer than looking at them: a few curves stand for all, and each run has its own copy once they arrived
      const columns = Array.from({ length: 5 }, (_, run) => {
        const [train, t] = [new Float32Array(points), new Float32Array(points)];
        for (let i = 0; i < points; i++) {
          train[i] = 0.05 + 0.03 * run + Math.exp(-i / (points / 6)) + 0.03 * noise();
          t[i] = i * 0.31 + noise() * 0.1;
        }
        return {
          n: points,
          epoch: { form: 'held', at: base64(epochs), values: base64(Float32Array.from(epochs, (_, i) => i + 1)) },
          step: { form: 'ramp', first: 1, step: 1 },
          t: { form: 'dense', values: base64(t) },
          train: { form: 'dense', values: base64(train) },
          validation: { form: 'sparse', at: base64(ends), values: base64(Float32Array.from(ends, (at) => train[at]! * 1.1)) },
        };
      });
      const all = Array.from({ length: runs }, (_, i) => {
        const { scores: _scores, ...run } = sample.runs[i % 4]!;
        return { ...run, id: `r${i}`, name: `run ${i}`, scores: [], loss: [], lossColumns: columns[i % columns.length] };
      });
      const tasks: number[] = [];
      new PerformanceObserver((list) => tasks.push(...list.getEntries().map((entry) => entry.duration))).observe({
        entryTypes: ['longtask'],
      });
      await (globalThis as unknown as { beginning(): Promise<number> }).beginning();
      const start = performance.now();
      window.postMessage({ type: 'document', document: { ...sample, title: 'Many points', runs: all, baseline: 'r0' }, lang: 'en' }, '*');
      while (!globalThis.document.querySelector('.mp-curves > canvas')) await new Promise((done) => setTimeout(done, 5));
      await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));
      return { load: performance.now() - start, longestTask: Math.max(0, ...tasks) };
    },
    { document: clean, runs, points },
  );
  return { panel, page, ...figures, work: (await busy(session)) - before };
}

type Way = 'zoom' | 'pan' | 'drag';

interface Moved {
  /** milliseconds from frame to frame */
  frames: number[];
  /** processor time of the page's main thread, milliseconds a frame: other work on the machine does not count */
  work: number;
}

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Milliseconds of processor time that the main thread of a page has used. */
async function busy(session: CDPSession): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics');
  return metrics.find(({ name }) => name === 'TaskDuration')!.value * 1000;
}

/** Moves with real input events for a time, as fast as the browser takes them. */
async function moveAbout(page: Page, session: CDPSession, way: Way, { x: left, y: top, width, height }: Box): Promise<Moved> {
  const [x, y] = [left + width * 0.4, top + height / 2];
  const shift = 8;
  const control = 2;
  const mouse = (type: 'mousePressed' | 'mouseMoved' | 'mouseReleased', to: number) =>
    session.send('Input.dispatchMouseEvent', { type, x: to, y, button: 'left', buttons: 1, modifiers: shift, clickCount: 1 });
  await page.evaluate(() => {
    const frames: number[] = [];
    const watch = { frames, on: true };
    Object.assign(globalThis, { frameWatch: watch });
    let before = 0;
    const step = (now: number): void => {
      if (before > 0) frames.push(now - before);
      before = now;
      if (watch.on) requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  });
  const start = await busy(session);
  const end = Date.now() + 1000 * Number(process.env['MINDPORT_SECONDS'] ?? 1);
  if (way === 'drag') await mouse('mousePressed', x);
  for (let i = 0; Date.now() < end; i++) {
    const wheel = { type: 'mouseWheel' as const, x, y };
    if (way === 'drag') await mouse('mouseMoved', x + 200 * Math.sin(i / 15));
    else if (way === 'zoom') {
      await session.send('Input.dispatchMouseEvent', { ...wheel, deltaX: 0, deltaY: i % 60 < 36 ? -40 : 60, modifiers: control });
    } else await session.send('Input.dispatchMouseEvent', { ...wheel, deltaX: i % 40 < 20 ? 30 : -30, deltaY: 0 });
    await new Promise((done) => setTimeout(done, 8));
  }
  if (way === 'drag') await mouse('mouseReleased', x);
  const frames = await page.evaluate(() => {
    const { frameWatch } = globalThis as unknown as { frameWatch: { frames: number[]; on: boolean } };
    frameWatch.on = false;
    return frameWatch.frames;
  });
  return { frames, work: ((await busy(session)) - start) / frames.length };
}

async function watched(page: Page): Promise<CDPSession> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  return session;
}

function quantile(values: readonly number[], share: number): number {
  return [...values].sort((a, b) => a - b)[Math.floor(share * (values.length - 1))]!;
}

function told(name: string, { frames, work }: Moved): string {
  return `${name}: frame p50 ${quantile(frames, 0.5).toFixed(1)} ms, p95 ${quantile(frames, 0.95).toFixed(1)} ms, processor ${work.toFixed(1)} ms`;
}

/** A digest of the picture of the curves, and whether it is drawn as it is, not shifted or stretched; null while it is not there. */
function pictureOf(page: Page): Promise<{ pixels: number; exact: boolean } | null> {
  return page.evaluate(() => {
    const canvas = document.querySelector<HTMLCanvasElement>('.mp-curves > canvas');
    if (!canvas) return null;
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
    let pixels = 0;
    for (const word of new Uint32Array(data.buffer)) pixels = (Math.imul(pixels, 31) + word) | 0;
    const frame = canvas.parentElement!.getBoundingClientRect();
    return { pixels, exact: canvas.style.transform === '' && Math.abs(canvas.getBoundingClientRect().width - frame.width) < 1 };
  });
}

describe('100 runs of 100,000 points', () => {
  it('open, pan and zoom', async () => {
    const blank = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    const nothing = await moveAbout(blank, await watched(blank), 'zoom', { x: 100, y: 300, width: 1000, height: 260 });
    await blank.close();

    const { panel, page, load, longestTask, work: loadWork } = await openMany({ axis: 'step' });
    const heap = await page.evaluate(() => (performance as unknown as { memory?: { usedJSHeapSize: number } }).memory?.usedJSHeapSize ?? 0);
    const session = await watched(page);
    await page.locator('.mp-plot').first().scrollIntoViewIfNeeded();
    const over = page.locator('.mp-plot .u-over').first();
    const box = (await over.boundingBox())!;
    const whole = await pictureOf(page);
    expect(whole?.exact).toBe(true);
    const moved: string[] = [];
    const work: number[] = [];
    for (const way of ['zoom', 'pan', 'drag'] as const) {
      const one = await moveAbout(page, session, way, box);
      moved.push(told(way, one));
      work.push(one.work);
    }
    console.log(
      `100 × 100,000 points: drawn after ${(load / 1000).toFixed(2)} s (longest task ${longestTask.toFixed(0)} ms, processor ` +
        `${loadWork.toFixed(0)} ms), heap ${(heap / 1e6).toFixed(0)} MB; ${moved.join('; ')}; ${told('empty page', nothing)}`,
    );
    // at rest exactly what is shown is painted; shown whole again, it is the picture of the beginning
    await expect.poll(async () => (await pictureOf(page))?.exact, patient).toBe(true);
    expect((await pictureOf(page))!.pixels).not.toBe(whole!.pixels);
    await page.screenshot({ path: picturePath('many-points-moved') });
    await over.dblclick();
    await page.mouse.move(2, 2);
    await expect.poll(() => pictureOf(page), patient).toEqual(whole);
    // a frame costs a small part of what reading and painting all curves once does
    expect(Math.max(...work)).toBeLessThan(loadWork / 10);
    // under load the browser makes wheel events passive by itself, and says so
    expect([...panel.faults, ...(await violations(panel))].filter((fault) => !/passive event listener/.test(fault))).toEqual([]);
    await page.context().close();
  });
});
