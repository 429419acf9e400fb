/** Words of the tables in English and Simplified Chinese; the command line and the page use the same. */
import english from '../../../../l10n/tables.en.json';
import chinese from '../../../../l10n/tables.zh-cn.json';
import { type Language } from '../../messages';

export type TableWord = keyof typeof english;

const words: Record<Language, Record<TableWord, string>> = { en: english, zh: chinese };

/** The text of `key` with its `{names}` replaced. */
export function word(language: Language, key: TableWord, args: Record<string, string> = {}): string {
  return words[language][key].replace(/\{(\w+)\}/g, (hole: string, name: string) => args[name] ?? hole);
}
