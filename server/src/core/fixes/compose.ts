/**
 * Turns any set of rewrites of a file into disjoint edits: nests them, mends the imports, and touches only the tokens that change. A quick fix,
 * fix-all and the migration of a whole program are the same composition with different sets.
 */
import { tokenize } from '../catalog/tokens';
import type { ImportBinding, ModuleSemantics } from '../semantics/analyze';
import type { Families } from '../semantics/families';
import type { Module, Node } from '../syntax/ast';
import { align, significant, trimmed, type Layout } from './align';
import { planImports } from './imports';
import { isStatement, statementOf } from '../syntax/statements';
import { firstOnLine, indentationAt, isBracketed, lineBreakOf, lineStart } from './place';
import { removals } from './removal';
import { merge, Renderer, textOf, type Region, type Segment } from './render';
import { applyEdits, type Edit, type ImportNeed, type Rewrite } from './rewrite';

export interface ComposeRequest {
  text: string;
  module: Module;
  semantics: Pick<ModuleSemantics, 'imports' | 'scopes' | 'bindingOf' | 'summary'>;
  /** new imports stand behind the last one of these packages */
  families: Families;
  /** Of two rewrites of the same node the first counts; the second is applied inside it where the first has the node as a hole. */
  rewrites: readonly Rewrite[];
  /** imports to add that no rewrite mentions */
  needs?: readonly ImportNeed[];
  /** imports that go although they had no use before either: for whole migrations */
  removeUnused?(binding: ImportBinding): boolean;
}

export interface Composition {
  /** sorted and disjoint */
  edits: Edit[];
  /** rewrites that could not be applied: they overlap another one, or cannot stand inside an f-string */
  refused: Rewrite[];
  /** the file with the edits applied */
  text(): string;
}

export function compose(request: ComposeRequest): Composition {
  const { text, module, semantics, families } = request;
  // one rewrite may be part of the fixes of several references
  const rewrites = [...new Set(request.rewrites)];
  const refused: Rewrite[] = [];
  const regions = regionsOf(request, rewrites, refused);
  const first = new Renderer(text, module, regions, (need) => need.prefer);
  const drafts = first.outermost().map((region) => ({ region, segments: first.region(region) }));
  const plan = planImports({
    text,
    module,
    semantics,
    families,
    needs: [...(request.needs ?? []), ...drafts.flatMap(({ segments }) => segments.flatMap((segment) => segment.need ?? []))],
    survives: survivors(drafts),
    removeUnused: request.removeUnused,
    before: drafts[0]?.region.start ?? text.length,
  });
  const all = regionsOf(request, [...plan.rewrites, ...rewrites.filter((rewrite) => !refused.includes(rewrite))], []);
  const renderer = new Renderer(text, module, all, plan.nameOf);
  const edits = joined(renderer.outermost().flatMap((region) => regionEdits(text, region, renderer.region(region))));
  return { edits, refused, text: () => applyEdits(text, edits) };
}

function regionsOf({ text, module }: ComposeRequest, rewrites: readonly Rewrite[], refused: Rewrite[]): Region[] {
  const removed = rewrites.filter(
    ({ node, span, pieces }) => pieces.length === 0 && !span && (isStatement(node) || node.kind === 'Decorator'),
  );
  const regions = removals(text, module, removed.map(({ node }) => node) as Parameters<typeof removals>[2]);
  for (const rewrite of rewrites) {
    if (removed.includes(rewrite)) continue;
    const { node, span, pieces } = rewrite;
    const region = insideString({ start: span?.start ?? node.start, end: span?.end ?? node.end, node, pieces }, text);
    if (region) regions.push(region);
    else refused.push(rewrite);
  }
  return regions;
}

