/** Templates for readers: holes as the names of their parameters, and PyTorch's signature aligned with the call that stands for it. */
import type { Parameter, Signature } from './signature';
import type { Hole, Template, TemplateArgument, TemplateNode } from './template';

/** Wider signatures are set one argument a line. */
const WIDEST = 92;

/** `ops.cat({tensors}, axis={dim=0})` → `ops.cat(tensors, axis=dim)`. */
export function textOf(node: TemplateNode): string {
  const list = (items: readonly TemplateNode[]): string => items.map(textOf).join(', ');
  switch (node.kind) {
    case 'hole':
      return `${node.splice}${node.name}`;
    case 'text':
      return node.text;
    case 'import':
      return node.need.prefer;
    case 'attribute':
      return `${around(node.of)}.${node.name}`;
    case 'call':
      return `${around(node.func)}(${node.args.map(argumentText).join(', ')})`;
    case 'subscript':
      return `${around(node.of)}[${list(node.index)}]`;
    case 'slice':
      return node.parts.map((part) => (part ? textOf(part) : '')).join(':');
    case 'sequence':
      return node.open === '[' ? `[${list(node.items)}]` : `(${list(node.items)}${node.items.length === 1 ? ',' : ''})`;
    case 'unary':
      return `${node.op}${/\w$/.test(node.op) ? ' ' : ''}${around(node.of)}`;
    case 'binary':
      return `${around(node.left)} ${node.op} ${around(node.right)}`;
    case 'conditional':
      return `${around(node.body)} if ${around(node.test)} else ${around(node.orelse)}`;
    case 'lambda':
      return `lambda ${node.params}: ${textOf(node.body)}`;
  }
}

const COMPOUND: ReadonlySet<TemplateNode['kind']> = new Set(['unary', 'binary', 'conditional', 'lambda']);

/** In parentheses where it is more than one value: readers are not asked for Python's precedences. */
const around = (node: TemplateNode): string => (COMPOUND.has(node.kind) ? `(${textOf(node)})` : textOf(node));

const argumentText = ({ keyword, value }: TemplateArgument): string => `${keyword === null ? '' : `${keyword}=`}${textOf(value)}`;

/**
 * The full name of the one API a template is a call (or the name) of: `nn.Dense({in_features}, …)` → `mindspore.nn.Dense`, `{self}.tile({dims})` →
 * `Tensor.tile`. Null where several things stand together, of which none is the counterpart alone, as for a call with arguments that the program has no
 * part in (`get_context('device_target')`).
 */
export function counterpartName({ root }: Template): string | null {
  const named = root.kind === 'call' ? root.func : root;
  if (root.kind === 'call' && root.args.length > 0 && holesBelow(root).length === 0) return null;
  if (named.kind === 'text') return root.kind === 'call' ? named.text : null;
  if (named.kind !== 'attribute' || named.of.kind !== 'hole') return dotted(named);
  const plain = root.kind === 'call' && root.args.every(({ value }) => value.kind === 'hole' || value.kind === 'text');
  return plain && named.of.name === 'self' ? `Tensor.${named.name}` : null;
}

function dotted(node: TemplateNode): string | null {
  if (node.kind === 'import') return node.need.name === null ? node.need.module : `${node.need.module}.${node.need.name}`;
  const of = node.kind === 'attribute' ? dotted(node.of) : null;
  return node.kind === 'attribute' && of !== null ? `${of}.${node.name}` : null;
}

/** Every hole in a node, those inside defaults not included. */
export function holesBelow(node: TemplateNode): Hole[] {
  switch (node.kind) {
    case 'hole':
      return [node];
    case 'attribute':
    case 'unary':
      return holesBelow(node.of);
    case 'call':
      return [...holesBelow(node.func), ...node.args.flatMap((arg) => holesBelow(arg.value))];
    case 'subscript':
      return [...holesBelow(node.of), ...node.index.flatMap(holesBelow)];
    case 'slice':
      return node.parts.flatMap((part) => (part ? holesBelow(part) : []));
    case 'sequence':
      return node.items.flatMap(holesBelow);
    case 'binary':
      return [...holesBelow(node.left), ...holesBelow(node.right)];
    case 'conditional':
      return [...holesBelow(node.body), ...holesBelow(node.test), ...holesBelow(node.orelse)];
    case 'lambda':
      return holesBelow(node.body);
    default:
      return [];
  }
}

