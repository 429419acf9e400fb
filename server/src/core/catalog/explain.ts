/** An API explained in words and code: the hover, `mindport explain` and the pages in docs/apis are made of these parts. */
import { evidenceFor, type EvidenceFile, type Outcome } from './evidence';
import type { ApiRecord, ArgumentTest, Route, Text } from './record';
import type { Signature } from './signature';
import type { ChosenTarget, Targets } from './targets';
import { holesBelow, textOf } from './template-text';
import type { Template, TemplateNode } from './template';

/** Says sentences by id, in the reader's language. */
export interface Speaker {
  tell(id: string, args?: Record<string, string>): string;
  choose(text: Text): string;
}

const joined = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(', ');

/** What the form of a route makes of the arguments, beyond handing them on; one sentence each. Names stand in backticks. */
export function changesOf(signature: Signature | null, template: Template, route: Route, speaker: Speaker): string[] {
  const said: string[] = [];
  const renamed: string[] = [];
  const added: string[] = [];
  for (const { keyword, value } of template.root.kind === 'call' ? template.root.args : []) {
    const holes = holesBelow(value);
    if (holes.length === 0 && keyword !== null) added.push(`${keyword}=${textOf(value)}`);
    else if (value.kind === 'hole') {
      if (keyword !== null && keyword !== value.name && value.name !== 'self') renamed.push(`\`${value.name}\` → \`${keyword}\``);
      if (value.fallback) said.push(speaker.tell('explain.default', { name: `\`${value.name}\``, value: `\`${textOf(value.fallback)}\`` }));
    } else if (holes.some(({ name }) => name !== 'self')) {
      const names = [...new Set(holes.map(({ name }) => name))].filter((name) => name !== 'self');
      said.push(
        speaker.tell('explain.computed', { names: joined(names), value: `\`${keyword === null ? '' : `${keyword}=`}${textOf(value)}\`` }),
      );
    }
  }
  if (added.length > 0) said.unshift(speaker.tell('explain.added', { arguments: joined(added) }));
  if (renamed.length > 0) said.unshift(speaker.tell('explain.renamed', { names: renamed.join(', ') }));
  if (route.ignores?.length) said.push(speaker.tell('explain.ignored', { names: joined(route.ignores) }));
  const tested = new Set((route.when ?? []).map(({ param }) => param));
  const unsaid = (signature?.params ?? []).filter(
    ({ name }) => !template.holes.has(name) && !route.ignores?.includes(name) && !tested.has(name),
  );
  if (unsaid.length > 0) said.push(speaker.tell('explain.unsaid', { names: joined(unsaid.map(({ name }) => name)) }));
  return said;
}

/** The condition of a route in words, empty when it has none. */
export function conditionOf(route: Route, speaker: Speaker): string {
  const tests = (route.when ?? []).map((test) => {
    const words = testWords(test, speaker).join(speaker.tell('test.and'));
    return test.not ? speaker.tell('test.not', { test: words }) : words;
  });
  return tests.join(speaker.tell('test.and'));
}

function testWords(test: ArgumentTest, speaker: Speaker): string[] {
  const name = `\`${test.param}\``;
  const either = (items: readonly (string | number)[], quoted = false): string =>
    items.map((item) => (quoted ? `\`${item}\`` : String(item))).join(speaker.tell('test.or'));
  const say = (id: string, value = ''): string => speaker.tell(`test.${id}`, { name, value });
  return [
    ...(test.given === undefined ? [] : [say(test.given ? 'given' : 'absent')]),
    ...(test.literal ? [say('literal', either(test.literal, true))] : []),
    ...(test.type ? [say('type', either(test.type))] : []),
    ...(test.same === undefined ? [] : [say('same', `\`${test.same}\``)]),
    ...(test.rank ? [say('rank', either(test.rank))] : []),
    ...(test.written ? [say('written', either(test.written))] : []),
    ...(test.stored === undefined ? [] : [say(test.stored ? 'stored' : 'read')]),
    ...(test.iterated === undefined ? [] : [say(test.iterated ? 'iterated' : 'whole')]),
    ...(test.statement === undefined ? [] : [say(test.statement ? 'statement' : 'used')]),
    ...(test.count ? [say('count', either(test.count))] : []),
  ];
}

