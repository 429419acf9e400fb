/** The bundled page in a real Chromium: as a VS Code panel (with VS Code's side played by the test) or as a standalone report. */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { resultsHtml } from '../../client/webview/host-html';
import type { PageMessage } from '../../client/webview/src/protocol';
import { renderStandalone } from '../../client/webview/standalone/render';
import type { ComparisonDocument } from '../../runs/src/results/document';
import { themes } from './themes';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

interface Assets {
  js: string;
  css: string;
}

let assets: Promise<Assets> | null = null;

/** The page's bundle, made once per test file. */
function pageAssets(): Promise<Assets> {
  assets ??= build({
    entryPoints: [join(root, 'client/webview/src/main.ts')],
    bundle: true,
    format: 'iife',
    target: 'es2022',
    minify: true,
    write: false,
    outdir: 'out',
  }).then(({ outputFiles }) => ({
    js: outputFiles.find((file) => file.path.endsWith('.js'))!.text,
    css: outputFiles.find((file) => file.path.endsWith('.css'))!.text,
  }));
  return assets;
}

export async function launchBrowser(): Promise<Browser> {
  const candidates = [process.env['CHROMIUM_PATH'], '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
  const executablePath = candidates.find((path) => path && existsSync(path));
  if (!executablePath) throw new Error('No Chromium: install it or name it in CHROMIUM_PATH');
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
}

export interface Panel {
  page: Page;
  /** what the page sent to its host */
  sent(): Promise<PageMessage[]>;
  /** sends a message as the host */
  post(message: unknown): Promise<void>;
  /** violations of the content security policy, and errors of the page */
  faults: string[];
  stored(): Promise<unknown>;
}

export interface PanelOptions {
  theme?: keyof typeof themes;
  lang?: string;
  width?: number;
  height?: number;
  /** state of an earlier life of the panel */
  state?: unknown;
  context?: BrowserContextOptions;
}

interface HostSide {
  sent: PageMessage[];
  state: unknown;
  violations: string[];
}

/** Opens the page as VS Code does, with the policy of `resultsHtml`, and gives it a document (undefined: none yet). */
export async function openPanel(browser: Browser, comparison: unknown, options: PanelOptions = {}): Promise<Panel> {
  const { js, css } = await pageAssets();
  const theme = themes[options.theme ?? 'dark'];
  const lang = options.lang ?? 'en';
  const origin = 'https://panel.test';
  const context = await browser.newContext({
    viewport: { width: options.width ?? 1280, height: options.height ?? 900 },
    timezoneId: 'UTC',
    ...options.context,
  });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(`error: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error' || /content security policy/i.test(message.text())) faults.push(`console: ${message.text()}`);
  });
  const html = resultsHtml({
    scriptUri: `${origin}/webview.js`,
    styleUri: `${origin}/webview.css`,
    cspSource: origin,
    nonce: 'dGVzdA',
    lang,
    title: 'Comparison',
  });
  await page.route('**/*', (route) => {
    const { pathname, origin: from } = new URL(route.request().url());
    if (from !== origin) {
      faults.push(`network: ${route.request().url()}`);
      return route.abort();
    }
    if (pathname === '/webview.js') return route.fulfill({ contentType: 'text/javascript; charset=utf-8', body: js });
    if (pathname === '/webview.css') return route.fulfill({ contentType: 'text/css; charset=utf-8', body: css });
    if (pathname === '/') return route.fulfill({ contentType: 'text/html; charset=utf-8', body: html });
    return route.fulfill({ status: 204, body: '' });
  });
  await page.addInitScript(
    ({ theme: { kind, colors }, state }) => {
      const side: HostSide = { sent: [], state, violations: [] };
      Object.assign(globalThis, {
        hostSide: side,
        acquireVsCodeApi: () => ({
          postMessage: (message: PageMessage) => side.sent.push(message),
          getState: () => side.state,
          // VS Code keeps states as JSON
          setState: (next: unknown) => (side.state = JSON.parse(JSON.stringify(next))),
        }),
      });
      addEventListener('securitypolicyviolation', (event) => side.violations.push(`${event.violatedDirective} ${event.blockedURI}`));
      addEventListener('DOMContentLoaded', () => {
        document.body.classList.add(kind);
        for (const [name, value] of Object.entries(colors)) document.documentElement.style.setProperty(`--vscode-${name}`, value);
      });
    },
    { theme, state: options.state },
  );
  await page.goto(`${origin}/`);
  const panel: Panel = {
    page,
    faults,
    sent: () => page.evaluate(() => (globalThis as unknown as { hostSide: HostSide }).hostSide.sent),
    stored: () => page.evaluate(() => (globalThis as unknown as { hostSide: HostSide }).hostSide.state),
    post: (message) => page.evaluate((data) => void window.postMessage(data, '*'), message),
  };
  if (comparison !== undefined) {
    await panel.post({ type: 'document', document: comparison, lang });
    await page.waitForSelector('.mp-header, .mp-blank:not([data-blank=waiting])');
  }
  return panel;
}

/** CSP violations seen so far, besides those on the console. */
export function violations(panel: Panel): Promise<string[]> {
  return panel.page.evaluate(() => (globalThis as unknown as { hostSide: HostSide }).hostSide.violations);
}

export async function openStandalone(
  browser: Browser,
  document: ComparisonDocument,
  options: { lang?: string; width?: number; height?: number; context?: BrowserContextOptions } = {},
): Promise<{ page: Page; faults: string[]; html: string }> {
  const html = renderStandalone(document, await pageAssets(), options.lang ?? 'en');
  const context = await browser.newContext({
    viewport: { width: options.width ?? 1280, height: options.height ?? 900 },
    timezoneId: 'UTC',
    ...options.context,
  });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(`error: ${error.message}`));
  page.on('console', (message) => message.type() === 'error' && faults.push(`console: ${message.text()}`));
  await page.route('**/*', (route) => {
    const { pathname } = new URL(route.request().url());
    if (pathname === '/report.html') return route.fulfill({ contentType: 'text/html; charset=utf-8', body: html });
    if (pathname !== '/favicon.ico') faults.push(`network: ${route.request().url()}`);
    return route.fulfill({ status: 204, body: '' });
  });
  await page.goto('https://report.test/report.html');
  await page.waitForSelector('.mp-header, .mp-blank');
  return { page, faults, html };
}

/** Where a picture of the page goes; git ignores the folder. */
export function picturePath(name: string): string {
  const folder = join(root, 'artifacts', 'webview');
  mkdirSync(folder, { recursive: true });
  return join(folder, `${name}.png`);
}
