/** Prints a run's log as it grows: its stdout to ours, its stderr to ours. */
import { type RunEngine, type RunStatus } from '../../../runs/src/engine';
import { sanitise } from '../../../runs/src/log';
import { type Language, render } from '../../../runs/src/messages';
import { type LinkStatus } from '../../../runs/src/polling';
import { exitStatus } from './engine';

/** Follows a run to its end and tells it; an interrupt leaves the run going on. Returns the exit status. */
export async function follow(engine: RunEngine, id: string, language: Language): Promise<number> {
  const stop = new AbortController();
  const interrupt = (): void => stop.abort();
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  let last: RunStatus | null = null;
  try {
    for await (const update of engine.watch(id, { signal: stop.signal })) {
      if (update.type === 'state') {
        last = update.status;
        if (last.state === 'queued') process.stderr.write(`${waiting(last, language)}\n`);
      }
      if (update.type === 'link') tellLink(update, language);
      if (update.type !== 'log') continue;
      if (update.replaced) process.stderr.write(`${render(language, 'cli.replaced')}\n`);
      await print(update.stream === 'stdout' ? process.stdout : process.stderr, sanitise(update.text));
    }
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
  }
  if (stop.signal.aborted || last === null) {
    process.stderr.write(`\n${render(language, 'cli.detached', { id })}\n`);
    return 130;
  }
  const state = render(language, `state.${last.state}`);
  process.stderr.write(
    `${render(language, 'cli.ended', { name: last.spec.name, state })}${last.explanation ? ` ${sanitise(last.explanation)}` : ''}\n`,
  );
  return exitStatus(last.state);
}

/** That a run waits, and why. */
function waiting({ state, explanation }: RunStatus, language: Language): string {
  return [render(language, `state.${state}`), ...(explanation === null ? [] : [sanitise(explanation)])].join(': ');
}

/** Says what became of the connection. What waits for a person ends the command, not the run. */
function tellLink({ link, error }: LinkStatus, language: Language): void {
  if (error !== null && !error.transient) throw error;
  const problem = error === null ? '' : error.text(language);
  process.stderr.write(`${render(language, link === 'connected' ? 'cli.link_back' : 'cli.link_lost', { problem })}\n`);
}

/** Writes and waits where the reader is slow, so that a long log is not kept in memory. */
async function print(to: NodeJS.WriteStream, text: string): Promise<void> {
  if (text === '' || to.write(text)) return;
  await new Promise<void>((resume) => to.once('drain', resume));
}
