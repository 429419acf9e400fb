/**
 * The folder a migration writes. It notes what it wrote (`.mindport/migration.json`, sha256 of each file), so that a later migration into the same folder
 * replaces only files that nobody has edited since; otherwise nothing is written at all.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { assetPath } from '../../server/src/node-assets';

/** Files that are not as the last migration left them, or that it did not write. */
export class OutputInUse extends Error {
  constructor(readonly files: readonly string[]) {
    super(files.join(', '));
  }
}

const NOTE = '.mindport/migration.json';

const sha256 = (content: Buffer | string): string => createHash('sha256').update(content).digest('hex');

/** What a run of the program tells of its migration later. */
export interface MigrationNote {
  /** name of the folder it was made from */
  from: string;
  target: string;
  /** of MindPort */
  version: string;
  /** files of the program, and references left to do by hand */
  files: number;
  manual: number;
}

export class OutputFolder {
  private readonly files = new Map<string, Buffer | string>();

  constructor(readonly path: string) {}

  add(path: string, content: Buffer | string): void {
    if (!this.files.has(path)) this.files.set(path, content);
  }

  /** @throws OutputInUse when a file there would be lost */
  write(about: MigrationNote): void {
    const before = this.noted();
    const edited = [...this.files].filter(([path, content]) => {
      const there = join(this.path, path);
      if (!existsSync(there)) return false;
      const now = sha256(readFileSync(there));
      return now !== sha256(content) && now !== before[path];
    });
    if (edited.length > 0) throw new OutputInUse(edited.map(([path]) => path));
    const note: Record<string, string> = {};
    for (const [path, content] of this.files) {
      replace(join(this.path, path), content);
      note[path] = sha256(content);
    }
    // what an earlier migration wrote and this one does not is left over from files that are gone
    for (const [path, hash] of Object.entries(before)) {
      const there = join(this.path, path);
      if (!this.files.has(path) && existsSync(there) && sha256(readFileSync(there)) === hash) rmSync(there);
    }
    replace(join(this.path, NOTE), `${JSON.stringify({ version: 1, about, files: note }, null, 1)}\n`);
  }

  private noted(): Record<string, string> {
    try {
      const note = JSON.parse(readFileSync(join(this.path, NOTE), 'utf8')) as { files?: Record<string, string> };
      return note.files ?? {};
    } catch {
      return {}; // none yet, or not ours: every file there then counts as the user's
    }
  }
}

/** Written beside its place and renamed: whole or not at all. */
function replace(path: string, content: Buffer | string): void {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.mindport-${process.pid}`;
  try {
    writeFileSync(temporary, content);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

const SKIPPED = new Set(['__pycache__', 'node_modules', 'site-packages', 'wandb', 'runs']);
/** Configurations, notes and small tables come along; data and checkpoints stay where they are. */
const MOST_COPIED_BYTES = 1_000_000;

/** Adds the program's other small files. */
export function copyOthers(source: string, output: OutputFolder, known: ReadonlySet<string>): void {
  const walk = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.name.startsWith('.') || entry.name.endsWith('.pyc')) continue;
      if (entry.isDirectory()) {
        if (!SKIPPED.has(entry.name) && !existsSync(join(path, 'pyvenv.cfg'))) walk(path);
      } else if (entry.isFile() && statSync(path).size <= MOST_COPIED_BYTES) {
        const name = relative(source, path).split(sep).join('/');
        if (!known.has(name)) output.add(name, readFileSync(path));
      }
    }
  };
  walk(source);
}

/** Adds the package of custom operators: clusters are often cut off from package indexes, so the program carries it along. */
export function vendorOperators(here: string, output: OutputFolder): void {
  const folder = assetPath(here, 'python/mindport_ops', 'python/mindport_ops');
  for (const name of readdirSync(folder).sort())
    if (name.endsWith('.py')) output.add(`mindport_ops/${name}`, readFileSync(join(folder, name)));
}
