/** What the run tests share: an engine in a folder of its own, small Python programs, waiting by looking. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { buildSync } from 'esbuild';
import { afterAll } from 'vitest';
import { RunEngine, type RunUpdate } from '../../runs/src/engine';
import { connect } from '../../runs/src/machines/connect';
import { type Settings, findMachine } from '../../runs/src/machines/settings';
import { processesOfRun, signal } from '../../runs/src/processes';
import { type RunDraft } from '../../runs/src/spec';
import { isEnded } from '../../runs/src/state';
import { MachinesPlace } from '../../runs/src/sweep/place';
import { libraryBundle } from '../../runs/src/sync/bundle';
import { until } from './until';

export { until };

export const repository = resolve(__dirname, '..', '..');
export const helper = join(repository, 'python', 'mindport_run');
export const python = process.env['MINDPORT_PYTHON'] ?? 'python3';

const folders: string[] = [];
const engines: RunEngine[] = [];

afterAll(async () => {
  const roots = new Map(engines.map((engine) => [engine.root, engine]));
  for (const engine of roots.values()) {
    for (const { id, state } of (await engine.list()).runs) {
      if (!isEnded(state)) for (const pid of await processesOfRun(id)) signal(pid, 'SIGKILL');
    }
  }
  for (const folder of folders) await removed(folder);
  // as many machines as there were schedules of faults
}, 600_000);

/** Removes a folder in which a supervisor may still be writing its last word: what appears meanwhile is removed, too. */
async function removed(path: string): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    try {
      rmSync(path, { recursive: true, force: true });
      return;
    } catch (error) {
      if (tries >= 200 || (error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error;
      await pause(25);
    }
  }
}

export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'mindport-runs-'));
  folders.push(path);
  return path;
}

export function engineIn(root: string, options: { helper?: string | null } = {}): RunEngine {
  const engine = new RunEngine({ root, helper: options.helper === undefined ? helper : options.helper });
  engines.push(engine);
  return engine;
}

/** A draft that runs `source` as a Python program in a folder of its own. */
export function program(source: string, more: Partial<RunDraft> & { args?: string[] } = {}): RunDraft {
  const cwd = folder();
  writeFileSync(join(cwd, 'program.py'), source);
  const { args = [], ...draft } = more;
  return { name: 'test', kind: 'train', cwd, argv: [python, 'program.py', ...args], python, ...draft };
}

/** Waits for the end of a run. */
export async function ended(engine: RunEngine, id: string): Promise<Awaited<ReturnType<RunEngine['status']>>> {
  return until(`end of ${id}`, async () => {
    const status = await engine.status(id);
    return isEnded(status.state) && status;
  });
}

/** Waits until the program has printed `text`. */
export async function printed(dir: string, text: string): Promise<string> {
  return until(`"${text}" in the log`, async () => {
    const log = await readFile(join(dir, 'stdout.log'), 'utf8').catch(() => '');
    return log.includes(text) && log;
  });
}

export async function watched(engine: RunEngine, id: string): Promise<RunUpdate[]> {
  const updates: RunUpdate[] = [];
  for await (const update of engine.watch(id)) updates.push(update);
  return updates;
}

/** The text of one stream as a watcher was told it. */
export function streamText(updates: RunUpdate[], stream: 'stdout' | 'stderr'): string {
  let text = '';
  for (const update of updates) {
    if (update.type === 'log' && update.stream === stream) text = update.replaced ? update.text : text + update.text;
  }
  return text;
}

/** Bundles TypeScript to a program for `node`; imports are resolved from the root of the repository. */
export function bundled(source: string, path: string): string {
  buildSync({
    stdin: { contents: source, resolveDir: repository, loader: 'ts' },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    outfile: path,
    logLevel: 'error',
  });
  return path;
}

/** Rows of sweeps on this machine and on those of `settings`, with runs of this machine in `root`. */
export function machinesPlace(
  root: string,
  settings: Settings = { machines: [], ssh: {} },
): MachinesPlace & { close: () => Promise<void> } {
  const made = new Map<string, RunEngine>();
  const packages = join(repository, 'python');
  const engine = async (machine: string | null): Promise<RunEngine> => {
    const known = made.get(machine ?? '');
    if (known !== undefined) return known;
    const transport = machine === null ? undefined : connect(findMachine(settings, machine), settings).transport;
    const created = new RunEngine({
      root,
      helper,
      transport,
      library: machine === null ? undefined : () => libraryBundle(packages, ['mindport_run']),
    });
    made.set(machine ?? '', created);
    if (machine === null) engines.push(created);
    return created;
  };
  const place = new MachinesPlace({ engine, settings: async (machine) => findMachine(settings, machine), python });
  return Object.assign(place, {
    close: async () => {
      for (const each of made.values()) await each.close();
    },
  });
}
