/** What the analysis asks of others: facts about APIs (implemented by the catalog) and about the project's other files. */
import type { Families } from './families';
import type { ModuleSummary } from './summary';

export type ApiKind = 'function' | 'class' | 'method' | 'property' | 'module' | 'value' | 'decorator' | 'context';

/** What typing needs to know of one API. `returns` is in the grammar of `notation.ts`. */
export interface ApiFact {
  kind: ApiKind;
  returns: string | null;
  params: string | null;
}

/** Implemented by the catalog. Names it does not know are typed from the facts in `facts/`. */
export interface ApiKnowledge {
  /** The fact for a qualified public name; aliases (`torch.concat`) are normalised by the implementer. */
  lookup(qualifiedName: string): ApiFact | undefined;
  /** The public name of an object: `torch.nn.parameter.Parameter` → `torch.nn.Parameter`. A public alias (`torch.concat`) stays as it is. */
  canonical(qualifiedName: string): string;
  /** The packages whose names are references. */
  readonly families: Families;
}

/** Other files of the project. */
export interface ModuleSummaries {
  /**
   * @param dottedName module as written, leading dots kept for a relative import: `pkg.layers`, `..layers`
   * @param from dotted name of the importing module, null when it has none
   */
  module(dottedName: string, from: string | null): ModuleSummary | undefined;
  /** Told which name of a summary the analysis asked for; null: every name. */
  onRead?(summary: ModuleSummary, name: string | null): void;
}
