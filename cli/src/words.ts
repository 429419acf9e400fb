/** User-visible sentences of the command line, in the user's language. */
import cliEnglish from '../../l10n/cli.en.json';
import cliChinese from '../../l10n/cli.zh-cn.json';
import coreEnglish from '../../l10n/core.en.json';
import coreChinese from '../../l10n/core.zh-cn.json';
import explainEnglish from '../../l10n/explain.en.json';
import explainChinese from '../../l10n/explain.zh-cn.json';
import recordsEnglish from '../../l10n/records.en.json';
import recordsChinese from '../../l10n/records.zh-cn.json';
import sharedEnglish from '../../l10n/lsp.en.json';
import sharedChinese from '../../l10n/lsp.zh-cn.json';
import reasonsEnglish from '../../l10n/reasons.en.json';
import reasonsChinese from '../../l10n/reasons.zh-cn.json';
import { languageOf, type Language } from '../../runs/src/messages';
import type { Text } from '../../server/src/core/catalog/record';
import type { Message } from '../../server/src/core/rules/finding';
import { inWords, type Dictionary } from '../../server/src/core/rules/words';

const DICTIONARIES: Record<Language, Dictionary> = {
  en: { ...reasonsEnglish, ...explainEnglish, ...recordsEnglish, ...sharedEnglish, ...coreEnglish, ...cliEnglish },
  zh: { ...reasonsChinese, ...explainChinese, ...recordsChinese, ...sharedChinese, ...coreChinese, ...cliChinese },
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

/** The language for the whole process, before options are parsed: `--lang` anywhere on the line, else the locale. */
export function wordsOf(argv: readonly string[]): Words {
  const at = argv.findIndex((word) => word === '--lang' || word.startsWith('--lang='));
  const option = at < 0 ? undefined : argv[at]!.includes('=') ? argv[at]!.slice('--lang='.length) : argv[at + 1];
  return new Words(languageOf(option, process.env));
}
