/** Hover and explanation of an API: what it is here, what stands for it on the chosen targets, what differs, and what that rests on. */
import { MarkupKind, type Hover, type Position } from 'vscode-languageserver';
import type { EvidenceFile } from '../core/catalog/evidence';
import { changesOf, evidenceSentences, hasForm, linksOf, signatureFor } from '../core/catalog/explain';
import { filledText } from '../core/catalog/judge';
import { alignedSignatures } from '../core/catalog/template-text';
import { judgeIn } from '../core/fixes/single';
import type { Reference } from '../core/semantics/reference';
import type { FileState } from './analysis';
import { reasonText } from './diagnostics';
import { block, code, escape, link, prose } from './markdown';
import type { Explanation } from './protocol';
import { touches } from './range';
import type { Words } from './words';

export interface HoverContext {
  state: FileState;
  words: Words;
  evidence: readonly EvidenceFile[];
}

/** The innermost reference at a position: of `x.view(y)` under the cursor on `view`, the method. */
function referenceAt(position: Position, state: FileState): Reference | null {
  const here = { start: position, end: position };
  const found = state.context.semantics.references.filter(({ span }) => touches(state.places.range(span), here));
  return found.sort((a, b) => a.span.end - a.span.start - (b.span.end - b.span.start))[0] ?? null;
}

export function hover(position: Position, context: HoverContext): Hover | null {
  const reference = referenceAt(position, context.state);
  if (!reference) return null;
  const value = sections(reference, context).join('\n\n');
  return { range: context.state.places.range(reference.span), contents: { kind: MarkupKind.Markdown, value } };
}

export function explanation(position: Position, context: HoverContext): Explanation | null {
  const reference = referenceAt(position, context.state);
  if (!reference) return null;
  return { name: reference.name, markdown: [`# ${escape(reference.name)}`, ...sections(reference, context)].join('\n\n') };
}

function sections(reference: Reference, { state, words, evidence }: HoverContext): string[] {
  const { context } = state;
  const judgement = judgeIn(reference, context);
  const { record, verdict, route, filled, note, obstacle, keeps, binding } = judgement;
  const say = (id: string, args?: Record<string, string>): string => prose(words.tell(id, args));
  const targets = context.targets.map(({ title, version }) => `${words.choose(title)} (${version})`).join(', ');
  const parts = [`**${words.tell(`verdict.${verdict}`)}** ${say('hover.onTargets', { targets })}`];
  const template = keeps ? null : (route?.to ?? route?.value ?? null);
  const signatures = context.catalog.entry(reference.name)?.signatures ?? [];
  const signature = binding?.signature ?? (template ? signatureFor(signatures, template) : null);
  const torch = signatures.length > 0 ? signatures.map(({ text }) => reference.name + text).join('\n') : reference.name;
  parts.push(block(template ? alignedSignatures(reference.name, signature, template) : torch));
  const becomes = keeps || !filled ? null : filledText(filled.value, context.text);
  if (becomes !== null) parts.push(`${say('hover.becomes')} ${code(becomes)}`);
  if (keeps) parts.push(say('hover.keeps'));
  if (template && route) parts.push(...changesOf(signature, template, route.route, words).map((change) => `- ${prose(change)}`));
  if (route?.route.rewrite !== undefined) parts.push(say('explain.rewrite', { rewrite: route.route.rewrite }));
  if (note) parts.push(prose(words.choose(note)));
  if (obstacle) parts.push(prose(words.tell(`obstacle.${obstacle.id}`, obstacle.args)));
  const why = reasonText(reference, state, words);
  parts.push(`*${escape(`${words.tell(`confidence.${reference.confidence}`)}${why ? `: ${why}` : ''}`)}*`);
  if (record) {
    if (!route || hasForm(route.route))
      parts.push(...evidenceSentences(record.torch, context.targets, context.catalog.targets, evidence, words).map(prose));
    if (record.limits && route && hasForm(route.route)) parts.push(say('explain.limits', { limits: words.choose(record.limits) }));
    const origin = route && context.catalog.originOf(route.route);
    if (origin) parts.push(say('explain.origin', { file: `\`${origin.file}\`` }));
    const links = linksOf(record, template, words.language).map(({ title, address }) => link(title, address));
    if (links.length > 0) parts.push(links.join(' · '));
  }
  return parts;
}
