// How long the packed catalog takes to load in a new process: reading the file, parsing it, filling the maps. Median of 15; `node test/bench/catalog-load.mjs [RUNS]`.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const catalog = join(root, 'dist', 'catalog.json');
const folder = mkdtempSync(join(tmpdir(), 'mindport-load-'));
try {
  const from = (name) => JSON.stringify(join(root, 'server', 'src', 'core', 'catalog', name));
  writeFileSync(
    join(folder, 'load.ts'),
    `import { readFileSync } from 'node:fs'; import { Catalog } from ${from('load')}; import { unpackCatalog } from ${from('packed')};
    const start = performance.now(); const data = unpackCatalog(JSON.parse(readFileSync(process.argv[2]!, 'utf8')));
    const catalog = new Catalog({ records: [data.records], targets: data.targets, evidence: data.evidence });
    const end = performance.now(); if (!catalog.entry('torch.cat')) throw new Error('torch.cat is missing'); console.log(end - start);`,
  );
  buildSync({ entryPoints: [join(folder, 'load.ts')], bundle: true, platform: 'node', outfile: join(folder, 'load.js') });
  const times = Array.from({ length: Number(process.argv[2] ?? 15) }, () =>
    Number(execFileSync(process.execPath, [join(folder, 'load.js'), catalog], { encoding: 'utf8' })),
  ).sort((a, b) => a - b);
  const shown = (ms) => `${ms.toFixed(1)} ms`;
  console.log(
    `${statSync(catalog).size} bytes; median ${shown(times[times.length >> 1])}, ${shown(times[0])} to ${shown(times.at(-1))}, ${times.length} new processes`,
  );
  console.log(`load ${loadavg()[0].toFixed(1)}, Node ${process.version}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
