/** `mindport logs`: the log of a run, at once or as it grows. */
import { type Command } from 'commander';
import { sanitise } from '../../../runs/src/log';
import { type CommonOptions, runCommand, withEngine } from './engine';
import { follow } from './follow';

export function register(program: Command): void {
  runCommand(program, 'logs', 'cli.logs.description')
    .argument('<run>', 'id, beginning of an id, or name')
    .option('-f, --follow', 'go on until the run ends')
    .action((run: string, options: CommonOptions & { follow?: boolean }) =>
      withEngine(options, async (engine, language) => {
        const id = await engine.find(run);
        if (options.follow) return follow(engine, id, language);
        for await (const log of engine.log(id)) (log.stream === 'stdout' ? process.stdout : process.stderr).write(sanitise(log.text));
        return 0;
      }),
    );
}
