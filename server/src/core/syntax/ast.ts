/**
 * MindPort's own Python syntax tree: what analysis and rewriting read instead of tree-sitter nodes.
 *
 * Crossing from JavaScript into wasm for every question about a node costs more than the analysis itself, so the tree-sitter tree is
 * visited once by a cursor (`lower.ts`) and turned into these plain objects. All offsets are UTF-16 code units from the start of the text.
 * Spans exclude enclosing parentheses (`(a)` has the span of `a`) but a tuple or generator in its own parentheses includes them; a sole
 * generator argument `f(x for x in y)` includes the call's. `end` is exclusive.
 */
export interface Span {
  readonly start: number;
  readonly end: number;
}

interface Base extends Span {
  /** The node that contains this one; null for the module. Set by lowering, never changed afterwards. */
  parent: Node | null;
}

// ---------------------------------------------------------------- expressions
export interface Name extends Base {
  kind: 'Name';
  id: string;
}
export interface Attribute extends Base {
  kind: 'Attribute';
  value: Expr;
  attr: string;
  attrSpan: Span;
}
export interface Call extends Base {
  kind: 'Call';
  func: Expr;
  args: Argument[];
  /** from `(` to `)` inclusive */ argsSpan: Span;
}
/** `f(a)`, `f(k=a)`, `f(*a)`, `f(**a)`: one entry each, in source order. */
export interface Argument extends Base {
  kind: 'Argument';
  form: 'positional' | 'keyword' | 'star' | 'doublestar';
  name: string | null;
  nameSpan: Span | null;
  value: Expr;
}
export interface Subscript extends Base {
  kind: 'Subscript';
  value: Expr;
  index: Expr[];
  /** from `[` to `]` inclusive */ indexSpan: Span;
}
export interface Slice extends Base {
  kind: 'Slice';
  lower: Expr | null;
  upper: Expr | null;
  step: Expr | null;
}
export interface Constant extends Base {
  kind: 'Constant';
  type: 'int' | 'float' | 'complex' | 'str' | 'bytes' | 'bool' | 'none' | 'ellipsis';
  /** number for int/float, boolean for bool, decoded text for str (implicit concatenation joined), null otherwise */
  value: string | number | boolean | null;
}
/** f-string (or a concatenation holding one): the expressions inside its braces, format specs included. */
export interface FString extends Base {
  kind: 'FString';
  values: Expr[];
}
export interface List extends Base {
  kind: 'List';
  items: Expr[];
}
export interface Tuple extends Base {
  kind: 'Tuple';
  items: Expr[];
  parenthesised: boolean;
}
export interface SetLiteral extends Base {
  kind: 'Set';
  items: Expr[];
}
export interface Dict extends Base {
  kind: 'Dict';
  /** key null: `**value` */ entries: { key: Expr | null; value: Expr }[];
}
export interface BinOp extends Base {
  kind: 'BinOp';
  op: string;
  left: Expr;
  right: Expr;
}
export interface UnaryOp extends Base {
  kind: 'UnaryOp';
  op: string;
  operand: Expr;
}
export interface BoolOp extends Base {
  kind: 'BoolOp';
  op: 'and' | 'or';
  left: Expr;
  right: Expr;
}
export interface Compare extends Base {
  kind: 'Compare';
  left: Expr;
  ops: string[];
  rights: Expr[];
}
export interface IfExp extends Base {
  kind: 'IfExp';
  test: Expr;
  body: Expr;
  orelse: Expr;
}
export interface Lambda extends Base {
  kind: 'Lambda';
  params: Param[];
  body: Expr;
}
export interface Comprehension extends Base {
  kind: 'Comprehension';
  type: 'list' | 'set' | 'dict' | 'generator';
  /** the value (and for a dict its key first) */
  elements: Expr[];
  clauses: { target: Expr; iter: Expr; ifs: Expr[]; isAsync: boolean }[];
}
export interface Await extends Base {
  kind: 'Await';
  value: Expr;
}
export interface Yield extends Base {
  kind: 'Yield';
  value: Expr | null;
  from: boolean;
}
export interface NamedExpr extends Base {
  kind: 'NamedExpr';
  target: Name;
  value: Expr;
}
export interface Starred extends Base {
  kind: 'Starred';
  value: Expr;
}
/** Text the parser could not make sense of; its healthy sub-expressions are kept. */
export interface ErrorExpr extends Base {
  kind: 'ErrorExpr';
  parts: Expr[];
}

export type Expr =
  | Name
  | Attribute
  | Call
  | Subscript
  | Slice
  | Constant
  | FString
  | List
  | Tuple
  | SetLiteral
  | Dict
  | BinOp
  | UnaryOp
  | BoolOp
  | Compare
  | IfExp
  | Lambda
  | Comprehension
  | Await
  | Yield
  | NamedExpr
  | Starred
  | ErrorExpr;

