/** Classes of the program: bases, methods, and the attributes their instances get over all methods. */
import type { ClassDef, Expr, Stmt } from '../syntax/ast';
import type { Analysis } from './analysis';
import { callFunction, ensureRecorded, type FunctionInfo } from './functions';
import { noTensorOf } from './families';
import type { Frame } from './frame';
import { inherits, isModuleClass } from './hierarchy';
import type { Member } from './members';
import { typeOfUnknownAttribute } from './evidence';
import type { Usage } from './usage';
import { evidence, join, NONE, UNKNOWN, type Evidence, type InstanceType, type Type } from './type';

export class ClassInfo {
  /** User classes it inherits from, in order. */
  bases: ClassInfo[] = [];
  /** Family classes it inherits, transitively. */
  apiBases: string[] = [];
  /** Some base is not known: members may come from there. */
  opaque = false;
  /** Bases from files that are not known here. */
  importedBases: { module: string; name: string | null }[] = [];
  /** Namespace of the class body; null for a class of another file. */
  frame: Frame | null = null;
  readonly methods = new Map<string, FunctionInfo>();
  /** What instances hold, joined over all assignments. */
  readonly attributes = new Map<string, Type>();
  /** Attribute → methods that assign it. */
  assigners: Map<string, FunctionInfo[]> | null = null;
  /** Signs of use of the attributes; gathered when first needed. */
  usage: Map<string, Usage> | null = null;
  private started = false;

  constructor(
    readonly name: string,
    readonly node: ClassDef | null,
    readonly evidence: Evidence,
  ) {}

  get isModule(): boolean {
    return this.apiBases.some(isModuleClass);
  }

  /** Evaluates `__init__` (or what stands for it) before the first look at an attribute. */
  start(a: Analysis): void {
    if (this.started) return;
    this.started = true;
    for (const name of ['__init__', '__post_init__', 'setup']) {
      const init = this.methods.get(name);
      if (init) ensureRecorded(a, init);
    }
  }

  /** Fills `bases`, `apiBases` and `opaque` from the types of the base expressions. */
  inherit(types: readonly Type[]): void {
    for (const type of types) {
      if (type.kind === 'class') {
        this.bases.push(type.of);
        for (const api of type.bases) this.addApi(api);
        if (type.of.opaque) this.opaque = true;
      } else if (type.kind === 'api') {
        this.addApi(type.api);
      } else if (type.kind === 'union' && type.items.some((item) => item.kind === 'api')) {
        for (const item of type.items) if (item.kind === 'api') this.addApi(item.api);
      } else if (type.kind === 'module') {
        if (noTensorOf(type.name) === null && !/^(typing|typing_extensions|collections|abc|torchvision)\b/.test(type.name)) {
          this.opaque = true;
          const dot = type.name.lastIndexOf('.');
          this.importedBases.push(
            /^\.+$/.test(type.name.slice(0, dot + 1))
              ? { module: type.name.slice(0, dot + 1), name: type.name.slice(dot + 1) }
              : { module: type.name.slice(0, dot), name: type.name.slice(dot + 1) },
          );
        }
      } else if (type.kind !== 'function') {
        this.opaque = true;
      }
    }
  }

  private addApi(api: string): void {
    if (!this.apiBases.includes(api)) this.apiBases.push(api);
  }

  /** A class with an unknown base that defines `forward` is taken for a module. */
  assumeModule(): void {
    if (this.opaque && this.apiBases.length === 0 && this.methods.has('forward')) this.apiBases.push('torch.nn.Module');
  }
}

const FOUND: Member = { type: UNKNOWN, api: null, kind: 'method', confidence: 'possible', reason: null };
const found = (type: Type): Member => (type === UNKNOWN ? FOUND : { ...FOUND, type });

/**
 * An attribute of a user class or its instance, over its own bases; null when none of them has it.
 * @param self the instance, null for an attribute of the class itself
 */
export function attributeOf(a: Analysis, cls: ClassInfo, attr: string, self: InstanceType | null, at: number): Member | null {
  if (self?.fromSuper) {
    for (const base of cls.bases) {
      const member = inClass(a, base, attr, { ...self, fromSuper: false }, at, 0);
      if (member) return member;
    }
    return null;
  }
  return inClass(a, cls, attr, self, at, 0);
}

/** Levels of bases that are looked through. */
const MAX_BASES = 10;

function inClass(a: Analysis, cls: ClassInfo, attr: string, self: InstanceType | null, at: number, depth: number): Member | null {
  if (depth > MAX_BASES || (depth > 1 && a.isTired())) return null;
  a.steps++;
  if (self) {
    const own = instanceAttribute(a, cls, attr);
    if (own) return found(own);
  }
  const name = cls.frame?.scope.bindings.get(attr);
  const value = name && cls.frame!.values[name.index];
  if (value) return found(bound(a, value, self, at));
  const method = cls.frame ? undefined : cls.methods.get(attr);
  if (method) return found({ kind: 'function', name: method.name, of: method, self });
  for (const base of cls.bases) {
    const member = inClass(a, base, attr, self, at, depth + 1);
    if (member) return member;
  }
  if (attr === '__class__') return found({ kind: 'class', className: cls.name, bases: cls.apiBases, of: cls });
  return null;
}

