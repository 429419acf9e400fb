import { defineConfig } from 'vitest/config';

/** One project a layer, so that each runs alone: `npx vitest --project core`. The layers and what they need are in scripts/test.mjs. */
const layer = (name: string, seconds: number, options: Record<string, unknown> = {}) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    testTimeout: seconds * 1000,
    hookTimeout: seconds * 1000,
    setupFiles: ['test/properties.setup.ts'],
    // One thread for the frameworks: more are several times slower on a busy machine.
    env: { OMP_NUM_THREADS: '1' },
    ...options,
  },
});

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      layer('core', 20),
      layer('lsp', 20),
      layer('runs', 120),
      layer('webview', 90),
      layer('proof', 900, { fileParallelism: false }),
    ],
  },
});
