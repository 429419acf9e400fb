import type { MochaOptions, Runner } from 'mocha';

type Event =
  { kind: 'passed' | 'failed' | 'skipped'; title: string; ms?: number; error?: string } | { kind: 'note'; text: string } | { kind: 'end' };

/** One line of JSON on the console: the only channel out of either extension host. `run.mjs` reads it. */
export function say(event: Event): void {
  console.log(`@e2e ${JSON.stringify(event)}`);
}

/** A figure or fact worth printing beside the results. */
export const note = (text: string): void => say({ kind: 'note', text });

/** mocha reporter that turns every outcome into such a line. */
function JsonLines(runner: Runner): void {
  runner.on('pass', (test) => say({ kind: 'passed', title: test.fullTitle(), ms: test.duration }));
  runner.on('fail', (test, error: Error) => say({ kind: 'failed', title: test.fullTitle(), error: error.stack ?? String(error) }));
  runner.on('pending', (test) => say({ kind: 'skipped', title: test.fullTitle() }));
  runner.on('end', () => say({ kind: 'end' }));
}

export const options: MochaOptions = { ui: 'bdd', timeout: 60_000, reporter: JsonLines as unknown as MochaOptions['reporter'] };

/** VS Code wants run() to resolve when all is well and to reject otherwise. */
export function finish(resolve: () => void, reject: (error: Error) => void): (failures: number) => void {
  return (failures) => (failures === 0 ? resolve() : reject(new Error(`${failures} tests failed`)));
}
