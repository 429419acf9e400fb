/** What a person is asked before a sweep: rows from axes or from a table of the paper, where each chip is, how many at once. */
import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { Fleet } from '../../../runs/src/machines/fleet';
import type { Framework, RunKind } from '../../../runs/src/spec';
import { tableNames } from '../../../runs/src/sweep/axes';
import { type SweepChoice, chosenRows, typedAxes, untold } from '../../../runs/src/sweep/choice';
import { optionFor } from '../../../runs/src/stated';
import { splitWords } from './command-line';
import { type Field, chooseMany, chooseOne, enterText, plainWords, showForm, wholeNumber, wholeNumbers } from './form';
import { pickScript, type Program, sourceOf } from './program';
import { chipsOf, machineChoices } from './run-form';
import { explain } from './language';
import { FRAMEWORKS, machineName } from './words';

interface Answers {
  kind: RunKind;
  table: string | null;
  frameworks: Framework[];
  chips: string[];
  devices: string;
  batch: string;
  precision: string;
  workers: string;
  repeats: string;
  /** chip → machine; null is this one */
  machines: Record<string, string | null>;
  limit: string;
  typed: string;
  mindspore: Program | null;
}

const CHOICES = (Object.keys(FRAMEWORKS) as Framework[]).map((value) => ({ label: FRAMEWORKS[value], value }));

