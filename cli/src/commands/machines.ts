/** `mindport machines`: the machines of the user's settings, and whether they can do what a run needs. */
import { spawn } from 'node:child_process';
import { type Command } from 'commander';
import { RunError } from '../../../runs/src/errors';
import { type MachineFinding, checkMachine } from '../../../runs/src/machines/check';
import { connect, sshOptions } from '../../../runs/src/machines/connect';
import { settingsPath } from '../../../runs/src/machines/settings';
import { type Language, type MessageKey, render } from '../../../runs/src/messages';
import { alignColumns } from '../../../runs/src/results/align';
import { sanitise } from '../../../runs/src/log';
import { controlWords, loginWords } from '../../../runs/src/transports/ssh/command';
import { shownHostKey, trustHostKey } from '../../../runs/src/transports/ssh/host-key';
import { type CommonOptions, type Engines, runCommand, withEngines } from './engine';

type Options = CommonOptions & { json?: boolean; fingerprint?: string };

export function register(program: Command): void {
  runCommand(program, 'machines', 'cli.machines.description')
    .argument(
      '[action]',
      'check: log in and look at everything a run needs; login: once, for a password or second factor; trust: note a host key',
    )
    .argument('[names...]', 'machines (check: default all)')
    .option('--fingerprint <fingerprint>', 'trust: the fingerprint of the host key, as its administrator publishes it')
    .option('--json', 'print JSON')
    .action((action: string | undefined, names: string[], options: Options) =>
      withEngines(options, async (engines, language) => {
        if (action === undefined) return list(engines, options, language);
        if (action === 'login') return logIn(engines, names, language);
        if (action === 'trust') return trust(engines, names, options.fingerprint, language);
        if (action !== 'check') throw new RunError('error.bad_option', { option: 'machines', value: action });
        const chosen = names.length > 0 ? names : (await engines.machines()).machines.map(({ name }) => name);
        if (chosen.length === 0) throw new RunError('machine.none', { path: settingsPath() });
        let status = 0;
        const all: object[] = [];
        for (const name of chosen) {
          const findings = await check(engines, name, options, language);
          all.push({ machine: name, findings: findings.map((finding) => plain(finding, language)) });
          if (findings.some((finding) => finding.status === 'failed')) status = 1;
        }
        if (options.json) process.stdout.write(`${JSON.stringify(all, null, 2)}\n`);
        return status;
      }),
    );
}

/** Shows the host key, or notes the one that was named; never one nobody has looked at. */
async function trust(engines: Engines, names: string[], fingerprint: string | undefined, language: Language): Promise<number> {
  const [name] = names;
  if (name === undefined || names.length > 1) throw new RunError('error.bad_option', { option: 'trust', value: names.join(' ') });
  const machine = await engines.machine(name);
  const host = machine.host ?? name;
  const options = { ...sshOptions(machine, await engines.machines()), host };
  if (fingerprint === undefined) {
    const key = await shownHostKey(options);
    if (key === null) throw new RunError('link.no_key', { host });
    const command = `mindport machines trust ${name} --fingerprint ${key.fingerprint}`;
    process.stdout.write(`${render(language, 'cli.host_key', { host, kind: key.kind, fingerprint: key.fingerprint, command })}\n`);
    return 1;
  }
  await trustHostKey(options, fingerprint);
  process.stdout.write(`${render(language, 'cli.host_key_noted', { host })}\n`);
  return 0;
}

/** A login with password or second factor at this terminal, whose connection all later commands, and the editor, share. */
async function logIn(engines: Engines, names: string[], language: Language): Promise<number> {
  const [name] = names;
  if (name === undefined || names.length > 1) throw new RunError('error.bad_option', { option: 'login', value: names.join(' ') });
  const machine = await engines.machine(name);
  if (machine.host === null) throw new RunError('error.bad_option', { option: 'login', value: name });
  const options = sshOptions(machine, await engines.machines());
  const shared = controlWords(options, 'check');
  if (shared === null) throw new RunError('link.no_sharing', { host: machine.host });
  const stands = async (): Promise<boolean> => (await ended(shared, 'ignore')) === 0;
  // ssh says itself why it was not let in
  if (!(await stands()) && ((await ended(loginWords(options, ['-f', '-N']), 'inherit')) !== 0 || !(await stands()))) return 1;
  process.stdout.write(`${render(language, 'cli.logged_in', { host: machine.host })}\n`);
  return 0;
}

/** The exit status of a program; null when it was ended. Throws `link.no_ssh` when it is not there. */
function ended([program, ...words]: readonly string[], stdio: 'ignore' | 'inherit'): Promise<number | null> {
  return new Promise((done, failed) => {
    const child = spawn(program!, words, { stdio });
    child.once('error', () => failed(new RunError('link.no_ssh', { program: program! })));
    child.once('exit', done);
  });
}

async function list(engines: Engines, options: Options, language: Language): Promise<number> {
  const { machines } = await engines.machines();
  if (options.json) process.stdout.write(`${JSON.stringify(machines, null, 2)}\n`);
  else if (machines.length === 0) process.stdout.write(`${render(language, 'machine.none', { path: settingsPath() })}\n`);
  else {
    const columns: MessageKey[] = ['column.machine', 'column.host', 'column.chips', 'column.environments', 'column.scheduler'];
    const rows = machines.map((machine) => [
      machine.name,
      machine.host ?? render(language, 'cli.this_machine'),
      Object.entries(machine.chips).map(([chip, count]) => `${count} ${chip}`).join(', '),
      Object.keys(machine.environments).join(', '),
      machine.slurm === null ? '' : `Slurm${machine.slurm.partition === null ? '' : ` ${machine.slurm.partition}`}`,
    ]); // prettier-ignore
    process.stdout.write(alignColumns([columns.map((key) => render(language, key)), ...rows]));
  }
  return 0;
}

async function check(engines: Engines, name: string, options: Options, language: Language): Promise<MachineFinding[]> {
  const machine = await engines.machine(name);
  const settings = await engines.machines();
  const { shell } = connect(machine, settings);
  const findings: MachineFinding[] = [];
  if (!options.json) process.stdout.write(`${name}\n`);
  try {
    for await (const finding of checkMachine(machine, shell, machine.host === null ? null : sshOptions(machine, settings))) {
      findings.push(finding);
      if (!options.json) process.stdout.write(text(finding, language));
    }
  } finally {
    await shell.close();
  }
  return findings;
}

const signs = { ok: '✓', warning: '!', failed: '✗', skipped: '-' };

function text(finding: MachineFinding, language: Language): string {
  const { text: said, fix } = plain(finding, language);
  return `  ${signs[finding.status]} ${said}\n${fix === null ? '' : `      ${fix}\n`}`;
}

function plain(
  finding: MachineFinding,
  language: Language,
): { id: string; subject: string | null; status: string; text: string; fix: string | null } {
  const say = (message: MachineFinding['fix']): string | null =>
    message === null ? null : sanitise(render(language, message.key, message.args));
  return { id: finding.id, subject: finding.subject, status: finding.status, text: say(finding.text)!, fix: say(finding.fix) };
}
