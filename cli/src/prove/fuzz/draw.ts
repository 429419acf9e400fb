/** Random calls of one API: an example with its inputs and arguments changed, as far as a safe route says it. */
import type { ApiRecord, Example } from '../../../../server/src/core/catalog/record';
import type { ChosenTarget } from '../../../../server/src/core/catalog/targets';
import { bodyOf, type Rewriter, type Snippet } from '../rewriting';
import { type Job } from '../jobs';
import { changeArguments } from './arguments';
import { changeInputs } from './inputs';
import { Random } from './random';

/** A call drawn, ready for the prover. `changes` is how far it is from the example it came from. */
export interface DrawnCall {
  job: Job;
  record: string;
  changes: number;
}

export interface Drawing {
  calls: DrawnCall[];
  /** drawn calls that no safe route says: nothing is claimed of them */
  unsaid: number;
}

/** So many draws are made at most for each call that is wanted. */
const ATTEMPTS = 4;
/** Seconds for one call: a compiler is not at work here. */
const TIMEOUT = 20;

const isBase = (example: Example): boolean => example.execute !== false && (example.on ?? 'mindspore@cpu') === 'mindspore@cpu';

/** The example with one change of inputs or arguments; null when what was drawn does not fit. */
function changed(snippet: Snippet, record: ApiRecord, rewriter: Rewriter, random: Random): Snippet | null {
  if (random.chance(0.5)) {
    const given = changeInputs(snippet.given, random);
    return given && { ...snippet, given };
  }
  const found = rewriter.callOf(snippet, record.torch);
  const file = found && changeArguments(found.file, found.call, found.signatures, found.receiver, random);
  return file ? { ...snippet, torch: bodyOf(file) } : null;
}

/** Up to `count` different calls of a record that take safe routes only. The same seed draws the same calls. */
export function drawCalls(record: ApiRecord, rewriter: Rewriter, target: ChosenTarget, count: number, seed: number): Drawing {
  const bases = record.examples.filter(isBase);
  const drawing: Drawing = { calls: [], unsaid: 0 };
  if (bases.length === 0) return drawing;
  const random = new Random(`${seed} ${record.torch}`);
  const seen = new Set<string>();
  for (let attempt = 0; attempt < count * ATTEMPTS && drawing.calls.length < count; attempt++) {
    const base = random.pick(bases);
    const wanted = random.pick([1, 1, 1, 2, 2, 3]);
    let snippet: Snippet = { given: base.given ?? {}, torch: base.torch };
    let changes = 0;
    for (let step = 0; step < wanted; step++) {
      const next = changed(snippet, record, rewriter, random);
      if (!next) continue;
      snippet = next;
      changes += 1;
    }
    const key = JSON.stringify([snippet, base.apply]);
    if (changes === 0 || seen.has(key)) continue;
    seen.add(key);
    const { text, routes, left } = rewriter.rewrite(snippet, target, 'safe');
    if (left.length > 0 || routes.some(({ route, safety }) => route === null || safety !== 'safe')) {
      drawing.unsaid += 1;
      continue;
    }
    drawing.calls.push({
      record: record.torch,
      changes,
      job: {
        id: `${record.torch}@${seed}.${attempt}`,
        given: { ...snippet.given },
        torch: snippet.torch,
        mindspore: text,
        ...(base.apply ? { apply: base.apply } : {}),
        grad: base.grad !== false,
        jit: false,
        train: base.train !== false,
        // an example's own limit is one for its dtype
        tolerance: /float16/.test(Object.values(snippet.given).join(' ')) ? null : (base.tolerance ?? null),
        timeout: TIMEOUT,
        fuzz: true,
      },
    });
  }
  return drawing;
}
