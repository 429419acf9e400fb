/** Which stretch of a block belongs to which `backward()`: a generator and a discriminator each have a step in one pass of the loop. */
import type { Expr, Stmt } from '../../syntax/ast';
import type { StepPart } from '../../catalog/record';
import { dottedPath } from './names';
import { partAt, type StepScene } from './step-parts';
import { soleCall } from './structure';

/** The statements `block[start]` to `block[end - 1]` around one `backward()`. */
export interface Region {
  backward: Stmt;
  start: number;
  end: number;
}

/** Calls behind a `backward()` that end its step. */
const ENDS: ReadonlySet<StepPart> = new Set<StepPart>(['update', 'scaled-update', 'scale-update']);

/**
 * One backward: the whole block. Several: one region each, from the step before on, provided that each is followed by the step of its own optimizer and
 * that this optimizer's gradients are set to zero since the backward before: otherwise they add up, and none of the block is returned.
 */
export function regionsOf(block: Stmt[], backwards: readonly Stmt[], scene: StepScene): Region[] {
  const places = backwards.map((statement) => block.indexOf(statement)).sort((a, b) => a - b);
  if (places.length === 1) return [{ backward: block[places[0]!]!, start: 0, end: block.length }];
  const regions: Region[] = [];
  let start = 0;
  for (const [i, at] of places.entries()) {
    const next = places[i + 1] ?? block.length;
    let last = -1;
    const optimizers = new Set<string | null>();
    for (let j = at + 1; j < next; j++) {
      const call = partOfCall(block[j]!, scene);
      if (call === null || !ENDS.has(call.part)) continue;
      last = j;
      if (call.part !== 'scale-update') optimizers.add(pathOf(call.part === 'scaled-update' ? call.argument : call.receiver));
    }
    const [optimizer] = optimizers;
    const end = i === places.length - 1 ? block.length : last + 1;
    const since = i > 0 ? places[i - 1]! + 1 : 0;
    // in the first step: behind the last one of the pass before, too
    const passed = [...block.slice(since, at), ...(i === 0 ? block.slice(places[places.length - 1]! + 1) : [])];
    if (optimizers.size !== 1 || !optimizer || !passed.some((statement) => zeroes(statement, optimizer, block, scene))) return [];
    regions.push({ backward: block[at]!, start, end });
    start = last + 1;
  }
  return regions;
}

function partOfCall(statement: Stmt, scene: StepScene): { part: StepPart; receiver: Expr | null; argument: Expr | null } | null {
  const call = soleCall(statement);
  const part = call && partAt(call.func, scene);
  if (!call || !part) return null;
  return { part, receiver: call.func.kind === 'Attribute' ? call.func.value : null, argument: call.args[0]?.value ?? null };
}

const pathOf = (expr: Expr | null): string | null => (expr && dottedPath(expr)?.join('.')) ?? null;

/** Whether the statement sets the gradients that this optimizer steps by to zero: its own `zero_grad`, or that of the model it was made of. */
function zeroes(statement: Stmt, optimizer: string, block: Stmt[], scene: StepScene): boolean {
  const call = partOfCall(statement, scene);
  if (call?.part !== 'gradient-reset') return false;
  const owner = pathOf(call.receiver);
  return owner === optimizer || (owner !== null && madeOf(optimizer, block).has(owner));
}

/** The models whose `parameters()` alone an optimizer was made of, wherever in the file. */
function madeOf(optimizer: string, block: Stmt[]): Set<string> {
  const models = new Set<string>();
  const look = (statements: readonly Stmt[]): void => {
    for (const statement of statements) {
      if (statement.kind === 'FunctionDef' || statement.kind === 'ClassDef' || statement.kind === 'If') look(statement.body);
      if (statement.kind !== 'Assign' || !statement.targets.some((target) => pathOf(target) === optimizer)) continue;
      const first = statement.value?.kind === 'Call' ? statement.value.args[0]?.value : undefined;
      const model =
        first?.kind === 'Call' && first.func.kind === 'Attribute' && first.func.attr === 'parameters' ? pathOf(first.func.value) : null;
      if (model !== null) models.add(model);
    }
  };
  let top: { parent: unknown; body?: readonly Stmt[] } = block[0] as never;
  while (top.parent) top = top.parent as typeof top;
  look(top.body ?? []);
  return models;
}
