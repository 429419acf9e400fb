/** Entry of the tests in the web worker extension host: the part that needs no Node. */
import 'mocha/mocha';
import { finish, options } from './reporter';

export async function run(): Promise<void> {
  mocha.setup(options);
  await import('./analysis.suite');
  await import('./records.suite');
  await import('./web.suite');
  await new Promise<void>((resolve, reject) => mocha.run(finish(resolve, reject)));
}
