/** What a person is asked before a run: where, on which devices, how. The last answers are kept for each workspace and program. */
import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { Launcher } from '../../../runs/src/launch/launch';
import { type RunChoice, hasSampler, usualLauncher } from '../../../runs/src/machines/choice';
import type { Fleet } from '../../../runs/src/machines/fleet';
import { chipsHere } from '../../../runs/src/machines/here';
import type { MachineSettings } from '../../../runs/src/machines/settings';
import type { Framework, RunKind } from '../../../runs/src/spec';
import { statedBy } from '../../../runs/src/stated';
import { canRunHere } from '../../../runs/src/transports/unavailable';
import { joinWords, splitWords } from './command-line';
import { type Choice, type Field, chooseOne, enterText, plainWords, showForm, wholeNumber } from './form';
import { type Program, keepArguments } from './program';
import { FRAMEWORKS, chipsText, linkWord, machineName, schedulerText } from './words';

/** What the form remembers. Nothing of it is executed by being remembered: it fills the form. */
interface Answers {
  machine: string | null;
  framework: Framework;
  chip: string;
  devices: number;
  nodes: number;
  precision: string | null;
  batch: number | null;
  launcher: Launcher | null;
  environment: string | null;
  env: Record<string, string>;
  /** null: as is usual for the chip */
  telemetry: boolean | null;
}

interface Asked {
  machine: string | null;
  choice: RunChoice;
}

/** Machines to choose from: this one, those of the settings, and how they are. */
export function machineChoices(fleet: Fleet): Choice<string | null>[] {
  const usable = fleet.states().filter(({ name }) => name !== null || canRunHere());
  return usable.map(({ name, link, settings }) => ({
    label: `$(${name === null ? 'device-desktop' : 'vm'}) ${machineName(name)}`,
    description: settings === null ? '' : [linkWord(link), chipsText(settings.chips), schedulerText(settings)].filter(Boolean).join(' · '),
    value: name,
  }));
}

/** Chips to choose from: those of the machine, then others by name. */
function chipChoices(chips: Record<string, number>, known: readonly string[]): Choice<string>[] {
  const described = Object.entries(chips).map(([chip, count]) => ({
    label: chip,
    description: chip === 'cpu' ? '' : `× ${count}`,
    value: chip,
  }));
  const others = known.filter((chip) => chips[chip] === undefined).map((chip) => ({ label: chip, value: chip }));
  const heading = { label: vscode.l10n.t('Not described for this machine'), kind: vscode.QuickPickItemKind.Separator, value: '' };
  return [...described, ...(others.length === 0 ? [] : [heading, ...others])];
}

/** Chips of a machine, the processor last. */
export async function chipsOf(machine: MachineSettings | null): Promise<Record<string, number>> {
  return { ...(machine === null ? await chipsHere() : machine.chips), cpu: 1 };
}

/**
 * Asks how a program shall run; null when the person leaves.
 * @param known chips that can be chosen on a machine whose chips are not described
 * @param show false: nothing is asked, what was chosen last counts
 */
