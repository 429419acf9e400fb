/** What a command does with each analysed file. Tasks and their results are plain data: both cross threads. */
import type { Composition } from '../../server/src/core/fixes/compose';
import { composeAll } from '../../server/src/core/fixes/fix-all';
import type { Reference } from '../../server/src/core/semantics/reference';
import type { Checked } from './analyse';
import { digestOf } from './result-cache';
import { findingsJson } from './formats/json';
import { referenceLines, referenceText } from './formats/references';
import { sarifResults } from './formats/sarif';
import { findingText } from './formats/text';
import { unifiedDiff } from './unified-diff';
import type { Words } from './words';

/** Print findings, or every reference. */
export interface CheckTask {
  kind: 'check';
  format: 'text' | 'json' | 'sarif';
  references: boolean;
}

export interface CheckResult {
  /** what is printed of this file: whole lines, or members of a JSON array */
  text: string;
  findings: number;
  /** findings with a safe fix, and with one to look at */
  safe: number;
  review: number;
}

/** Rewrite. */
export interface FixTask {
  kind: 'fix';
  review: boolean;
}

export interface FixResult {
  fixes: number;
  diff: string;
  /** the new text, as it is written to the file; null when nothing changes */
  text: string | null;
  /** digest of the file that this is the new text of */
  of: string;
}

export type Task = CheckTask | FixTask;
export type ResultOf<T extends Task> = T extends CheckTask ? CheckResult : FixResult;

/** Does a task with one file. */
export function perform<T extends Task>(task: T, checked: Checked, words: Words): ResultOf<T> {
  return (task.kind === 'check' ? check(task, checked, words) : fix(task, checked)) as ResultOf<T>;
}

function check({ format, references }: CheckTask, checked: Checked, words: Words): CheckResult {
  const { findings } = checked;
  const withFix = (safety: string): number => findings.filter(({ fix }) => fix?.safety === safety).length;
  return { text: printed(), findings: findings.length, safe: withFix('safe'), review: withFix('review') };

  function printed(): string {
    if (format === 'sarif') return sarifResults(checked, words);
    if (references) return format === 'json' ? referenceLines(checked, words) : referenceText(checked, words);
    if (format === 'json') return findingsJson(checked, words);
    return findings.map((finding) => findingText(finding, checked, words)).join('');
  }
}

function fix({ review }: FixTask, checked: Checked): FixResult {
  // what is suppressed has no finding, and is not fixed either
  const wanted = new Set(checked.findings.map(({ reference }) => reference));
  const classNames = new Set(checked.findings.filter(({ code }) => code === 'MSP111').map(({ span }) => span.start));
  const safety = review ? 'review' : 'safe';
  const compose = (stays: (reference: Reference) => boolean) =>
    composeAll(checked.context, { safety, classNames, only: (reference) => wanted.has(reference) && !stays(reference) });
  const { edits, before, text, stays } = changed(checked, compose);
  if (edits.length === 0) return { fixes: 0, diff: '', text: null, of: '' };
  const fixes = checked.findings.filter(
    ({ fix, reference }) => fix && (fix.safety === 'safe' || fix.safety === safety) && !(reference && stays(reference)),
  ).length;
  const mark = checked.marked ? '\ufeff' : '';
  return { fixes, diff: unifiedDiff(checked.source.shown, before, edits), text: mark + text, of: digestOf(Buffer.from(mark + before)) };
}

/** The file before and after, whatever its text is written in. */
function changed({ notebook, text, context }: Checked, compose: (stays: (reference: Reference) => boolean) => Composition) {
  if (notebook) return { before: notebook.text, ...notebook.change(context.module, (stays) => compose(stays).edits) };
  const composition = compose(() => false);
  return { before: text, edits: composition.edits, text: composition.text(), stays: () => false };
}
