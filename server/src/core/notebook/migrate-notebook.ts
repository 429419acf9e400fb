/** The migration of a notebook: that of the program over its cells, as a change of the file. */
import { migrateFile, type MigratedFile, type MigrationOptions } from '../fixes/migrate/migrate-program';
import type { AnalysedFile } from '../project/program';
import type { NotebookFile } from './notebook-file';

/** @param file the analysed program over the cells */
export function migrateNotebook(notebook: NotebookFile, file: AnalysedFile, options: MigrationOptions): MigratedFile {
  let migrated: MigratedFile | null = null;
  const { edits, text } = notebook.change(file.module, (stays) => (migrated = migrateFile(file, { ...options, stays })).edits);
  const { rewritten, left, differences } = migrated ?? migrateFile(file, options);
  return { path: file.path, before: notebook.text, after: text, edits, rewritten: edits.length > 0 ? rewritten : 0, left, differences };
}
