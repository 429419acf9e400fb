/**
 * Property tests are the same in every run of `npm test`: a seed that changes by itself would fail somebody else's commit. `MINDPORT_SEED=random`
 * and `MINDPORT_RUNS=50` (times as many runs) look for new counterexamples: `npm run test:fuzz`.
 */
import fc from 'fast-check';

const { MINDPORT_SEED: seed = '20261121', MINDPORT_RUNS: factor = '1' } = process.env;

fc.configureGlobal({ ...(seed === 'random' ? {} : { seed: Number(seed) }), numRuns: 100 * Number(factor) });