/** Whether a route writes something (or keeps what is written): what only says why there is nothing has nothing to execute. */
export function hasForm({ to, value, rewrite, verdict }: Route): boolean {
  return to !== undefined || value !== undefined || rewrite !== undefined || verdict === 'equivalent';
}

/** Of the overloads the first that has every parameter a template names. */
export function signatureFor(signatures: readonly Signature[], template: Template): Signature | null {
  const fits = ({ byName }: Signature): boolean => [...template.holes].every((name) => name === 'self' || byName.has(name));
  return signatures.find(fits) ?? signatures[0] ?? null;
}

/**
 * What was executed (or checked otherwise) for an API, one sentence a target: the chosen version first, the others in brief. Targets that run PyTorch
 * itself have one only where something was checked.
 */
export function evidenceSentences(
  api: string,
  chosen: readonly ChosenTarget[],
  targets: Targets,
  files: readonly EvidenceFile[],
  speaker: Speaker,
): string[] {
  return chosen.flatMap((target) => {
    const found = evidenceFor(target, files).flatMap((file) => {
      const outcome = file.outcome(api);
      return outcome ? [{ version: file.version, outcome, kind: kindOf(outcome) }] : [];
    });
    const where = (version: string): string => {
      const framework = targets.data.frameworks[target.framework];
      return `${framework ? speaker.choose(framework.title) : target.framework} ${version} ${chipName(target.chip)}`;
    };
    const [first, ...others] = found;
    if (!first) return targets.runsSource(target) ? [] : [speaker.tell('evidence.none', { target: where(target.version) })];
    const kinds = [...new Set(others.map(({ kind }) => kind))];
    const more = kinds.map((kind) => {
      const versions = others.filter((other) => other.kind === kind).map(({ version }) => version);
      const args = { versions: versions.reverse().join(', ') };
      return speaker.tell(`evidence.more.${kind === first.kind ? 'same' : kind}`, args);
    });
    const said = [outcomeSentence(first.outcome, where(first.version), speaker), ...more, ...variantSentences(first.outcome, speaker)];
    return [said.join(speaker.tell('evidence.join'))];
  });
}

/**
 * With which other inputs the examples agreed, and with which they did not, by the way in which.
 * @public also for `scripts/api-pages.mjs`
 */
export function variantSentences({ state, also, not }: Outcome, speaker: Speaker): string[] {
  if (state !== 'agreed') return [];
  const named = (variants: readonly string[]): string =>
    variants.map((variant) => speaker.tell(`variant.${variant}`)).join(speaker.tell('variant.and'));
  const misfits = [...new Set(not.map(([, misfit]) => misfit))];
  return [
    ...(also.length > 0 ? [speaker.tell('evidence.also', { variants: named(also) })] : []),
    ...misfits.map((misfit) => {
      const variants = not.filter(([, other]) => other === misfit).map(([variant]) => variant);
      return speaker.tell(`evidence.not.${misfit}`, { variants: named(variants) });
    }),
  ];
}

/** `CPU`, `Ascend 910B`; others as they are named. */
const chipName = (chip: string): string =>
  chip === 'cpu' ? 'CPU' : chip.startsWith('ascend') ? `Ascend ${chip.slice('ascend'.length).toUpperCase()}` : chip;

/** What an outcome says: of executed examples its state, otherwise how it was checked. */
function kindOf({ state, level }: Outcome): string {
  if (state === 'stale' || level === null || level === 'executed') return state;
  return state === 'agreed' ? level : 'unbound';
}

