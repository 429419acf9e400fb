/** The page's words in two languages: those of the page as a whole and those of its figures. The files of both hold the same keys (a test says so). */
import figuresEn from '../../../l10n/figures.en.json';
import figuresZh from '../../../l10n/figures.zh-cn.json';
import resultsEn from '../../../l10n/results.en.json';
import resultsZh from '../../../l10n/results.zh-cn.json';

const en = { ...resultsEn, ...figuresEn };
const zh = { ...resultsZh, ...figuresZh };

export type TextKey = keyof typeof en;
export type Lang = 'en' | 'zh-cn';
export type TextArgs = Record<string, string | number>;

const bundles: Record<Lang, Record<TextKey, string>> = { en, 'zh-cn': zh };

/** One language, ready to use. `t` fills `{name}` holes; where `{n}` is 1, the text of `KEY.one` counts if there is one; a key nobody wrote shows as ⟦key⟧ so that a test can find it. */
export interface Text {
  lang: Lang;
  /** for Intl */
  locale: string;
  t(key: TextKey, args?: TextArgs): string;
  /** for keys that come out of the document (warnings, states) */
  has(key: string): key is TextKey;
}

/** The nearest language we speak for a BCP 47 tag such as `zh-CN`, `zh-Hans` or `en-GB`. */
export function nearestLang(tag: string | null | undefined): Lang {
  return tag?.toLowerCase().startsWith('zh') ? 'zh-cn' : 'en';
}

export function textFor(lang: Lang): Text {
  const bundle = bundles[lang];
  return {
    lang,
    locale: lang === 'en' ? 'en-US' : 'zh-CN',
    t(key, args = {}) {
      const { n } = args;
      const template: string | undefined = (String(n) === '1' ? bundle[`${key}.one` as TextKey] : undefined) ?? bundle[key];
      if (template === undefined) return `⟦${key}⟧`;
      return template.replace(/\{(\w+)\}/g, (hole, name: string) => (name in args ? String(args[name]) : hole));
    },
    has: (key): key is TextKey => Object.hasOwn(bundle, key),
  };
}
