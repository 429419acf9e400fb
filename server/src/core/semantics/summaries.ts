/** Module summaries: reading those of other files, writing this one's. */
import type { Analysis } from './analysis';
import { askedOf } from './call-sites';
import { ClassInfo } from './classes';
import { noTensorOf } from './families';
import { FunctionInfo } from './functions';
import { isKnownClass, looksLikeClass } from './hierarchy';
import { fromSummary, readType, writeType } from './notation';
import { resultOf } from './results';
import type { Asked, ClassSummary, ExportSummary, ModuleSummary } from './summary';
import { entryOf, table } from '../syntax/name-table';
import { evidence, UNKNOWN, type Type } from './type';

const MAX_HOPS = 8;

/** The dotted name of a module imported in another: `..layers` seen from `pkg.models.net` is `pkg.layers`. */
function resolved(module: string, from: string | null): string {
  let level = 0;
  while (module[level] === '.') level++;
  if (level === 0 || from === null) return module;
  const parts = from.split('.');
  const rest = module.slice(level);
  const base = parts.slice(0, Math.max(0, parts.length - level));
  return rest ? [...base, rest].join('.') : base.join('.');
}

/** What `from module import name` binds; null when the module is not known. */
export function importedType(a: Analysis, module: string, name: string, at: number): Type | null {
  if (!a.summaries) return null;
  return exported(a, module, name, a.moduleName, at, 0);
}

function exported(a: Analysis, module: string, name: string, from: string | null, at: number, hops: number): Type | null {
  if (hops > MAX_HOPS || !a.summaries) return null;
  if (a.knowledge.families.has(module)) return apiOf(`${module}.${name}`, at);
  if (noTensorOf(module) !== null && module[0] !== '.') return null;
  const summary = a.summaries.module(module, from);
  if (summary) a.summaries.onRead?.(summary, name);
  const entry = summary && entryOf(summary.exports, name);
  if (entry) return typeOfExport(a, entry, summary, name, at, hops);
  const inner = module.endsWith('.') ? module + name : `${module}.${name}`;
  if (a.summaries.module(inner, from)) return { kind: 'module', name: resolved(inner, from) };
  if (summary)
    for (const star of summary.stars) {
      const found = exported(a, star, name, summary.module, at, hops + 1);
      if (found) return found;
    }
  return null;
}

function apiOf(api: string, at: number): Type {
  return { kind: 'api', api, self: null, because: evidence('certain', 'import', at, { name: api }) };
}

function typeOfExport(a: Analysis, entry: ExportSummary, summary: ModuleSummary, name: string, at: number, hops: number): Type | null {
  const because = fromSummary(summary.module ?? '', at);
  switch (entry.kind) {
    case 'api':
      return apiOf(entry.api, at);
    case 'value':
      return entry.type === null ? UNKNOWN : readType(entry.type, because, a.knowledge.families);
    case 'alias':
      return { kind: 'alias', of: readType(entry.of, because, a.knowledge.families) };
    case 'function': {
      const info = new FunctionInfo(name, null, null, null);
      info.declared = entry.returns === null ? null : readType(entry.returns, because, a.knowledge.families);
      info.asked = entry.asked ?? null;
      return { kind: 'function', name, of: info, self: null };
    }
    case 'class': {
      const cls = classOfSummary(a, entry.summary, summary, at, hops);
      return { kind: 'class', className: cls.name, bases: cls.apiBases, of: cls };
    }
    case 'import':
      if (entry.name === null)
        return a.knowledge.families.has(entry.module)
          ? apiOf(entry.module, at)
          : { kind: 'module', name: resolved(entry.module, summary.module) };
      return exported(a, entry.module, entry.name, summary.module, at, hops + 1);
  }
}

