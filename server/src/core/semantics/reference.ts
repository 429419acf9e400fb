import type { Attribute, Call, Expr, Name, Span } from '../syntax/ast';
import type { Type } from './type';

/** How sure the analysis is that the reference names this API. Only `certain` and `likely` ones may be edited. */
export type Confidence = 'certain' | 'likely' | 'possible';

/** `api`: resolved through imports; `method`/`property`: of a value whose type was inferred. */
export type ReferenceKind = 'api' | 'method' | 'property';

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
  /** The dotted name as written; for a method or property of a value its name alone. Ends where the API's last name ends. */
  span: Span;
  /** The expression that denotes the API: `F.relu` or the whole `x.view`. */
  node: Name | Attribute;
  /** The call whose callee this is, for role `call`. */
  call: Call | null;
  /** The value a method or property is taken from. */
  receiver: Expr | null;
  receiverType: Type | null;
  /** The program itself has the module the name is from: it is migrated with it. */
  own?: boolean;
}
