/** Machines and runs on them, as a person sees them and works them with the keyboard; another machine is this one behind a real sshd. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { clusterModule } from './build.mjs';
import { extensionFolder, fillWithExample, machine, newSshMachine, sshMachine } from './sessions.mjs';
import {
  clearNotifications,
  enter,
  isListed,
  notification,
  openFile,
  openWorkbench,
  pick,
  runCommand,
  until,
  webviewFrame,
} from './workbench.mjs';

const THEMES = { light: 'Default Light Modern', dark: 'Default Dark Modern', 'high-contrast': 'Default High Contrast' };
const CLASS = { light: '.vs', dark: '.vs-dark', 'high-contrast': '.hc-black' };
const PROGRAM = `import os, sys, time
if __name__ == "__main__":
    print("begun on", os.environ.get("MINDPORT_RUN_DIR"), flush=True)
    open(os.path.join(os.environ["MINDPORT_RUN_DIR"], "starts"), "a").write("x")
    for epoch in range(3):
        print(f"Time taken for epoch {epoch + 1} is 0.5 sec", flush=True)
        print(f"Train loss: {0.9 / (epoch + 1)}. Valid loss: {1.0 / (epoch + 1)}", flush=True)
    while len(sys.argv) > 1 and not os.path.exists(sys.argv[1]):
        time.sleep(0.05)
`;

const CHIP = { framework: 'mindspore', chip: 'my-npu', title: { en: 'MindSpore on my NPU', zh: '我的 NPU 上的昇思 MindSpore' } };

const row = (page, text) => page.locator('.pane-body .monaco-list-row').filter({ hasText: text }).first();
const formRow = (page, text) => page.locator('.quick-input-list .monaco-list-row').filter({ hasText: text }).first();
const runsThere = (root) => (existsSync(join(root, 'runs')) ? readdirSync(join(root, 'runs')).filter((name) => !name.startsWith('.')) : []);

/** The list that asks, with the line that goes on first. */
async function form(page) {
  await formRow(page, 'Preview and start').waitFor();
}

/** Shows the MindPort views; the icon of the activity bar would hide them where the workbench has shown them again by itself. */
const showViews = (page) => runCommand(page, 'MindPort: Focus on Machines View');

/** Finds the inline action of a row by its title; the row must be hovered for it to be there. */
async function inline(page, text, title) {
  await row(page, text).hover();
  await row(page, text).getByRole('button', { name: title }).click();
}

/** Chooses a line of the form and answers what it asks. */
async function choose(page, line, value) {
  await form(page);
  await pick(page, line);
  await pick(page, value);
}

/** Asks for a training of the program on a machine, up to the form. What the form remembers already is not chosen again. */
async function startThere(page, args, where = 'box', chip = 'cpu') {
  await runCommand(page, 'MindPort: Run Training');
  await pick(page, 'train_there.py');
  await enter(page, args);
  for (const [line, value] of [
    ['Machine', where],
    ['Chip', chip],
  ]) {
    await form(page);
    const there = formRow(page, line).filter({ hasText: value });
    if (!(await there.isVisible())) await choose(page, line, value);
    await form(page);
    await there.waitFor();
  }
}

/** The item of the status bar that leads back to a question. */
const question = (page) => page.locator('.statusbar-item[id="mindport.mindport.mindport.question"]');

const go = (page) => pick(page, 'Preview and start');
const previewText = (page) => page.locator('.editor-instance .monaco-editor .view-lines').first().innerText();

