/**
 * What other files need to know of a module: plain data (it crosses worker threads), types written in the notation of `notation.ts`.
 */
export interface ModuleSummary {
  /** Dotted name of the module, null when it has none. */
  module: string | null;
  /** Top-level names and what they are. */
  exports: Record<string, ExportSummary>;
  /** `__all__` when it is a literal; else null. */
  all: string[] | null;
  /** Modules this one star-imports, as written (leading dots kept). */
  stars: string[];
  /** It uses PyTorch, itself or through modules of the program. */
  pytorch?: true;
}

export type ExportSummary =
  /** A PyTorch-family module, class or function under another name. */
  | { kind: 'api'; api: string }
  | { kind: 'class'; summary: ClassSummary }
  | { kind: 'function'; returns: string | null; asked?: Asked }
  /** A value of this type. */
  | { kind: 'value'; type: string | null }
  /** A name for types. */
  | { kind: 'alias'; of: string }
  /** `from module import name` (name null: the module itself) whose file decides. */
  | { kind: 'import'; module: string; name: string | null };

export interface ClassSummary {
  name: string;
  /** Qualified PyTorch-family names it inherits, transitively, as far as this file shows. */
  apiBases: string[];
  /** Bases imported from other modules. */
  importedBases: { module: string; name: string | null }[];
  /** Method → result type; null where unknown. Properties are listed in `attributes`. */
  methods: Record<string, string | null>;
  /** `self.x` and class-level values → type; null where unknown. */
  attributes: Record<string, string | null>;
  /** By method. */
  asked?: Record<string, Asked>;
}

/** A function that does not know what it is passed. */
export interface Asked {
  /** of the function */
  module: string;
  /** `forward_features`, `Net.__init__` */
  function: string;
  /** Parameter → its place among what is passed by position; -1: by name only. */
  params: Record<string, number>;
}
