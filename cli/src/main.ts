/** The command line. Each command is a file of its own in `commands/`. */
import { Command, CommanderError } from 'commander';
import { register as registerCancel } from './commands/cancel';
import { register as registerCheck } from './commands/check';
import { register as registerExplain } from './commands/explain';
import { register as registerFix } from './commands/fix';
import { register as registerLogs } from './commands/logs';
import { register as registerMachines } from './commands/machines';
import { register as registerMetrics } from './commands/metrics';
import { register as registerMigrate } from './commands/migrate';
import { register as registerProve } from './commands/prove';
import { register as registerResults } from './commands/results';
import { register as registerRun } from './commands/run';
import { register as registerRuns } from './commands/runs';
import { register as registerSweep } from './commands/sweep';
import { register as registerVerify } from './commands/verify';
import { optionText, usageText } from './usage-errors';
import { VERSION } from './version';
import { wordsOf } from './words';

// A reader that has enough (`| head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

async function main(argv: readonly string[]): Promise<void> {
  const words = wordsOf(argv);
  const program = new Command('mindport')
    .description(words.tell('cli.description'))
    .version(VERSION, '-V, --version', words.tell('cli.version'))
    .helpOption('-h, --help', words.tell('cli.help'))
    .helpCommand('help [command]', words.tell('cli.helpCommand'))
    .configureHelp({
      styleTitle: (title) => words.tell(`help.${title.replace(':', '')}`),
      optionDescription: (option) => optionText(option, words),
    })
    .configureOutput({ outputError: () => undefined })
    .exitOverride();
  for (const register of [registerCheck, registerFix, registerMigrate, registerExplain]) register(program, words);
  for (const register of [
    registerVerify,
    registerProve,
    registerRun,
    registerRuns,
    registerLogs,
    registerCancel,
    registerResults,
    registerMetrics,
    registerMachines,
    registerSweep,
  ])
    register(program);
  for (const command of program.commands) command.helpOption('-h, --help', words.tell('cli.help'));
  try {
    await program.parseAsync(argv);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    const said = usageText(error, words);
    if (said) process.stderr.write(`mindport: ${said}\n`);
    // `mindport` alone shows the help, and is a mistake all the same
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  }
}

void main(process.argv);
