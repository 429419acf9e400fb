/** What is wrong with a command line, in the user's language. */
import type { CommanderError } from 'commander';
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
  return words.tell(id, { first: quoted[0] ?? '', second: quoted[1] ?? '', message: error.message.replace(/^error: /, '') });
}
