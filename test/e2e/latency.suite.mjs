/**
 * Key press → squiggle, for MindPort and for a server that does next to nothing, in the same run on the same files. The page itself takes the
 * times: from the key's event to the frame in which the squiggle is in the document. No limit is asserted: a busy machine would break it.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { trivialFolder } from './build.mjs';
import { extensionFolder, fillWithExample } from './sessions.mjs';
import { openFile } from './workbench.mjs';

const EDITS = Number(process.env.E2E_EDITS || 20);
const FILES = { 'networks/afno.py': 'the example', 'long.py': 'a file of 5,000 lines' };
const measured = {};

const user = {
  'editor.quickSuggestions': { other: 'off', comments: 'off', strings: 'off' },
  'editor.suggestOnTriggerCharacters': false,
  'editor.parameterHints.enabled': false,
  'editor.autoClosingBrackets': 'never',
  'editor.minimap.enabled': false,
  'editor.stickyScroll.enabled': false,
};

/** The example, and a file of about 5,000 lines: its network and its data generator, over and over (VS Code draws no more than 500 findings a file). */
function fill(workspace) {
  fillWithExample(workspace);
  const [network, generator] = ['networks/afno.py', 'data/generate.py'].map((name) => readFileSync(join(workspace, name), 'utf8') + '\n');
  const part = network + generator.repeat(3);
  writeFileSync(join(workspace, 'long.py'), part.repeat(Math.round(5_000 / part.split('\n').length)));
}

/** Types `t` in front of `orch.abs(2)` at the end of the file, again and again: the squiggle comes with that key and goes with Backspace. */
async function measure(page, file) {
  await openFile(page, file);
  await page.keyboard.press('Control+End');
  // two empty screens: nothing else is underlined where the typing happens
  await page.keyboard.type('\n'.repeat(60));
  const shown = (wanted) =>
    page.waitForFunction((n) => document.querySelectorAll('.editor-instance .monaco-editor [class*="squiggly-"]').length === n, wanted);
  await shown(0);
  await page.keyboard.type('torch.abs(2)');
  await shown(1);
  await page.keyboard.press('Home');
  await page.keyboard.press('Delete');
  await shown(0);
  await page.evaluate(() => {
    globalThis.squiggleTimes = [];
    globalThis.squiggleListener?.abort();
    globalThis.squiggleListener = new AbortController();
    const onKey = (event) => {
      if (event.key !== 't') return;
      const pressed = event.timeStamp;
      const look = () => {
        if (document.querySelector('.editor-instance .monaco-editor [class*="squiggly-"]'))
          globalThis.squiggleTimes.push(performance.now() - pressed);
        else requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    };
    document.addEventListener('keydown', onKey, { capture: true, signal: globalThis.squiggleListener.signal });
  });
  for (let i = 1; i <= EDITS; i++) {
    await page.keyboard.press('t');
    await page.waitForFunction((n) => globalThis.squiggleTimes.length >= n, i);
    await page.keyboard.press('Backspace');
    await shown(0);
  }
  const times = await page.evaluate(() => globalThis.squiggleTimes);
  return times.sort((a, b) => a - b);
}

const quantile = (sorted, q) => sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)];

const session = (name, folder) => ({
  name,
  server: { fill, user },
  workbench: { extensions: [folder] },
  tests: Object.entries(FILES).map(([file, title]) => [
    `a squiggle follows each of ${EDITS} key presses: ${title}`,
    async ({ page, note }) => {
      const times = await measure(page, file);
      assert.equal(times.length, EDITS);
      const [p50, p95, most] = [quantile(times, 0.5), quantile(times, 0.95), times.at(-1)];
      (measured[file] ??= {})[name] = p50;
      note(`${name}, ${title}: key press → squiggle p50 ${p50.toFixed(0)} ms, p95 ${p95.toFixed(0)} ms, max ${most.toFixed(0)} ms`);
      const { trivial, mindport } = measured[file];
      if (trivial && mindport)
        note(`${title}: ${(mindport / trivial).toFixed(2)} times the trivial server's p50, ${(mindport - trivial).toFixed(0)} ms more`);
    },
  ]),
});

export const sessions = [session('trivial', trivialFolder), session('mindport', extensionFolder)];