// ---------------------------------------------------------------- statements
export interface Param extends Base {
  kind: 'Param';
  name: string;
  nameSpan: Span;
  form: 'positional' | 'star' | 'doublestar';
  annotation: Expr | null;
  default: Expr | null;
  /** after a bare `*` or `*args` */
  keywordOnly: boolean;
  /** before a `/` */
  positionalOnly: boolean;
}
export interface Decorator extends Base {
  kind: 'Decorator';
  value: Expr;
}
/** PEP 695: `T`, `T: bound`, `*Ts`, `**P` between the brackets after a function's, class's or alias's name. */
export interface TypeParam extends Base {
  kind: 'TypeParam';
  name: string;
  nameSpan: Span;
  form: 'single' | 'star' | 'doublestar';
  bound: Expr | null;
}
export interface FunctionDef extends Base {
  kind: 'FunctionDef';
  name: string;
  nameSpan: Span;
  typeParams: TypeParam[];
  params: Param[];
  returns: Expr | null;
  decorators: Decorator[];
  body: Stmt[];
  isAsync: boolean;
  /** from `def` (or `async`), without decorators */
  headerStart: number;
}
export interface ClassDef extends Base {
  kind: 'ClassDef';
  name: string;
  nameSpan: Span;
  typeParams: TypeParam[];
  bases: Argument[];
  decorators: Decorator[];
  body: Stmt[];
  headerStart: number;
}
export interface Return extends Base {
  kind: 'Return';
  value: Expr | null;
}
/** `a = b = v` has two targets; `a: T = v` one and an annotation; `a: T` no value. */
export interface Assign extends Base {
  kind: 'Assign';
  targets: Expr[];
  value: Expr | null;
  annotation: Expr | null;
}
export interface AugAssign extends Base {
  kind: 'AugAssign';
  target: Expr;
  op: string;
  value: Expr;
}
export interface ExprStmt extends Base {
  kind: 'ExprStmt';
  value: Expr;
}
export interface For extends Base {
  kind: 'For';
  target: Expr;
  iter: Expr;
  body: Stmt[];
  orelse: Stmt[];
  isAsync: boolean;
}
export interface While extends Base {
  kind: 'While';
  test: Expr;
  body: Stmt[];
  orelse: Stmt[];
}
/** An `elif` is an If alone in `orelse`, with `isElif`. */
export interface If extends Base {
  kind: 'If';
  test: Expr;
  body: Stmt[];
  orelse: Stmt[];
  isElif: boolean;
}
export interface With extends Base {
  kind: 'With';
  items: { context: Expr; target: Expr | null }[];
  body: Stmt[];
  isAsync: boolean;
}
export interface ExceptHandler extends Base {
  kind: 'ExceptHandler';
  type: Expr | null;
  name: string | null;
  nameSpan: Span | null;
  body: Stmt[];
}
export interface Try extends Base {
  kind: 'Try';
  body: Stmt[];
  handlers: ExceptHandler[];
  orelse: Stmt[];
  finalbody: Stmt[];
}
export interface Raise extends Base {
  kind: 'Raise';
  exc: Expr | null;
  cause: Expr | null;
}
export interface Assert extends Base {
  kind: 'Assert';
  test: Expr;
  message: Expr | null;
}
export interface Delete extends Base {
  kind: 'Delete';
  targets: Expr[];
}
/** One imported thing: in `import a.b as c` path is ['a','b']; in `from m import n as c` path is ['n']. */
export interface ImportAlias extends Base {
  kind: 'ImportAlias';
  path: string[];
  asName: string | null;
  asSpan: Span | null;
}
export interface Import extends Base {
  kind: 'Import';
  names: ImportAlias[];
}
export interface ImportFrom extends Base {
  kind: 'ImportFrom';
  /** [] for `from . import x` */
  module: string[];
  /** number of leading dots */
  level: number;
  names: ImportAlias[];
  star: boolean;
}
export interface Scoping extends Base {
  kind: 'Global' | 'Nonlocal';
  names: string[];
}
export interface Simple extends Base {
  kind: 'Pass' | 'Break' | 'Continue';
}
export interface MatchCase extends Base {
  kind: 'MatchCase';
  /** names the pattern binds */ binds: Name[];
  /** value patterns and classes */ values: Expr[];
  guard: Expr | null;
  body: Stmt[];
}
export interface Match extends Base {
  kind: 'Match';
  subject: Expr;
  cases: MatchCase[];
}
export interface TypeAlias extends Base {
  kind: 'TypeAlias';
  name: Name;
  typeParams: TypeParam[];
  value: Expr;
}
/**
 * A stretch of broken text (or a Python 2 `print`/`exec` statement); the healthy statements and expressions inside it are kept. Broken text in
 * the header of a compound statement is kept as an ErrorStmt at the front of its body.
 */
export interface ErrorStmt extends Base {
  kind: 'ErrorStmt';
  body: Stmt[];
}

export type Stmt =
  | FunctionDef
  | ClassDef
  | Return
  | Assign
  | AugAssign
  | ExprStmt
  | For
  | While
  | If
  | With
  | Try
  | Raise
  | Assert
  | Delete
  | Import
  | ImportFrom
  | Scoping
  | Simple
  | Match
  | TypeAlias
  | ErrorStmt;

export interface Comment extends Span {
  /** the text after `#`, untrimmed */ text: string;
}

export interface Module extends Base {
  kind: 'Module';
  body: Stmt[];
  comments: Comment[];
  /** true when tree-sitter saw an ERROR or MISSING node anywhere */
  hasError: boolean;
}

export type Node = Expr | Stmt | Argument | Param | Decorator | ExceptHandler | ImportAlias | MatchCase | TypeParam | Module;
