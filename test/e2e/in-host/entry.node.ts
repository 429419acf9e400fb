/** Entry of the tests in the Node extension host; VS Code (or @vscode/test-electron) calls run(). */
import Mocha from 'mocha';
import { finish, options } from './reporter';

export async function run(): Promise<void> {
  // while working on one test: part of its title
  const mocha = new Mocha({ ...options, grep: process.env.E2E_ONLY });
  mocha.suite.emit('pre-require', globalThis, '', mocha);
  await import('./analysis.suite');
  await import('./notebooks.suite');
  await import('./records.suite');
  await import('./runs.suite');
  await import('./machines.suite');
  await new Promise<void>((resolve, reject) => mocha.run(finish(resolve, reject)));
}
