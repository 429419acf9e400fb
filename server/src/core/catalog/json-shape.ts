/** Values built from JSON as far as they have the shape they should have. A key that no shape names is refused, whatever it is called. */
import type { Span } from '../syntax/ast';
import type { JsonNode } from './json-tree';

export type JsonPath = readonly (string | number)[];

export type Shape =
  | {
      kind: 'string';
      /** one of these */ of?: readonly string[];
      /** a test of the whole text */ form?: (text: string) => boolean;
      most?: number;
    }
  | { kind: 'number' | 'boolean' | 'anything' }
  | { kind: 'list'; of: Shape; least?: number }
  | { kind: 'object'; fields: Readonly<Record<string, Shape>>; required: readonly string[] }
  | { kind: 'either'; of: readonly Shape[] };

export type ReportShape = (id: string, span: Span, args: Record<string, string>) => void;

const LONGEST = 2_000;
const MOST_ITEMS = 500;

/** The value of a node; undefined when it, or something in it, has another shape (which is reported). */
export function buildValue(node: JsonNode, shape: Shape, report: ReportShape): unknown {
  const refuse = (id: string, args: Record<string, string> = {}, span: Span = node): undefined => {
    report(`records.shape.${id}`, span, args);
    return undefined;
  };
  switch (shape.kind) {
    case 'anything':
      return null;
    case 'string': {
      if (node.kind !== 'string') return refuse('string');
      if (node.value.length > (shape.most ?? LONGEST)) return refuse('long', { most: String(shape.most ?? LONGEST) });
      if (shape.of && !shape.of.includes(node.value)) return refuse('word', { known: shape.of.join(', ') });
      if (node.value === '' || shape.form?.(node.value) === false) return refuse('form', { text: node.value.slice(0, 80) });
      return node.value;
    }
    case 'number':
    case 'boolean':
      return node.kind === shape.kind ? (node as { value: unknown }).value : refuse(shape.kind);
    case 'list': {
      if (node.kind !== 'array') return refuse('list');
      if (node.items.length < (shape.least ?? 0)) return refuse('empty');
      if (node.items.length > MOST_ITEMS) return refuse('many', { most: String(MOST_ITEMS) });
      const items = node.items.map((item) => buildValue(item, shape.of, report));
      return items.includes(undefined) ? undefined : items;
    }
    case 'either': {
      const fitting = shape.of.find((one) => KINDS[one.kind] === node.kind) ?? shape.of[0]!;
      return buildValue(node, fitting, report);
    }
    case 'object':
      return buildObject(node, shape, report, refuse);
  }
}

const KINDS: Record<Shape['kind'], JsonNode['kind'] | null> = {
  string: 'string',
  number: 'number',
  boolean: 'boolean',
  list: 'array',
  object: 'object',
  either: null,
  anything: null,
};

function buildObject(
  node: JsonNode,
  { fields, required }: Extract<Shape, { kind: 'object' }>,
  report: ReportShape,
  refuse: (id: string, args?: Record<string, string>, span?: Span) => undefined,
): unknown {
  if (node.kind !== 'object') return refuse('object');
  const values = new Map<string, unknown>();
  let whole = true;
  for (const { key, keySpan, value } of node.members) {
    if (!Object.hasOwn(fields, key)) {
      refuse('key', { name: key.slice(0, 80), known: Object.keys(fields).join(', ') }, keySpan);
      whole = false;
    } else if (values.has(key)) {
      refuse('keyTwice', { name: key }, keySpan);
      whole = false;
    } else {
      const built = buildValue(value, fields[key]!, report);
      if (built === undefined) whole = false;
      values.set(key, built);
    }
  }
  for (const name of required) {
    if (values.has(name)) continue;
    refuse('missing', { name }, { start: node.start, end: node.start + 1 });
    whole = false;
  }
  return whole ? Object.fromEntries(values) : undefined;
}