function outcomeSentence(outcome: Outcome, target: string, speaker: Speaker): string {
  const { forward, grad, modes, calls, date } = outcome;
  const kind = kindOf(outcome);
  if (kind !== 'agreed') return speaker.tell(`evidence.${kind}`, { target, date });
  const compared = forward === null ? 'executed' : grad === null ? 'forward' : 'gradient';
  const inModes = modes.map((mode) => speaker.tell(`evidence.mode.${mode}`)).join(speaker.tell('evidence.mode.and'));
  const error = figureText(Math.max(forward ?? 0, grad ?? 0));
  return speaker.tell(`evidence.${compared}`, { date, target, modes: inModes, calls: String(calls), error });
}

/** `3e-7`, `0`. */
const figureText = (error: number): string => (error === 0 ? '0' : Number(error.toPrecision(2)).toExponential());

export interface Link {
  title: string;
  address: string;
}

/** PyTorch's page of the API, the pages of the APIs a route writes, and the record's sources that are pages; each once. */
export function linksOf(record: ApiRecord, template: Template | null, language: 'en' | 'zh'): Link[] {
  const links: Link[] = [];
  const add = (title: string, address: string): void => {
    if (!links.some((link) => link.address === address || link.title === title)) links.push({ title, address });
  };
  if (/^torch\.(?:(?:Tensor|nn|nn\.functional|fft|linalg|optim|special)\.)?\w+$/.test(record.torch))
    add(record.torch, `https://docs.pytorch.org/docs/stable/generated/${record.torch}.html`);
  if (template) {
    for (const name of namesIn(template.root, record.torch.startsWith('torch.Tensor.') ? 'mindspore.Tensor' : null)) {
      const address = mindsporePage(name, language);
      if (address) add(name, address);
    }
  }
  for (const source of record.sources)
    if (/^https?:\/\//.test(source)) add(/([^/]+?)(?:\.html?)?(?:#.*)?$/.exec(source)?.[1] ?? source, source);
  return links;
}

const FOLDERS: readonly (readonly [prefix: string, folder: string])[] = [
  ['mindspore.ops.', 'ops'],
  ['mindspore.nn.', 'nn'],
  ['mindspore.mint.', 'mint'],
  ['mindspore.numpy.', 'numpy'],
  ['mindspore.amp.', 'amp'],
  ['mindspore.experimental.optim.', 'experimental/optim'],
  ['mindspore.Tensor.', 'mindspore/Tensor'],
];

function mindsporePage(name: string, language: 'en' | 'zh'): string | null {
  const folder = FOLDERS.find(([prefix]) => name.startsWith(prefix))?.[1] ?? (/^mindspore\.\w+$/.test(name) ? 'mindspore' : null);
  if (folder === null) return null;
  return `https://www.mindspore.cn/docs/${language === 'zh' ? 'zh-CN' : 'en'}/master/api_python/${folder}/${name}.html`;
}

/** Qualified names of what a template calls or names, outermost first. */
function namesIn(node: TemplateNode, receiver: string | null): string[] {
  const name = qualified(node, receiver);
  if (name !== null) return [name];
  switch (node.kind) {
    case 'call':
      return [...namesIn(node.func, receiver), ...node.args.flatMap((arg) => namesIn(arg.value, receiver))];
    case 'attribute':
    case 'unary':
      return namesIn(node.of, receiver);
    case 'binary':
      return [...namesIn(node.left, receiver), ...namesIn(node.right, receiver)];
    case 'subscript':
      return namesIn(node.of, receiver);
    default:
      return [];
  }
}

function qualified(node: TemplateNode, receiver: string | null): string | null {
  if (node.kind === 'import') return node.need.name === null ? node.need.module : `${node.need.module}.${node.need.name}`;
  if (node.kind === 'hole' && node.name === 'self') return receiver;
  if (node.kind !== 'attribute') return null;
  const base = qualified(node.of, receiver);
  return base === null ? null : `${base}.${node.name}`;
}
