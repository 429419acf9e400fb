/** `mindport logs`: the log of a run, at once or as it grows. */
import { type Command } from 'commander';
import { type RunEngine } from '../../../runs/src/engine';
import { sanitise } from '../../../runs/src/log';
import { type CommonOptions, exitStatus, runCommand, withEngine } from './engine';
import { follow } from './follow';

export function register(program: Command): void {
  runCommand(program, 'logs', 'cli.logs.description')
    .argument('<run>', 'id, beginning of an id, or name')
    .option('-f, --follow', 'go on until the run ends')
    .option('--json', 'print each piece as one line of JSON')
    .action((run: string, options: CommonOptions & { follow?: boolean; json?: boolean }) =>
      withEngine(options, async (engine, language) => {
        const id = await engine.find(run);
        if (options.json) return pieces(engine, id, options.follow ?? false);
        if (options.follow) return follow(engine, id, language);
        for await (const log of engine.log(id)) (log.stream === 'stdout' ? process.stdout : process.stderr).write(sanitise(log.text));
        return 0;
      }),
    );
}

/** Everything that is told of a run, one JSON object a line; ends with the run when it is followed. */
async function pieces(engine: RunEngine, id: string, toTheEnd: boolean): Promise<number> {
  const put = (value: object): boolean => process.stdout.write(`${JSON.stringify(value)}\n`);
  if (!toTheEnd) {
    for await (const log of engine.log(id)) put({ type: 'log', ...log });
    return 0;
  }
  let status = 0;
  for await (const update of engine.watch(id)) {
    if (update.type === 'link') {
      put({ type: 'link', link: update.link, problem: update.error?.message ?? null });
      if (update.error !== null && !update.error.transient) throw update.error;
    } else if (update.type === 'state') {
      const { state, exitCode, explanation } = update.status;
      put({ type: 'state', state, exitCode, explanation });
      status = exitStatus(state);
    } else put(update);
  }
  return status;
}
