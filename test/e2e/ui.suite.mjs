/** What a person sees in the workbench and does with the keyboard, on the example; screenshots in light, dark and high contrast. */
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { comparisonFile } from './build.mjs';
import { extensionFolder, fillWithExample, machine } from './sessions.mjs';
import { clearNotifications, enter, goTo, notification, openFile, pick, runCommand, squiggles, until, webviewFrame } from './workbench.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const THEMES = { light: 'Default Light Modern', dark: 'Default Dark Modern', 'high-contrast': 'Default High Contrast' };
const BODY = { light: 'vscode-light', dark: 'vscode-dark', 'high-contrast': 'vscode-high-contrast' };
const CLASS = { light: '.vs', dark: '.vs-dark', 'high-contrast': '.hc-black' };

/** No suggestions while the tests type, no minimap over the text. */
const user = {
  'editor.quickSuggestions': { other: 'off', comments: 'off', strings: 'off' },
  'editor.minimap.enabled': false,
  'window.commandCenter': false,
};

const text = (page) => page.locator('.editor-instance .monaco-editor .view-lines').first();
const hasText = (page, words) =>
  text(page)
    .filter({ hasText: words.replaceAll(' ', '\u00a0') })
    .or(text(page).filter({ hasText: words }));

/** Line and column (1-based) just inside the first occurrence of `words` in a file. */
function placeOf(file, words) {
  const lines = readFileSync(file, 'utf8').split('\n');
  const line = lines.findIndex((candidate) => candidate.includes(words));
  assert.ok(line >= 0, `${words} is not in ${file}`);
  return [line + 1, lines[line].indexOf(words) + words.length];
}

async function closeEverything(page) {
  await page.keyboard.press('Escape');
  await runCommand(page, 'View: Close All Editors');
  // an edited file asks
  const dont = page.locator('.monaco-dialog-box').getByText("Don't Save");
  await until('no editor', async () => {
    if (await dont.isVisible()) await dont.click();
    return (await page.locator('.tabs-container .tab').count()) === 0;
  });
}

async function useTheme(page, server, name) {
  server.setWorkspace({ 'workbench.colorTheme': THEMES[name] });
  await page.locator(`.monaco-workbench${CLASS[name]}`).waitFor();
}

