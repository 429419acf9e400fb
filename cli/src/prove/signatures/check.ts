/** Binds the MindSpore calls of a piece of source against the signatures of a version, as Python would when it is executed. */
import type { Signature } from '../../../../server/src/core/catalog/signature';
import type { FrameworkData } from '../../../../server/src/core/catalog/targets';
import type { Attribute, Call, Expr, Module, Node } from '../../../../server/src/core/syntax/ast';
import { descendants } from '../../../../server/src/core/syntax/walk';
import type { NameFacts, SignatureFacts } from './facts';

/** What was found in one piece of source. */
export interface Bound {
  /** calls and attributes that exist and fit */
  fits: number;
  /** names that exist but say nothing of how they are called */
  unsigned: string[];
  /** what does not exist or does not fit, in words */
  misfits: string[];
  /** names whose documentation lists chips without Ascend */
  elsewhere: string[];
}

/** Methods and properties of a tensor whose results are no tensors. */
const NO_TENSOR = new Set([
  'item',
  'tolist',
  'asnumpy',
  'numpy',
  'shape',
  'dtype',
  'ndim',
  'size',
  'itemsize',
  'nbytes',
  'strides',
  'name',
]);
/** Inputs of an example that are tensors, by how they are drawn. */
const DRAWN =
  /^(?:abs\()?(?:randn|rand|positive|distinct|randint|int64|int32|int16|int8|uint8|bools|complex64|complex128|permutation|arange|linspace|zeros|ones|full|eye|tensor)\(/;

export class SignatureCheck {
  /** local name → module or dotted name */
  private readonly imports: ReadonlyMap<string, string>;

  constructor(
    private readonly facts: SignatureFacts,
    framework: FrameworkData,
  ) {
    this.imports = new Map(
      Object.values(framework.imports).map(({ module, name, as }) => [as, name === undefined ? module : `${module}.${name}`]),
    );
  }

  /** @param given the inputs by name, as an example writes them */
  check(module: Module, text: string, given: Readonly<Record<string, string>>, version: string): Bound {
    const bound: Bound = { fits: 0, unsigned: [], misfits: [], elsewhere: [] };
    const tensors = new Set(Object.keys(given).filter((name) => DRAWN.test(given[name]!)));
    for (const node of descendants(module)) {
      if (node.kind === 'Assign' && node.value && this.isTensor(node.value, tensors, version))
        for (const target of node.targets) if (target.kind === 'Name') tensors.add(target.id);
    }
    for (const node of descendants(module)) {
      if (node.kind === 'Call') this.checkUse(node.func, node, text, tensors, version, bound);
      else if ((node.kind === 'Attribute' || node.kind === 'Name') && !isCalled(node) && !isInner(node))
        this.checkUse(node, null, text, tensors, version, bound);
    }
    return bound;
  }

  /** Whether a dotted name (`ops.gelu`) exists in a version; null when its module is not covered. */
  exists(dotted: string, version: string): boolean | null {
    const [first, ...rest] = dotted.split('.');
    const path = this.imports.get(first!);
    if (path === undefined) return null;
    const found = this.member([...path.split('.'), ...rest], version);
    return found === undefined ? null : found !== null;
  }

  private checkUse(func: Expr, call: Call | null, text: string, tensors: ReadonlySet<string>, version: string, bound: Bound): void {
    const named = this.named(func, tensors, version);
    if (!named) return;
    const { name, facts } = named;
    if (facts === null) bound.misfits.push(`${name} does not exist in ${version}`);
    else {
      if (facts.withoutAscend) bound.elsewhere.push(name);
      if (call === null) bound.fits += 1;
      else if (facts.signatures.length === 0) bound.unsigned.push(name);
      else {
        const reasons = facts.signatures.map((signature) => misfit(call, signature));
        if (reasons.includes(null)) bound.fits += 1;
        else bound.misfits.push(`${name}${facts.signatures[0]!.text}: ${reasons[0]} in ${text.slice(call.start, call.end)} (${version})`);
      }
    }
  }

  /** What an expression names: a member of a module, or of a tensor. Null when that is not known. */
  private named(func: Expr, tensors: ReadonlySet<string>, version: string): { name: string; facts: NameFacts | null } | null {
    const parts = dottedParts(func);
    if (parts && !tensors.has(parts[0]!)) {
      const path = this.imports.get(parts[0]!);
      if (path === undefined || (parts.length === 1 && this.facts.covers(path))) return null;
      const facts = this.member([...path.split('.'), ...parts.slice(1)], version);
      return facts === undefined ? null : { name: parts.join('.'), facts };
    }
    // a framework that runs PyTorch programs has PyTorch's own tensors
    if (func.kind !== 'Attribute' || !this.facts.covers('mindspore:Tensor')) return null;
    if (this.isTensor(func.value, tensors, version))
      return { name: `Tensor.${func.attr}`, facts: this.facts.find('mindspore:Tensor', func.attr, version) };
    // a layer has members of its own beside those of every cell
    if (!this.isLayer(func.value) || !this.facts.versions.some((other) => this.facts.find('mindspore.nn:Cell', func.attr, other)))
      return null;
    return { name: `Cell.${func.attr}`, facts: this.facts.find('mindspore.nn:Cell', func.attr, version) };
  }

  /** Whether an expression makes a layer: `nn.Dense(3, 4)`. */
  private isLayer(value: Expr): boolean {
    const parts = value.kind === 'Call' ? dottedParts(value.func) : null;
    const path = parts && [this.imports.get(parts[0]!) ?? '', ...parts.slice(1, -1)].join('.');
    return path !== null && /^mindspore\.(?:mint\.)?nn$/.test(path) && /^[A-Z]/.test(parts!.at(-1)!);
  }

  /** undefined: no module of the name is covered; null: the version lacks it. */
  private member(path: readonly string[], version: string): NameFacts | null | undefined {
    if (this.facts.covers(path.join('.'))) return undefined; // a module, such as eoptim.lr_scheduler: nothing is called
    for (let length = path.length - 1; length > 0; length--) {
      const holder = path.slice(0, length).join('.');
      if (!this.facts.covers(holder)) continue;
      const rest = path.slice(length);
      if (rest.length === 1) return this.facts.find(holder, rest[0]!, version);
      const classed = `${holder}:${rest[0]}`;
      if (rest.length === 2 && this.facts.covers(classed)) return this.facts.find(classed, rest[1]!, version);
      return undefined;
    }
    return undefined;
  }

  private isTensor(value: Expr, tensors: ReadonlySet<string>, version: string): boolean {
    if (value.kind === 'Name') return tensors.has(value.id);
    if (value.kind === 'Subscript') return this.isTensor(value.value, tensors, version);
    if (value.kind === 'BinOp') return this.isTensor(value.left, tensors, version) || this.isTensor(value.right, tensors, version);
    if (value.kind === 'Call') {
      const parts = dottedParts(value.func);
      // functions have small letters, layers large ones
      if (parts && !tensors.has(parts[0]!)) {
        const path = this.imports.get(parts[0]!) ?? '';
        return /^mindspore\.(?:ops|mint|numpy)$/.test(path) && /^[a-z]/.test(parts.at(-1)!);
      }
      return value.func.kind === 'Attribute' && !NO_TENSOR.has(value.func.attr) && this.isTensor(value.func.value, tensors, version);
    }
    return value.kind === 'Attribute' && /^(?:T|mT|H|mH|data)$/.test(value.attr) && this.isTensor(value.value, tensors, version);
  }
}

const isCalled = (node: Node): boolean => node.parent?.kind === 'Call' && node.parent.func === node;

/** Part of a longer dotted name, or the name of a keyword. */
const isInner = (node: Attribute | Expr): boolean => node.parent?.kind === 'Attribute' && node.parent.value === node;

function dottedParts(node: Expr): string[] | null {
  if (node.kind === 'Name') return [node.id];
  if (node.kind !== 'Attribute') return null;
  const before = dottedParts(node.value);
  return before && [...before, node.attr];
}

/** Why a call does not bind to a signature, by Python's rules; null when it does. Starred arguments may stand for anything. */
function misfit(call: Call, { params }: Signature): string | null {
  const taken = new Set<string>();
  const places = params.filter(({ kind }) => kind === 'positional' || kind === 'positional-only');
  const star = params.some(({ kind }) => kind === 'star');
  const doubleStar = params.some(({ kind }) => kind === 'doublestar');
  const open = call.args.some(({ form }) => form === 'star' || form === 'doublestar');
  let next = 0;
  for (const { form, name } of call.args) {
    if (form === 'positional') {
      const place = places[next++];
      if (place) taken.add(place.name);
      else if (!star) return `${places.length} arguments by position at most`;
    } else if (form === 'keyword') {
      const param = params.find(
        (candidate) => candidate.name === name && (candidate.kind === 'positional' || candidate.kind === 'keyword'),
      );
      if (!param && !doubleStar) return `no parameter ${name}`;
      if (taken.has(name!)) return `${name} twice`;
      taken.add(name!);
    }
  }
  const missing = params.find(
    ({ name, kind, default: value }) => value === null && kind !== 'star' && kind !== 'doublestar' && !taken.has(name),
  );
  return missing && !open ? `${missing.name} is missing` : null;
}
