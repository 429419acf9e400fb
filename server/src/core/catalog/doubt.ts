/**
 * What the evidence says against a safe route for one call: that its examples, executed with other dtypes too (docs/proof.md, "Other inputs"), did not
 * agree in the one this call is known to have; or that what it writes is documented for other chips than the chosen one.
 */
import type { ModuleSemantics } from '../semantics/analyze';
import type { Reference } from '../semantics/reference';
import type { Type } from '../semantics/type';
import type { Expr } from '../syntax/ast';
import type { Binding } from './bind';
import { evidenceFor, type EvidenceFile, type Outcome } from './evidence';
import type { CatalogEntry } from './load';
import type { Route, Text } from './record';
import { routeHolds, type ChosenTarget } from './targets';
import { fixed } from '../syntax/name-table';

/** Why a safe route is not safe for one call. */
export interface Doubt {
  note: Text;
  /** the result differs without an error */
  silent: boolean;
}

/** Variants of the evidence by the dtype of a call. Narrower integers, which nobody executed, are taken for int32, complex128 for complex64. */
const VARIANTS: Readonly<Record<string, string>> = fixed({
  float16: 'f16',
  bfloat16: 'bf16',
  float32: 'f32',
  int64: 'i64',
  bool: 'bool',
  complex64: 'c64',
  int32: 'i32',
  int16: 'i32',
  int8: 'i32',
  uint8: 'i32',
  complex128: 'c64',
});

/** The dtypes that the variants execute. */
const EXECUTED: Readonly<Record<string, string>> = fixed({ i64: 'int64', i32: 'int32', c64: 'complex64' });

/** What is said of each way not to agree. Fewer digits in half precision are what half precision is. */
const SAID: Readonly<Record<string, { silent: boolean; en: string; zh: string }>> = fixed({
  refused: { silent: false, en: 'MindSpore raises an error', zh: 'MindSpore 报错' },
  'no gradient': { silent: false, en: 'MindSpore raises an error in the gradient', zh: 'MindSpore 求梯度时报错' },
  crash: { silent: true, en: 'MindSpore’s process ends', zh: 'MindSpore 进程终止' },
  differs: { silent: true, en: 'the values are not those of PyTorch', zh: '数值与 PyTorch 不一致' },
  gradient: { silent: true, en: 'the gradient is not that of PyTorch', zh: '梯度与 PyTorch 不一致' },
  dtype: { silent: true, en: 'the result has another dtype than in PyTorch', zh: '结果的数据类型与 PyTorch 不同' },
  shape: { silent: true, en: 'the result has another shape than in PyTorch', zh: '结果的形状与 PyTorch 不同' },
});

/** Where dtypes are looked for. */
export interface Place {
  entry: CatalogEntry;
  route: Route;
  reference: Reference;
  binding: Binding | null;
  semantics: ModuleSemantics;
  targets: readonly ChosenTarget[];
  evidence: readonly EvidenceFile[];
}

/** The doubt about a route for this reference; null where nothing is known against it. */
export function doubtOf(place: Place): Doubt | null {
  return elsewhere(place) ?? ofDtype(place);
}

/** What a route writes has no documentation for the chip of a target, and nobody executed it there. */
function elsewhere({ entry, route, targets, evidence }: Place): Doubt | null {
  for (const target of targets) {
    const own = evidenceFor(target, evidence).find(({ version }) => version === target.version);
    if (own?.outcome(entry.record.torch)?.level !== 'elsewhere' || !routeHolds(route, target)) continue;
    const note = {
      en: `MindSpore ${target.version} documents what this writes for other chips than ${target.chip}, and nobody executed it there.`,
      zh: `MindSpore ${target.version} 的文档只为其他芯片列出此写法，未含 ${target.chip}，也无人在其上执行过。`,
    };
    return { note, silent: false };
  }
  return null;
}