/** Inside an f-string the new text may hold neither its quotes nor line breaks; null when it must. */
function insideString(region: Region, text: string): Region | null {
  let string: Node | null = region.node;
  while (string && string.kind !== 'FString' && !isStatement(string)) string = string.parent;
  if (string?.kind !== 'FString') return region;
  const { start } = string;
  const token = tokenize(text.slice(start, string.end)).find(
    (item) => item.type === 'string' && start + item.start < region.start && region.end <= start + item.end,
  );
  const quote = /['"]/.exec(token?.text ?? '')?.[0];
  if (!quote) return null;
  const other = quote === '"' ? "'" : '"';
  const pieces = region.pieces.map((piece) =>
    typeof piece === 'string' && !piece.includes(other) ? piece.replaceAll(quote, other) : piece,
  );
  return pieces.some((piece) => typeof piece === 'string' && (piece.includes(quote) || /[\\\n]/.test(piece)))
    ? null
    : { ...region, pieces };
}

/** Whether the text at an offset is still there: outside every region, or carried over by one. */
function survivors(drafts: readonly { region: Region; segments: readonly Segment[] }[]): (offset: number) => boolean {
  const copied: [number, number][] = [];
  for (const { segments } of drafts) for (const { from, text } of segments) if (from !== null) copied.push([from, from + text.length]);
  copied.sort((a, b) => a[0] - b[0]);
  return (offset) => {
    const region = drafts[lastAtMost(drafts.length, (i) => drafts[i]!.region.start, offset)]?.region;
    if (!region || offset >= region.end) return true;
    for (let i = lastAtMost(copied.length, (k) => copied[k]![0], offset); i >= 0; i--) if (offset < copied[i]![1]) return true;
    return false;
  };
}

/** Index of the last item whose key is at most `limit`; keys ascend. −1 when there is none. */
function lastAtMost(count: number, key: (index: number) => number, limit: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (key(middle) <= limit) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function regionEdits(text: string, region: Region, rendered: readonly Segment[]): Edit[] {
  const segments = merge(rendered);
  const old = text.slice(region.start, region.end);
  const now = textOf(segments);
  if (old === now) return [];
  const layout: Layout = isStatement(region.node) || region.node.kind === 'Decorator' ? 'statements' : 'expression';
  let aligned = align(old, now, anchorsOf(segments, region), layout);
  let result = applyEdits(old, aligned);
  const broken = layout === 'expression' && breaksLine(result) && !isBracketed(text, region.node);
  if (broken || !sameTokens(result, now, layout) || doublesComments(result, old, now)) {
    const whole = trimmed(0, old, now);
    aligned = whole ? [whole] : [];
    result = now;
  }
  const edits = aligned.map(({ start, end, newText }) => ({ start: start + region.start, end: end + region.start, newText }));
  const lost = lostComments(old, result);
  if (lost.length === 0) return edits;
  const statement = statementOf(region.node);
  const line = Math.min(statement ? firstOnLine(text, statement).start : region.node.start, region.start);
  const indentation = indentationAt(text, line);
  // behind the indentation: removing the statement before may take the one at the line's start
  const at = lineStart(text, line) + indentation.length;
  const lines = lost.map((comment) => comment + lineBreakOf(text) + indentation).join('');
  return [{ start: at, end: at, newText: lines }, ...edits];
}

function anchorsOf(segments: readonly Segment[], region: Region) {
  const anchors = [];
  let now = 0;
  for (const { text, from } of segments) {
    const inside = from !== null && from >= region.start && from + text.length <= region.end;
    if (inside) anchors.push({ old: from - region.start, now, length: text.length });
    now += text.length;
  }
  return anchors;
}

function breaksLine(text: string): boolean {
  return /[\n\r]/.test(text) && tokenize(text).some((token) => token.type === 'newline');
}

/** Whether two texts have the same tokens, up to commas before a closing bracket. */
function sameTokens(a: string, b: string, layout: Layout): boolean {
  const words = (text: string) => {
    const tokens = significant(text, layout);
    return tokens
      .filter((token, i) => token.type !== 'comment' && !(token.text === ',' && tokens[i + 1]?.text === ')'))
      .map((token) => token.text.replace(/^\s*\n/, '\n'));
  };
  const [left, right] = [words(a), words(b)];
  return left.length === right.length && left.every((word, index) => word === right[index]);
}

/** A comment that moved with its argument must not stay behind as well. */
function doublesComments(result: string, old: string, now: string): boolean {
  if (!result.includes('#')) return false;
  const count = (text: string) =>
    commentsOf(text).reduce((counts, comment) => counts.set(comment, (counts.get(comment) ?? 0) + 1), new Map<string, number>());
  const [before, after] = [count(old), count(now)];
  return [...count(result)].some(([comment, times]) => times > Math.max(before.get(comment) ?? 0, after.get(comment) ?? 0));
}

function lostComments(old: string, now: string): string[] {
  if (!old.includes('#')) return [];
  const left = commentsOf(now);
  return commentsOf(old).filter((comment) => {
    const at = left.indexOf(comment);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

function commentsOf(text: string): string[] {
  return tokenize(text).flatMap((token) => (token.type === 'comment' ? [token.text.trimEnd()] : []));
}

/** Sorted edits, those that touch made one. */
function joined(edits: readonly Edit[]): Edit[] {
  const sorted = [...edits].sort((a, b) => a.start - b.start || a.end - b.end);
  const out: Edit[] = [];
  for (const edit of sorted) {
    const last = out[out.length - 1];
    if (last && last.end === edit.start) out[out.length - 1] = { start: last.start, end: edit.end, newText: last.newText + edit.newText };
    else out.push(edit);
  }
  return out;
}
