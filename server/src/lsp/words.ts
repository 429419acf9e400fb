/** User-visible sentences in the editor's language: the core's, and the server's own. */
import coreEnglish from '../../../l10n/core.en.json';
import coreChinese from '../../../l10n/core.zh-cn.json';
import explainEnglish from '../../../l10n/explain.en.json';
import explainChinese from '../../../l10n/explain.zh-cn.json';
import recordsEnglish from '../../../l10n/records.en.json';
import recordsChinese from '../../../l10n/records.zh-cn.json';
import ownEnglish from '../../../l10n/lsp.en.json';
import ownChinese from '../../../l10n/lsp.zh-cn.json';
import type { Text } from '../core/catalog/record';
import type { Message } from '../core/rules/finding';
import { inWords, type Dictionary } from '../core/rules/words';

export type Language = 'en' | 'zh';

export const languageOf = (locale: string | undefined): Language => (/^zh\b/i.test(locale ?? '') ? 'zh' : 'en');

const DICTIONARIES: Record<Language, Dictionary> = {
  en: { ...coreEnglish, ...explainEnglish, ...recordsEnglish, ...ownEnglish },
  zh: { ...coreChinese, ...explainChinese, ...recordsChinese, ...ownChinese },
};

export class Words {
  private readonly dictionary: Dictionary;

  constructor(readonly language: Language) {
    this.dictionary = DICTIONARIES[language];
  }

  say(message: Message): string {
    return inWords(message, this.dictionary);
  }

  tell(id: string, args: Record<string, string> = {}): string {
    return this.say({ id, args });
  }

  choose(text: Text): string {
    return text[this.language];
  }
}