const main = [
  [
    'underlines PyTorch references in the example',
    async ({ page, server, note }) => {
      await openFile(page, 'networks/afno.py');
      await squiggles(page).first().waitFor();
      note(`${await squiggles(page).count()} squiggles in the first screen of networks/afno.py`);
      await goTo(page, ...placeOf(join(server.workspace, 'networks/afno.py'), 'torch.fft.rfft2'));
      await squiggles(page).first().waitFor();
    },
  ],
  [
    'shows why in a hover that the keyboard opens',
    async ({ page, artifacts }) => {
      await page.keyboard.press('Control+K');
      await page.keyboard.press('Control+I');
      const hover = page.locator('.monaco-hover').filter({ hasText: 'torch.fft.rfft2' }).first();
      await hover.waitFor();
      await page.screenshot({ path: join(artifacts, 'hover.png') });
      await page.keyboard.press('Escape');
    },
  ],
  [
    'applies a quick fix by keyboard, and undoes it',
    async ({ page, artifacts }) => {
      const menu = page.locator('.action-widget');
      await page.keyboard.press('Control+.');
      await menu.locator('.monaco-list-row').first().waitFor();
      await page.screenshot({ path: join(artifacts, 'quick-fix.png') });
      await page.keyboard.press('Enter');
      await menu.locator('.monaco-list-row').first().waitFor({ state: 'hidden' });
      await hasText(page, 'ops.rfft2').waitFor();
      await page.keyboard.press('Control+Z');
      await hasText(page, 'torch.fft.rfft2').waitFor();
    },
  ],
  [
    'fixes all safe findings of a file, and undoes that',
    async ({ page }) => {
      await openFile(page, 'metrics.py');
      await goTo(page, 1, 1);
      await hasText(page, 'import torch').waitFor();
      await squiggles(page).first().waitFor();
      const before = await squiggles(page).count();
      await runCommand(page, 'Fix All');
      await hasText(page, 'mindspore').waitFor();
      await until('fewer squiggles', async () => (await squiggles(page).count()) < before);
      await page.keyboard.press('Control+Z');
      await hasText(page, 'import torch').waitFor();
    },
  ],
  [
    'says how many findings there are, and for which target, in the language status',
    async ({ page }) => {
      const status = page
        .locator('.statusbar-item')
        .filter({ has: page.locator('.codicon-bracket') })
        .first();
      await status.waitFor();
      await status.hover();
      await page
        .getByText(/MindPort: \d+ findings?/)
        .first()
        .waitFor();
      await page.mouse.move(700, 400);
    },
  ],
  [
    'lets the targets be chosen, for this folder',
    async ({ page, server }) => {
      await openFile(page, 'metrics.py');
      await runCommand(page, 'MindPort: Choose Targets');
      await page.locator('.quick-input-list .monaco-list-row', { hasText: 'mindspore@ascend910b' }).click();
      await page.keyboard.press('Enter');
      await page.locator('.quick-input-list .monaco-list-row', { hasText: '2.9.0' }).click();
      const file = join(server.workspace, '.vscode', 'settings.json');
      const chosen = await until(
        'the settings',
        () => existsSync(file) && /mindsporeVersion/.test(readFileSync(file, 'utf8')) && readFileSync(file, 'utf8'),
      );
      assert.deepEqual(JSON.parse(chosen), {
        'mindport.targets': ['mindspore@cpu', 'mindspore@ascend910b'],
        'mindport.mindsporeVersion': '2.9.0',
      });
      await squiggles(page).first().waitFor();
      server.setWorkspace({});
    },
  ],
  [
    'explains an API as a page',
    async ({ page, server, artifacts }) => {
      await openFile(page, 'networks/afno.py');
      await goTo(page, ...placeOf(join(server.workspace, 'networks/afno.py'), 'torch.fft.rfft2'));
      await runCommand(page, 'MindPort: Explain PyTorch API');
      await webviewFrame(page, 'torch.fft.rfft2');
      await page.screenshot({ path: join(artifacts, 'explain.png') });
      await closeEverything(page);
    },
  ],
  [
    'migrates the project with a preview, then writes it',
    async ({ page, server, artifacts }) => {
      const target = `${server.workspace}-mindspore`;
      await runCommand(page, 'MindPort: Migrate PyTorch Project');
      await pick(page, 'workspace');
      await enter(page, target);
      await page.locator('.multiDiffEntry .view-line').first().waitFor({ timeout: 60_000 });
      const question = await notification(page, 'files change');
      await page.screenshot({ path: join(artifacts, 'migration.png') });
      assert.ok(!existsSync(target), 'written before the answer');
      await question.getByRole('button', { name: 'Write Files' }).click();
      await until('the files', () => existsSync(join(target, 'train.py')) && existsSync(join(target, 'mindport_ops', '__init__.py')));
      await notification(page, 'The migrated program is in');
      assert.doesNotMatch(readFileSync(join(target, 'train.py'), 'utf8'), /^\s*(import|from) torch/m);
      await clearNotifications(page);
      await closeEverything(page);
    },
  ],
  [
    'runs a training by keyboard and lists it with its state',
    async ({ page, server, artifacts }) => {
      const program = `if __name__ == "__main__":\n    print("Time taken for epoch 1 is 0.5 sec")\n    print("Train loss: 0.5. Valid loss: 0.6")\n`;
      writeFileSync(join(server.workspace, 'train_small.py'), program);
      await runCommand(page, 'MindPort: Run Training');
      await pick(page, 'train_small.py');
      await enter(page, '--epochs 1');
      await pick(page, 'Preview and start');
      await page.locator('.tab', { hasText: 'Preview of' }).waitFor();
      await runCommand(page, 'MindPort: Start This Run');
      await notification(page, 'succeeded');
      await clearNotifications(page);
      await runCommand(page, 'MindPort: Focus on Runs View');
      await page.locator('.pane-body .monaco-list-row', { hasText: 'succeeded' }).first().waitFor();
      await page.screenshot({ path: join(artifacts, 'run.png') });
      await runCommand(page, 'View: Hide Panel');
      await runCommand(page, 'View: Show Explorer');
    },
  ],
];

