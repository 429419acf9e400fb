/** A reference judged for the chosen targets: which route says it there, with what arguments, or why none does. */
import type { Call, Expr } from '../syntax/ast';
import { isStored } from '../syntax/statements';
import type { ModuleSemantics } from '../semantics/analyze';
import type { Reference } from '../semantics/reference';
import { bind, isDefault, type Binding, type Obstacle } from './bind';
import { hasForm } from './explain';
import { fillTemplate, type Filled, type Filling } from './fill-template';
import { sameLiteral } from './literal';
import { doubtOf } from './doubt';
import type { Catalog, CatalogEntry, CompiledRoute } from './load';
import type { ApiRecord, ArgumentTest, Safety, Text, ValueType, Verdict } from './record';
import { derivedValue, mappedValue } from './renaming';
import { routeHolds, type ChosenTarget } from './targets';
import type { Template } from './template';
import { precedenceOf, tokenize } from './tokens';
import { literalType, valueType } from './value-type';

export interface Judgement {
  /** null: the catalog does not know the API */
  record: ApiRecord | null;
  verdict: Verdict;
  /** the route that says this reference; null when none can */
  route: CompiledRoute | null;
  /** of the route; null when there is none */
  safety: Safety | null;
  note: Text | null;
  binding: Binding | null;
  /** the filled template; null when the route has none (a named rewrite, or nothing to change) */
  filled: { assigns: Filled | null; value: Filled } | null;
  /** what the filled template replaces: the call, or the name alone */
  node: Expr;
  /** the reference stays as it is */
  keeps: boolean;
  /** why there is no automatic rewriting, when there is none */
  obstacle: Obstacle | null;
}

export interface JudgeContext {
  catalog: Catalog;
  targets: readonly ChosenTarget[];
  semantics: ModuleSemantics;
  /** text of the file */
  source: string;
}

const NOTHING = { route: null, safety: null, note: null, binding: null, filled: null, keeps: false, obstacle: null };

export function judge(reference: Reference, context: JudgeContext): Judgement {
  const { catalog, targets } = context;
  const entry = catalog.entry(reference.name, reference.own);
  const node = reference.call ?? reference.node;
  // Frameworks that run PyTorch programs keep them as they are: they have a say only where no other framework is chosen.
  const others = targets.filter((target) => !catalog.targets.runsSource(target));
  if (!entry) return { ...NOTHING, node, record: null, verdict: 'unknown', keeps: others.length === 0 };
  const { record } = entry;
  const deciding = others.length > 0 ? others : targets;
  const holding = entry.routes.filter(({ route }) => deciding.every((target) => routeHolds(route, target)));
  if (holding.length === 0) {
    if (others.length === 0) return { ...NOTHING, node, record, verdict: 'equivalent', keeps: true };
    const some = entry.routes.find(({ route }) => deciding.some((target) => routeHolds(route, target)));
    const obstacle: Obstacle = { id: some ? 'targets-disagree' : 'no-route', args: {} };
    return { ...NOTHING, node, record, verdict: some ? some.route.verdict : 'unknown', note: some?.route.note ?? null, obstacle };
  }
  let obstacle: Obstacle | null = null;
  for (const route of holding) {
    const outcome = tryRoute(entry, route, reference, context);
    if ('route' in outcome) return withDoubt(outcome, entry, route, reference, deciding, context);
    // a test that failed says less than an argument nobody can say
    if (!obstacle || obstacle.id === 'argument-value') obstacle = outcome;
  }
  const first = holding[0]!.route;
  return { ...NOTHING, node, record, verdict: first.verdict, note: first.note ?? null, obstacle };
}

/** What was measured with the dtypes of this call: a safe route that did not agree there asks for a look, and what is kept is spoken of. */
function withDoubt(
  outcome: Judgement,
  entry: CatalogEntry,
  { route }: CompiledRoute,
  reference: Reference,
  targets: readonly ChosenTarget[],
  { semantics, catalog }: JudgeContext,
): Judgement {
  const speaks = outcome.safety === 'safe' && hasForm(route) && catalog.originOf(route) === undefined;
  if (!speaks || catalog.evidence.length === 0) return outcome;
  const doubt = doubtOf({ entry, route, reference, binding: outcome.binding, semantics, targets, evidence: catalog.evidence });
  if (!doubt || (outcome.keeps && !doubt.silent)) return outcome;
  const note = outcome.note ? { en: `${doubt.note.en} ${outcome.note.en}`, zh: doubt.note.zh + outcome.note.zh } : doubt.note;
  return { ...outcome, safety: 'review', note, ...(outcome.keeps ? { keeps: false, verdict: 'differs' } : {}) };
}

