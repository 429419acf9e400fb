/**
 * `autograd-function`: a class that inherits `torch.autograd.Function` becomes a Cell with `construct` and `bprop(self, *inputs, out, dout)`, and
 * `C.apply(x)` becomes `C()(x)`. There is no `ctx`: what it kept is an input, the result, or computed again in `bprop`.
 */
import type { Argument, ClassDef, Expr, FunctionDef, Node, Param, Span, Stmt } from '../../syntax/ast';
import { forEachChild, visit } from '../../syntax/walk';
import { PRECEDENCE } from '../../catalog/tokens';
import type { ImportNeed, Piece, Rewrite } from '../rewrite';
import type { FixContext, NamedRewrite } from '../single';
import { deleteStatement, insertBefore, replaceNode } from './edits';
import { readsOf, writesOf } from './names';
import { runtime } from './runtime';
import { soleCall } from './structure';

const NN: ImportNeed = { module: 'mindspore', name: 'nn', prefer: 'nn', otherwise: 'ms_nn' };

export const autogradFunction: NamedRewrite = (reference, _judgement, context) => {
  if (reference.role === 'base') return made(classOf(reference.node), context);
  const { node, call } = reference;
  if (node.kind === 'Attribute' && node.attr === 'apply') return applied(node, call?.args ?? null, context);
  // what is said of `ctx` inside the class
  return made(classOf(node), context);
};

const cache = new WeakMap<ClassDef, Rewrite[] | null>();

function made(definition: ClassDef | null, context: FixContext): Rewrite[] | null {
  if (!definition) return null;
  let known = cache.get(definition);
  if (known === undefined) {
    known = rewritesOf(definition, context);
    cache.set(definition, known);
  }
  return known;
}

function classOf(node: Node): ClassDef | null {
  for (let at: Node | null = node; at; at = at.parent) if (at.kind === 'ClassDef') return at;
  return null;
}

/** `C.apply(x)` → `C()(x)`, with the defaults that the call leaves to `forward`: `bprop` gets what was passed, no more. */
function applied(node: Extract<Expr, { kind: 'Attribute' }>, args: readonly Argument[] | null, context: FixContext): Rewrite[] | null {
  const { value } = node;
  // `cls` and `self` are of a class whose bprop nobody calls
  if (value.kind === 'Name' && (value.id === 'cls' || value.id === 'self')) return null;
  const definition = value.kind === 'Name' ? definitionOf(value.id, context) : null;
  if (definition && !made(definition, context)) return null;
  const instance = replaceNode(node, [{ hole: value, precedence: PRECEDENCE.atom }, '()']);
  const params = definition ? (methodOf(definition, 'forward')?.params.slice(1) ?? []) : [];
  if (!args || args.some(({ form }) => form !== 'positional') || args.length >= params.length) return [instance];
  const call = node.parent;
  const missing = params.slice(args.length).map((param) => param.default);
  if (call?.kind !== 'Call' || missing.some((one) => one === null)) return null;
  const given = args.flatMap(({ value }): Piece[] => [{ hole: value }, ', ']);
  const filled = missing.flatMap((one, i): Piece[] => [{ hole: one! }, i === missing.length - 1 ? '' : ', ']);
  return [replaceNode(call, [{ hole: value, precedence: PRECEDENCE.atom }, '()(', ...given, ...filled, ')'])];
}

function definitionOf(name: string, { module }: FixContext): ClassDef | null {
  let found: ClassDef | null = null;
  visit(module, {
    enter(node) {
      if (node.kind === 'ClassDef' && node.name === name) found = node;
    },
  });
  return found;
}

function methodOf(definition: ClassDef, name: string): FunctionDef | null {
  return definition.body.find((statement): statement is FunctionDef => statement.kind === 'FunctionDef' && statement.name === name) ?? null;
}

/** What `forward` keeps in `ctx`. */
interface Kept {
  /** the arguments of `save_for_backward` */
  saved: Expr[];
  /** `ctx.scale = …` */
  attributes: Map<string, Expr>;
  /** statements that only speak to `ctx` */
  statements: Stmt[];
}

