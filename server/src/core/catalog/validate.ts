/** What a JSON schema cannot say of a record: templates that parse and bind, names that exist. For tests and for the user's own records. */
import { paramsOf } from './load';
import { NotationError } from './notation-error';
import type { ApiRecord, Route } from './record';
import { parseSignature, type Signature } from './signature';
import type { Targets } from './targets';
import { parseTemplate, type Template, type TemplateNode } from './template';

/** Something wrong with a record: a sentence of `l10n/records.*.json`, and the way from the record to the value it is about. */
export interface RecordProblem {
  id: string;
  args: Record<string, string>;
  path: readonly (string | number)[];
}

type Path = RecordProblem['path'];
type Report = (id: string, path: Path, args?: Record<string, string>) => void;

/** Brackets inside each other: templates are read recursively. */
const DEEPEST = 40;

/**
 * Problems of one record, for its author.
 * @param rewrites names of the rewrites there are
 */
export function problemsOf(record: ApiRecord, targets: Targets, rewrites: ReadonlySet<string>): RecordProblem[] {
  const problems: RecordProblem[] = [];
  const report: Report = (id, path, args = {}) => void problems.push({ id: `records.${id}`, args, path });
  const signatures: Signature[] = [];
  for (const [i, text] of paramsOf(record).entries()) {
    const path = typeof record.params === 'string' ? ['params'] : ['params', i];
    const signature = attempt(() => parseSignature(text), path, problems);
    if (signature) signatures.push(signature);
  }
  for (const [i, route] of record.routes.entries()) {
    routeProblems(route, ['routes', i], { record, signatures, targets, rewrites, problems, report });
  }
  for (const [i, example] of record.examples.entries()) {
    const on = example.on ?? 'mindspore@cpu';
    if (!targets.byId.has(on)) report('target', ['examples', i, 'on'], { name: on });
    const missing = example.apply?.find((name) => !Object.hasOwn(example.given ?? {}, name));
    if (missing !== undefined) report('applied', ['examples', i, 'apply'], { name: missing });
  }
  return problems;
}

/** What `read` makes; what it cannot read becomes a problem. */
function attempt<T>(read: () => T, path: Path, problems: RecordProblem[]): T | null {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof NotationError)) throw error;
    problems.push({ ...error.said, path });
    return null;
  }
}

interface Surroundings {
  record: ApiRecord;
  signatures: readonly Signature[];
  targets: Targets;
  rewrites: ReadonlySet<string>;
  problems: RecordProblem[];
  report: Report;
}

function routeProblems(route: Route, path: Path, around: Surroundings): void {
  const { record, signatures, targets, rewrites, report, problems } = around;
  const frameworks = new Set(route.on.map((id) => id.split('@')[0]!));
  if (frameworks.size > 1) report('frameworks', [...path, 'on'], { names: route.on.join(', ') });
  for (const [i, id] of route.on.entries()) {
    const [framework, chip] = id.split('@');
    const known = chip === '*' ? Object.hasOwn(targets.data.frameworks, framework!) : targets.byId.has(id);
    if (!known) report('target', [...path, 'on', i], { name: id });
  }
  if (route.rewrite !== undefined && !rewrites.has(route.rewrite)) report('rewrite', [...path, 'rewrite'], { name: route.rewrite });
  if (route.verdict === 'custom' && route.to === undefined && route.value === undefined && route.rewrite === undefined)
    report('form', path);
  if (!route.note && (route.safety === 'review' || ['differs', 'restructure', 'unsupported'].includes(route.verdict))) report('note', path);

  const hasReceiver = record.kind === 'method' || record.kind === 'property';
  const known = new Set(signatures.flatMap((signature) => signature.params.map((param) => param.name)));
  const isParameter = (name: string): boolean => known.has(name) || (name === 'self' && hasReceiver);
  for (const [i, name] of (route.ignores ?? []).entries()) if (!isParameter(name)) report('parameter', [...path, 'ignores', i], { name });
  for (const [i, { param }] of (route.when ?? []).entries())
    if (!isParameter(param)) report('parameter', [...path, 'when', i, 'param'], { name: param });
  for (const field of ['to', 'value', 'check'] as const) {
    const source = route[field];
    if (source === undefined) continue;
    const place = [...path, field];
    if (depthOf(source) > DEEPEST) {
      report('template.deep', place);
      continue;
    }
    const template = attempt(() => parseTemplate(source, targets.importRoots([...frameworks][0] ?? '')), place, problems);
    if (!template) continue;
    for (const name of template.holes) {
      const exists = name === 'self' ? hasReceiver : field === 'to' && known.has(name);
      if (!exists) report('hole', place, { name });
    }
    for (const { id, name } of spliceProblems(template, signatures)) report(id, place, { name });
  }
}

/** How deep the parts of a template may stand in each other, at most. */
function depthOf(source: string): number {
  let depth = 0;
  let deepest = 0;
  for (const c of source) {
    if ('([{'.includes(c)) deepest = Math.max(deepest, ++depth);
    else if (')]}'.includes(c)) depth--;
  }
  const prefixes = source.match(/[-+~]|\b(?:not|lambda|if)\b/g)?.length ?? 0;
  return Math.max(deepest, Math.ceil(prefixes / 4));
}

function spliceProblems(template: Template, signatures: readonly Signature[]): { id: string; name: string }[] {
  const problems: { id: string; name: string }[] = [];
  const look = (node: TemplateNode): void => {
    if (node.kind === 'hole') {
      const kinds = new Set(signatures.flatMap((signature) => signature.byName.get(node.name)?.kind ?? []));
      if (kinds.has('star') && node.splice !== '*' && !node.convert) problems.push({ id: 'star', name: node.name });
      if (kinds.has('doublestar') && node.splice !== '**') problems.push({ id: 'doublestar', name: node.name });
    }
    for (const child of childrenOf(node)) look(child);
  };
  look(template.root);
  return problems;
}

function childrenOf(node: TemplateNode): TemplateNode[] {
  switch (node.kind) {
    case 'hole':
      return node.fallback ? [node.fallback] : [];
    case 'attribute':
    case 'unary':
      return [node.of];
    case 'call':
      return [node.func, ...node.args.map((arg) => arg.value)];
    case 'subscript':
      return [node.of, ...node.index];
    case 'slice':
      return node.parts.filter((part) => part !== null);
    case 'sequence':
      return node.items;
    case 'binary':
      return [node.left, node.right];
    case 'conditional':
      return [node.body, node.test, node.orelse];
    case 'lambda':
      return [node.body];
    default:
      return [];
  }
}