const tests = [
  [
    'the first run of a newcomer: one click on the script, one on Start',
    async ({ page, artifacts }) => {
      await openFile(page, 'train_there.py');
      // nothing ran yet: there is nothing to cancel or to look at
      for (const title of ['MindPort: Cancel Run', 'MindPort: Show Log of Run'])
        await until(`no ${title} in the palette`, async () => !(await isListed(page, title)));
      await page.locator('.editor-actions [aria-label^="Run Training"]').click();
      await page.locator('.tab', { hasText: 'Preview of' }).waitFor();
      const start = page.locator('.codelens-decoration a', { hasText: 'Start' }).first();
      await start.waitFor();
      await page.screenshot({ path: join(artifacts, 'first-run.png') });
      await start.click();
      await showViews(page);
      await row(page, 'succeeded · PyTorch · cpu').waitFor();
      await page.screenshot({ path: join(artifacts, 'first-run-ended.png') });
      await until('its log in the palette', () => isListed(page, 'MindPort: Show Log of Run'));
      assert.equal(await isListed(page, 'MindPort: Cancel Run'), false);
      await clearNotifications(page);
      await runCommand(page, 'View: Close All Editors');
    },
  ],
  [
    'lists this machine, that of the settings and hosts of the ssh configuration',
    async ({ page, artifacts }) => {
      await showViews(page);
      await row(page, 'This machine').waitFor();
      await row(page, 'box').filter({ hasText: 'connected' }).waitFor();
      await row(page, '4 × nvidia').waitFor();
      await row(page, 'Hosts of the ssh configuration').click();
      // a click that meets a redraw selects only
      await page.keyboard.press('ArrowRight');
      await row(page, 'stranger').waitFor();
      await page.screenshot({ path: join(artifacts, 'machines.png') });
    },
  ],
  [
    'checks a machine and shows each probe, as a page, too',
    async ({ page, artifacts }) => {
      await inline(page, 'box', 'Check Machine');
      const told = await notification(page, 'checks failed');
      await row(page, 'Logged in as').waitFor();
      await row(page, 'box')
        .filter({ hasText: /connected · \d checks? failed · 4 × nvidia/ })
        .waitFor();
      await page.screenshot({ path: join(artifacts, 'machine-check.png') });
      await told.getByRole('button', { name: 'Show Details' }).click();
      await webviewFrame(page, 'Check of box');
      await page.screenshot({ path: join(artifacts, 'machine-check-page.png') });
      // out of the page, so that the keys are the workbench's
      await row(page, 'box').click();
      await page.keyboard.press('ArrowLeft');
      await clearNotifications(page);
      await runCommand(page, 'View: Close All Editors');
    },
  ],
  [
    'adds a host whose key is not known, shows its fingerprint and trusts it when told to',
    async ({ page, artifacts }) => {
      await inline(page, 'stranger', 'Add Machine');
      await row(page, 'stranger').filter({ hasText: 'login needed' }).waitFor();
      await inline(page, 'stranger', 'Show and Trust Host Key');
      const dialog = page.locator('.monaco-dialog-box');
      await dialog.getByText(/SHA256:/).waitFor();
      await page.screenshot({ path: join(artifacts, 'host-key.png') });
      await dialog.getByRole('button', { name: 'Trust This Key' }).click();
      await row(page, 'stranger').filter({ hasText: 'connected' }).waitFor();
      await clearNotifications(page);
    },
  ],
  [
    'explains a host key that has changed, without a way to accept it',
    async ({ page, artifacts }) => {
      await inline(page, 'impostor', 'Add Machine');
      await row(page, 'impostor').filter({ hasText: 'host key changed' }).waitFor();
      await row(page, 'impostor').click({ button: 'right' });
      const item = page.locator('.context-view').getByText('What Is Wrong?');
      await item.waitFor();
      // a menu takes no click at the moment it opens, for it may be that of the mouse button that opened it
      await until('the menu to close', async () => {
        if (await item.isVisible()) await item.click({ timeout: 1000 }).catch(() => undefined);
        return !(await item.isVisible());
      });
      const dialog = page.locator('.monaco-dialog-box');
      await dialog.getByText(/has CHANGED/).waitFor();
      await page.screenshot({ path: join(artifacts, 'host-key-changed.png') });
      assert.equal(await dialog.getByRole('button', { name: /Trust/ }).count(), 0);
      await page.keyboard.press('Escape');
      await inline(page, 'gone', 'Add Machine');
      await row(page, 'gone').filter({ hasText: 'offline' }).waitFor();
      await clearNotifications(page);
    },
  ],
  [
    'shows what would be sent and executed, and does nothing when told not to',
    async ({ page, artifacts }) => {
      const { root } = await sshMachine();
      await startThere(page, 'go');
      // one that the records of the workspace declare
      await choose(page, 'Chip', 'my-npu');
      await formRow(page, 'Chip').filter({ hasText: 'my-npu' }).waitFor();
      await choose(page, 'Chip', 'cpu');
      await formRow(page, 'Chip').filter({ hasText: 'cpu' }).waitFor();
      await page.screenshot({ path: join(artifacts, 'run-form.png') });
      await go(page);
      await page.locator('.tab', { hasText: 'Preview of' }).waitFor();
      await page.screenshot({ path: join(artifacts, 'run-preview.png') });
      const shown = await until('the preview', async () =>
        (await previewText(page)).includes('train_there.py') ? previewText(page) : null,
      );
      assert.match(shown.replaceAll('\u00a0', ' '), /Machine: box[\s\S]*Connection: ssh[\s\S]*Sent: \d+ files/);
      // the question leads back to its page, and goes with the answer, however that was given
      await openFile(page, 'train_there.py');
      await question(page).filter({ hasText: 'Start' }).locator('a').click();
      await page.locator('.tab.active', { hasText: 'Preview of' }).waitFor();
      await runCommand(page, 'MindPort: Do Not Start It');
      await page.locator('.tab', { hasText: 'Preview of' }).waitFor({ state: 'detached' });
      await question(page).waitFor({ state: 'hidden' });
      assert.deepEqual(runsThere(root), []);
    },
  ],
  [
    'starts a run there, finds it again after a reload, and sees its end',
    async ({ page, artifacts, note }) => {
      const { root } = await sshMachine();
      await startThere(page, join(root, 'go'));
      await go(page);
      await page.locator('.tab', { hasText: 'Preview of' }).waitFor();
      const started = performance.now();
      await runCommand(page, 'MindPort: Start This Run');
      await row(page, 'running · box').waitFor();
      note(`running on box ${(performance.now() - started).toFixed(0)} ms after the word to start`);
      await page.screenshot({ path: join(artifacts, 'run-there.png') });
      await page.reload();
      await page.locator('.monaco-workbench').waitFor();
      await showViews(page);
      await row(page, 'running · box').waitFor();
      writeFileSync(join(root, 'go'), '');
      await row(page, 'succeeded · box').waitFor();
      assert.equal(runsThere(root).length, 1);
      await notification(page, 'succeeded');
      await clearNotifications(page);
    },
  ],
  [
    'runs a sweep from the form, its rows below it, and goes on with it after a reload',
    async ({ page, artifacts }) => {
      const { root } = await sshMachine();
      await runCommand(page, 'MindPort: Run Sweep');
      await pick(page, 'train_there.py');
      await form(page);
      await pick(page, 'Batch sizes');
      await enter(page, '1');
      await form(page);
      await pick(page, 'Loader processes');
      await enter(page, '0, 2');
      await form(page);
      await page.screenshot({ path: join(artifacts, 'sweep-form.png') });
      await pick(page, 'Arguments');
      await enter(page, `'${join(root, 'go on')}'`);
      await form(page);
      await go(page);
      await page.locator('.tab', { hasText: 'Preview of' }).waitFor();
      await page.screenshot({ path: join(artifacts, 'sweep-preview.png') });
      await runCommand(page, 'MindPort: Start This Run');
      await row(page, '0 of 2 ended · 1 active').waitFor();
      await row(page, 'b1 fp32 w2').waitFor();
      await page.screenshot({ path: join(artifacts, 'sweep.png') });
      await page.reload();
      await page.locator('.monaco-workbench').waitFor();
      await showViews(page);
      await row(page, '0 of 2 ended · 1 active').waitFor();
      mkdirSync(root, { recursive: true });
      writeFileSync(join(root, 'go on'), '');
      // the row that waited was started by the new window
      await row(page, '2 of 2 ended').waitFor();
      await notification(page, '2 runs succeeded');
      await clearNotifications(page);
    },
  ],
  [
    'submits to Slurm: why it waits, its log, and a cancel that leaves nothing behind',
    async ({ page, artifacts }) => {
      const { cluster, root } = await sshMachine();
      const shared = join(dirname(root), 'shared');
      const hold = ['--exclusive', '--output=/dev/null', '--job-name=blocker', '--wrap=sleep 600'];
      const blocker = (await cluster.command('sbatch', '--parsable', ...hold)).trim();
      await until('the blocker', async () => (await cluster.command('squeue', '-h', '-j', blocker, '-o', '%T')).includes('RUNNING'));
      await startThere(page, join(root, 'never'), 'hpc', 'npu');
      await formRow(page, 'Nodes').waitFor();
      await page.screenshot({ path: join(artifacts, 'slurm-form.png') });
      await go(page);
      await page.locator('.tab', { hasText: 'Preview of' }).waitFor();
      const shown = await until('the preview', async () => ((await previewText(page)).includes('hpc') ? previewText(page) : null));
      assert.match(shown.replaceAll('\u00a0', ' '), /Machine: hpc/);
      await runCommand(page, 'MindPort: Start This Run');
      await row(page, /queued: waits .*· hpc/).waitFor({ timeout: 60_000 });
      await page.screenshot({ path: join(artifacts, 'slurm-queued.png') });
      const [id] = runsThere(shared);
      const script = readFileSync(join(shared, 'runs', id, 'submit.sh'), 'utf8');
      for (const part of ['npu:1', 'debug', `mindport-${id}`]) assert.ok(script.includes(part), `${part} is not in ${script}`);
      await cluster.command('scancel', blocker);
      await row(page, 'running · hpc').waitFor({ timeout: 90_000 });
      await page.locator('.panel .view-line').filter({ hasText: 'begun on' }).first().waitFor();
      await page.screenshot({ path: join(artifacts, 'slurm-running.png') });
      await inline(page, 'running · hpc', 'Cancel Run');
      await row(page, 'cancelled · hpc').waitFor({ timeout: 60_000 });
      await notification(page, 'no process of it is left');
      await until('an empty queue', async () => (await cluster.command('squeue', '-h', '-n', `mindport-${id}`)).trim() === '');
      assert.ok(
        readdirSync(join(shared, 'runs', id)).some((name) => /^exit\.\d+$/.test(name)),
        'no exit',
      );
      assert.equal(readFileSync(join(shared, 'runs', id, 'starts'), 'utf8'), 'x');
      await clearNotifications(page);
    },
  ],
  [
    'two windows: what one starts the other sees and cancels, one run, the whole log in both',
    async ({ page, server, browser, artifacts }) => {
      const { root } = await sshMachine();
      const before = runsThere(root);
      const other = await openWorkbench(browser, server, { extensions: [extensionFolder] });
      try {
        await showViews(other.page);
        // runs on it name it, too
        await row(other.page, '4 × nvidia').filter({ hasText: 'connected' }).waitFor({ timeout: 60_000 });
        await startThere(page, join(root, 'never'));
        await go(page);
        await page.locator('.tab', { hasText: 'Preview of' }).waitFor();
        await runCommand(page, 'MindPort: Start This Run');
        await row(page, 'running · box').waitFor();
        await row(other.page, 'running · box').waitFor();
        await row(other.page, 'running · box').click();
        await other.page.locator('.panel .view-line').filter({ hasText: 'Train loss: 0.3' }).first().waitFor();
        await other.page.screenshot({ path: join(artifacts, 'other-window.png') });
        await inline(other.page, 'running · box', 'Cancel Run');
        for (const each of [other.page, page]) {
          await row(each, 'cancelled · box').waitFor({ timeout: 60_000 });
          await each.locator('.panel .view-line').filter({ hasText: '— cancelled' }).first().waitFor();
          await each.locator('.panel .view-line').filter({ hasText: 'begun on' }).first().waitFor();
        }
        const made = runsThere(root).filter((id) => !before.includes(id));
        assert.equal(made.length, 1);
        assert.equal(readFileSync(join(root, 'runs', made[0], 'starts'), 'utf8'), 'x');
      } finally {
        await other.close();
      }
      await clearNotifications(page);
    },
  ],
  [
    'logs in by a terminal, where ssh itself asks, and goes on over that connection',
    async ({ page, artifacts }) => {
      const { passphrase } = await sshMachine();
      await showViews(page);
      await row(page, 'Hosts of the ssh configuration').click();
      await page.keyboard.press('ArrowRight');
      await inline(page, 'locked', 'Add Machine');
      await row(page, 'locked').filter({ hasText: 'login needed' }).waitFor();
      await inline(page, 'locked', 'Log In');
      const terminal = page.locator('.terminal.xterm');
      await terminal.waitFor();
      // what ssh asks stands on a canvas: the prompt is awaited by its cursor, and a word typed too early is asked for again
      await until('the login', async () => {
        await terminal.click();
        await page.keyboard.type(passphrase);
        await page.keyboard.press('Enter');
        const seen = row(page, 'locked').filter({ hasText: 'connected' });
        return seen.waitFor({ timeout: 8_000 }).then(
          () => true,
          () => false,
        );
      });
      await page.screenshot({ path: join(artifacts, 'log-in.png') });
      await notification(page, 'locked is connected');
      await clearNotifications(page);
    },
  ],
  ...Object.keys(THEMES).map((theme) => [
    `${theme}: both views`,
    async ({ page, server, artifacts }) => {
      server.setWorkspace({ 'workbench.colorTheme': THEMES[theme] });
      await page.locator(`.monaco-workbench${CLASS[theme]}`).waitFor();
      await page.screenshot({ path: join(artifacts, `views-${theme}.png`) });
    },
  ]),
];

export const sessions = [
  {
    name: 'machines',
    server: async () => {
      const { Cluster } = await import(clusterModule);
      const { settings } = await newSshMachine(await Cluster.start({ nodes: 1 }));
      const fill = (workspace) => {
        fillWithExample(workspace);
        writeFileSync(join(workspace, 'train_there.py'), PROGRAM);
        mkdirSync(join(workspace, '.mindport', 'mappings'), { recursive: true });
        writeFileSync(join(workspace, '.mindport', 'mappings', 'targets.json'), JSON.stringify({ targets: [CHIP] }));
      };
      return { fill, machine: { ...machine, ...settings }, user: { 'window.commandCenter': false } };
    },
    workbench: { extensions: [extensionFolder] },
    tests,
  },
];