/** Null when the class does something with `ctx` that has no counterpart. */
function rewritesOf(definition: ClassDef, context: FixContext): Rewrite[] | null {
  const forward = methodOf(definition, 'forward');
  const backward = methodOf(definition, 'backward');
  const base = definition.bases.find(({ form }) => form === 'positional');
  if (!forward || !backward || !base || definition.bases.length !== 1) return null;
  const [ctx, ...inputs] = forward.params;
  const [backwardCtx, ...gradients] = backward.params;
  const isPlain = ({ form, keywordOnly }: Param) => form === 'positional' && !keywordOnly;
  if (!ctx || !backwardCtx || gradients.length === 0 || methodOf(definition, 'setup_context')) return null;
  if (![ctx, ...inputs, backwardCtx, ...gradients].every(isPlain)) return null;
  const kept = keptBy(forward, ctx.name);
  const result = resultOf(forward);
  if (!kept || result === undefined) return null;

  const scope = new Scope(forward, inputs, kept, result, unusedName('out', [forward, backward]));
  const body: Rewrite[] = [];
  const again = new Set<Stmt>();
  const uses = contextUses(backward, backwardCtx.name);
  if (!uses) return null;
  for (const { node, attribute } of uses) {
    const pieces = scope.said(attribute, again);
    if (!pieces || clashes(node, attribute, backward, scope, kept)) return null;
    const index = node.parent?.kind === 'Subscript' && node.parent.value === node ? node.parent : null;
    if (attribute === 'needs_input_grad' && index) body.push(replaceNode(index, ['True']));
    else if (
      node.parent?.kind === 'Assign' &&
      isUnpacked(node.parent, attribute, kept) &&
      !pieces.some((piece) => typeof piece === 'string' && piece.startsWith(scope.out))
    )
      body.push(deleteStatement(node.parent));
    else body.push(replaceNode(node, pieces));
  }
  const inputNames = inputs.map(({ name }) => name);
  if (gradients.some(({ name }) => inputNames.includes(name))) return null;
  const dout = gradients.length === 1 ? gradients[0]!.name : unusedName('dout', [forward, backward]);

  const first = backward.body.find(({ kind }, i) => i > 0 || kind !== 'ExprStmt') ?? backward.body[0]!;
  const opening: Piece[] = gradients.length > 1 ? [`${gradients.map(({ name }) => name).join(', ')} = ${dout}\n`] : [];
  for (const statement of forward.body) if (again.has(statement)) opening.push({ block: [statement] }, '\n');
  const returns = returnsOf(backward, inputs);
  if (!returns) return null;
  return [
    { node: base.value, pieces: [{ import: NN }, '.Cell'] },
    ...signature(forward, 'construct', ['self', ...inputs.map(({ start, end }) => context.text.slice(start, end))]),
    ...kept.statements.map(deleteStatement),
    ...signature(backward, 'bprop', ['self', ...inputNames, scope.out, dout]),
    ...(opening.length > 0 ? [insertBefore(first, opening)] : []),
    ...body,
    ...returns,
  ];
}

/** The names of `forward`, and how `bprop` gets their values. */
class Scope {
  private readonly inputs: ReadonlySet<string>;
  private readonly locals: ReadonlySet<string>;

  constructor(
    private readonly forward: FunctionDef,
    inputs: readonly Param[],
    private readonly kept: Kept,
    private readonly result: Expr | null,
    readonly out: string,
  ) {
    this.locals = writesOf(forward.body);
    this.inputs = new Set(inputs.map(({ name }) => name));
  }

  /** What stands for `ctx.attribute`; `again` collects the statements of forward that have to be computed again. Null when nothing can. */
  said(attribute: string, again: Set<Stmt>): Piece[] | null {
    if (attribute === 'needs_input_grad') return [`(${[...this.inputs].map(() => 'True').join(', ')}${this.inputs.size === 1 ? ',' : ''})`];
    if (attribute === 'saved_tensors' || attribute === 'saved_variables') {
      const items = this.kept.saved.map((expr) => this.value(expr, again));
      if (items.some((item) => item === null)) return null;
      return ['(', ...items.flatMap((item, i): Piece[] => (i === 0 ? item! : [', ', ...item!])), items.length === 1 ? ',)' : ')'];
    }
    const expr = this.kept.attributes.get(attribute);
    return expr ? this.value(expr, again) : null;
  }

