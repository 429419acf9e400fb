/** What `mappings/targets.json` says: frameworks with their versions and import roots, and the chips they run on. */
import type { ImportNeed } from './import-need';
import type { Route, Text } from './record';
import type { ImportRoots } from './template';

export interface FrameworkData {
  title: Text;
  /** supported versions, oldest first */
  versions: string[];
  default: string;
  /** It runs PyTorch programs: what no route speaks of stays as it is. */
  runsSource?: boolean;
  /** root as written in templates → what it imports */
  imports: Record<string, { module: string; name?: string; as: string; otherwise: string }>;
}

export interface TargetData {
  /** framework@chip */
  id: string;
  framework: string;
  chip: string;
  title: Text;
}

export interface TargetsData {
  frameworks: Record<string, FrameworkData>;
  targets: TargetData[];
  /** target ids chosen when the user chose none */
  default: string[];
  /** packages whose names are references: PyTorch and what is built on it; a dotted name is a package below another (`nvidia.dali`) */
  packages: string[];
  /** modules whose names are public elsewhere: `torch.nn.modules.*` → `torch.nn`; `*` stands for one segment */
  spellings: Record<string, string>;
  /** modules of older versions, still found in code: a name in them has the record of the present name, and keeps its own */
  formerly: Record<string, string>;
}

/** A target with the framework version to write for. */
export interface ChosenTarget extends TargetData {
  version: string;
}

export class Targets {
  readonly byId: ReadonlyMap<string, TargetData>;
  private readonly roots = new Map<string, ImportRoots>();

  /** @param own the user's own chips */
  constructor(
    readonly data: TargetsData,
    readonly own: readonly TargetData[] = [],
  ) {
    this.byId = new Map([...data.targets, ...own].map((target) => [target.id, target]));
  }

  /**
   * The targets of these ids, in order; unknown ids are left out (`unknown` lists them), none at all gives the default ones.
   * @param versions framework → version; the framework's default version otherwise
   */
  choose(ids: readonly string[], versions: Readonly<Record<string, string>> = {}): { chosen: ChosenTarget[]; unknown: string[] } {
    const unknown = ids.filter((id) => !this.byId.has(id));
    const known = ids.filter((id) => this.byId.has(id));
    const chosen = (known.length > 0 ? known : this.data.default).map((id) => {
      const target = this.byId.get(id)!;
      return { ...target, version: versions[target.framework] ?? this.data.frameworks[target.framework]!.default };
    });
    return { chosen, unknown };
  }

  /** Whether something is known of this version, its last number aside. */
  knowsVersion(framework: string, version: string): boolean {
    const minor = (full: string): string => full.split('.', 2).join('.');
    return this.data.frameworks[framework]?.versions.some((known) => minor(known) === minor(version)) ?? false;
  }

  runsSource(target: TargetData): boolean {
    return this.data.frameworks[target.framework]?.runsSource ?? false;
  }

  /** Import roots of a framework's templates. */
  importRoots(framework: string): ImportRoots {
    let roots = this.roots.get(framework);
    if (!roots) {
      const imports = Object.entries(this.data.frameworks[framework]?.imports ?? {});
      const needs = imports.map(([root, { module, name, as, otherwise }]): [string, ImportNeed] => [
        root,
        { module, name: name ?? null, prefer: as, otherwise },
      ]);
      roots = new Map(needs);
      this.roots.set(framework, roots);
    }
    return roots;
  }
}

/** Whether a route speaks of a target: by id or family, within its versions. */
export function routeHolds(route: Route, target: ChosenTarget): boolean {
  const named = route.on.some((id) => id === target.id || id === `${target.framework}@*` || id === '*');
  if (!named) return false;
  if (route.since !== undefined && compareVersions(target.version, route.since) < 0) return false;
  return route.until === undefined || compareVersions(target.version, route.until) <= 0;
}

/** Negative, zero or positive, by numeric parts; missing parts count as zero. */
export function compareVersions(a: string, b: string): number {
  const left = a.split('.').map(Number);
  const right = b.split('.').map(Number);
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
