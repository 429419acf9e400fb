/** A hundred runs of a hundred thousand points: the page opens, and panning and zooming stay smooth. Figures are printed; only ratios are asserted. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, openPanel, violations, type Panel } from './browser';
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
}

/** Makes the document in the page itself, where it arrives as from VS Code: 107 MB need not pass through the driver. */
async function openMany(state: unknown): Promise<Opened> {
  const panel = await openPanel(browser, undefined, { state, width: 1440 });
  const { page } = panel;
  const clean = sampleDocument();
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
      const start = performance.now();
      window.postMessage({ type: 'document', document: { ...sample, title: 'Many points', runs: all, baseline: 'r0' }, lang: 'en' }, '*');
      while (!globalThis.document.querySelector('.mp-plot canvas')) await new Promise((done) => setTimeout(done, 5));
      await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));
      return { load: performance.now() - start, longestTask: Math.max(0, ...tasks) };
    },
    { document: clean, runs, points },
  );
  return { panel, page, ...figures };
}

interface Frames {
  /** milliseconds between frames, and of work in each */
  interval: number[];
  work: number[];
}

/** One move a frame: zooming in and out around a place, and panning to and fro. */
function moveAbout(page: Page, frames: number): Promise<Frames> {
  return page.evaluate(async (frames) => {
    const plot = document.querySelector('.mp-plot')!;
    plot.scrollIntoView({ block: 'center' });
    const over = plot.querySelector('.u-over')!;
    const { left, top, width, height } = over.getBoundingClientRect();
    const interval: number[] = [];
    const work: number[] = [];
    const channel = new MessageChannel();
    let before = 0;
    for (let i = 0; i < frames; i++) {
      const zooming = i % 60 < 30;
      const wheel = new WheelEvent('wheel', {
        bubbles: true,
        cancelable: true,
        clientX: left + width * 0.4,
        clientY: top + height / 2,
        ...(zooming ? { ctrlKey: true, deltaY: i % 60 < 20 ? -60 : 100 } : { deltaX: i % 20 < 10 ? 40 : -40 }),
      });
      let start = 0;
      // asked for before the page's own, so that its work lies behind
      requestAnimationFrame(() => (start = performance.now()));
      over.dispatchEvent(wheel);
      await new Promise<void>((done) => {
        requestAnimationFrame((now) => {
          if (before > 0) interval.push(now - before);
          before = now;
          // after this frame's callbacks, style and painting
          channel.port1.onmessage = () => {
            work.push(performance.now() - start);
            done();
          };
          channel.port2.postMessage(null);
        });
      });
    }
    return { interval, work };
  }, frames);
}

function quantile(values: readonly number[], share: number): number {
  return [...values].sort((a, b) => a - b)[Math.floor(share * (values.length - 1))]!;
}

function told(name: string, values: readonly number[]): string {
  return `${name} p50 ${quantile(values, 0.5).toFixed(1)} ms, p95 ${quantile(values, 0.95).toFixed(1)} ms`;
}

describe('100 runs of 100,000 points', () => {
  it('open, pan and zoom', async () => {
    const { panel, page, load, longestTask } = await openMany({ axis: 'step' });
    const heap = await page.evaluate(() => (performance as unknown as { memory?: { usedJSHeapSize: number } }).memory?.usedJSHeapSize ?? 0);
    await moveAbout(page, 10);
    // processor time of the page's main thread: other work on the machine does not count
    const session = await page.context().newCDPSession(page);
    await session.send('Performance.enable', { timeDomain: 'threadTicks' });
    const busy = async (): Promise<number> => {
      const { metrics } = await session.send('Performance.getMetrics');
      return metrics.find(({ name }) => name === 'TaskDuration')!.value * 1000;
    };
    const before = await busy();
    const { interval, work } = await moveAbout(page, Number(process.env['MINDPORT_FRAMES'] ?? 60));
    const perFrame = ((await busy()) - before) / work.length;
    console.log(
      `100 × 100,000 points: drawn after ${(load / 1000).toFixed(2)} s (longest task ${longestTask.toFixed(0)} ms), ` +
        `heap ${(heap / 1e6).toFixed(0)} MB; moving: ${told('frame', interval)}; ${told('work', work)}, ` +
        `processor time ${perFrame.toFixed(1)} ms a frame`,
    );
    // the picture follows the points that are in view and not all of them: far from what one stroke over ten million points takes
    expect(quantile(work, 0.5)).toBeLessThan(longestTask);
    expect([...panel.faults, ...(await violations(panel))]).toEqual([]);
    await page.context().close();
  });
});
