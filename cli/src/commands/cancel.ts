/** `mindport cancel`: ends a run and all its processes. */
import { type Command } from 'commander';
import { render } from '../../../runs/src/messages';
import { type CommonOptions, positiveNumber, runCommand, withEngine } from './engine';

export function register(program: Command): void {
  runCommand(program, 'cancel', 'cli.cancel.description')
    .argument('<run>', 'id, beginning of an id, or name')
    .option('--json', 'print JSON')
    .option('--grace <seconds>', 'time to end by itself before it is killed', positiveNumber, 10)
    .action((run: string, options: CommonOptions & { grace: number; json?: boolean }) =>
      withEngine(options, async (engine, language) => {
        const id = await engine.find(run);
        const report = await engine.cancel(id, options.grace * 1000);
        if (options.json) {
          process.stdout.write(`${JSON.stringify({ id, ...report })}\n`);
          return 0;
        }
        const args = { name: (await engine.spec(id)).name, terminated: String(report.terminated), killed: String(report.killed) };
        process.stdout.write(`${render(language, 'cli.cancelled', args)}\n`);
        return 0;
      }),
    );
}
