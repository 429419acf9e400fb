import type { Attribute, BinOp, Call, Expr, Name, Span, Subscript } from '../syntax/ast';
import type { Type } from './type';

/** How sure the analysis is that the reference names this API. Only `certain` and `likely` ones may be edited. */
export type Confidence = 'certain' | 'likely' | 'possible';

/**
 * `api`: resolved through imports; `method`/`property`: of a value whose type was inferred; `operator`: what Python's own syntax calls on a tensor
 * (`z * w`, `x[1, :, [0, 2]]`), only where it is known to do something else or nothing elsewhere.
 */
export type ReferenceKind = 'api' | 'method' | 'property' | 'operator';

export type Role = 'call' | 'value' | 'base' | 'annotation' | 'decorator';

/** Why the analysis believes it, as data: the words are in l10n (`reason.<id>`). `at` points to the place it rests on, for "line 41". */
export interface Reason {
  id: string;
  args: Record<string, string>;
  at: number | null;
}

/** A place in the source that names a PyTorch-family API. */
export interface Reference {
  /** Qualified public name: `torch.nn.functional.relu`, `torch.Tensor.view`, `torch.nn.Module.eval`, `torch.optim.Optimizer.step`. */
  name: string;
  kind: ReferenceKind;
  role: Role;
  confidence: Confidence;
  reason: Reason;
  /** The dotted name as written; for a method or property of a value its name alone; of an operator what stands between or behind its operands. */
  span: Span;
  /** The expression that denotes the API: `F.relu` or the whole `x.view`, `z * w`. */
  node: Name | Attribute | BinOp | Subscript;
  /** The call whose callee this is, for role `call`. */
  call: Call | null;
  /** The value a method or property is taken from, or whose operator it is. */
  receiver: Expr | null;
  receiverType: Type | null;
  /** The program itself has the module the name is from: it is migrated with it. */
  own?: boolean;
}
