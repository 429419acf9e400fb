import type { Expr } from '../syntax/ast';
import type { ApiKnowledge, ModuleSemantics } from '../semantics/analyze';
import type { Type } from '../semantics/type';
import { parseLiteral } from './literal';
import type { ValueType } from './record';
import { fixed } from '../syntax/name-table';

/** The type of a value as a record's tests name it; `unknown` where the analysis does not know. */
export function valueType(value: Expr, semantics: ModuleSemantics, knowledge: ApiKnowledge): ValueType {
  switch (value.kind) {
    case 'Constant':
      return value.type === 'complex' || value.type === 'bytes' || value.type === 'ellipsis' ? 'other' : value.type;
    case 'FString':
      return 'str';
    case 'Tuple':
      return 'tuple';
    case 'List':
      return 'list';
    case 'Dict':
      return 'dict';
    case 'Lambda':
      return 'function';
    case 'UnaryOp':
      if (value.op === 'not') return 'bool';
      if (value.operand.kind === 'Constant') return valueType(value.operand, semantics, knowledge);
      break;
    case 'Comprehension':
      return value.type === 'list' ? 'list' : value.type === 'dict' ? 'dict' : 'other';
    default:
  }
  return named(semantics.typeOf(value), knowledge);
}

const INSTANCES: Readonly<Record<string, ValueType>> = fixed({
  'torch.dtype': 'dtype',
  'torch.device': 'device',
  'torch.Size': 'tuple',
  'torch.Tensor': 'tensor',
});
const OTHERS = new Set<string>(['int', 'float', 'bool', 'str', 'tuple', 'list', 'dict', 'none'] satisfies ValueType[]);

function named(type: Type, knowledge: ApiKnowledge): ValueType {
  switch (type.kind) {
    case 'tensor':
    case 'tuple':
    case 'list':
    case 'dict':
    case 'class':
    case 'function':
    case 'unknown':
      return type.kind;
    case 'api-instance':
      return INSTANCES[type.api] ?? 'other';
    case 'union': {
      const kinds = new Set(type.items.map((item) => named(item, knowledge)));
      return kinds.size === 1 ? [...kinds][0]! : 'unknown';
    }
    case 'api': {
      const fact = knowledge.lookup(type.api);
      if (fact?.kind === 'value') return INSTANCES[fact.returns ?? ''] ?? 'other';
      return fact?.kind === 'class' ? 'class' : fact ? 'function' : 'unknown';
    }
    case 'other': {
      const of = type.of.toLowerCase() === 'nonetype' ? 'none' : type.of.toLowerCase();
      return OTHERS.has(of) ? (of as ValueType) : 'other';
    }
    default:
      return 'other';
  }
}

/** The type of a default as written in a signature. */
export function literalType(text: string): ValueType {
  if (/^torch\.(?:float|int|uint|bool|double|half|long|bfloat16|complex)\w*$/.test(text)) return 'dtype';
  if (text.startsWith('(')) return 'tuple';
  if (text.startsWith('[')) return 'list';
  return parseLiteral(text)?.kind ?? 'unknown';
}