  /** Names that what stands for `ctx.attribute` reads. */
  namesOf(attribute: string): Set<string> {
    const exprs = attribute.startsWith('saved_')
      ? this.kept.saved
      : [this.kept.attributes.get(attribute)].filter((one) => one !== undefined);
    return new Set(exprs.flatMap((expr) => [...readsOf(expr)]));
  }

  private value(expr: Expr, again: Set<Stmt>): Piece[] | null {
    if (expr.kind === 'Name' && this.locals.has(expr.id)) {
      const place = this.placeInResult(expr.id);
      if (place !== null) return [this.out + place];
    }
    const needed = new Set([...readsOf(expr)].filter((name) => this.locals.has(name)));
    for (let i = this.forward.body.length - 1; i >= 0 && needed.size > 0; i--) {
      const statement = this.forward.body[i]!;
      // what is kept was computed before it was kept
      if (statement.start > expr.start || this.kept.statements.includes(statement)) continue;
      if (![...writesOf([statement])].some((name) => needed.has(name))) continue;
      again.add(statement);
      for (const name of readsOf(statement)) if (this.locals.has(name)) needed.add(name);
    }
    return [{ hole: expr, precedence: PRECEDENCE.conditional }];
  }

  /** `''` for the result itself, `[1]` for its second item; null for a name that is changed after, or no part of it. */
  private placeInResult(name: string): string | null {
    if (this.result?.kind === 'Name' && this.result.id === name) return '';
    const place = this.result?.kind === 'Tuple' ? this.result.items.findIndex((item) => item.kind === 'Name' && item.id === name) : -1;
    return place < 0 ? null : `[${place}]`;
  }
}

/** Null when `forward` uses its context for anything else. */
function keptBy(forward: FunctionDef, ctx: string): Kept | null {
  const kept: Kept = { saved: [], attributes: new Map(), statements: [] };
  for (const statement of forward.body) {
    const call = soleCall(statement);
    const method = call?.func.kind === 'Attribute' && isName(call.func.value, ctx) ? call.func.attr : null;
    if (call && (method === 'save_for_backward' || method === 'mark_non_differentiable' || method === 'set_materialize_grads')) {
      if (method === 'save_for_backward') {
        if (kept.saved.length > 0 || call.args.some(({ form }) => form !== 'positional')) return null;
        kept.saved = call.args.map(({ value }) => value);
      }
      kept.statements.push(statement);
      continue;
    }
    const target = statement.kind === 'Assign' && statement.targets.length === 1 ? statement.targets[0]! : null;
    if (statement.kind === 'Assign' && statement.value && target?.kind === 'Attribute' && isName(target.value, ctx)) {
      if (kept.attributes.has(target.attr) || mentions(statement.value, ctx)) return null;
      kept.attributes.set(target.attr, statement.value);
      kept.statements.push(statement);
    } else if (mentions(statement, ctx)) return null;
  }
  return kept;
}

/** What `forward` returns at its end, null for a computed value; undefined when it returns elsewhere too. */
function resultOf(forward: FunctionDef): Expr | null | undefined {
  const last = forward.body[forward.body.length - 1];
  let returns = 0;
  for (const statement of forward.body) visit(statement, { enter: (node) => void (returns += Number(node.kind === 'Return')) });
  return last?.kind === 'Return' && returns === 1 ? last.value : undefined;
}

/** Every `ctx.attribute` of `backward`; null when `ctx` is used for anything else. */
function contextUses(backward: FunctionDef, ctx: string): { node: Expr; attribute: string }[] | null {
  const uses: { node: Expr; attribute: string }[] = [];
  let other = false;
  const walk = (node: Node): void => {
    if (node.kind === 'Attribute' && isName(node.value, ctx)) {
      const isSet = node.parent?.kind === 'Assign' && node.parent.targets.includes(node);
      if (isSet || (node.parent?.kind === 'Call' && node.parent.func === node)) other = true;
      uses.push({ node, attribute: node.attr });
    } else if (isName(node, ctx)) other = true;
    else forEachChild(node, walk);
  };
  backward.body.forEach(walk);
  return other ? null : uses;
}

