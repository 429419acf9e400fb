/** Which file of a program a dotted module name means. */

/** `networks/afno.py` → `networks.afno`; `networks/__init__.py` → `networks`. */
export function moduleName(path: string): string {
  return path
    .replace(/\.pyi?$/, '')
    .replace(/(^|\/)__init__$/, '')
    .split('/')
    .filter(Boolean)
    .join('.');
}

export class ModuleIndex {
  private readonly byModule = new Map<string, number>();
  /** What a dotted name of a module here may begin with: most names that are looked up belong to packages outside. */
  private readonly words = new Set<string>();
  /** Dotted names, by file. */
  readonly names: readonly string[];

  /** @param paths relative to the program's root, `/` between folders */
  constructor(private readonly paths: readonly string[]) {
    this.names = paths.map(moduleName);
    this.names.forEach((name, file) => {
      this.byModule.set(name, file);
      for (const word of name.split('.')) this.words.add(word);
    });
  }

  /** The file of this very name. */
  fileOf(name: string): number | undefined {
    return this.byModule.get(name);
  }

  /**
   * The file of a module: absolute names are looked up from the root, then from the importing module's folder upwards (where a script's own folder is
   * on the path).
   */
  find(dottedName: string, from: string | null): number | undefined {
    let level = 0;
    while (dottedName[level] === '.') level++;
    if (level > 0) return this.byModule.get(this.relative(dottedName.slice(level), level, from));
    const dot = dottedName.indexOf('.');
    if (!this.words.has(dot < 0 ? dottedName : dottedName.slice(0, dot))) return undefined;
    const atRoot = this.byModule.get(dottedName);
    if (atRoot !== undefined || from === null) return atRoot;
    for (let end = from.lastIndexOf('.'); end > 0; end = from.lastIndexOf('.', end - 1)) {
      const found = this.byModule.get(`${from.slice(0, end)}.${dottedName}`);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  private relative(name: string, level: number, from: string | null): string {
    const file = from === null ? undefined : this.byModule.get(from);
    const isPackage = file !== undefined && this.paths[file]!.endsWith('__init__.py');
    const parts = from === null ? [] : from.split('.');
    const base = parts.slice(0, Math.max(0, parts.length - level + (isPackage ? 1 : 0)));
    return [...base, name].filter(Boolean).join('.');
  }
}
