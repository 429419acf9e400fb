/** `mindport runs`: all runs and their states, newest first. */
import { type Command } from 'commander';
import { type RunStatus } from '../../../runs/src/engine';
import { type MessageKey, render } from '../../../runs/src/messages';
import { alignColumns } from '../../../runs/src/results/align';
import { type CommonOptions, runCommand, withEngine } from './engine';

export function register(program: Command): void {
  runCommand(program, 'runs', 'cli.runs.description')
    .option('--json', 'print JSON')
    .action((options: CommonOptions & { json?: boolean }) =>
      withEngine(options, async (engine, language) => {
        const { runs, unreadable } = await engine.list();
        if (options.json) {
          process.stdout.write(`${JSON.stringify(runs.map(plain), null, 2)}\n`);
        } else if (runs.length === 0 && unreadable.length === 0) {
          process.stdout.write(`${render(language, 'cli.no_runs')}\n`);
        } else {
          const columns: MessageKey[] = [
            'column.id',
            'column.name',
            'column.kind',
            'column.framework',
            'column.chip',
            'column.state',
            'column.started',
          ];
          const rows = runs.map((run) => {
            const { name, kind, target } = run.spec;
            const started = run.startedAt === null ? '' : new Date(run.startedAt).toISOString().replace(/\.\d+Z$/, 'Z');
            return [run.id, name, kind, target.framework, target.chip, render(language, `state.${run.state}`), started];
          });
          process.stdout.write(alignColumns([columns.map((key) => render(language, key)), ...rows]));
        }
        for (const { id, problem } of unreadable) process.stderr.write(`${render(language, 'cli.unreadable', { id, problem })}\n`);
        return 0;
      }),
    );
}

function plain(run: RunStatus): object {
  const { spec, startedAt, finishedAt, ...rest } = run;
  const time = (t: number | null): string | null => (t === null ? null : new Date(t).toISOString());
  const { name, group, kind, argv, cwd, target, mode, precision, batch, seed } = spec;
  return {
    ...rest,
    startedAt: time(startedAt),
    finishedAt: time(finishedAt),
    name,
    group,
    kind,
    argv,
    cwd,
    target,
    mode,
    precision,
    batch,
    seed,
  };
}