/** The template as one line. */
function templateText(template: Template): string {
  return template.assigns ? `${textOf(template.assigns)} = ${textOf(template.root)}` : textOf(template.root);
}

/**
 * Two (or more) lines of code: PyTorch's signature and the call that stands for it, each argument below the parameter it takes. Where that would
 * change the order of positional arguments, or there is no call, the two stand one above the other.
 */
export function alignedSignatures(name: string, signature: Signature | null, template: Template): string {
  const above = `${name}${signature?.text ?? ''}`;
  const below = templateText(template);
  const pairs = signature && !template.assigns ? pairsOf(signature, template.root) : null;
  if (!pairs || template.root.kind !== 'call') return `${above}\n${below}`;
  const [left, right] = [`${name}(`, `${around(template.root.func)}(`];
  const open = Math.max(left.length, right.length);
  const cells = pairs.map(([a, b]): [string, string] => [a, b]);
  const width = open + cells.reduce((sum, [a, b]) => sum + Math.max(a.length, b.length) + 2, 0);
  if (width <= WIDEST) {
    const row = (head: string, side: 0 | 1): string => {
      const last = cells.findLastIndex((cell) => cell[side] !== '');
      const text = cells.map((cell, i) =>
        (cell[side] === '' ? '' : cell[side] + (i < last ? ',' : ')')).padEnd(Math.max(cell[0].length, cell[1].length) + 2),
      );
      return `${head.padStart(open)}${text.join('').trimEnd()}${last < 0 ? ')' : ''}`;
    };
    return `${row(left, 0)}\n${row(right, 1)}`;
  }
  const wide = Math.max(left.length, ...cells.map(([a]) => a.length + 5)) + 2;
  const line = (a: string, b: string): string => `${a.padEnd(wide)}${b}`.trimEnd();
  const indented = (text: string): string => (text === '' ? '' : `    ${text},`);
  return [line(left, right), ...cells.map(([a, b]) => line(indented(a), indented(b))), line(')', ')')].join('\n');
}

/** Parameters beside the arguments that take them; empty where one side has nothing. Null when positional arguments come in another order. */
function pairsOf(signature: Signature, root: TemplateNode): [string, string][] | null {
  if (root.kind !== 'call') return null;
  const places = root.args.map(({ value }) => {
    const names = holesBelow(value).map((hole) => hole.name);
    return signature.params.findIndex((param) => names.includes(param.name));
  });
  const positional = places.filter((_, i) => root.args[i]!.keyword === null);
  if (positional.some((place, i) => place < 0 || (i > 0 && place <= positional[i - 1]!))) return null;
  const pairs = parameterTexts(signature).map(({ text, index }): [string, string] => {
    const taking = index === null ? [] : root.args.filter((_, i) => places[i] === index);
    return [text, taking.map(argumentText).join(', ')];
  });
  for (const [i, arg] of root.args.entries()) if (places[i] === -1) pairs.push(['', argumentText(arg)]);
  return pairs;
}

/** The parameters as written, `/` and `*` between them. */
function parameterTexts({ params }: Signature): { text: string; index: number | null }[] {
  const texts: { text: string; index: number | null }[] = [];
  let before: Parameter | null = null;
  for (const [index, param] of params.entries()) {
    if (before?.kind === 'positional-only' && param.kind !== 'positional-only') texts.push({ text: '/', index: null });
    if (param.kind === 'keyword' && before?.kind !== 'keyword' && before?.kind !== 'star') texts.push({ text: '*', index: null });
    const stars = param.kind === 'star' ? '*' : param.kind === 'doublestar' ? '**' : '';
    texts.push({ text: `${stars}${param.name}${param.default === null ? '' : `=${param.default}`}`, index });
    before = param;
  }
  return texts;
}
