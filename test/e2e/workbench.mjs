/** The workbench in Chromium: opening it, and what a person does in it with the keyboard. */
import { chromium } from 'playwright-core';
import { findBrowser } from './editor-build.mjs';
import { becomeWeb } from './web-host.mjs';

export function launchBrowser() {
  const executablePath = findBrowser();
  if (!executablePath) throw new Error('no Chromium found: install the package chromium, or name one in CHROMIUM_PATH');
  // A page that a route has rewritten (web-host.mjs) may otherwise not reach 127.0.0.1.
  const args = ['--no-sandbox', '--disable-gpu', '--disable-features=LocalNetworkAccessChecks', '--force-color-profile=srgb'];
  return chromium.launch({ executablePath, args });
}

const asText = (value) => (typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value)));

/**
 * @typedef {object} Workbench
 * @property {import('playwright-core').Page} page
 * @property {Promise<number>} exitCode of the in-host tests, when there are any
 * @property {() => Promise<void>} close
 */

/**
 * @param {import('playwright-core').Browser} browser
 * @param {import('./vscode-server.mjs').VscodeServer} server
 * @param {object} options
 * @param {string[]} [options.extensions] folders (or, for `web`, URLs) of extensions under development
 * @param {string} [options.tests] module whose run() the extension host executes
 * @param {string} [options.web] URL the extension is served at: opens VS Code for the Web
 * @param {(line: string) => void} [options.onLine] console lines of the page and of the extension host
 * @param {string} [options.locale]
 * @returns {Promise<Workbench>}
 */
export async function openWorkbench(browser, server, { extensions = [], tests, web, onLine = () => {}, locale }) {
  const origin = `http://127.0.0.1:${server.port}`;
  const asUri = (path) => (path.startsWith('http') ? path : `vscode-remote://127.0.0.1:${server.port}${path}`);
  const context = await browser.newContext({ viewport: { width: 1360, height: 850 }, reducedMotion: 'reduce', locale });
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin });
  const page = await context.newPage();
  page.on('pageerror', (error) => onLine(`[page] ${error.stack ?? error.message}`));
  page.on('console', (message) => message.type() === 'error' && onLine(`[console] ${message.text()}`));
  let exited;
  const exitCode = new Promise((resolve) => (exited = resolve));
  await page.exposeFunction('codeAutomationLog', (type, args) => onLine(`[${type}] ${args.map(asText).join(' ')}`));
  await page.exposeFunction('codeAutomationExit', (code) => exited(code));
  if (web) await becomeWeb(page, origin, web);

  const payload = [['skipWelcome', 'true'], ...extensions.map((path) => ['extensionDevelopmentPath', asUri(path)])];
  if (tests) payload.push(['extensionTestsPath', asUri(tests)]);
  const url = new URL(`${origin}/`);
  if (!web) url.searchParams.set('folder', server.workspace);
  url.searchParams.set('payload', JSON.stringify(payload));
  await page.goto(url.href);
  await page.locator('.monaco-workbench').waitFor({ timeout: 60_000 });
  return { page, exitCode, close: () => context.close() };
}

const quickInput = (page) => page.locator('.quick-input-widget input').first();
/** The row that Enter would take: rows of an earlier filter may still be shown below it. */
const quickRow = (page, text) => page.locator('.quick-input-list .monaco-list-row.focused').filter({ hasText: text }).first();

/** Runs a command by its title, as typed into the command palette. */
export async function runCommand(page, title) {
  // a list that was made before an extension was known never shows its commands: ask anew
  const listed = async () => {
    await page.keyboard.press('F1');
    if (!(await shows(quickInput(page)))) return false;
    await quickInput(page).fill(`>${title}`);
    const found = await shows(quickRow(page, title));
    if (!found) await page.keyboard.press('Escape');
    return found;
  };
  await until(`the command ${title}`, listed, 60_000);
  await page.keyboard.press('Enter');
}

