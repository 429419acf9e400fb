/** Hover and explanation of an API: what it is here, what stands for it on the chosen targets, what differs, and what that rests on. */
import { MarkupKind, type Hover, type Position } from 'vscode-languageserver';
import { filledText } from '../core/catalog/judge';
import { paramsOf } from '../core/catalog/load';
import { judgeIn } from '../core/fixes/single';
import type { Reference } from '../core/semantics/reference';
import type { FileState } from './analysis';
import { reasonText } from './diagnostics';
import { evidenceLines, type EvidenceBase } from './evidence';
import { block, code, escape, link } from './markdown';
import type { Explanation } from './protocol';
import { touches } from './range';
import type { Words } from './words';

export interface HoverContext {
  state: FileState;
  words: Words;
  evidence: EvidenceBase;
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
  const { record, verdict, route, filled, note, obstacle, keeps } = judgement;
  const targets = context.targets.map(({ title, version }) => `${words.choose(title)} (${version})`).join(', ');
  const heading = `**${words.tell(`verdict.${verdict}`)}** ${escape(words.tell('hover.onTargets', { targets }))}`;
  const parts = [heading];
  const params = record ? paramsOf(record) : [];
  const signatures = params.map((signature) => `${reference.name}${signature}`);
  const becomes = keeps ? null : filled ? filledText(filled.value, context.text) : null;
  const template = route?.route.to ?? route?.route.value ?? null;
  const torch = signatures.length > 0 ? signatures.join('\n') : reference.name;
  parts.push(block(template && !keeps ? `${torch}\n# → MindSpore\n${asSignature(template)}` : torch));
  if (becomes !== null) parts.push(`${escape(words.tell('hover.becomes'))} ${code(becomes)}`);
  if (keeps) parts.push(escape(words.tell('hover.keeps')));
  if (note) parts.push(escape(words.choose(note)));
  if (obstacle) parts.push(escape(words.tell(`obstacle.${obstacle.id}`, obstacle.args)));
  const why = reasonText(reference, state, words);
  parts.push(`*${escape(`${words.tell(`confidence.${reference.confidence}`)}${why ? `: ${why}` : ''}`)}*`);
  if (record) {
    parts.push(...evidenceLines(record, context.targets, evidence, words));
    const page = pageOf(record.torch);
    const links = [...(page ? [link('docs.pytorch.org', page)] : []), ...record.sources.map((source) => link(sourceTitle(source), source))];
    if (links.length > 0) parts.push(links.join(' · '));
  }
  return parts;
}

/** PyTorch's own page of an API, for the modules where each has one under its name. */
function pageOf(name: string): string | null {
  const hasPage = /^torch\.(?:(?:Tensor|nn|nn\.functional|fft|linalg|optim|special)\.)?\w+$/.test(name);
  return hasPage ? `https://docs.pytorch.org/docs/stable/generated/${name}.html` : null;
}

/** A template as a signature: `ops.cat({tensors}, axis={dim=0})` → `ops.cat(tensors, axis=dim)`. */
function asSignature(template: string): string {
  return template.replace(/\{(\**\w+)[^}]*\}/g, '$1');
}

/** The last part of an address says most: `torch.cat.html` → `torch.cat`. */
function sourceTitle(source: string): string {
  const host = /^https?:\/\/(?:www\.)?([^/]+)/.exec(source)?.[1];
  const page = /([^/]+?)(?:\.html?)?(?:#.*)?$/.exec(source)?.[1];
  return host && page ? `${page} (${host})` : source;
}
