/**
 * node scripts/build.mjs [--production] [--watch] [--only BUNDLE] [--out FOLDER]
 *
 * Bundles every program into dist/ (extension and server for Node and for the web worker, webview, command line), copies the parser's wasm files and
 * compiles the catalog. `--production` minifies and leaves source maps out; `--watch` builds again on change. An entry whose file does not exist
 * is left out and named. One that fails to bundle fails the build, after the others. `--only cli.js` bundles that one alone;
 * `--out` puts everything elsewhere than in dist/.
 */
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, watch, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, context } from 'esbuild';
import { compileCatalog, serialiseCatalog } from './catalog.mjs';
import { userSchemas } from './user-schemas.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const production = process.argv.includes('--production');
const watching = process.argv.includes('--watch');
const valueOf = (option) => (process.argv.includes(option) ? process.argv[process.argv.indexOf(option) + 1] : null);
const only = valueOf('--only');
const dist = resolve(root, valueOf('--out') ?? 'dist');

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

const shared = {
  absWorkingDir: root,
  bundle: true,
  target: 'es2022',
  minify: production,
  sourcemap: production ? false : 'linked',
  logLevel: 'warning',
  legalComments: 'none',
  define: { 'process.env.NODE_ENV': production ? '"production"' : '"development"', MINDPORT_VERSION: JSON.stringify(version) },
};
const node = {
  ...shared,
  platform: 'node',
  format: 'cjs',
  // Its ESM file asks for import.meta.url, which a CommonJS bundle does not have: start-up would crash.
  alias: { 'web-tree-sitter': join(root, 'node_modules', 'web-tree-sitter', 'web-tree-sitter.cjs') },
};
const web = { ...shared, platform: 'browser', define: { ...shared.define, global: 'globalThis' } };

/** What is bundled: the entry file, the bundle, how; `of`: the bundle that starts it as a thread. */
const PROGRAMS = [
  { entry: 'client/src/extension.ts', out: 'extension.js', options: { ...node, external: ['vscode'] } },
  { entry: 'client/src/extension.web.ts', out: 'extension.web.js', options: { ...web, format: 'cjs', external: ['vscode'] } },
  { entry: 'server/src/lsp/main.node.ts', out: 'server.js', options: node },
  { entry: 'server/src/lsp/scan-thread.ts', out: 'scan-thread.js', of: 'server.js', options: node },
  { entry: 'server/src/lsp/main.web.ts', out: 'server.web.js', options: { ...web, format: 'iife' } },
  { entry: 'client/webview/src/main.ts', out: 'webview.js', options: { ...web, format: 'iife' } },
  { entry: 'cli/src/main.ts', out: 'cli.js', options: { ...node, banner: { js: '#!/usr/bin/env node' } } },
  { entry: 'cli/src/thread.ts', out: 'cli-thread.js', of: 'cli.js', options: node },
];

const ASSETS = {
  'tree-sitter-python.wasm': 'grammars/tree-sitter-python.wasm',
  'web-tree-sitter.wasm': 'node_modules/web-tree-sitter/web-tree-sitter.wasm',
};

function writeCatalog() {
  const catalog = compileCatalog(root);
  const { text, digest } = serialiseCatalog(catalog);
  writeFileSync(join(dist, 'catalog.json'), text);
  for (const [name, schema] of Object.entries(userSchemas(root))) writeFileSync(join(dist, name), JSON.stringify(schema));
  console.log(`catalog.json: ${catalog.records.length} records, digest ${digest}`);
}

/** Packages that migrated programs carry along, by file: an extension that comes over HTTP cannot list a folder. */
function writeVendored() {
  const files = (name) =>
    readdirSync(join(root, 'python', name))
      .filter((file) => file.endsWith('.py'))
      .sort();
  const vendored = { mindport_ops: files('mindport_ops'), mindport_run: files('mindport_run') };
  writeFileSync(join(dist, 'vendored.json'), JSON.stringify(vendored));
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
writeVendored();
const wanted = PROGRAMS.filter(({ out, of }) => only === null || out === only || of === only);
const present = wanted.filter(({ entry }) => existsSync(join(root, entry)));
const outcomes = await Promise.allSettled(present.map(bundle));
const built = present.filter((_, i) => outcomes[i].status === 'fulfilled');
const absent = wanted.filter((program) => !present.includes(program)).map(({ entry }) => entry);
console.log(`bundled to ${relative(process.cwd(), dist) || '.'}: ${built.map(({ out }) => out).join(', ') || 'nothing'}`);
if (absent.length > 0) console.log(`left out, no such file: ${absent.join(', ')}`);
if (built.length < present.length || wanted.length === 0) {
  const failed = present.filter((program) => !built.includes(program));
  console.error(wanted.length === 0 ? `no such bundle: ${only}` : `failed: ${failed.map(({ out }) => out).join(', ')}`);
  process.exitCode = 1;
}
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
