/** What a JSON schema cannot say of a record: templates that parse and bind, names that exist. For tests and for the user's own records. */
import { CatalogEntry, paramsOf, type CompiledRoute } from './load';
import type { ApiRecord } from './record';
import { parseSignature, type Signature } from './signature';
import type { Targets } from './targets';
import type { TemplateNode, Template } from './template';

/**
 * Problems of one record, in English, for its author.
 * @param rewrites names of the rewrites there are
 */
export function problemsOf(record: ApiRecord, targets: Targets, rewrites: ReadonlySet<string>): string[] {
  const problems: string[] = [];
  const signatures: Signature[] = [];
  for (const text of paramsOf(record)) {
    try {
      signatures.push(parseSignature(text));
    } catch (error) {
      problems.push(String(error));
    }
  }
  const entry = new CatalogEntry(record, record.torch, false, (framework) => targets.importRoots(framework));
  for (const [index, compiled] of entry.routes.entries()) {
    problems.push(...routeProblems(compiled, record, signatures, targets, rewrites).map((problem) => `route ${index}: ${problem}`));
  }
  for (const [index, example] of record.examples.entries()) {
    const on = example.on ?? 'mindspore@cpu';
    if (!targets.byId.has(on)) problems.push(`example ${index}: unknown target ${on}`);
    const missing = example.apply?.find((name) => !(name in (example.given ?? {})));
    if (missing !== undefined) problems.push(`example ${index}: ${missing} is applied but not given`);
  }
  return problems;
}

function routeProblems(
  compiled: CompiledRoute,
  record: ApiRecord,
  signatures: readonly Signature[],
  targets: Targets,
  rewrites: ReadonlySet<string>,
): string[] {
  const { route, to, value, broken } = compiled;
  const problems: string[] = [];
  if (broken !== null) problems.push(broken);
  const frameworks = new Set(route.on.map((id) => id.split('@')[0]!));
  if (frameworks.size > 1) problems.push(`one route for several frameworks: ${route.on.join(', ')}`);
  for (const id of route.on) {
    const [framework, chip] = id.split('@');
    if (chip === '*' ? !targets.data.frameworks[framework!] : !targets.byId.has(id)) problems.push(`unknown target ${id}`);
  }
  if (route.rewrite !== undefined && !rewrites.has(route.rewrite)) problems.push(`unknown rewrite ${route.rewrite}`);
  if (route.verdict === 'custom' && !to && !value && route.rewrite === undefined && broken === null) problems.push('custom without a form');

  const hasReceiver = record.kind === 'method' || record.kind === 'property';
  const known = new Set(signatures.flatMap((signature) => signature.params.map((param) => param.name)));
  for (const name of [...(route.ignores ?? []), ...(route.when ?? []).map((test) => test.param)]) {
    if (!known.has(name) && !(name === 'self' && hasReceiver)) problems.push(`no parameter ${name}`);
  }
  const templates: [Template | null, boolean][] = [
    [to, true],
    [value, false],
  ];
  for (const [template, called] of templates) {
    if (!template) continue;
    for (const name of template.holes) {
      const exists = name === 'self' ? hasReceiver : called && known.has(name);
      if (!exists) problems.push(`"${template.source}" names ${name}, which is no parameter`);
    }
    problems.push(...spliceProblems(template, signatures));
  }
  return problems;
}

function spliceProblems(template: Template, signatures: readonly Signature[]): string[] {
  const problems: string[] = [];
  const look = (node: TemplateNode): void => {
    if (node.kind === 'hole') {
      const kinds = new Set(signatures.flatMap((signature) => signature.byName.get(node.name)?.kind ?? []));
      if (kinds.has('star') && node.splice !== '*' && !node.convert)
        problems.push(`{${node.name}} holds star arguments: write {*${node.name}} or {${node.name}:tuple}`);
      if (kinds.has('doublestar') && node.splice !== '**') problems.push(`{${node.name}} holds keywords: write {**${node.name}}`);
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