/** Named through a variable of the program: `act = torch.relu; act(x)`. What the variable holds is rewritten where it is named. */
function isIndirect(reference: Reference, semantics: ModuleSemantics): boolean {
  if (reference.kind !== 'api') return false;
  let root: Expr = reference.node;
  while (root.kind === 'Attribute') root = root.value;
  const binding = root.kind === 'Name' ? semantics.bindingOf(root) : null;
  return binding !== null && binding.imports.length === 0;
}

/** The call of a variable stays when what stands for the API takes the same arguments; else nobody knows who else calls it. */
function tryIndirect(entry: CatalogEntry, compiled: CompiledRoute, reference: Reference): Judgement | Obstacle {
  const { route, to, value } = compiled;
  const stays =
    value ?? (to ? derivedValue(to, entry.signatures, route.ignores ?? []) : route.rewrite === undefined && route.verdict === 'equivalent');
  return stays ? judged(entry, compiled, reference.node, null, null, true) : { id: 'indirect', args: {} };
}

function tryRoute(entry: CatalogEntry, compiled: CompiledRoute, reference: Reference, context: JudgeContext): Judgement | Obstacle {
  if (compiled.broken !== null) return { id: 'no-route', args: {} };
  if (reference.kind === 'operator') return tryOperator(entry, compiled, reference, context);
  if (isIndirect(reference, context.semantics) && reference.role === 'call') return tryIndirect(entry, compiled, reference);
  const call = entry.record.kind === 'property' || entry.record.kind === 'value' || entry.record.kind === 'module' ? null : reference.call;
  return call ? tryCall(entry, compiled, reference, call, context) : tryValue(entry, compiled, reference, context);
}

/** Binds the other operand to the one parameter of an operator's record. */
function tryOperator(entry: CatalogEntry, compiled: CompiledRoute, reference: Reference, context: JudgeContext): Judgement | Obstacle {
  const { route, to } = compiled;
  const { node } = reference;
  const [signature] = entry.signatures;
  if (!to || node.kind !== 'BinOp' || !signature) return judged(entry, compiled, node, null, null, false);
  const value = node.left === reference.receiver ? node.right : node.left;
  const binding: Binding = { signature, arguments: new Map([[signature.params.at(-1)!.name, { form: 'value', value, argument: null }]]) };
  if (route.when?.some((test) => !testHolds(test, binding, reference, context))) return { id: 'argument-value', args: { name: 'other' } };
  return fill(entry, compiled, to, reference, node, binding, context);
}

function tryCall(
  entry: CatalogEntry,
  compiled: CompiledRoute,
  reference: Reference,
  call: Call,
  context: JudgeContext,
): Judgement | Obstacle {
  const { route, to } = compiled;
  if (!to && compiled.value && route.rewrite === undefined) return { id: 'called', args: {} };
  const stays = !to && route.rewrite === undefined;
  const untested = !route.when?.length;
  if (stays && untested) return judged(entry, compiled, reference.call ?? reference.node, null, null, route.verdict === 'equivalent');
  if (entry.signatures.length === 0) {
    if (to && call.args.length > 0) return { id: 'no-signature', args: {} };
    if (to) return fill(entry, compiled, to, reference, call, null, context);
    return untested ? judged(entry, compiled, reference.call ?? reference.node, null, null, false) : { id: 'no-signature', args: {} };
  }
  let obstacle: Obstacle | null = null;
  for (const signature of entry.signatures) {
    const binding = bind(call, signature, entry.shared ? reference.receiver : null);
    const outcome = 'id' in binding ? binding : tryBinding(entry, compiled, reference, call, binding, context);
    if ('route' in outcome) return outcome;
    if (!obstacle || obstacle.id === 'argument-value') obstacle = outcome;
  }
  return obstacle!;
}