export async function askRun(
  kind: RunKind,
  asking: { program: Program; typed: string },
  fleet: Fleet,
  known: readonly string[],
  memory: vscode.Memento,
  show: boolean,
): Promise<Asked | null> {
  const { program } = asking;
  const key = `run:${kind}:${program.folder}/${program.script}`;
  const fresh: Answers = {
    machine: null,
    framework: program.framework,
    chip: '',
    devices: 1,
    nodes: 1,
    precision: null,
    batch: null,
    launcher: null,
    environment: null,
    env: {},
    telemetry: null,
  };
  const answers: Answers = { ...fresh, ...memory.get<Partial<Answers>>(key) };
  const machines = machineChoices(fleet);
  if (!machines.some(({ value }) => value === answers.machine)) answers.machine = machines[0]!.value;
  const group = basename(program.folder);
  const title = `${kind === 'train' ? vscode.l10n.t('Run Training') : vscode.l10n.t('Run Inference')}: ${program.script}`;
  const settings = (): MachineSettings | null => fleet.state(answers.machine)?.settings ?? null;
  let words = splitWords(asking.typed);

  const fields = async (): Promise<Field[]> => {
    const machine = settings();
    const chips = await chipsOf(machine);
    if (chips[answers.chip] === undefined && !known.includes(answers.chip)) answers.chip = Object.keys(chips)[0]!;
    const measured = answers.telemetry ?? (await hasSampler(machine, answers.chip));
    const launcher = answers.launcher ?? (machine === null ? usualLauncher(answers.framework, answers.devices) : machine.launcher);
    return [
      {
        icon: 'vm',
        label: vscode.l10n.t('Machine'),
        value: machineName(answers.machine),
        edit: async () => {
          const before = answers.machine;
          await put('machine', chooseOne(vscode.l10n.t('On which machine?'), machineChoices(fleet), answers.machine));
          // a chip that was chosen for one machine need not be in another
          if (answers.machine !== before) answers.chip = Object.keys(await chipsOf(settings()))[0]!;
        },
      },
      {
        icon: 'circuit-board',
        label: vscode.l10n.t('Chip'),
        value: answers.chip,
        edit: async () => void (await put('chip', chooseOne(vscode.l10n.t('On which chip?'), chipChoices(chips, known), answers.chip))),
      },
      {
        icon: 'layers',
        label: vscode.l10n.t('Devices'),
        value: String(answers.devices),
        edit: () => number('devices', vscode.l10n.t('On how many devices?')),
      },
      ...(machine?.slurm == null
        ? []
        : [
            {
              icon: 'server',
              label: vscode.l10n.t('Nodes'),
              value: String(answers.nodes),
              edit: () => number('nodes', vscode.l10n.t('On how many nodes?')),
            },
          ]),
      {
        icon: 'rocket',
        label: vscode.l10n.t('Launcher'),
        value: answers.launcher === null ? vscode.l10n.t('{0} (usual)', launcher) : launcher,
        edit: chooseLauncher,
      },
      ...(machine === null || Object.keys(machine.environments).length === 0
        ? []
        : [
            {
              icon: 'package',
              label: vscode.l10n.t('Environment'),
              value: answers.environment ?? vscode.l10n.t('{0} (as the framework)', answers.framework),
              edit: () => chooseEnvironment(machine),
            },
          ]),
      { icon: 'symbol-class', label: vscode.l10n.t('Framework'), value: FRAMEWORKS[answers.framework], edit: chooseFramework },
      {
        icon: 'symbol-numeric',
        label: vscode.l10n.t('Precision'),
        value: answers.precision ?? vscode.l10n.t('not told'),
        edit: choosePrecision,
      },
      {
        icon: 'symbol-array',
        label: vscode.l10n.t('Batch size'),
        value: batchText(),
        edit: chooseBatch,
      },
      {
        icon: 'symbol-variable',
        label: vscode.l10n.t('Environment variables'),
        value: envText(answers.env) || vscode.l10n.t('none'),
        edit: chooseVariables,
      },
      {
        icon: 'pulse',
        label: vscode.l10n.t('Power and load'),
        value: measured ? vscode.l10n.t('sampled every second') : vscode.l10n.t('not sampled'),
        edit: async () => void (answers.telemetry = !measured),
      },
      { icon: 'symbol-string', label: vscode.l10n.t('Arguments'), value: joinWords(words) || vscode.l10n.t('none'), edit: chooseArguments },
    ];
  };

  /** what is noted for comparing: as chosen, else as the program's own arguments state it */
  function batchText(): string {
    const { batch } = statedBy(words, answers.devices);
    if (answers.batch !== null) return String(answers.batch);
    return batch === undefined ? vscode.l10n.t('not told') : vscode.l10n.t('{0} (by the arguments)', batch);
  }
  async function put<K extends keyof Answers>(field: K, value: Promise<Answers[K] | undefined>): Promise<void> {
    const chosen = await value;
    if (chosen !== undefined) answers[field] = chosen;
  }
  async function number(field: 'devices' | 'nodes', question: string): Promise<void> {
    const text = await enterText(title, question, String(answers[field]), wholeNumber(false));
    if (text !== undefined) answers[field] = Number(text);
  }
  async function chooseLauncher(): Promise<void> {
    const usual = { label: vscode.l10n.t('As usual'), value: null as Launcher | null };
    const others = (['plain', 'torchrun', 'msrun'] as const).map((value) => ({ label: value, value }));
    await put('launcher', chooseOne(vscode.l10n.t('What starts the program on its devices?'), [usual, ...others], answers.launcher));
  }
  async function chooseFramework(): Promise<void> {
    const items = (Object.keys(FRAMEWORKS) as Framework[]).map((value) => ({ label: FRAMEWORKS[value], value }));
    await put('framework', chooseOne(vscode.l10n.t('Which framework does the program use?'), items, answers.framework));
  }
  async function chooseEnvironment(machine: MachineSettings): Promise<void> {
    const items = Object.keys(machine.environments).map((name): Choice<string | null> => ({ label: name, value: name }));
    const byFramework = { label: vscode.l10n.t('As the framework'), value: null };
    await put('environment', chooseOne(vscode.l10n.t('Which environment of the machine?'), [byFramework, ...items], answers.environment));
  }
  async function choosePrecision(): Promise<void> {
    const prompt = vscode.l10n.t(
      'Noted with the run, for comparing: for example fp32 or fp16-mixed. The program itself is told by its arguments.',
    );
    const text = await enterText(title, prompt, answers.precision ?? '', (value) =>
      value.includes(',') ? plainWords('?') : plainWords(value),
    );
    if (text !== undefined) answers.precision = text.trim() || null;
  }
  async function chooseBatch(): Promise<void> {
    const prompt = vscode.l10n.t('Noted with the run, for comparing. The program itself is told by its arguments.');
    const text = await enterText(title, prompt, answers.batch === null ? '' : String(answers.batch), wholeNumber(true));
    if (text !== undefined) answers.batch = text.trim() === '' ? null : Number(text);
  }
  async function chooseVariables(): Promise<void> {
    const text = await enterText(title, vscode.l10n.t('NAME=value, several with blanks between'), envText(answers.env), (value) =>
      parseEnv(value) === null ? vscode.l10n.t('NAME=value is wanted.') : undefined,
    );
    if (text !== undefined) answers.env = parseEnv(text) ?? {};
  }
  async function chooseArguments(): Promise<void> {
    const text = await enterText(title, vscode.l10n.t('Arguments of the program'), joinWords(words), () => undefined);
    if (text !== undefined) words = splitWords(text);
  }

  const go = (): { label: string; detail: string } => ({
    label: vscode.l10n.t('Preview and start'),
    detail: joinWords([program.script, ...words]),
  });
  // a look at the fields settles what was not chosen
  if (!show) await fields();
  else if (!(await showForm(title, go, fields))) return null;
  else {
    // changed again, the form begins with what stands in it now
    asking.typed = joinWords(words);
    await keepArguments(kind, program, asking.typed, memory);
    await memory.update(key, answers);
  }
  const machine = settings();
  const { machine: name, telemetry, launcher, ...rest } = answers;
  const measured = telemetry ?? (await hasSampler(machine, answers.chip));
  const usual = machine === null ? usualLauncher(answers.framework, answers.devices) : null;
  return {
    machine: name,
    choice: {
      ...rest,
      ...statedBy(words, rest.devices),
      ...(rest.batch === null ? {} : { batch: rest.batch }),
      kind,
      name: `${group} ${kind}`,
      group,
      words: [program.script, ...words],
      folder: program.folder,
      launcher: launcher ?? usual,
      telemetry: measured ? 1 : null,
    },
  };
}

const envText = (env: Record<string, string>): string =>
  Object.entries(env)
    .map(([name, value]) => `${name}=${value === '' ? '' : joinWords([value])}`)
    .join(' ');

/** Variables of a line; null when a word is none. */
function parseEnv(text: string): Record<string, string> | null {
  const env: Record<string, string> = {};
  for (const word of splitWords(text)) {
    const [, name, value] = /^([A-Za-z_]\w*)=(.*)$/s.exec(word) ?? [];
    if (name === undefined) return null;
    env[name] = value!;
  }
  return env;
}
