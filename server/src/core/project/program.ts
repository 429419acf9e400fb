/**
 * The files of one program: parsed and analysed lazily, each with the summaries of the modules it imports. Import cycles are cut: the module that
 * closes a cycle is analysed without the other's summary.
 */
import { analyzeModule } from '../semantics/analyze';
import type { ApiKnowledge, ModuleSemantics, ModuleSummaries, ModuleSummary } from '../semantics/analyze';
import type { Module } from '../syntax/ast';

export interface ProgramFile {
  /** relative to the program's root, `/` between folders */
  path: string;
  text: string;
}

export interface AnalysedFile extends ProgramFile {
  module: Module;
  semantics: ModuleSemantics;
}

export class Program implements ModuleSummaries {
  private readonly byModule = new Map<string, ProgramFile>();
  private readonly analysed = new Map<string, AnalysedFile>();
  private readonly open = new Set<string>();

  /** @param parse text → AST; the caller owns the parser and its wasm */
  constructor(
    readonly files: readonly ProgramFile[],
    private readonly parse: (text: string) => Module,
    private readonly knowledge: ApiKnowledge,
  ) {
    for (const file of files) this.byModule.set(moduleName(file.path), file);
  }

  file(path: string): AnalysedFile | undefined {
    const known = this.analysed.get(path);
    if (known) return known;
    const file = this.files.find((candidate) => candidate.path === path);
    if (!file || this.open.has(path)) return undefined;
    this.open.add(path);
    try {
      const module = this.parse(file.text);
      const semantics = analyzeModule(module, { knowledge: this.knowledge, moduleName: moduleName(path), summaries: this });
      const result = { ...file, module, semantics };
      this.analysed.set(path, result);
      return result;
    } finally {
      this.open.delete(path);
    }
  }

  /** Absolute names are looked up from the root, then from the importing module's folder (where a script's own folder is on the path). */
  module(dottedName: string, from: string | null): ModuleSummary | undefined {
    for (const name of candidates(dottedName, from, this.byModule)) {
      const file = this.byModule.get(name);
      if (file) return this.file(file.path)?.semantics.summary;
    }
    return undefined;
  }
}

/** `networks/afno.py` → `networks.afno`; `networks/__init__.py` → `networks`. */
export function moduleName(path: string): string {
  return path
    .replace(/\.pyi?$/, '')
    .replace(/(^|\/)__init__$/, '')
    .split('/')
    .filter(Boolean)
    .join('.');
}

function candidates(dottedName: string, from: string | null, known: ReadonlyMap<string, ProgramFile>): string[] {
  const dots = /^\.*/.exec(dottedName)![0].length;
  const name = dottedName.slice(dots);
  const packageOf = (module: string) => module.split('.').slice(0, -1);
  if (dots > 0) {
    const fromFile = from === null ? undefined : known.get(from);
    const isPackage = fromFile?.path.endsWith('__init__.py') ?? false;
    const base = from === null ? [] : isPackage ? from.split('.') : packageOf(from);
    return [[...base.slice(0, base.length - (dots - 1)), name].filter(Boolean).join('.')];
  }
  const result = [name];
  for (let base = from === null ? [] : packageOf(from); base.length > 0; base = base.slice(0, -1)) result.push([...base, name].join('.'));
  return result;
}