function tryBinding(
  entry: CatalogEntry,
  compiled: CompiledRoute,
  reference: Reference,
  call: Call,
  binding: Binding,
  context: JudgeContext,
): Judgement | Obstacle {
  const { route, to } = compiled;
  for (const test of route.when ?? []) {
    if (!testHolds(test, binding, reference, context)) return { id: 'argument-value', args: { name: test.param } };
  }
  if (!to)
    return judged(
      entry,
      compiled,
      reference.call ?? reference.node,
      binding,
      null,
      route.rewrite === undefined && route.verdict === 'equivalent',
    );
  const unsaid = unsaidArgument(compiled, to, binding, context.source);
  if (unsaid !== null) return { id: 'argument-without-counterpart', args: { name: unsaid } };
  const strange = [...to.holes].find((name) => name !== 'self' && !binding.signature.byName.has(name));
  if (strange !== undefined) return { id: 'argument-value', args: { name: strange } };
  return fill(entry, compiled, to, reference, call, binding, context);
}

/** An argument the caller wrote that the route neither uses nor leaves out knowingly. */
function unsaidArgument({ route }: CompiledRoute, to: Template, binding: Binding, source: string): string | null {
  for (const [name, bound] of binding.arguments) {
    if (to.holes.has(name) || route.ignores?.includes(name)) continue;
    if (route.when?.some((test) => test.param === name && test.literal && !test.not)) continue;
    const param = binding.signature.byName.get(name)!;
    if (!isDefault(param, bound, source)) return name;
  }
  return null;
}

function tryValue(entry: CatalogEntry, compiled: CompiledRoute, reference: Reference, context: JudgeContext): Judgement | Obstacle {
  const { route, to } = compiled;
  const { kind } = entry.record;
  // a route that says what stands for the uncalled API speaks of every use of it: tests of arguments are for calls
  const spoken = compiled.value !== null || compiled.check !== null;
  for (const test of route.when ?? []) {
    if (test.param !== 'self' && spoken) continue;
    if (test.param !== 'self' || !testHolds(test, null, reference, context)) return { id: 'not-called', args: {} };
  }
  if (!to && !compiled.value && !compiled.check && route.rewrite === undefined)
    return judged(entry, compiled, reference.call ?? reference.node, null, null, route.verdict === 'equivalent');
  const named = kind === 'property' || kind === 'value' || kind === 'module';
  const tested = isTestedClass(reference.node) ? compiled.check : null;
  const count = mappedOver(reference.node);
  const template =
    tested ??
    compiled.value ??
    (named
      ? to
      : to && (derivedValue(to, entry.signatures, route.ignores ?? []) ?? (count > 0 ? mappedValue(to, entry.signatures, count) : null)));
  // a name stands for another one wherever it stands; what is said otherwise can only be read
  const root = template?.root.kind;
  if (template && isStored(reference.node) && (kind === 'property' || (root !== 'import' && root !== 'attribute')))
    return { id: 'stored', args: {} };
  if (template) return fill(entry, compiled, template, reference, reference.node, null, context);
  if (route.rewrite !== undefined) return judged(entry, compiled, reference.call ?? reference.node, null, null, false);
  return { id: 'not-called', args: {} };
}

/** How many arguments `map` gives to the function that is handed to it; 0 where the expression is none. */
function mappedOver({ parent }: Expr): number {
  const call = parent?.kind === 'Argument' ? parent.parent : null;
  if (call?.kind !== 'Call' || call.func.kind !== 'Name' || call.func.id !== 'map' || call.args[0] !== parent) return 0;
  return call.args.every(({ form }) => form === 'positional') ? call.args.length - 1 : 0;
}

const TAKES_ITEMS = new Set(['zip', 'enumerate', 'iter', 'next', 'sum', 'any', 'all', 'max', 'min']);

/** Whether the items of a value are taken one by one right there: by a loop, by `zip`, by what adds up a generator. */
function isIterated(node: Expr): boolean {
  const { parent } = node;
  if (parent?.kind === 'For') return parent.iter === node;
  if (parent?.kind === 'Comprehension') return parent.clauses.some((clause) => clause.iter === node) && isTakenApart(parent);
  return isTakenApart(node);
}

