/** Where the program of a run came from: the commit of its code and the migration that made it. */
import type { RunSummary } from '../../../../runs/src/results/document';
import { cleanText } from './clean';
import type { Words } from './rows';

/** A commit as people write it, or null where there is none. */
export function commitText({ origin }: RunSummary): string | null {
  const commit = cleanText(origin?.commit ?? '', 64);
  return commit === '' ? null : commit;
}

/** "Migrated from ai-goms to mindspore@ascend910b by MindPort 0.1.0: 14 files, 3 places by hand"; null for a program that was not migrated. */
export function migrationText({ origin }: RunSummary, { text, format }: Words): string | null {
  const migration = origin?.migration;
  if (!migration) return null;
  const from = cleanText(migration.from ?? '', 60);
  return text.t(from === '' ? 'origin.migrated' : 'origin.migrated.from', {
    from,
    target: cleanText(migration.target, 60),
    version: cleanText(migration.version, 20),
    files: format.integer(migration.files),
    manual: format.integer(migration.manual),
  });
}

/** Lines for the explanation of a run's name; none where nothing is known. */
export function originLines(run: RunSummary, words: Words): string[] {
  const commit = commitText(run);
  const migration = migrationText(run, words);
  return [
    ...(commit === null
      ? []
      : [words.text.t(run.origin?.dirty ? 'origin.commit.dirty' : 'origin.commit', { commit: commit.slice(0, 12) })]),
    ...(migration === null ? [] : [migration]),
  ];
}