/** One ClassInfo for each class summary: instances of a class are of one kind wherever it is imported. */
function classOfSummary(a: Analysis, summary: ClassSummary, module: ModuleSummary, at: number, hops: number): ClassInfo {
  const known = a.foreignClasses.get(summary);
  if (known) return known;
  const because = fromSummary(module.module ?? '', at);
  const cls = new ClassInfo(summary.name, null, because);
  a.foreignClasses.set(summary, cls);
  cls.inherit(summary.apiBases.map((api) => apiOf(api, at)));
  for (const base of summary.importedBases) {
    const type = base.name === null ? null : exported(a, base.module, base.name, module.module, at, hops + 1);
    cls.inherit([type ?? UNKNOWN]);
  }
  for (const [name, type] of Object.entries(summary.attributes))
    cls.attributes.set(name, type === null ? UNKNOWN : readType(type, because, a.knowledge.families));
  for (const [name, returns] of Object.entries(summary.methods)) {
    const method = new FunctionInfo(name, null, null, cls);
    method.binding = 'method';
    method.declared = returns === null ? null : readType(returns, because, a.knowledge.families);
    method.asked = (summary.asked && entryOf(summary.asked, name)) ?? null;
    cls.methods.set(name, method);
  }
  cls.assumeModule();
  return cls;
}

/** What an attribute of a module outside the families is, as far as the project's files say; undefined when they say nothing. */
export function moduleMember(a: Analysis, module: string, name: string, at: number): Type | undefined {
  if (!a.summaries || noTensorOf(module) !== null) return undefined;
  return exported(a, module, name, a.moduleName, at, 0) ?? undefined;
}

/** The names `from module import *` binds, and their types. */
export function starNames(a: Analysis, module: string): [string, Type][] {
  const result: [string, Type][] = [];
  collectStar(a, module, a.moduleName, result, new Set(), 0);
  return result;
}

function collectStar(a: Analysis, module: string, from: string | null, into: [string, Type][], seen: Set<string>, hops: number): void {
  const summary = hops > MAX_HOPS ? undefined : a.summaries?.module(module, from);
  if (!summary) return;
  a.summaries!.onRead?.(summary, null);
  for (const star of summary.stars) {
    if (a.knowledge.families.has(star)) a.stars.push({ module: star });
    else collectStar(a, star, summary.module, into, seen, hops + 1);
  }
  for (const name of summary.all ?? Object.keys(summary.exports)) {
    if ((summary.all === null && name.startsWith('_')) || seen.has(name)) continue;
    seen.add(name);
    const type = exported(a, module, name, from, 0, hops + 1);
    if (type) into.push([name, type]);
  }
}

/** A name that only a star import of a PyTorch-family module can have brought. */
export function starMember(a: Analysis, name: string): Type | null {
  for (let i = a.stars.length - 1; i >= 0; i--) {
    const api = `${a.stars[i]!.module}.${name}`;
    if (!isPublic(a, api)) continue;
    return { kind: 'api', api, self: null, because: evidence('certain', 'star', null, { name: a.stars[i]!.module }) };
  }
  return null;
}

const SUBMODULES = new Set(
  'functional init utils parallel optim nn fft linalg cuda distributed autograd jit amp transforms models datasets'.split(' '),
);

function isPublic(a: Analysis, api: string): boolean {
  const name = api.slice(api.lastIndexOf('.') + 1);
  if (name.startsWith('_')) return false;
  if (a.knowledge.lookup(api) || isKnownClass(api)) return true;
  if (SUBMODULES.has(name)) return true;
  const result = resultOf(api, a.knowledge);
  return result !== null && (result !== api || looksLikeClass(api)) && !(result === api && api.startsWith('torch.nn.'));
}

// ---------------------------------------------------------------- writing

/** The summary of the analysed module. */
export function summarize(a: Analysis): ModuleSummary {
  const exports = table<ExportSummary>();
  const frame = a.moduleFrame;
  for (const [name, bound] of frame.scope.bindings) {
    const type = frame.values[bound.index];
    if (type === undefined) continue;
    const records = frame.imports?.[bound.index];
    exports[name] = records?.length ? importSummary(a, records[0]!.target, records[0]!.module) : summaryOf(a, type);
  }
  return { module: a.moduleName, exports, all: literalAll(a), stars: a.starModules.slice(), ...(a.nearPyTorch ? { pytorch: true } : {}) };
}