/** Whether the command palette lists a command now. */
export async function isListed(page, title) {
  await page.keyboard.press('F1');
  await quickInput(page).fill(`>${title}`);
  const found = await shows(page.locator('.quick-input-list .monaco-list-row').filter({ hasText: title }).first(), 2_000);
  await page.keyboard.press('Escape');
  return found;
}

/** Whether something is there within a moment. */
const shows = (locator, milliseconds = 5_000) =>
  locator.waitFor({ timeout: milliseconds }).then(
    () => true,
    () => false,
  );

/** Opens a file of the workspace by name and waits until its text is shown. */
export async function openFile(page, name) {
  const row = quickRow(page, name.split('/').at(-1));
  // a list that was made before the file existed never shows it: ask anew
  const listed = async () => {
    await page.keyboard.press('Control+P');
    await quickInput(page).fill(name);
    const shown = await shows(row);
    if (!shown) await page.keyboard.press('Escape');
    return shown;
  };
  await until(`${name} in the quick open list`, listed, 90_000);
  await page.keyboard.press('Enter');
  await page.locator('.tab.active', { hasText: name.split('/').at(-1) }).waitFor();
  await page.locator('.editor-instance .monaco-editor .view-line').first().waitFor();
}

/** Puts the cursor at a 1-based line and column. */
export async function goTo(page, line, column) {
  await page.keyboard.press('Control+G');
  await quickInput(page).fill(`:${line}:${column}`);
  await page.keyboard.press('Enter');
  await page.locator('.editor-instance .monaco-editor.focused').first().waitFor();
}

/** Chooses the row of an open quick pick that has `text`. */
export async function pick(page, text) {
  await page.locator('.quick-input-list .monaco-list-row').filter({ hasText: text }).first().waitFor();
  await quickInput(page).fill(text);
  await quickRow(page, text).waitFor();
  await page.keyboard.press('Enter');
}

/** Types a value into an open input box and accepts it. */
export async function enter(page, value) {
  await quickInput(page).waitFor();
  // a list that was answered just now would take the text for its filter
  await page.locator('.quick-input-widget .quick-input-list').waitFor({ state: 'hidden' });
  await quickInput(page).fill(value);
  await page.keyboard.press('Enter');
}

/** A notification that says `text`. The smoke test driver keeps toasts away: they are read in the notification centre. */
export async function notification(page, text, milliseconds = 60_000) {
  const item = page.locator('.notifications-center .notification-list-item', { hasText: text }).first();
  await until(
    `the notification "${text}"`,
    async () => {
      // an empty centre closes itself
      if (!(await page.locator('.notifications-center.visible').isVisible())) await runCommand(page, 'Notifications: Show Notifications');
      return item.waitFor({ timeout: 1_000 }).then(
        () => true,
        () => false,
      );
    },
    milliseconds,
  );
  return item;
}

export async function clearNotifications(page) {
  await runCommand(page, 'Notifications: Clear All Notifications');
}

export const squiggles = (page) =>
  page.locator('.editor-instance .monaco-editor').locator('.squiggly-error, .squiggly-warning, .squiggly-info, .squiggly-hint');

/** Waits until `probe` gives something truthy; polls, never sleeps longer than needed. */
export async function until(what, probe, milliseconds = 30_000) {
  const deadline = Date.now() + milliseconds;
  for (;;) {
    const value = await probe();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`waited ${milliseconds / 1000} s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/**
 * The frame a webview's own document lives in: two frames below the workbench. Found by the document's title or its first heading, since VS Code
 * gives the frames names of its own.
 */
export async function webviewFrame(page, title) {
  return until(`a webview with the title ${title}`, async () => {
    for (const frame of page.frames()) {
      if (!frame.url().includes('fake.html')) continue;
      const names = await frame.evaluate(() => [document.title, document.querySelector('h1')?.textContent?.trim()]).catch(() => []);
      if (names.includes(title)) return frame;
    }
    return null;
  });
}
