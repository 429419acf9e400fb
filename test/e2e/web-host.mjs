/**
 * VS Code for the Web out of the same build: no remote, a workspace in memory, extensions in a web worker. The server only delivers files.
 *
 * The extension is served over HTTP without its `main`, so that only the `browser` entry can run. Two things in the delivered page are changed on
 * the way to the browser: its configuration (which extension, which folder) and the one place where code-server names itself as remote.
 */
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize, sep } from 'node:path';

const TYPES = {
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.map': 'application/json',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
};

/**
 * Serves the extension's folder on `localhost`: the worker host's content security policy allows that name and not 127.0.0.1.
 * @param {string} root folder with package.json
 * @returns {Promise<{ url: string, requested: Set<string>, stop: () => Promise<void> }>} `requested`: every path that was asked for
 */
export async function serveExtension(root) {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  delete manifest.main;
  const requested = new Set();
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, 'http://localhost').pathname));
    requested.add(path);
    response.setHeader('Access-Control-Allow-Origin', '*');
    response.setHeader('Content-Type', TYPES[extname(path)] ?? 'application/octet-stream');
    if (path === `${sep}package.json`) {
      response.end(JSON.stringify(manifest));
      return;
    }
    const file = join(root, path);
    if (path.includes('..') || !extname(path) || !existsSync(file)) {
      response.writeHead(404).end();
      return;
    }
    createReadStream(file).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, 'localhost', resolve));
  const stop = () =>
    new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  return { url: `http://localhost:${server.address().port}`, requested, stop };
}

const CONFIGURATION = /(id="vscode-workbench-web-configuration" data-settings=")([^"]*)/;
const REMOTE = 'remoteAuthority:location.host';

/**
 * Changes what `page` will load from `origin` into VS Code for the Web with the extension at `extensionUrl`.
 * @param {import('playwright-core').Page} page
 */
export async function becomeWeb(page, origin, extensionUrl) {
  const { protocol, host } = new URL(extensionUrl);
  await page.route(
    (url) => url.origin === origin && url.pathname === '/',
    async (route) => {
      const response = await route.fetch();
      const body = (await response.text()).replace(CONFIGURATION, (_, head, json) => {
        const configuration = JSON.parse(json.replaceAll('&quot;', '"'));
        configuration.folderUri = { scheme: 'tmp', path: '/workspace' };
        configuration.additionalBuiltinExtensions = [{ scheme: protocol.replace(':', ''), authority: host, path: '/' }];
        return head + JSON.stringify(configuration).replaceAll('"', '&quot;');
      });
      const headers = response.headers();
      const policy = headers['content-security-policy'] ?? '';
      headers['content-security-policy'] = policy.replace(/\b(connect|script)-src\b/g, `$1-src ${extensionUrl}`);
      await route.fulfill({ response, headers, body });
    },
  );
  await page.route('**/workbench/workbench.js', async (route) => {
    const response = await route.fetch();
    const source = await response.text();
    if (!source.includes(REMOTE))
      throw new Error('this build of code-server names its remote in another way: web-host.mjs needs an update');
    await route.fulfill({ response, body: source.replace(REMOTE, 'remoteAuthority:void 0') });
  });
}
