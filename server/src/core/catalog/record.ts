/** The catalog's contract: what one file in `mappings/records/` says of one API. `mappings/schema.json` is the same contract for editors and tests. */
export type Verdict = 'equivalent' | 'differs' | 'custom' | 'restructure' | 'unsupported' | 'unknown' | 'drop';
export type Safety = 'safe' | 'review' | 'manual';

/** A user-visible sentence in both languages. */
export interface Text {
  en: string;
  zh: string;
}

/** What `ArgumentTest.type` may name; `unknown` is a value whose type was not inferred, `other` one that was and is none of the rest. */
export type ValueType =
  | 'tensor'
  | 'int'
  | 'float'
  | 'bool'
  | 'str'
  | 'tuple'
  | 'list'
  | 'dict'
  | 'none'
  | 'dtype'
  | 'device'
  | 'function'
  | 'class'
  | 'other'
  | 'unknown';

/** What an API does in a training step: rewrites look for parts, never for names. */
export type StepPart =
  | 'backward'
  | 'loss-scale'
  | 'update'
  | 'scaled-update'
  | 'scale-update'
  | 'unscale'
  | 'gradient-reset'
  | 'clip-norm'
  | 'clip-value'
  | 'gradient'
  | 'autocast'
  | 'gradient-free'
  | 'gradient-mode'
  | 'data-parallel';

/** One test on one bound argument; every condition written in it must hold, and all tests of a route. */
export interface ArgumentTest {
  /** a parameter of the signature, or `self` for the receiver of a method */
  param: string;
  /** the caller wrote it (positionally or by keyword) */
  given?: boolean;
  /** written as one of these literals (Python source text); an absent argument counts as its default */
  literal?: string[];
  /** the type of the value; an absent argument has the type of its default */
  type?: ValueType[];
  /** written with the same source text as this other parameter */
  same?: string;
  /** known rank of a tensor value; an unknown rank fails the test */
  rank?: number[];
  /** how the value is written; `x[0]` may be assigned to, where `x` may be changed in place */
  written?: ('name' | 'attribute' | 'subscript' | 'call')[];
  /** the call is a statement of its own: its value is not used */
  statement?: boolean;
  /** of `self`: the property is assigned to (`x.data = y`), or deleted */
  stored?: boolean;
  /** of `self`: what the call yields is taken item by item right there, by a loop, `zip`, `sum` and the like, and goes nowhere as a whole */
  iterated?: boolean;
  /** for `*args` parameters: how many were given */
  count?: number[];
  /** inverts the test */
  not?: boolean;
}

export interface Route {
  /** target ids, e.g. "mindspore@cpu"; a family may be written "mindspore@*" */
  on: string[];
  /** first and last framework version it holds for, inclusive; absent: every supported one */
  since?: string;
  until?: string;
  when?: ArgumentTest[];
  verdict: Verdict;
  safety: Safety;
  /** A Python expression with holes, see docs/architecture.md "Templates"; `{self} = …` is an assignment for calls that are a whole statement. */
  to?: string;
  /** What stands for the API where it is named without being called: base class, annotation, function passed as a value. */
  value?: string;
  /** The class to test for where the API is the second argument of `isinstance` or `issubclass`; `value` otherwise. */
  check?: string;
  /** Arguments that may be left out of the rewritten call. */
  ignores?: string[];
  /** The name of a rewrite in `fixes/rewrites/` for what a template cannot say. With `to` as well: the template counts where the rewrite does not apply. */
  rewrite?: string;
  /** what the API does in a training step, for the rewrites that look for it */
  part?: StepPart;
  /** what differs, or the condition under which it is equal (required for `differs`, `unsupported`, `restructure` and for safety `review`) */
  note?: Text;
}

export interface Example {
  /** array arguments by name, in the prover's generator language: "randn(2, 3)" */
  given?: Record<string, string>;
  /** PyTorch source: statements, the last line an expression (the result) */
  torch: string;
  /** exactly what the fix must make of it (for target mindspore@cpu unless `on` says otherwise) */
  mindspore: string;
  /** the target the example is rewritten for */
  on?: string;
  /** for layers: `torch`/`mindspore` build a layer, weights are transferred, then it is called with these `given` names */
  apply?: string[];
  /** mode of the layer while it is called; true unless said otherwise */
  train?: boolean;
  /** false: not compared (integer results, no gradient defined); a reason is then required in `why` */
  grad?: boolean;
  /** false: not run in graph mode; a reason is then required in `why` */
  jit?: boolean;
  /** packages beside PyTorch that it imports: executed where they are installed (`prove --packages`) */
  needs?: string[];
  /** false: cannot be executed here (a reason in `why`) */
  execute?: boolean;
  why?: string;
  /** relative error allowed, when the default by dtype does not fit */
  tolerance?: number;
}

export type ApiKind = 'function' | 'class' | 'method' | 'property' | 'module' | 'value' | 'decorator' | 'context';

export interface ApiRecord {
  /** qualified public name, or `package.*`: every name below a package that has no record of its own */
  torch: string;
  /** other public names of the same object, e.g. torch.concat for torch.cat */
  aliases?: string[];
  kind: ApiKind;
  /** Python signature; methods without `self`. Several for overloads: the first that binds with a usable route wins. */
  params?: string | string[];
  /** The tensor method that is this function with its first parameter as the receiver: `torch.Tensor.exp` for `torch.exp`. */
  method?: string;
  /** type of the result: 'Tensor', 'tuple[Tensor, Tensor]', 'list[Tensor]', 'self', 'int', 'none', or a qualified API for its instance */
  returns?: string;
  routes: Route[];
  examples: Example[];
  /** Where results differ all the same, beside the dtypes and shapes that the evidence names: what `safe` does not promise. */
  limits?: Text;
  /** Folders of test/fixtures that show what an example of one function cannot: restructured programs. */
  fixtures?: string[];
  sources: string[];
}
