/**
 * node scripts/build.mjs [--production] [--watch]
 *
 * Bundles every program into dist/ (extension and server for Node and for the web worker, webview, command line), copies the parser's wasm files and
 * compiles the catalog. `--production` minifies and leaves source maps out; `--watch` builds again on change. An entry whose file does not exist
 * is left out and named.
 */
import { chmodSync, copyFileSync, existsSync, mkdirSync, watch, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, context } from 'esbuild';
import { compileCatalog, serialiseCatalog } from './catalog.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const production = process.argv.includes('--production');
const watching = process.argv.includes('--watch');

const shared = {
  absWorkingDir: root,
  bundle: true,
  target: 'es2022',
  minify: production,
  sourcemap: production ? false : 'linked',
  logLevel: 'warning',
  legalComments: 'none',
  define: { 'process.env.NODE_ENV': production ? '"production"' : '"development"' },
};
const node = {
  ...shared,
  platform: 'node',
  format: 'cjs',
  // Its ESM file asks for import.meta.url, which a CommonJS bundle does not have: start-up would crash.
  alias: { 'web-tree-sitter': join(root, 'node_modules', 'web-tree-sitter', 'web-tree-sitter.cjs') },
};
const web = { ...shared, platform: 'browser', define: { ...shared.define, global: 'globalThis' } };

/** What is bundled: the entry file, the bundle, how. */
const PROGRAMS = [
  { entry: 'client/src/extension.ts', out: 'extension.js', options: { ...node, external: ['vscode'] } },
  { entry: 'client/src/extension.web.ts', out: 'extension.web.js', options: { ...web, format: 'cjs', external: ['vscode'] } },
  { entry: 'server/src/lsp/main.node.ts', out: 'server.js', options: node },
  { entry: 'server/src/lsp/main.web.ts', out: 'server.web.js', options: { ...web, format: 'iife' } },
  { entry: 'client/webview/src/main.ts', out: 'webview.js', options: { ...web, format: 'iife' } },
  { entry: 'cli/src/main.ts', out: 'cli.js', options: { ...node, banner: { js: '#!/usr/bin/env node' } } },
];

const ASSETS = {
  'tree-sitter-python.wasm': 'grammars/tree-sitter-python.wasm',
  'web-tree-sitter.wasm': 'node_modules/web-tree-sitter/web-tree-sitter.wasm',
};

function writeCatalog() {
  const catalog = compileCatalog(root);
  const { text, digest } = serialiseCatalog(catalog);
  writeFileSync(join(dist, 'catalog.json'), text);
  console.log(`catalog.json: ${catalog.records.length} records, digest ${digest}`);
}

async function bundle({ entry, out, options }) {
  const settings = { ...options, entryPoints: [entry], outfile: join(dist, out) };
  if (watching) await (await context(settings)).watch();
  else await build(settings);
  if (out === 'cli.js' && existsSync(settings.outfile)) chmodSync(settings.outfile, 0o755);
}

mkdirSync(dist, { recursive: true });
for (const [name, from] of Object.entries(ASSETS)) copyFileSync(join(root, from), join(dist, name));
writeCatalog();
const present = PROGRAMS.filter(({ entry }) => existsSync(join(root, entry)));
await Promise.all(present.map(bundle));
const absent = PROGRAMS.filter((program) => !present.includes(program)).map(({ entry }) => entry);
console.log(`bundled to ${relative(process.cwd(), dist) || '.'}: ${present.map(({ out }) => out).join(', ')}`);
if (absent.length > 0) console.log(`left out, no such file: ${absent.join(', ')}`);
if (watching) {
  let pending = null;
  const again = () => {
    clearTimeout(pending);
    pending = setTimeout(() => {
      try {
        writeCatalog();
      } catch (error) {
        console.error(`catalog.json: ${error.message}`); // half-written file: the next change tries again
      }
    }, 100);
  };
  watch(join(root, 'mappings'), { recursive: true }, again);
  console.log('watching…');
}
