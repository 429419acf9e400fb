/** What is said of a command line: what its options mean, and what is wrong with it, in the user's language. */
import type { CommanderError, Option } from 'commander';
import type { Words } from './words';

const SENTENCES: Record<string, string> = {
  'commander.unknownOption': 'usage.unknownOption',
  'commander.unknownCommand': 'usage.unknownCommand',
  'commander.missingArgument': 'usage.missingArgument',
  'commander.optionMissingArgument': 'usage.optionMissingArgument',
  'commander.missingMandatoryOptionValue': 'usage.missingOption',
  'commander.invalidArgument': 'usage.invalidArgument',
  'commander.excessArguments': 'usage.excessArguments',
  'commander.conflictingOption': 'usage.conflictingOption',
};

/** Null for help and version, which are no errors. The library's own sentence where there is no other. */
export function usageText(error: CommanderError, words: Words): string | null {
  if (error.code === 'commander.help' || error.code === 'commander.helpDisplayed' || error.code === 'commander.version') return null;
  const id = SENTENCES[error.code];
  if (!id) return error.message;
  const quoted = [...error.message.matchAll(/'([^']*)'/g)].map((match) => match[1]!);
  if (error.code === 'commander.invalidArgument') {
    const [, why = ''] = error.message.split(' is invalid. ');
    const [, choices] = /^Allowed choices are (.*)\.$/.exec(why) ?? [];
    return words.tell(id, {
      first: quoted[0] ?? '',
      second: quoted[1] ?? '',
      why: choices ? words.tell('help.choices', { choices }) : why,
    });
  }
  const [message = '', ...more] = error.message.replace(/^error: /, '').split('\n');
  const said = words.tell(id, { first: quoted[0] ?? '', second: quoted[1] ?? '', message });
  const meant = /Did you mean (?:one of )?([^?]+)\?/.exec(more.join(' '))?.[1];
  return meant ? `${said} ${words.tell('usage.meant', { meant })}` : said;
}

/** An option with its choices and its default. */
export function optionText({ description, argChoices, defaultValue, defaultValueDescription }: Option, words: Words): string {
  const more: string[] = [];
  if (argChoices) more.push(words.tell('help.choices', { choices: argChoices.join(', ') }));
  const value = defaultValueDescription ?? (typeof defaultValue === 'string' && defaultValue !== '' ? defaultValue : null);
  if (value !== null) more.push(words.tell('help.default', { value }));
  return more.length > 0 ? `${description} ${words.tell('help.more', { more: more.join(words.tell('help.and')) })}` : description;
}
