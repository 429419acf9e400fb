/** The parts of the core that scripts need, bundled in memory: they are TypeScript. */
import { build } from 'esbuild';

/** @param {string} root the repository */
export async function loadCore(root) {
  const contents = `
    export { Catalog } from './server/src/core/catalog/load';
    export { unpackCatalog } from './server/src/core/catalog/packed';
    export { conditionOf, hasForm, variantSentences } from './server/src/core/catalog/explain';
    export { evidenceFor } from './server/src/core/catalog/evidence';
    export { routeHolds } from './server/src/core/catalog/targets';
    export { inWords } from './server/src/core/rules/words';`;
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: root, loader: 'ts' },
    bundle: true,
    format: 'esm',
    write: false,
    logLevel: 'error',
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
}