/** Whether `backward` has given one of the names another value before it asks for what was kept under it. */
function clashes(node: Expr, attribute: string, backward: FunctionDef, scope: Scope, kept: Kept): boolean {
  const names = scope.namesOf(attribute);
  return backward.body.some((statement) => {
    if (statement.end > node.start || ![...writesOf([statement])].some((name) => names.has(name))) return false;
    return statement.kind !== 'Assign' || !isUnpacked(statement, 'saved_tensors', kept);
  });
}

/** `x, w = ctx.saved_tensors`, where forward knew them by these names. */
function isUnpacked(statement: Extract<Stmt, { kind: 'Assign' }>, attribute: string, kept: Kept): boolean {
  const [target] = statement.targets;
  if (!attribute.startsWith('saved_') || statement.targets.length !== 1 || target?.kind !== 'Tuple') return false;
  return (
    target.items.length === kept.saved.length && target.items.every((item, i) => item.kind === 'Name' && isName(kept.saved[i], item.id))
  );
}

/** The name, the parameters and the decorators of a method. */
function signature(method: FunctionDef, name: string, params: readonly string[]): Rewrite[] {
  const [first] = method.params;
  const last = method.params[method.params.length - 1]!;
  const span: Span = { start: first!.start, end: last.end };
  return [
    ...method.decorators.map((decorator) => ({ node: decorator, pieces: [] })),
    { node: method, span: method.nameSpan, pieces: [name] },
    { node: method, span, pieces: [params.join(', ')] },
  ];
}

/** A tuple with one gradient an input, zeros for None; null when `backward` returns more or fewer. */
function returnsOf(backward: FunctionDef, inputs: readonly Param[]): Rewrite[] | null {
  const rewrites: Rewrite[] = [];
  let fits = true;
  let mayBeNone = false;
  backward.body.forEach((statement) =>
    visit(statement, {
      enter(node) {
        if (node.kind === 'Constant' && node.value === null) mayBeNone = true;
      },
    }),
  );
  const names = inputs.map(({ name }) => name);
  const enter = (node: Node): void => {
    if (node.kind !== 'Return') return;
    const { value } = node;
    if (!value) fits = false;
    else if (value.kind === 'Tuple' && value.items.length !== inputs.length) fits = false;
    else if (mayBeNone && (value.kind === 'Tuple' || inputs.length === 1)) {
      const items = value.kind === 'Tuple' ? value.items : [value];
      const tuple = (parts: Piece[][]): Piece[] => [
        '(',
        ...parts.flatMap((part, i) => (i === 0 ? part : [', ', ...part])),
        parts.length === 1 ? ',)' : ')',
      ];
      rewrites.push(
        replaceNode(value, [
          ...runtime('derivatives.without_none'),
          '(',
          ...tuple(names.map((name) => [name])),
          ', ',
          ...tuple(items.map((item) => [{ hole: item }])),
          ')',
        ]),
      );
    } else if (value.kind !== 'Tuple' && inputs.length === 1) rewrites.push(replaceNode(value, [{ hole: value }, ',']));
  };
  backward.body.forEach((statement) => visit(statement, { enter }));
  return fits ? rewrites : null;
}

function isName(node: Node | null | undefined, id: string): boolean {
  return node?.kind === 'Name' && node.id === id;
}

function mentions(node: Node, id: string): boolean {
  let found = false;
  visit(node, { enter: (at) => void (found ||= isName(at, id)) });
  return found;
}

function unusedName(name: string, within: readonly FunctionDef[]): string {
  const taken = within.some(
    (definition) =>
      definition.params.some((param) => param.name === name) ||
      writesOf(definition.body).has(name) ||
      definition.body.some((statement) => readsOf(statement).has(name)),
  );
  return taken ? unusedName(`${name}_`, within) : name;
}
