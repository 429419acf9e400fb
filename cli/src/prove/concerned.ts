/** Which parameters the dtypes of the variants were for: those whose inputs an example draws as floating numbers, not its indices and masks. */
import { bind } from '../../../server/src/core/catalog/bind';
import type { ApiRecord } from '../../../server/src/core/catalog/record';
import { descendants } from '../../../server/src/core/syntax/walk';
import type { Expr } from '../../../server/src/core/syntax/ast';
import { type Job, type Provable } from './jobs';
import { type Rewriter } from './rewriting';
import { type Variants } from './variants';

/** Variants that give inputs another dtype (python/mindport_prove/variants.py). */
const DTYPES: ReadonlySet<string> = new Set(['f16', 'bf16', 'f32', 'i64', 'i32', 'bool', 'c64']);

/** The dtype a text of the generator language draws, as far as variants ask for it; null for plain values. */
function drawnDtype(text: string): 'float' | 'int' | 'complex' | 'other' | null {
  const cast = /\.(bfloat16|u?int\d+|float\d+|bool|complex\d+)\b(?:\(\))?\s*$/.exec(text)?.[1];
  if (cast !== undefined) return cast === 'float32' ? 'float' : cast === 'int64' ? 'int' : cast === 'complex64' ? 'complex' : 'other';
  const made =
    /\b(randn|rand|positive|distinct|linspace|zeros|ones|eye|randint|int64|permutation|complex64|bools?|u?int\d+|arange|full|tensor)\(/.exec(
      text,
    )?.[1];
  if (made === undefined) return null;
  if (/^(?:randn|rand|positive|distinct|linspace|zeros|ones|eye)$/.test(made)) return 'float';
  if (/^(?:randint|int64|permutation)$/.test(made)) return 'int';
  if (made === 'complex64') return 'complex';
  if (made === 'arange' || made === 'full' || made === 'tensor')
    return /\d\.|nan|inf|\de-/.test(text) ? 'float' : /True|False/.test(text) ? 'other' : 'int';
  return 'other';
}

/** Names of the inputs that a dtype variant changes. */
function changedInputs({ given }: Job): ReadonlySet<string> {
  const drawn = Object.entries(given).map(([name, text]) => [name, typeof text === 'string' ? drawnDtype(text) : null] as const);
  const kind = (['float', 'int', 'complex'] as const).find((wanted) => drawn.some(([, dtype]) => dtype === wanted));
  return new Set(drawn.flatMap(([name, dtype]) => (dtype === kind && kind !== undefined ? [name] : [])));
}

/** The parameters an example hands changed inputs to, `self` for the receiver and for what a layer is called with; null where that cannot be seen. */
function concernedBy(job: Job, record: ApiRecord, rewriter: Rewriter): readonly string[] | null {
  if (record.kind === 'class') return ['self'];
  const changed = changedInputs(job);
  const names = (value: Expr | null): boolean =>
    value !== null && [...descendants(value)].some((node) => node.kind === 'Name' && changed.has(node.id));
  const found = rewriter.useOf(job, record.torch);
  if (!found) return null;
  const own = !found.shared && names(found.receiver) ? ['self'] : [];
  if (!found.call) return own;
  for (const signature of found.signatures) {
    const binding = bind(found.call, signature, found.shared ? found.receiver : null);
    if ('id' in binding) continue;
    const params = [...binding.arguments].flatMap(([name, bound]) =>
      (bound.form === 'value' ? [bound.value] : bound.items.map(({ value }) => value)).some(names) ? [name] : [],
    );
    return [...own, ...params];
  }
  return null;
}

/** `of` of an API's evidence: only said where a dtype did not agree, and where every example shows it. */
export function concerned(api: Provable, record: ApiRecord, { not }: Partial<Variants>, rewriter: Rewriter): { of?: string } {
  const doubted = Object.entries(not ?? {}).some(([variant, misfit]) => DTYPES.has(variant) && misfit !== 'rounding');
  if (!doubted) return {};
  const found = api.jobs.filter(({ given }) => Object.keys(given).length > 0).map((job) => concernedBy(job, record, rewriter));
  const known = [...new Set(found.flatMap((params) => params ?? []))];
  return known.length === 0 || found.includes(null) ? {} : { of: known.sort().join(' ') };
}
