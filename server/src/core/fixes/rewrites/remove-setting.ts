/** `remove-setting`: `torch.backends.cudnn.benchmark = True` sets something the target does not have: the assignment goes. */
import type { NamedRewrite } from '../single';
import { deleteStatement } from './edits';

export const removeSetting: NamedRewrite = (reference) => {
  const statement = reference.node.parent;
  const isWritten = statement?.kind === 'Assign' && statement.targets.length === 1 && statement.targets[0] === reference.node;
  return isWritten ? [deleteStatement(statement)] : null;
};