function ofDtype(place: Place): Doubt | null {
  const found = dtypesOf(place);
  if (found.size === 0) return null;
  const { entry, route, targets, evidence } = place;
  for (const target of targets) {
    for (const { file, outcome } of measured(entry.record.torch, route, target, evidence)) {
      for (const [dtype, params] of found) {
        if (outcome.of && !params.some((param) => outcome.of!.includes(param))) continue;
        const misfit = outcome.not.find(([variant]) => variant === VARIANTS[dtype])?.[1] ?? '';
        const said = SAID[misfit];
        // what another chip refuses says nothing of this one; which values and dtypes come out is the framework's doing
        if (said && (said.silent || file.chip === target.chip)) return { silent: said.silent, note: noteOf(dtype, file, said) };
      }
    }
  }
  return null;
}

function noteOf(dtype: string, file: EvidenceFile, said: { en: string; zh: string }): Text {
  const where = `MindSpore ${file.version} ${file.chip.toUpperCase()}`;
  const executed = EXECUTED[VARIANTS[dtype] ?? ''] ?? dtype;
  return {
    en: `The input is ${dtype} here. Executed with ${executed} on ${where}: ${said.en}.`,
    zh: `此处的输入为 ${dtype}。在 ${where} 上以 ${executed} 执行：${said.zh}。`,
  };
}

/** Outcomes with other inputs that speak of this route: of the target's own chip, or of another chip with the same route. */
function measured(
  api: string,
  route: Route,
  target: ChosenTarget,
  files: readonly EvidenceFile[],
): { file: EvidenceFile; outcome: Outcome }[] {
  const others = files.filter(({ framework, chip }) => framework === target.framework && chip !== target.chip);
  const inOrder = [
    ...evidenceFor(target, files),
    ...others.filter(({ framework, chip }) => routeHolds(route, { ...target, id: `${framework}@${chip}`, chip })),
  ];
  for (const file of inOrder) {
    const outcome = file.outcome(api);
    if (outcome?.state === 'agreed' && outcome.also.length + outcome.not.length > 0) return [{ file, outcome }];
  }
  return [];
}

/** Known dtypes of what goes in, with the parameters that have them (`self`: the receiver). */
function dtypesOf({ reference, binding, semantics, entry }: Place): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const add = (dtype: string | null, param: string): void => {
    if (dtype !== null && dtype in VARIANTS) found.set(dtype, [...(found.get(dtype) ?? []), param]);
  };
  const look = (value: Expr, param: string): void => {
    for (const dtype of tensorDtypes(semantics.typeOf(value))) add(dtype, param);
  };
  if (reference.receiver && !entry.shared) look(reference.receiver, 'self');
  for (const [param, bound] of binding?.arguments ?? []) {
    if (bound.form === 'many') for (const { value } of bound.items) look(value, param);
    else if (param === 'dtype' && entry.record.kind === 'class') add(namedDtype(semantics.typeOf(bound.value)), 'self');
    else look(bound.value, param);
  }
  if (entry.record.kind === 'class') add(castAfter(reference, semantics), 'self');
  return found;
}

function tensorDtypes(type: Type): (string | null)[] {
  if (type.kind === 'tensor') return [type.dtype];
  if (type.kind === 'list') return type.item.kind === 'tensor' ? [type.item.dtype] : [];
  return type.kind === 'tuple' ? type.items.flatMap((item) => (item.kind === 'tensor' ? [item.dtype] : [])) : [];
}

const CASTS: Readonly<Record<string, string>> = fixed({ half: 'float16', bfloat16: 'bfloat16', float: 'float32' });

function namedDtype(type: Type): string | null {
  const name = type.kind === 'api' ? type.api.replace(/^torch\./, '') : '';
  return name in VARIANTS ? name : (CASTS[name] ?? null);
}

/** The dtype a layer is cast to where it is built: `nn.Linear(3, 4).half()`. */
function castAfter({ call }: Reference, semantics: ModuleSemantics): string | null {
  const member = call?.parent;
  const cast = member?.kind === 'Attribute' && member.value === call && member.parent?.kind === 'Call' ? member.parent : null;
  if (!cast || member?.kind !== 'Attribute' || cast.func !== member) return null;
  if (member.attr !== 'to') return cast.args.length === 0 ? (CASTS[member.attr] ?? null) : null;
  return cast.args.map(({ value }) => namedDtype(semantics.typeOf(value))).find((dtype) => dtype !== null) ?? null;
}