/** Whether a builtin that keeps no list is given the expression. */
function isTakenApart(node: Expr): boolean {
  const call = node.parent?.kind === 'Argument' ? node.parent.parent : null;
  return call?.kind === 'Call' && call.func.kind === 'Name' && TAKES_ITEMS.has(call.func.id);
}

/**
 * Whether the expression is a class that a value is tested for: `isinstance(m, nn.Linear)`, `isinstance(m, (nn.Linear, nn.Conv2d))`,
 * `type(m) == nn.Linear`, `m.__class__ in [nn.Linear, nn.Conv2d]`.
 */
function isTestedClass(node: Expr): boolean {
  const listed = node.parent?.kind === 'Tuple' || node.parent?.kind === 'List' || node.parent?.kind === 'Set';
  const whole = listed ? (node.parent as Expr) : node;
  const { parent } = whole;
  if (parent?.kind === 'Compare') {
    if (parent.ops.length !== 1) return false;
    const other = parent.left === whole ? parent.rights[0]! : parent.left;
    return (listed ? ['in', 'not in'] : ['==', '!=', 'is', 'is not']).includes(parent.ops[0]!) && isClassOfValue(other);
  }
  const call = parent?.kind === 'Argument' ? parent.parent : null;
  return (
    call?.kind === 'Call' &&
    call.func.kind === 'Name' &&
    (call.func.id === 'isinstance' || call.func.id === 'issubclass') &&
    call.args.length === 2 &&
    call.args[1] === parent
  );
}

/** `type(m)`, `m.__class__`. */
const isClassOfValue = (node: Expr): boolean =>
  node.kind === 'Attribute'
    ? node.attr === '__class__'
    : node.kind === 'Call' && node.func.kind === 'Name' && node.func.id === 'type' && node.args.length === 1;

function fill(
  entry: CatalogEntry,
  compiled: CompiledRoute,
  template: Template,
  reference: Reference,
  replaced: Expr,
  binding: Binding | null,
  context: JudgeContext,
): Judgement | Obstacle {
  if (template.assigns && !(replaced.kind === 'Call' && replaced.parent?.kind === 'ExprStmt')) return { id: 'not-a-statement', args: {} };
  if (template.assigns && !isAssignable(reference.receiver)) return { id: 'not-a-statement', args: {} };
  const filling: Filling = {
    source: context.source,
    binding,
    self: reference.receiver,
    typeOf: (value) => valueType(value, context.semantics, context.catalog),
  };
  const filled = fillTemplate(template, filling);
  if ('id' in filled) return filled;
  // a property that is called is written in the target's form already: there it is a method
  const called =
    entry.record.kind === 'property' && replaced.parent?.kind === 'Call' && replaced.parent.func === replaced ? replaced.parent : replaced;
  const keeps = compiled.route.verdict === 'equivalent' && !filled.assigns && isSame(filled.value, called, context.source);
  return judged(entry, compiled, replaced, binding, keeps ? null : filled, keeps);
}

function judged(
  entry: CatalogEntry,
  compiled: CompiledRoute,
  node: Expr,
  binding: Binding | null,
  filled: Judgement['filled'],
  keeps: boolean,
): Judgement {
  const { verdict, safety, note } = compiled.route;
  return { record: entry.record, verdict, route: compiled, node, safety, note: note ?? null, binding, filled, keeps, obstacle: null };
}

function isAssignable(target: Expr | null): boolean {
  return target === null || target.kind === 'Name' || target.kind === 'Attribute' || target.kind === 'Subscript';
}

