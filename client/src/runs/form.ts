/** A form made of one list: each line a field with its value, the first line goes on. Enter on a field changes it. */
import * as vscode from 'vscode';
import { listed } from '../../../runs/src/sweep/choice';

export interface Field {
  icon: string;
  label: string;
  value: string;
  /** said below the value */
  hint?: string;
  /** asks for another value; the form is drawn anew afterwards */
  edit: () => Promise<void>;
}

interface Line extends vscode.QuickPickItem {
  field: Field | null;
}

/**
 * Shows the form until the person goes on (true) or leaves (false).
 * @param go text of the line that goes on, asked for whenever the form is drawn
 * @param fields the fields as they are now
 */
export async function showForm(
  title: string,
  go: () => { label: string; detail: string },
  fields: () => Promise<Field[]>,
): Promise<boolean> {
  for (let at = 0; ;) {
    const all = await fields();
    const { label, detail } = go();
    const lines: Line[] = [
      { label: `$(play) ${label}`, detail, field: null, alwaysShow: true },
      { label: '', kind: vscode.QuickPickItemKind.Separator, field: null },
      ...all.map((field): Line => ({ label: `$(${field.icon}) ${field.label}`, description: field.value, detail: field.hint, field })),
    ];
    const picked = await pickFrom(title, lines, at);
    if (picked === undefined) return false;
    if (picked.field === null) return true;
    at = lines.indexOf(picked);
    await picked.field.edit();
  }
}

function pickFrom(title: string, lines: Line[], at: number): Promise<Line | undefined> {
  const list = vscode.window.createQuickPick<Line>();
  Object.assign(list, { title, items: lines, ignoreFocusOut: true, matchOnDescription: true });
  list.placeholder = vscode.l10n.t('Enter goes on, or changes the chosen line');
  list.activeItems = [lines[at]!];
  return new Promise((resolve) => {
    list.onDidAccept(() => {
      resolve(list.activeItems[0]);
      list.hide();
    });
    list.onDidHide(() => {
      resolve(undefined);
      list.dispose();
    });
    list.show();
  });
}

export interface Choice<T> extends vscode.QuickPickItem {
  value: T;
}

/** Asks for one of several values; undefined when the person keeps what there was. */
export async function chooseOne<T>(title: string, items: Choice<T>[], now: T): Promise<T | undefined> {
  const shown = items.map((item) =>
    item.value === now ? { ...item, description: [item.description, vscode.l10n.t('current')].filter(Boolean).join(' · ') } : item,
  );
  return (await vscode.window.showQuickPick(shown, { title, ignoreFocusOut: true }))?.value;
}

/** Asks for several of several values. */
export async function chooseMany<T>(title: string, items: Choice<T>[], now: readonly T[]): Promise<T[] | undefined> {
  const shown = items.map((item) => ({ ...item, picked: now.includes(item.value) }));
  const picked = await vscode.window.showQuickPick(shown, { title, canPickMany: true, ignoreFocusOut: true });
  return picked?.map(({ value }) => value);
}

/** Asks for a text; `trouble` says what is wrong with it. */
export async function enterText(
  title: string,
  prompt: string,
  value: string,
  trouble: (text: string) => string | undefined,
): Promise<string | undefined> {
  return vscode.window.showInputBox({ title, prompt, value, ignoreFocusOut: true, validateInput: trouble });
}

/** What is wrong with a text as a whole number of at least 1; nothing where an empty one stands for none. */
export const wholeNumber =
  (mayBeEmpty: boolean) =>
  (text: string): string | undefined =>
    (mayBeEmpty && text.trim() === '') || /^\s*[1-9]\d{0,8}\s*$/.test(text) ? undefined : vscode.l10n.t('A whole number is wanted.');

/** What is wrong with a list of such numbers; an empty one stands for none. */
export const wholeNumbers =
  (least: 0 | 1) =>
  (text: string): string | undefined => {
    const isOne = (each: string): boolean => wholeNumber(false)(each) === undefined || (least === 0 && each.trim() === '0');
    return text.trim() === '' || text.split(',').every(isOne) ? undefined : vscode.l10n.t('Whole numbers with commas between are wanted.');
  };

const word = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$/;

/** What is wrong with words that name a precision or the like, with commas between. */
export const plainWords = (text: string): string | undefined =>
  listed(text).every((each) => word.test(each)) ? undefined : vscode.l10n.t('Letters, digits and . _ + - are allowed.');