/** What `self.attr` holds by the assignments in the methods; undefined when none assigns it. */
function instanceAttribute(a: Analysis, cls: ClassInfo, attr: string): Type | undefined {
  cls.start(a);
  if (cls.node) {
    cls.assigners ??= findAssigners(cls);
    const assigners = cls.assigners.get(attr);
    if (assigners) {
      for (const method of assigners) if (!method.everRecorded) ensureRecorded(a, method);
      const type = cls.attributes.get(attr);
      return type === undefined || type === UNKNOWN || type === NONE ? orByUsage(a, cls, attr, type) : type;
    }
  }
  return cls.attributes.get(attr);
}

function orByUsage(a: Analysis, cls: ClassInfo, attr: string, type: Type | undefined): Type {
  const used = typeOfUnknownAttribute(a, cls, attr);
  return used === UNKNOWN ? (type ?? UNKNOWN) : used;
}

function bound(a: Analysis, value: Type, self: InstanceType | null, at: number): Type {
  if (value.kind !== 'function' || !value.of) return value;
  if (value.of.binding === 'property') return self ? callFunction(a, value.of, null, self, at) : UNKNOWN;
  if (value.of.binding === 'static') return value;
  return {
    kind: 'function',
    name: value.name,
    of: value.of,
    self: value.of.binding === 'class' ? { kind: 'class', className: '', bases: [], of: value.of.owner! } : self,
  };
}

export function setAttribute(cls: ClassInfo, attr: string, type: Type): void {
  const before = cls.attributes.get(attr);
  cls.attributes.set(attr, before === undefined ? type : join(before, type));
}

/** What calling a method of an instance without known arguments yields; unknown when it has no such method. */
export function methodResult(a: Analysis, self: InstanceType, name: string, at: number): Type {
  const member = attributeOf(a, self.of, name, self, at);
  return member?.type.kind === 'function' && member.type.of ? callFunction(a, member.type.of, null, self, at) : UNKNOWN;
}

/** The instance type of a class. */
export function instanceOfClass(cls: ClassInfo, because: Evidence): InstanceType {
  return { kind: 'instance', className: cls.name, bases: cls.apiBases, of: cls, because, fromSuper: false };
}

/** Whether methods of this class may be lightning hooks that get batches. */
export function isLightning(cls: ClassInfo): boolean {
  return (
    cls.apiBases.some((api) => api.endsWith('.LightningModule') || inherits(api, 'pytorch_lightning.LightningModule')) ||
    (cls.opaque && cls.methods.has('training_step'))
  );
}

/** The evidence of `self` in a class's own methods. */
export function ownEvidence(node: ClassDef): Evidence {
  return evidence('certain', 'own-class', node.start, { name: node.name });
}

// ---------------------------------------------------------------- which methods assign which attributes

function findAssigners(cls: ClassInfo): Map<string, FunctionInfo[]> {
  const result = new Map<string, FunctionInfo[]>();
  for (const method of cls.methods.values()) {
    const node = method.node;
    const self = node?.params[0]?.name;
    if (!self || node.kind !== 'FunctionDef' || method.binding === 'static') continue;
    collect(node.body, self, method, result, 0);
  }
  return result;
}

function collect(body: readonly Stmt[], self: string, method: FunctionInfo, into: Map<string, FunctionInfo[]>, depth: number): void {
  if (depth > 40) return;
  for (const stmt of body) {
    switch (stmt.kind) {
      case 'Assign':
        for (const target of stmt.targets) note(target, self, method, into, 0);
        break;
      case 'AugAssign':
        note(stmt.target, self, method, into, 0);
        break;
      case 'For':
        note(stmt.target, self, method, into, 0);
        collect(stmt.body, self, method, into, depth + 1);
        collect(stmt.orelse, self, method, into, depth + 1);
        break;
      case 'While':
      case 'If':
        collect(stmt.body, self, method, into, depth + 1);
        collect(stmt.orelse, self, method, into, depth + 1);
        break;
      case 'With':
        for (const item of stmt.items) if (item.target) note(item.target, self, method, into, 0);
        collect(stmt.body, self, method, into, depth + 1);
        break;
      case 'Try':
        collect(stmt.body, self, method, into, depth + 1);
        for (const handler of stmt.handlers) collect(handler.body, self, method, into, depth + 1);
        collect(stmt.orelse, self, method, into, depth + 1);
        collect(stmt.finalbody, self, method, into, depth + 1);
        break;
      case 'Match':
        for (const branch of stmt.cases) collect(branch.body, self, method, into, depth + 1);
        break;
      case 'ErrorStmt':
        collect(stmt.body, self, method, into, depth + 1);
    }
  }
}

function note(target: Expr, self: string, method: FunctionInfo, into: Map<string, FunctionInfo[]>, depth: number): void {
  if (target.kind === 'Attribute' && target.value.kind === 'Name' && target.value.id === self) {
    const known = into.get(target.attr);
    if (!known) into.set(target.attr, [method]);
    else if (!known.includes(method)) known.push(method);
  } else if ((target.kind === 'Tuple' || target.kind === 'List') && depth < 10) {
    for (const item of target.items) note(item, self, method, into, depth + 1);
  } else if (target.kind === 'Starred') {
    note(target.value, self, method, into, depth + 1);
  }
}