/** Shows the comparison kept in the workspace and returns the page's frame. */
async function openResults(page, server) {
  copyFileSync(comparisonFile, join(server.workspace, 'comparison.json'));
  await openFile(page, 'comparison.json');
  await runCommand(page, 'MindPort: Show Results');
  return webviewFrame(page, 'MindPort Results');
}

const results = [
  [
    'opens the results page with a table and charts',
    async ({ page, server }) => {
      await closeEverything(page);
      const frame = await openResults(page, server);
      await frame.locator('table').first().waitFor();
      await frame.locator('canvas').first().waitFor();
    },
  ],
  [
    'lets nothing into the results page: no inline script, no image from elsewhere, no network',
    async ({ page }) => {
      const frame = await webviewFrame(page, 'MindPort Results');
      const policy = await frame.locator('meta[http-equiv="Content-Security-Policy"]').getAttribute('content');
      assert.match(policy, /^default-src 'none';/);
      assert.doesNotMatch(policy, /unsafe-/);
      const seen = await frame.evaluate(async () => {
        const refused = new Set();
        document.addEventListener('securitypolicyviolation', (event) => refused.add(event.effectiveDirective));
        const script = document.createElement('script');
        script.textContent = 'globalThis.wasRun = true';
        document.body.append(script);
        const image = document.createElement('img');
        image.src = 'https://example.invalid/pixel.png';
        await fetch('https://example.invalid/data').catch(() => undefined);
        const deadline = Date.now() + 5_000;
        while (refused.size < 3 && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
        script.remove();
        return { refused: [...refused].sort(), wasRun: 'wasRun' in globalThis };
      });
      assert.deepEqual(seen, { refused: ['connect-src', 'img-src', 'script-src-elem'], wasRun: false });
    },
  ],
  ...Object.keys(THEMES).map((theme) => [
    `${theme}: editor and results page, readable for everyone`,
    async ({ page, server, artifacts }) => {
      await useTheme(page, server, theme);
      const frame = await webviewFrame(page, 'MindPort Results');
      await frame.locator(`body.${BODY[theme]}`).waitFor();
      await frame.evaluate(axe);
      const outcome = await frame.evaluate(() =>
        globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }),
      );
      assert.deepEqual(
        outcome.violations.map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.target.join(' ')).join(', ')}`),
        [],
      );
      assert.ok(
        outcome.passes.some((rule) => rule.id === 'color-contrast'),
        'contrast was not measured',
      );
      await page.screenshot({ path: join(artifacts, `results-${theme}.png`) });
      await openFile(page, 'networks/afno.py');
      await goTo(page, ...placeOf(join(server.workspace, 'networks/afno.py'), 'torch.fft.rfft2'));
      await squiggles(page).first().waitFor();
      await page.screenshot({ path: join(artifacts, `editor-${theme}.png`) });
      await openFile(page, 'comparison.json');
      await runCommand(page, 'MindPort: Show Results');
    },
  ]),
];

const untrusted = [
  [
    'analyses but starts nothing in a workspace that is not trusted',
    async ({ page, server }) => {
      const answer = page.locator('.monaco-dialog-box').getByRole('button', { name: /No, I don't trust|Restricted/i });
      const banner = page.getByText(/Restricted Mode/i).first();
      await until('restricted mode', async () => {
        if (await answer.isVisible()) await answer.click();
        return banner.isVisible();
      });
      await openFile(page, 'networks/afno.py');
      await squiggles(page).first().waitFor();
      await runCommand(page, 'MindPort: Run Training');
      await notification(page, 'This workspace is not trusted');
      assert.ok(!existsSync(join(server.workspace, '..', 'state', 'mindport', 'runs')), 'a run was made');
      await page.locator('.activitybar .action-label[aria-label^="MindPort"]').click();
      await page.getByText('Machines are not connected in a workspace that is not trusted').waitFor();
    },
  ],
];

const server = { fill: fillWithExample, machine, user };
const workbench = { extensions: [extensionFolder] };
export const sessions = [
  { name: 'workbench', server, workbench, tests: [...main, ...results] },
  { name: 'untrusted', server: { ...server, trust: true }, workbench, tests: untrusted },
];