/** Whether the filled template says what is written there already. */
function isSame(filled: Filled, node: Expr, source: string): boolean {
  if (filled.pieces.some((piece) => typeof piece !== 'string' && 'import' in piece)) return false;
  // a chain of calls is compared by its last one: what it begins with stands in both
  const first = filled.pieces[0];
  const begins = first !== undefined && typeof first !== 'string' && 'hole' in first && first.hole.start === node.start;
  const same = begins && holds(first, source) ? first : null;
  const now = filledText(same ? { ...filled, pieces: filled.pieces.slice(1) } : filled, source);
  const was = source.slice(same ? same.hole.end : node.start, node.end);
  const plain = !/['"#\\]/.test(now + was);
  return now === was || significant(now, plain) === significant(was, plain);
}

/** A text without layout: blank space, comments, a comma before a closing bracket. `plain`: without strings and comments. */
function significant(text: string, plain: boolean): string {
  if (plain)
    return text
      .replace(/\s+/g, ' ')
      .replace(/ ?([^\w ]) ?/g, '$1')
      .replace(/,([)\]])/g, '$1');
  return tokenize(text)
    .filter((token) => token.type !== 'comment' && token.type !== 'newline')
    .map((token) => token.text)
    .join(' ')
    .replace(/ , ([)\]])/g, ' $1');
}

/** The filled template as text, its holes as they are written in the file. */
export function filledText(filled: Filled, source: string): string {
  return filled.pieces
    .map((piece) => {
      if (typeof piece === 'string') return piece;
      if ('import' in piece) return piece.import.prefer;
      const text = source.slice(piece.hole.start, piece.hole.end);
      return holds(piece, source) ? text : `(${text})`;
    })
    .join('');
}

/** Expressions that hold together in any place, as calls do: their text need not be read. */
const TIGHT = new Set<Expr['kind']>(['Name', 'Attribute', 'Call', 'Subscript', 'List', 'Dict', 'Set']);

/** Whether an expression needs no parentheses in its place. */
function holds({ hole, precedence }: { hole: Expr; precedence: number }, source: string): boolean {
  return TIGHT.has(hole.kind) || precedenceOf(source.slice(hole.start, hole.end)) >= precedence;
}

function testHolds(test: ArgumentTest, binding: Binding | null, reference: Reference, context: JudgeContext): boolean {
  const holds = conditionHolds(test, binding, reference, context);
  return holds === null ? false : holds !== (test.not ?? false);
}

/** null: the signature has no such parameter, or what is asked cannot be told. */
function conditionHolds(test: ArgumentTest, binding: Binding | null, reference: Reference, context: JudgeContext): boolean | null {
  const param = binding?.signature.byName.get(test.param) ?? null;
  if (!param && test.param !== 'self') return null;
  const bound = binding?.arguments.get(test.param) ?? null;
  const one = bound?.form === 'many' && bound.items.length === 1 && bound.items[0]!.form !== 'star' ? bound.items[0]!.value : null;
  const value = test.param === 'self' ? reference.receiver : bound?.form === 'value' ? bound.value : one;
  const written = value ? context.source.slice(value.start, value.end) : null;
  if (test.given !== undefined) {
    const given = bound !== null && !(param && isDefault(param, bound, context.source));
    if (given !== test.given) return false;
  }
  if (test.literal) {
    const text = written ?? (bound ? null : (param?.default ?? null));
    if (text === null || !test.literal.some((literal) => sameLiteral(literal, text))) return false;
  }
  if (test.type) {
    const type: ValueType = value
      ? valueType(value, context.semantics, context.catalog)
      : bound || !param?.default
        ? 'unknown'
        : literalType(param.default);
    if (!test.type.includes(type)) return false;
  }
  if (test.same !== undefined) {
    const other = binding?.arguments.get(test.same);
    if (written === null || other?.form !== 'value' || context.source.slice(other.value.start, other.value.end) !== written) return false;
  }
  if (test.rank) {
    const type = value ? context.semantics.typeOf(value) : null;
    if (type?.kind !== 'tensor' || type.rank === null || !test.rank.includes(type.rank)) return false;
  }
  if (test.written && !test.written.some((form) => form === value?.kind.toLowerCase())) return false;
  if (test.stored !== undefined && test.stored !== isStored(reference.node)) return false;
  if (test.iterated !== undefined && test.iterated !== (reference.call !== null && isIterated(reference.call))) return false;
  if (test.statement !== undefined && test.statement !== (reference.call?.parent?.kind === 'ExprStmt')) return false;
  if (test.count) {
    const items = bound?.form === 'many' ? bound.items : [];
    if (items.some((item) => item.form === 'star') || !test.count.includes(items.length)) return false;
  }
  return true;
}
