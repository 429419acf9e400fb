/** A thread that analyses: it is told programs and then units of them, and answers with reports. */
import { parentPort, workerData } from 'node:worker_threads';
import { ProgramWork, scanFile, type ComponentOutcome, type Work } from '../core/project/work';
import type { Unit } from '../core/project/schedule';
import type { Reply, Request, ThreadData } from './messages';

/** @param make the work, from the `setup` that the main thread gave */
export async function serveThread<Setup, R>(make: (setup: Setup) => Promise<Work<R>>): Promise<void> {
  const port = parentPort!;
  const { setup, current } = workerData as ThreadData;
  const work = await make(setup as Setup);
  const answer = (reply: Reply<R>): void => port.postMessage(reply);
  let programs: ProgramWork<R>[] = [];
  let reads = false;

  port.on('message', (request: Request) => {
    switch (request.kind) {
      case 'scan':
        answer({ kind: 'scanned', id: request.id, scanned: request.files.map((file) => scanFile(work.open(file))) });
        break;
      case 'programs':
        reads = request.reads;
        programs = request.programs.map(
          ({ edges, ...spec }, program) =>
            new ProgramWork(
              spec,
              edges,
              spec.files.map((file) => work.open(file)),
              work,
              program,
            ),
        );
        for (const { program } of programs) program.onFile = (file) => Atomics.store(current, 1, file);
        break;
      case 'analyse':
        for (const [program, file, summary] of request.summaries) programs[program]!.program.learn(file, summary);
        for (const [program, file, why] of request.abandoned) programs[program]!.program.abandon(file, new Error(why));
        answer({
          kind: 'analysed',
          units: request.units.map((unit) => {
            Atomics.store(current, 0, unit.program);
            const outcome = outcomeOf(programs[unit.program]!, unit);
            Atomics.store(current, 1, -1);
            return { ...outcome, reads: reads ? programs[unit.program]!.reads : [] };
          }),
        });
    }
  });
  answer({ kind: 'ready' });
}

function outcomeOf<R>(here: ProgramWork<R>, { component, callers }: Unit): ComponentOutcome<R> {
  if (callers) return { reports: here.again(component, callers), summaries: [], passed: [], asks: false };
  const { reports, ...rest } = here.begin(component);
  return { reports: [...reports], summaries: here.summaries(component), ...rest };
}
