/** `mindport runs`: runs and their states, newest first. */
import { type Command } from 'commander';
import { type RunStatus } from '../../../runs/src/engine';
import { LinkError } from '../../../runs/src/link';
import { noteRuns, runsSeen } from '../../../runs/src/machines/seen';
import { type Language, type MessageKey, render } from '../../../runs/src/messages';
import { alignColumns } from '../../../runs/src/results/align';
import { isEnded } from '../../../runs/src/state';
import { type CommonOptions, type Engines, runCommand, withEngines } from './engine';

interface Listed {
  runs: RunStatus[];
  /** said on stderr */
  problems: string[];
  reached: boolean;
}

export function register(program: Command): void {
  runCommand(program, 'runs', 'cli.runs.description')
    .option('--all', 'runs of this machine and of all machines of the settings')
    .option('--json', 'print JSON')
    .action((options: CommonOptions & { json?: boolean; all?: boolean }) =>
      withEngines(options, async (engines, language) => {
        // runs of this machine need Linux, those of others do not
        const here = process.platform === 'linux' ? [null] : [];
        const names = options.all ? [...here, ...(await engines.machines()).machines.map(({ name }) => name)] : [options.on ?? null];
        const lists = await Promise.all(names.map((name) => listed(engines, name, language)));
        const runs = lists.flatMap((list) => list.runs).sort((a, b) => (a.id < b.id ? 1 : -1));
        const unreadable = lists.flatMap((list) => list.problems);
        if (options.json) process.stdout.write(`${JSON.stringify(runs.map(plain), null, 2)}\n`);
        else if (runs.length === 0 && unreadable.length === 0) process.stdout.write(`${render(language, 'cli.no_runs')}\n`);
        else process.stdout.write(table(runs, names.some((name) => name !== null), language)); // prettier-ignore
        for (const problem of unreadable) process.stderr.write(`${problem}\n`);
        return lists.every((list) => list.reached) ? 0 : 1;
      }),
    );
}

async function listed(engines: Engines, name: string | null, language: Language): Promise<Listed> {
  const engine = await engines.of(name);
  try {
    const { runs, unreadable } = await engine.list();
    if (name !== null) await noteRuns(engine.root, name, runs);
    return { runs, problems: unreadable.map((args) => render(language, 'cli.unreadable', args)), reached: true };
  } catch (error) {
    if (!(error instanceof LinkError) || name === null) throw error;
    const problem = render(language, 'cli.unreadable', { id: name, problem: error.text(language) });
    return { runs: await runsSeen(engine.root, name, error.link), problems: [problem], reached: false };
  }
}

function table(runs: readonly RunStatus[], several: boolean, language: Language): string {
  const usual: MessageKey[] = [
    'column.id',
    'column.name',
    'column.kind',
    'column.framework',
    'column.chip',
    'column.state',
    'column.started',
  ];
  const columns: MessageKey[] = several ? ['column.machine', ...usual] : usual;
  const rows = runs.map((run) => {
    const { name, kind, target } = run.spec;
    const started = run.startedAt === null ? '' : new Date(run.startedAt).toISOString().replace(/\.\d+Z$/, 'Z');
    const cells = [run.id, name, kind, target.framework, target.chip, stateText(run, language), started];
    return several ? [run.machine ?? render(language, 'cli.this_machine'), ...cells] : cells;
  });
  return alignColumns([columns.map((key) => render(language, key)), ...rows]);
}

/** The state, and for a machine that is not reached when it was seen: what goes on there is not known. */
function stateText(run: RunStatus, language: Language): string {
  const state = render(language, `state.${run.state}`);
  if (run.link === 'connected' || isEnded(run.state)) return state;
  return render(language, 'cli.last_seen', { state, ago: ago(run.seenAt) });
}

function ago(time: number): string {
  const seconds = Math.max(0, Math.round((Date.now() - time) / 1000));
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}

function plain(run: RunStatus): object {
  const { spec, startedAt, finishedAt, seenAt, ...rest } = run;
  const time = (t: number | null): string | null => (t === null ? null : new Date(t).toISOString());
  const { name, group, kind, argv, cwd, target, mode, precision, batch, seed, workers } = spec;
  return {
    ...rest,
    startedAt: time(startedAt),
    finishedAt: time(finishedAt),
    seenAt: time(seenAt),
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
    ...(workers === undefined ? {} : { workers }),
  };
}
