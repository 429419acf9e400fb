/**
 * Tests of a class's name as text: `m.__class__.__name__.find('Linear') != -1`, `type(m).__name__ == 'Linear'`. The class is called otherwise after a
 * migration, and such a test would silently be false ever after. The names come from the records: what their routes make of a class.
 */
import type { Catalog } from '../../catalog/load';
import { routeHolds, type ChosenTarget } from '../../catalog/targets';
import type { Call, Compare, Constant, Expr, Node } from '../../syntax/ast';
import { nodeAt, visit } from '../../syntax/walk';
import type { Piece, Rewrite } from '../rewrite';
import type { FixContext } from '../single';

/** A text that no longer names what it named. */
export interface ClassNameTest {
  /** the text as written in the program */
  node: Constant;
  name: string;
  /** what the classes are called that it meant */
  others: readonly string[];
  /** the test that holds for both names; null where it is not of a known form */
  rewrite: Rewrite | null;
}

/** How the text is held against the name: the whole of it, a part, or its beginning. */
type Way = 'whole' | 'part' | 'start';

const LAYERS = 'torch.nn.';
/** Shorter texts name too much to be taken for a part of a class's name. */
const SHORTEST_PART = 4;

const known = new WeakMap<FixContext['module'], { targets: readonly ChosenTarget[]; catalog: Catalog; found: ClassNameTest[] }>();

/** Every such test of a file, in source order. */
export function classNameTests(context: FixContext): ClassNameTest[] {
  const { module, targets, catalog, text, semantics } = context;
  if (!text.includes('__name__') || semantics.references.length === 0) return [];
  const before = known.get(module);
  if (before && before.targets === targets && before.catalog === catalog) return before.found;
  const found = [...testsIn(context)].flatMap((node) => (node.kind === 'Compare' ? ofCompare(node, context) : ofStart(node, context)));
  found.sort((a, b) => a.node.start - b.node.start);
  known.set(module, { targets, catalog, found });
  return found;
}

/**
 * Comparisons and calls that the name of a class takes part in. They are looked for around the places where one is written: this is asked after every
 * key press, and reading the whole tree would cost more than all other rules.
 */
function testsIn({ module, text, semantics }: FixContext): Set<Compare | Call> {
  const tests = new Set<Compare | Call>();
  const variables = new Set<string>();
  const scenes = new Set<Node>();
  for (const { index } of text.matchAll(/__(?:qual)?name__/g)) {
    const name = nodeAt(module, index);
    if (name?.kind !== 'Attribute' || !isWrittenClassName(name)) continue;
    addTestOf(name, tests);
    if (name.parent?.kind !== 'Assign') continue;
    for (const target of name.parent.targets) {
      if (target.kind !== 'Name') continue;
      variables.add(target.id);
      scenes.add(semantics.bindingOf(target)?.scope.node ?? module);
    }
  }
  for (const scene of scenes)
    visit(scene, { enter: (node) => void (node.kind === 'Name' && variables.has(node.id) && addTestOf(node, tests)) });
  return tests;
}

/** The comparison of a name, its `find` that is compared, its `startswith`. */
function addTestOf(name: Expr, tests: Set<Compare | Call>): void {
  const { parent } = name;
  if (parent?.kind === 'Compare') tests.add(parent);
  const call = parent?.kind === 'Attribute' ? parent.parent : null;
  if (call?.kind !== 'Call' || call.func !== parent) return;
  tests.add(call);
  if (call.parent?.kind === 'Compare') tests.add(call.parent);
}

function ofCompare(node: Compare, context: FixContext): ClassNameTest[] {
  const [op, right] = [node.ops[0]!, node.rights[0]!];
  if (node.ops.length !== 1) return [];
  const { left } = node;
  if (left.kind === 'Call') return ofFind(node, op, left, right, context);
  if (op === '==' || op === '!=') {
    const [name, text] = isClassName(left, context) ? [left, right] : [right, left];
    if (!isText(text) || !isClassName(name, context)) return [];
    return test(text, 'whole', context, (others) => ({
      node,
      pieces: [{ hole: name }, op === '==' ? ' in (' : ' not in (', quoted(others, text, context), ', ', { hole: text }, ')'],
    }));
  }
  if (op === 'in' || op === 'not in') {
    if (isText(left) && isClassName(right, context))
      return test(left, 'part', context, (others) => anyPart(node, left, right, others, op === 'in', context));
    if (!isClassName(left, context) || (right.kind !== 'Tuple' && right.kind !== 'List' && right.kind !== 'Set')) return [];
    return right.items.filter(isText).flatMap((item) => test(item, 'whole', context, (others) => besides(item, others, context)));
  }
  return [];
}

/** `name.find('Linear') != -1` and the like. */
function ofFind(node: Compare, op: string, left: Call, right: Expr, context: FixContext): ClassNameTest[] {
  if (left.func.kind !== 'Attribute' || left.func.attr !== 'find' || left.args.length !== 1) return [];
  const name = left.func.value;
  const text = left.args[0]!.value;
  if (!isText(text) || !isClassName(name, context)) return [];
  const bound = op + context.text.slice(right.start, right.end).replace(/\s/g, '');
  const found = ['!=-1', '>-1', '>=0'].includes(bound);
  const absent = ['==-1', '<0'].includes(bound);
  return test(text, 'part', context, (others) => (found || absent ? anyPart(node, text, name, others, found, context) : null));
}

