/** Texts of the run engine in English and Simplified Chinese. Text stays data: code carries a key and its arguments. */
import english from '../../l10n/runs.en.json';
import chinese from '../../l10n/runs.zh-cn.json';

export type Language = 'en' | 'zh';
export type MessageKey = keyof typeof english;
export interface Message {
  key: MessageKey;
  args: Record<string, string>;
}

const tables: Record<Language, Record<MessageKey, string>> = { en: english, zh: chinese };

/** The text of `key` with its `{names}` replaced; a name without an argument stays as written. */
export function render(language: Language, key: MessageKey, args: Record<string, string> = {}): string {
  return tables[language][key].replace(/\{(\w+)\}/g, (hole: string, name: string) => args[name] ?? hole);
}

/** The language named by an option or by the locale variables; anything not Chinese is English. */
export function languageOf(option: string | undefined, env: Record<string, string | undefined>): Language {
  const wanted = option ?? env['LC_ALL'] ?? env['LC_MESSAGES'] ?? env['LANG'] ?? 'en';
  return /^zh/i.test(wanted) ? 'zh' : 'en';
}