/** Asks for a sweep of `program`; null when the person leaves. */
export async function askSweep(program: Program, fleet: Fleet, memory: vscode.Memento): Promise<SweepChoice | null> {
  const key = `sweep:${program.folder}/${program.script}`;
  const source = await sourceOf(program);
  const fresh: Answers = {
    kind: 'train',
    table: null,
    frameworks: [program.framework],
    chips: ['cpu'],
    devices: '1',
    batch: '1, 2',
    precision: 'fp32',
    workers: '',
    repeats: '1',
    machines: {},
    limit: '',
    typed: `${optionFor('batch', source) ?? '--batch'} {batch}`,
    mindspore: null,
  };
  const answers: Answers = { ...fresh, ...memory.get<Partial<Answers>>(key) };
  const title = `${vscode.l10n.t('Run Sweep')}: ${program.script}`;
  const owners = new Map<string, (string | null)[]>();
  for (const { name, settings } of fleet.states())
    for (const chip of Object.keys(await chipsOf(settings))) owners.set(chip, [...(owners.get(chip) ?? []), name]);

  const choice = (): SweepChoice => {
    const partial = { table: answers.table, axes: typedAxes(answers), repeats: Number(answers.repeats) };
    const chips: SweepChoice['chips'] = {};
    for (const chip of new Set(chosenRows(partial).map((row) => row.chip))) {
      const possible = owners.get(chip) ?? [];
      const chosen = answers.machines[chip];
      // one that is not there any more is not chosen
      const machine = chosen !== undefined && fleet.state(chosen) !== undefined ? chosen : possible[0];
      if (machine === undefined) continue;
      const settings = fleet.state(machine)?.settings;
      const perNode = settings?.slurm == null ? undefined : settings.chips[chip];
      chips[chip] = { machine, ...(perNode === undefined ? {} : { devicesPerNode: perNode }) };
    }
    const { mindspore } = answers;
    const words = splitWords(answers.typed);
    return {
      ...partial,
      name: basename(program.folder),
      kind: answers.kind,
      folder: program.folder,
      words: [program.script, ...words],
      mindspore: mindspore === null ? null : { folder: mindspore.folder, words: [mindspore.script, ...words] },
      chips,
      limit: answers.limit.trim() === '' ? null : Number(answers.limit),
      env: {},
    };
  };

  async function text(
    field: 'devices' | 'batch' | 'precision' | 'workers' | 'repeats' | 'limit' | 'typed',
    prompt: string,
    trouble: (value: string) => string | undefined,
  ): Promise<void> {
    const typed = await enterText(title, prompt, answers[field], trouble);
    if (typed !== undefined) answers[field] = typed;
  }
  const rowsText = (): string => (answers.table === null ? vscode.l10n.t('combinations of the axes') : tableTitle(answers.table));
  const chipItems = (): { label: string; description: string; value: string }[] =>
    [...owners].map(([chip, names]) => ({ label: chip, description: names.map(machineName).join(', '), value: chip }));

  const fields = async (): Promise<Field[]> => {
    const places: Field[] = Object.entries(tryChoice(choice)?.chips ?? {}).map(([chip, { machine }]) => ({
      icon: 'vm',
      label: vscode.l10n.t('Machine for {0}', chip),
      value: machineName(machine),
      edit: async () => {
        const chosen = await chooseOne(vscode.l10n.t('On which machine?'), machineChoices(fleet), machine);
        if (chosen !== undefined) answers.machines[chip] = chosen;
      },
    }));
    const none = vscode.l10n.t('none');
    const axes: Field[] =
      answers.table !== null
        ? []
        : [
            {
              icon: 'symbol-class',
              label: vscode.l10n.t('Frameworks'),
              value: answers.frameworks.join(', '),
              edit: async () =>
                void (answers.frameworks = some(
                  await chooseMany(vscode.l10n.t('Which frameworks?'), CHOICES, answers.frameworks),
                  answers.frameworks,
                )),
            },
            {
              icon: 'circuit-board',
              label: vscode.l10n.t('Chips'),
              value: answers.chips.join(', '),
              edit: async () =>
                void (answers.chips = some(await chooseMany(vscode.l10n.t('Which chips?'), chipItems(), answers.chips), answers.chips)),
            },
            {
              icon: 'layers',
              label: vscode.l10n.t('Devices'),
              value: answers.devices,
              edit: () =>
                text('devices', vscode.l10n.t('Numbers of devices, with commas between'), (value) =>
                  value.trim() === '' ? wholeNumber(false)(value) : wholeNumbers(1)(value),
                ),
            },
            {
              icon: 'symbol-array',
              label: vscode.l10n.t('Batch sizes'),
              value: answers.batch || none,
              edit: () => text('batch', vscode.l10n.t('Batch sizes, with commas between'), wholeNumbers(1)),
            },
            {
              icon: 'symbol-numeric',
              label: vscode.l10n.t('Precisions'),
              value: answers.precision || none,
              edit: () => text('precision', vscode.l10n.t('Precisions, with commas between'), plainWords),
            },
            {
              icon: 'list-tree',
              label: vscode.l10n.t('Loader processes'),
              value: answers.workers || none,
              edit: chooseWorkers,
            },
          ];
    const several =
      answers.table === null
        ? answers.frameworks.includes('mindspore')
        : tryChoice(() => chosenRows(choice()).some(({ framework }) => framework === 'mindspore'));
    return [
      {
        icon: 'symbol-event',
        label: vscode.l10n.t('Kind'),
        value: answers.kind === 'train' ? vscode.l10n.t('training') : vscode.l10n.t('inference'),
        edit: async () => void (answers.kind = answers.kind === 'train' ? 'infer' : 'train'),
      },
      { icon: 'table', label: vscode.l10n.t('Rows'), value: rowsText(), edit: chooseRows },
      ...axes,
      {
        icon: 'history',
        label: vscode.l10n.t('Repeats of each row'),
        value: answers.repeats,
        edit: () => text('repeats', vscode.l10n.t('How often is each row run?'), wholeNumber(false)),
      },
      {
        icon: 'symbol-string',
        label: vscode.l10n.t('Arguments'),
        value: answers.typed || none,
        edit: () =>
          text(
            'typed',
            vscode.l10n.t(
              'Arguments of the program; {batch}, {devices}, {precision}, {workers}, {framework}, {chip}, {repeat} stand for the values of a row',
            ),
            () => undefined,
          ),
      },
      ...(several
        ? [
            {
              icon: 'file-code',
              label: vscode.l10n.t('Program for MindSpore'),
              value:
                answers.mindspore === null
                  ? vscode.l10n.t('the same one')
                  : vscode.workspace.asRelativePath(`${answers.mindspore.folder}/${answers.mindspore.script}`),
              edit: chooseMindspore,
            },
          ]
        : []),
      ...places,
      {
        icon: 'dashboard',
        label: vscode.l10n.t('At once on a machine'),
        value: answers.limit.trim() || vscode.l10n.t('as usual: 1, with Slurm 8'),
        edit: () => text('limit', vscode.l10n.t('Runs at once on a machine; empty: 1, with Slurm 8'), wholeNumber(true)),
      },
    ];
  };
  async function chooseRows(): Promise<void> {
    const items = [
      { label: vscode.l10n.t('Combinations of the axes'), value: null as string | null },
      ...tableNames.map((name) => ({ label: tableTitle(name), value: name })),
    ];
    const chosen = await chooseOne(vscode.l10n.t('Which rows?'), items, answers.table);
    if (chosen !== undefined) answers.table = chosen;
  }
  async function chooseWorkers(): Promise<void> {
    const prompt = vscode.l10n.t(
      'Numbers of processes that load data beside the program, with commas between; 0: the program loads them itself',
    );
    await text('workers', prompt, wholeNumbers(0));
    const option = optionFor('workers', source);
    if (answers.workers.trim() !== '' && option !== null && !answers.typed.includes('{workers}'))
      answers.typed = `${answers.typed} ${option} {workers}`.trim();
  }
  async function chooseMindspore(): Promise<void> {
    answers.mindspore = (await pickScript(answers.kind, vscode.l10n.t('Which program runs with MindSpore?'))) ?? null;
  }
  const go = (): { label: string; detail: string } => {
    try {
      const made = choice();
      const rows = chosenRows(made).filter(({ chip }) => made.chips[chip] !== undefined);
      const left = chosenRows(made).length - rows.length;
      const more = left === 0 ? '' : ` ${vscode.l10n.t('{0} rows are left out: no machine has their chip.', left)}`;
      const silent = untold(made).map(
        (axis) => ` ${vscode.l10n.t('{0} is not in the arguments: the program is not told of it.', `{${axis}}`)}`,
      );
      return { label: vscode.l10n.t('Preview and start'), detail: `${vscode.l10n.t('{0} runs', rows.length)}.${more}${silent.join('')}` };
    } catch (error) {
      return { label: vscode.l10n.t('Preview and start'), detail: explain(error) };
    }
  };
  if (!(await showForm(title, go, fields))) return null;
  await memory.update(key, answers);
  return choice();
}

const some = <T>(chosen: T[] | undefined, before: T[]): T[] => (chosen === undefined || chosen.length === 0 ? before : chosen);

function tryChoice<T>(make: () => T): T | null {
  try {
    return make();
  } catch {
    return null;
  }
}

const tableTitle = (name: string): string => vscode.l10n.t('Table {0} of the paper', name.replace('table', ''));
