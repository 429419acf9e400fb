/**
 * node test/e2e/run.mjs [host] [web] [ui] [machines] [latency] [packed]     (none named: all)
 *
 * Runs the suites in a real VS Code and ends with `N passed, N failed, N skipped`. Screenshots of what was shown, and logs and traces of what
 * failed, go to artifacts/e2e. `dist/` must hold a fresh build of the extension (`npm run build`).
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSuites } from './build.mjs';
import { extensionFolder, hostSession, packedSession, sshMachine } from './sessions.mjs';
import { startVscodeServer } from './vscode-server.mjs';
import { serveExtension } from './web-host.mjs';
import { launchBrowser, openWorkbench } from './workbench.mjs';

export const artifacts = fileURLToPath(new URL('../../artifacts/e2e/', import.meta.url));
const ALL = ['host', 'web', 'ui', 'machines', 'latency', 'packed'];
/** While working on one page test: part of its title. */
const ONLY = new RegExp(process.env.E2E_ONLY ?? '');
/** An in-host run that has said nothing more for this long hangs. */
const SILENCE_MS = 90_000;

const count = { passed: 0, failed: 0, skipped: 0 };
const seconds = (since) => `${((Date.now() - since) / 1000).toFixed(1)} s`;

/** Counts and prints one finished test. */
function report(outcome, title, milliseconds, detail) {
  count[outcome]++;
  const sign = { passed: '✓', failed: '✗', skipped: '-' }[outcome];
  console.log(`  ${sign} ${title}${milliseconds === undefined ? '' : ` (${Math.round(milliseconds)} ms)`}`);
  if (detail) console.log(detail.replace(/^/gm, '      '));
}

/** Keeps what helps to understand a failure. */
async function keep(name, { page, server, lines }) {
  const file = (suffix) => join(artifacts, `failed-${name.replaceAll(/\W+/g, '-')}${suffix}`);
  await page?.screenshot({ path: file('.png') }).catch(() => {});
  const logs = server?.logs().map(([title, text]) => `======== ${title}\n${text}`) ?? [];
  writeFileSync(file('.log'), [`======== console\n${lines.join('\n')}`, ...logs].join('\n\n'));
  console.log(`      see ${relative(process.cwd(), file('.log'))}`);
}

/** Runs tests inside the extension host: they report themselves as JSON lines on the console (`in-host/reporter.ts`). */
async function runInHost(browser, name, { serverOptions, extensions, tests, web }) {
  const lines = [];
  const open = { page: null, server: null, lines };
  let ended = false;
  let failedBefore = count.failed;
  let heard = () => {};
  const onLine = (line) => {
    lines.push(line);
    const json = /@e2e (\{.*\})/s.exec(line)?.[1];
    if (!json) return;
    heard();
    const event = JSON.parse(json);
    if (event.kind === 'end') ended = true;
    else if (event.kind === 'note') console.log(`    ${event.text}`);
    else report(event.kind, event.title, event.ms, event.error);
  };
  let workbench;
  try {
    open.server = await startVscodeServer(serverOptions);
    workbench = await openWorkbench(browser, open.server, { extensions, tests, web, onLine });
    open.page = workbench.page;
    let timer;
    const silence = new Promise((resolve) => {
      heard = () => {
        clearTimeout(timer);
        timer = setTimeout(resolve, SILENCE_MS, 'silence');
      };
      heard();
    });
    const code = await Promise.race([workbench.exitCode, silence]);
    clearTimeout(timer);
    if (code === 'silence') throw new Error(`the tests said nothing for ${SILENCE_MS / 1000} s`);
    if (!ended) throw new Error(`the tests ended with ${code} and no result`);
    if (count.failed > failedBefore) await keep(name, open);
  } catch (error) {
    report('failed', name, undefined, error.message);
    await keep(name, open);
  } finally {
    await workbench?.close();
    await open.server?.stop();
  }
}

/** Runs a page suite: sessions of tests that look at one workbench. A failed test does not stop the ones after it. */
async function runInPage(browser, name) {
  const suite = await import(`./${name}.suite.mjs`);
  for (const session of suite.sessions) {
    const lines = [];
    const open = { page: null, server: null, lines };
    let workbench;
    try {
      open.server = await startVscodeServer(typeof session.server === 'function' ? await session.server() : session.server);
      workbench = await openWorkbench(browser, open.server, { ...session.workbench, onLine: (line) => lines.push(line) });
      const page = (open.page = workbench.page);
      await page.context().tracing.start({ screenshots: true, snapshots: true });
      for (const [title, test] of session.tests) {
        if (!ONLY.test(title)) continue;
        const started = performance.now();
        await page.context().tracing.startChunk();
        let trace;
        try {
          await test({ page, server: open.server, browser, artifacts, note: (text) => console.log(`    ${text}`) });
          report('passed', `${session.name}: ${title}`, performance.now() - started);
        } catch (error) {
          report('failed', `${session.name}: ${title}`, performance.now() - started, error.stack);
          trace = join(artifacts, `failed-${name}-${count.failed}.zip`);
          await keep(`${session.name} ${title}`, open);
          await page.keyboard.press('Escape');
          await page.keyboard.press('Escape');
        }
        await page.context().tracing.stopChunk(trace ? { path: trace } : {});
      }
    } catch (error) {
      report('failed', session.name, undefined, error.stack);
      await keep(session.name, open);
    } finally {
      await workbench?.close();
      await open.server?.stop();
    }
  }
}

async function runSuite(browser, name, built) {
  if (name === 'host') return runInHost(browser, name, { ...(await hostSession()), extensions: [extensionFolder], tests: built.host });
  if (name === 'packed') return runInHost(browser, name, { ...(await packedSession()), extensions: [built.packed], tests: built.host });
  if (name === 'web') {
    const http = await serveExtension(extensionFolder);
    try {
      const serverOptions = { fill: () => {} };
      const extensions = [http.url];
      await runInHost(browser, name, { serverOptions, extensions, tests: `${http.url}/${built.webPath}`, web: http.url });
    } finally {
      await http.stop();
    }
    return;
  }
  await runInPage(browser, name);
}

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !ALL.includes(name));
if (unknown.length > 0) {
  console.error(`unknown suite ${unknown.join(', ')}; there are ${ALL.join(', ')}`);
  process.exit(2);
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(130));
mkdirSync(artifacts, { recursive: true });
const built = await buildSuites();
const browser = await launchBrowser();
try {
  for (const name of asked.length > 0 ? asked : ALL) {
    const started = Date.now();
    console.log(`${name}`);
    await runSuite(browser, name, built);
    console.log(`    ${name}: ${seconds(started)}`);
  }
} finally {
  await browser.close();
  await (await sshMachine())?.stop();
}
console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
process.exit(count.failed > 0 || count.passed === 0 ? 1 : 0);
