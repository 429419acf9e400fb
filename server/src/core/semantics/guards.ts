/** Imports that may fail: which handlers catch it, and which imports never do where PyTorch is installed. */
import type { Expr, Stmt } from '../syntax/ast';
import type { ApiKnowledge } from './knowledge';

const IMPORT_ERRORS = new Set(['ImportError', 'ModuleNotFoundError', 'Exception', 'OSError', 'AttributeError']);

/** Whether a handler of this type runs when an import fails. */
export function catchesImport(type: Expr | null): boolean {
  if (type === null) return true;
  if (type.kind === 'Name') return IMPORT_ERRORS.has(type.id);
  return type.kind === 'Tuple' && type.items.some(catchesImport);
}

/** Whether a handler of this type runs only when an import fails. */
function catchesOnlyImport(type: Expr | null): boolean {
  if (type?.kind === 'Name') return type.id === 'ImportError' || type.id === 'ModuleNotFoundError';
  return type?.kind === 'Tuple' && type.items.every(catchesOnlyImport);
}

/** Modules that every PyTorch since 2.0 has and that have no record of their own. */
const MODULES = new Set(
  (
    'torch torch.nn torch.nn.functional torch.nn.init torch.nn.parallel torch.nn.utils torch.nn.utils.rnn torch.optim torch.optim.lr_scheduler ' +
    'torch.utils torch.utils.data torch.utils.checkpoint torch.utils.data.distributed torch.fft torch.linalg torch.special torch.cuda torch.cuda.amp ' +
    'torch.amp torch.autograd torch.autograd.functional torch.backends torch.backends.cudnn torch.distributed torch.distributions torch.func torch.fx ' +
    'torch.hub torch.jit torch.multiprocessing torch.onnx torch.profiler torch.random torch.sparse torch.version'
  ).split(' '),
);
/** Recorded, since old programs use them, but in no PyTorch since 1.8. */
const GONE = new Set(['torch.rfft', 'torch.irfft', 'torch.ifft']);

/** Whether every PyTorch since 2.0 has this name; null when that is not known. */
export function torchHas(name: string, knowledge: ApiKnowledge): boolean | null {
  if (GONE.has(name)) return false;
  if (MODULES.has(name)) return true;
  // private names come and go
  if (!name.startsWith('torch.') || /\._[a-z]/.test(name)) return null;
  return knowledge.lookup(knowledge.canonical(name)) === undefined ? null : true;
}

/** Whether these statements import something, and only what PyTorch has. */
function importsOnlyTorch(body: readonly Stmt[], knowledge: ApiKnowledge): boolean {
  let some = false;
  for (const stmt of body) {
    if (stmt.kind === 'Import') {
      if (!stmt.names.every(({ path }) => torchHas(path.join('.'), knowledge))) return false;
      some = true;
    } else if (stmt.kind === 'ImportFrom') {
      const module = stmt.module.join('.');
      if (stmt.level > 0 || stmt.star || !stmt.names.every(({ path }) => torchHas(`${module}.${path.join('.')}`, knowledge))) return false;
      some = true;
    }
  }
  return some;
}

/** Whether nothing but imports and constants stands here: what fails is an import. */
function holdsOnlyImports(body: readonly Stmt[]): boolean {
  return body.every(
    (stmt) => stmt.kind === 'Import' || stmt.kind === 'ImportFrom' || (stmt.kind === 'Assign' && stmt.value?.kind === 'Constant'),
  );
}

/** Whether a handler stands by for an import that does not fail where PyTorch is installed. */
export function isIdleFallback(body: readonly Stmt[], type: Expr | null, knowledge: ApiKnowledge): boolean {
  return catchesImport(type) && (catchesOnlyImport(type) || holdsOnlyImports(body)) && importsOnlyTorch(body, knowledge);
}