function importSummary(a: Analysis, target: string, module: string): ExportSummary {
  if (a.knowledge.families.has(target)) return { kind: 'api', api: target };
  if (target === module || !target.startsWith(module)) return { kind: 'import', module: target, name: null };
  const name = target.slice(module.length).replace(/^\./, '');
  return name ? { kind: 'import', module, name } : { kind: 'import', module, name: null };
}

function summaryOf(a: Analysis, type: Type): ExportSummary {
  switch (type.kind) {
    case 'api':
      return type.self ? { kind: 'value', type: null } : { kind: 'api', api: type.api };
    case 'class':
      return { kind: 'class', summary: summaryOfClass(a, type.of) };
    case 'alias': {
      const of = writeType(type.of);
      return of === null ? { kind: 'value', type: null } : { kind: 'alias', of };
    }
    case 'function': {
      const asked = type.of && askedOf(a, type.of);
      return { kind: 'function', returns: type.of ? resultText(type.of) : null, ...(asked ? { asked } : {}) };
    }
    default:
      return { kind: 'value', type: writeType(type) };
  }
}

function resultText(fn: FunctionInfo): string | null {
  if (fn.declared) return writeType(fn.declared);
  const result = fn.lastSignature === null ? undefined : fn.results.get(fn.lastSignature);
  return result ? writeType(result) : null;
}

/** Levels of bases whose members are told with a class. */
const MAX_BASES = 10;

/** A class and its bases, each once, as its members are looked up. */
function lineage(cls: ClassInfo, found = new Set<ClassInfo>(), depth = 0): ReadonlySet<ClassInfo> {
  if (depth <= MAX_BASES && !found.has(cls)) {
    found.add(cls);
    for (const base of cls.bases) lineage(base, found, depth + 1);
  }
  return found;
}

function summaryOfClass(a: Analysis, cls: ClassInfo): ClassSummary {
  const [own, ...bases] = [...lineage(cls)].map((one) => ownSummary(a, one));
  const { methods, attributes, asked } = own!;
  let all = asked;
  const seen = new Set(Object.keys(methods));
  for (const inherited of bases) {
    for (const [name, params] of Object.entries(inherited.asked ?? {})) if (!seen.has(name)) (all ??= table<Asked>())[name] ??= params;
    for (const [name, result] of Object.entries(inherited.methods)) {
      methods[name] ??= result;
      seen.add(name);
    }
    for (const [name, result] of Object.entries(inherited.attributes)) attributes[name] ??= result;
  }
  return { name: cls.name, apiBases: cls.apiBases, importedBases: cls.importedBases, methods, attributes, ...(all ? { asked: all } : {}) };
}

/** What a class says itself. */
function ownSummary(a: Analysis, cls: ClassInfo): Pick<ClassSummary, 'methods' | 'attributes' | 'asked'> {
  const methods = table<string | null>();
  const attributes = table<string | null>();
  let asked: Record<string, Asked> | undefined;
  for (const [name, method] of cls.methods) {
    const params = askedOf(a, method);
    if (params) (asked ??= table<Asked>())[name] = params;
    if (method.binding === 'property') attributes[name] = resultText(method);
    else methods[name] = resultText(method);
  }
  const scope = cls.frame?.scope;
  if (scope)
    for (const [name, bound] of scope.bindings) {
      const value = cls.frame!.values[bound.index];
      if (value && value.kind !== 'function') attributes[name] = writeType(value);
    }
  for (const [name, type] of cls.attributes) attributes[name] = writeType(type);
  return { methods, attributes, ...(asked ? { asked } : {}) };
}

/** `__all__` when it is a plain list of names. */
function literalAll(a: Analysis): string[] | null {
  for (const stmt of a.module.body) {
    if (stmt.kind !== 'Assign' || stmt.targets[0]?.kind !== 'Name' || stmt.targets[0].id !== '__all__') continue;
    if (stmt.value?.kind !== 'List' && stmt.value?.kind !== 'Tuple') return null;
    const names = stmt.value.items.map((item) => (item.kind === 'Constant' && typeof item.value === 'string' ? item.value : null));
    return names.includes(null) ? null : (names as string[]);
  }
  return null;
}