/** `name.startswith('Linear')`, and with several texts. */
function ofStart({ func, args }: Call, context: FixContext): ClassNameTest[] {
  if (func.kind !== 'Attribute' || func.attr !== 'startswith' || args.length !== 1 || !isClassName(func.value, context)) return [];
  const { value } = args[0]!;
  if (isText(value)) {
    const both = (others: readonly string[]): Rewrite => ({
      node: value,
      pieces: ['(', quoted(others, value, context), `, ${sourceOf(value, context)})`],
    });
    return test(value, 'start', context, both);
  }
  if (value.kind !== 'Tuple') return [];
  return value.items.filter(isText).flatMap((item) => test(item, 'start', context, (others) => besides(item, others, context)));
}

function test(node: Constant, way: Way, context: FixContext, write: (others: readonly string[]) => Rewrite | null): ClassNameTest[] {
  const name = node.value as string;
  if (name === '' || context.semantics.scopes[0]?.bindings.get(name)?.definitions.some(({ kind }) => kind === 'ClassDef')) return [];
  const table = renamed(context);
  const own = table.get(name);
  if (own) {
    const others = own.filter((other) => !meets(other, name, way));
    return others.length > 0 ? [{ node, name, others, rewrite: write(others) }] : [];
  }
  if (way === 'whole' || name.length < SHORTEST_PART) return [];
  // a part of names: only what the text meets in none of the names a class may have is lost to it
  const lost = [...table].filter(([layer, names]) => meets(layer, name, way) && names.every((other) => !meets(other, name, way)));
  const others = [...new Set(lost.flatMap(([, names]) => names))];
  return others.length > 0 ? [{ node, name, others, rewrite: null }] : [];
}

const meets = (name: string, text: string, way: Way): boolean =>
  way === 'whole' ? name === text : way === 'part' ? name.includes(text) : name.startsWith(text);

function anyPart(node: Compare, text: Constant, name: Expr, others: readonly string[], found: boolean, context: FixContext): Rewrite {
  const [op, join] = found ? [' in ', ' or '] : [' not in ', ' and '];
  const pieces: Piece[] = [];
  for (const other of others) pieces.push(quoted([other], text, context) + op, { hole: name }, join);
  pieces.push(sourceOf(text, context) + op, { hole: name });
  return { node, pieces };
}

const besides = (item: Constant, others: readonly string[], context: FixContext): Rewrite => ({
  node: item,
  pieces: [quoted(others, item, context), `, ${sourceOf(item, context)}`],
});

const sourceOf = ({ start, end }: Node, { text }: FixContext): string => text.slice(start, end);

/** The names in the quotes the program uses there. */
function quoted(names: readonly string[], like: Constant, context: FixContext): string {
  const quote = sourceOf(like, context).includes('"') ? '"' : "'";
  return names.map((name) => quote + name + quote).join(', ');
}

const isText = (node: Expr): node is Constant => node.kind === 'Constant' && node.type === 'str';

/** `m.__class__.__name__`, `type(m).__name__`, or a name that holds nothing else. */
function isClassName(node: Expr, context: FixContext): boolean {
  if (node.kind === 'Name') {
    const definitions = context.semantics.bindingOf(node)?.definitions ?? [];
    return definitions.length > 0 && definitions.every((at) => at.parent?.kind === 'Assign' && isWrittenClassName(at.parent.value));
  }
  return isWrittenClassName(node);
}

function isWrittenClassName(node: Expr | null): boolean {
  if (node?.kind !== 'Attribute' || (node.attr !== '__name__' && node.attr !== '__qualname__')) return false;
  const { value } = node;
  if (value.kind === 'Attribute') return value.attr === '__class__';
  return value.kind === 'Call' && value.func.kind === 'Name' && value.func.id === 'type' && value.args.length === 1;
}

const tables = new WeakMap<Catalog, { targets: readonly ChosenTarget[]; user: object; table: Map<string, string[]> }>();

/** PyTorch's name of each layer that may be called otherwise, with the names that the routes for the targets give it. */
function renamed({ catalog, targets }: FixContext): Map<string, string[]> {
  const before = tables.get(catalog);
  if (before && before.targets === targets && before.user === catalog.user) return before.table;
  const table = new Map<string, string[]>();
  for (const { torch, kind, routes } of catalog.records()) {
    const name = torch.slice(LAYERS.length);
    if (kind !== 'class' || !torch.startsWith(LAYERS) || name.includes('.')) continue;
    const made = routes.filter((route) => targets.some((target) => routeHolds(route, target))).map(({ to }) => to && madeBy(to));
    const names = [...new Set(made.filter((other) => other !== undefined && other !== ''))] as string[];
    if (names.some((other) => other !== name)) table.set(name, names);
  }
  tables.set(catalog, { targets, user: catalog.user, table });
  return table;
}

/** The class that a template calls: `Dense` of `nn.Dense({in_features}, …)`. */
const madeBy = (to: string): string => /^(?:[A-Za-z_]\w*\.)*([A-Z]\w*)\(/.exec(to)?.[1] ?? '';
