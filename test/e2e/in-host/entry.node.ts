/** Entry of the tests in the Node extension host; VS Code (or @vscode/test-electron) calls run(). */
import Mocha from 'mocha';
import { finish, options } from './reporter';

export async function run(): Promise<void> {
  const mocha = new Mocha(options);
  mocha.suite.emit('pre-require', globalThis, '', mocha);
  await import('./analysis.suite');
  await import('./notebooks.suite');
  await import('./records.suite');
  await import('./runs.suite');
  await new Promise<void>((resolve, reject) => mocha.run(finish(resolve, reject)));
}
