/** The programs that the files of a command line belong to: one a root, with what files named alone import. */
import { existsSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { importedModules } from '../../server/src/core/project/import-scan';
import type { FileSpec, ProgramSpec } from '../../server/src/core/project/work';
import { isProblem, readSource, type Source } from './files';

export interface Programs {
  specs: ProgramSpec[];
  /** by program and file: the place of a file in the order of the command line, undefined for one that is only imported */
  places: Map<number, number>[];
}

export function programsOf(sources: readonly Source[]): Programs {
  const roots = new Map<string, Source[]>();
  for (const source of sources) {
    const members = roots.get(source.root);
    if (members) members.push(source);
    else roots.set(source.root, [source]);
  }
  const placeOf = new Map(sources.map(({ path }, place) => [path, place]));
  const programs: Programs = { specs: [], places: [] };
  for (const [root, members] of roots) {
    const paths = new Set(members.map(({ path }) => path));
    const seen = new Set<string>();
    for (const { path, explicit } of members) if (explicit) addImported(path, root, paths, seen);
    const files: FileSpec[] = [];
    const wanted: number[] = [];
    const places = new Map<number, number>();
    for (const location of paths) {
      const place = placeOf.get(location);
      if (place !== undefined) {
        places.set(files.length, place);
        wanted.push(files.length);
      }
      files.push({ path: relative(root, location).split(sep).join('/'), location });
    }
    programs.specs.push({ files, wanted: wanted.length === files.length ? null : wanted });
    programs.places.push(places);
  }
  return programs;
}

/** Adds the files of the project that a file imports, and what they import. */
function addImported(start: string, root: string, paths: Set<string>, seen: Set<string>): void {
  const waiting = [start];
  while (waiting.length > 0) {
    const path = waiting.pop()!;
    if (seen.has(path)) continue;
    seen.add(path);
    const read = readSource(path);
    if (isProblem(read)) continue;
    for (const name of importedModules(read.text)) {
      for (const file of filesOf(name, path, root)) {
        paths.add(file);
        waiting.push(file);
      }
    }
  }
}

/** The files of a dotted name and of the packages around it. */
function filesOf(name: string, importer: string, root: string): string[] {
  const dots = /^\.*/.exec(name)![0].length;
  const parts = name.slice(dots).split('.').filter(Boolean);
  const folders: string[] = [];
  let folder = dirname(importer);
  if (dots > 0) {
    for (let i = 1; i < dots; i++) folder = dirname(folder);
    folders.push(folder);
  } else {
    for (; folder.startsWith(root); folder = dirname(folder)) {
      folders.push(folder);
      if (dirname(folder) === folder) break;
    }
  }
  return folders.flatMap((base) =>
    parts.flatMap((_, i) => {
      const path = join(base, ...parts.slice(0, i + 1));
      return [`${path}.py`, join(path, '__init__.py')].filter((file) => existsSync(file));
    }),
  );
}
