/** MSP1xx: what the catalog says of each reference for the chosen targets. */
import type { Judgement } from '../catalog/judge';
import { counterpartName } from '../catalog/template-text';
import { fixOf, judgeIn, type FixContext } from '../fixes/single';
import type { Reference } from '../semantics/reference';
import { Branches } from '../semantics/taken';
import { defaultSeverity, type CodeId } from './codes';
import { nothingKnown, type RuleFamily } from './family';
import type { Finding, Message } from './finding';

export const operators: RuleFamily = {
  codes: ['MSP101', 'MSP102', 'MSP103', 'MSP104', 'MSP105', 'MSP106', 'MSP107', 'MSP108', 'MSP109', 'MSP110'],
  applies: ({ semantics }) => semantics.references.length > 0,
  check(context, known = nothingKnown()) {
    const { references } = context.semantics;
    const { prefix, suffix } = shared(known.references, references);
    const fresh = references.slice(prefix, references.length - suffix);
    const branches = new Branches(context.semantics, context.catalog, known.allTaken ? fresh : references);
    known.found = known.found.slice(0, prefix).concat(
      fresh.map((reference) => (branches.takes(reference.node) ? findingOf(reference, context) : null)),
      known.found.slice(known.found.length - suffix),
    );
    known.references = references;
    known.allTaken = branches.all;
    return known.found.filter((finding) => finding !== null);
  },
};

/** How many references at the beginning and at the end are the same. */
function shared(before: readonly Reference[], now: readonly Reference[]): { prefix: number; suffix: number } {
  const most = Math.min(before.length, now.length);
  let prefix = 0;
  while (prefix < most && before[prefix] === now[prefix]) prefix++;
  let suffix = 0;
  while (suffix < most - prefix && before[before.length - 1 - suffix] === now[now.length - 1 - suffix]) suffix++;
  return { prefix, suffix };
}

/** The finding of one reference; null when nothing is to be said or done. */
export function findingOf(reference: Reference, context: FixContext): Finding | null {
  const judgement = judgeIn(reference, context);
  const code = codeFor(reference, judgement);
  if (!code) return null;
  const fix = fixOf(reference, judgement, context);
  const detail = fix || code === 'MSP106' ? null : detailOf(reference, judgement);
  return {
    code,
    span: reference.span,
    severity: defaultSeverity(code),
    verdict: judgement.verdict,
    message: messageOf(code, reference, judgement),
    detail,
    note: judgement.note,
    reference,
    fix: fix && {
      title: titleOf(judgement, fix.preview),
      safety: fix.safety,
    },
  };
}

/** Codes of which a message names the counterpart too, where there is one. */
const NAMED: ReadonlySet<CodeId> = new Set<CodeId>(['MSP103', 'MSP104', 'MSP110']);

/** What is said of the reference; where one API stands for it, its name as well. */
function messageOf(code: CodeId, { name }: Reference, { route, node }: Judgement): Message {
  const template = node.kind === 'Call' ? route?.to : (route?.value ?? route?.to);
  const counterpart = NAMED.has(code) && template && !route?.route.rewrite && !template.assigns ? counterpartName(template) : null;
  return counterpart === null || (counterpart.startsWith('Tensor.') && !name.startsWith('torch.Tensor.'))
    ? { id: `finding.${code}`, args: { name } }
    : { id: `finding.${code}.named`, args: { name, counterpart } };
}

/** Why there is no fix. */
function detailOf(reference: Reference, { obstacle, route }: Judgement): Message | null {
  if (obstacle) return { id: `obstacle.${obstacle.id}`, args: obstacle.args };
  const refused = route?.route.rewrite !== undefined && reference.confidence !== 'possible';
  return refused ? { id: 'obstacle.named-rewrite', args: {} } : null;
}

const BY_VERDICT = {
  unsupported: 'MSP101',
  differs: 'MSP103',
  custom: 'MSP104',
  restructure: 'MSP105',
  unknown: 'MSP106',
  drop: 'MSP108',
  equivalent: 'MSP110',
} as const satisfies Record<Judgement['verdict'], CodeId>;

/** What the fix will do, in words: a named rewrite has its own. */
function titleOf({ route }: Judgement, preview: string): Message {
  if (route?.route.rewrite !== undefined) return { id: `fix.rewrite.${route.route.rewrite}`, args: {} };
  return preview === '' ? { id: 'fix.remove', args: {} } : { id: 'fix.replace', args: { preview } };
}

/** The code a judged reference falls under; null when it stays as it is. */
function codeFor(reference: Reference, { verdict, keeps, route, obstacle, record }: Judgement): CodeId | null {
  if (keeps) return null;
  if (reference.confidence === 'possible') return record ? 'MSP107' : null;
  if (obstacle?.id === 'targets-disagree') return 'MSP109';
  if (!route && obstacle && verdict !== 'unknown' && verdict !== 'unsupported') return 'MSP102';
  return BY_VERDICT[verdict];
}
