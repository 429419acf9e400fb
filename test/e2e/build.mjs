/** Bundles what runs inside the extension host: the in-host tests for both hosts, and the trivial extension the latency suite compares with. */
import { copyFileSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = join(here, '..', '..');
const out = join(root, 'dist', 'e2e');

/** The trivial extension of the latency suite, bundled. */
export const trivialFolder = join(out, 'trivial');
/** The throw-away Slurm cluster of the run tests, as a module. */
export const clusterModule = join(out, 'cluster.mjs');
/** A comparison as JSON: the results page's sample. */
export const comparisonFile = join(out, 'comparison.json');
const example = join(root, 'examples', 'fourcastnet');

/** `import program from 'virtual:fourcastnet'`: the example's Python files, path → text. The web host has no disk to read them from. */
const programPlugin = {
  name: 'program',
  setup(building) {
    building.onResolve({ filter: /^virtual:/ }, ({ path }) => ({ path, namespace: 'program' }));
    building.onLoad({ filter: /.*/, namespace: 'program' }, () => {
      const files = readdirSync(example, { recursive: true }).filter((name) => name.endsWith('.py'));
      const contents = JSON.stringify(Object.fromEntries(files.sort().map((name) => [name, readFileSync(join(example, name), 'utf8')])));
      return { contents, loader: 'json' };
    });
  },
};

const shared = {
  bundle: true,
  format: 'cjs',
  target: 'es2022',
  external: ['vscode'],
  plugins: [programPlugin],
  logLevel: 'warning',
  sourcemap: 'inline',
};
const forNode = { ...shared, platform: 'node' };

/**
 * @returns {Promise<{ host: string, webPath: string, packed: string }>} `host` and the folder `packed` are absolute paths, `webPath` is relative
 * to the repository
 */
export async function buildSuites() {
  const host = join(out, 'in-host.js');
  const web = join(out, 'in-host.web.js');
  const sample = join(out, 'sample.mjs');
  const packed = join(out, 'packed');
  await Promise.all([
    build({ ...forNode, entryPoints: [join(here, 'in-host', 'entry.node.ts')], outfile: host, external: ['vscode', 'mocha'] }),
    build({
      ...shared,
      platform: 'browser',
      entryPoints: [join(here, 'in-host', 'entry.web.ts')],
      outfile: web,
      // mocha's browser file would take this bundle's `module` for its own and hide run() from VS Code.
      define: { global: 'globalThis', module: 'undefined' },
    }),
    build({ ...forNode, entryPoints: ['extension.ts', 'server.ts'].map((name) => join(here, 'trivial', name)), outdir: trivialFolder }),
    build({
      ...shared,
      platform: 'node',
      format: 'esm',
      entryPoints: [join(here, '..', 'runs', 'slurm', 'cluster.ts')],
      outfile: clusterModule,
    }),
    build({ ...shared, platform: 'node', format: 'esm', entryPoints: [join(here, '..', 'webview', 'sample.ts')], outfile: sample }),
  ]);
  const { sampleDocument } = await import(pathToFileURL(sample).href);
  writeFileSync(comparisonFile, JSON.stringify(sampleDocument()));
  copyFileSync(join(here, 'trivial', 'package.json'), join(trivialFolder, 'package.json'));
  // Tests of the installed extension need some extension under development to hang on: one that does nothing.
  mkdirSync(packed, { recursive: true });
  const manifest = { name: 'packed-probe', publisher: 'mindport-test', version: '0.0.1', engines: { vscode: '^1.100.0' } };
  writeFileSync(join(packed, 'package.json'), JSON.stringify(manifest));
  return { host, webPath: relative(root, web), packed };
}
