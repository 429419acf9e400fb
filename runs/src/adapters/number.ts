/** Numbers as research code prints them: plain, NaN and infinities, or wrapped as a tensor or array scalar. */

const plain = String.raw`[-+]?(?:\d+(?:\.\d+)?\.?(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?|nan|inf(?:inity)?)`;
const wrapper = String.raw`(?:(?:[\w.]*[Tt]ensor|np\.float\d+|array)\((?:shape=\[[^\]]{0,40}\], ?dtype=\w+, ?value= ?)?)?\[{0,4}\s?`;
const closing = String.raw`\s?\]{0,4}(?:, ?(?:device|dtype|grad_fn|requires_grad)=[^,()\n]{1,60}){0,3}\)?`;

/** Source of a pattern with one group: the digits of a number, whatever it is wrapped in. */
const numberPattern = `${wrapper}(${plain})${closing}`;

/** The number in the words Python prints; null for other text. */
export function toNumber(text: string | undefined): number | null {
  if (text === undefined) return null;
  const word = text.toLowerCase();
  if (word.endsWith('nan')) return NaN;
  if (/inf(inity)?$/.test(word)) return word.startsWith('-') ? -Infinity : Infinity;
  const value = Number(text.replace(/\.$/, ''));
  return Number.isNaN(value) ? null : value;
}

/** A pattern, ignoring case, in which `#` stands for a number. */
export function pattern(source: string): RegExp {
  return new RegExp(source.replaceAll('#', numberPattern), 'i');
}
