/**
 * The template language of docs/catalog.md: Python expressions with holes, parsed once into a small tree. What a template may say is kept narrow on
 * purpose (no statements but an assignment to `{self}`, no dict displays): everything else is a named rewrite.
 */
import type { ImportNeed } from './import-need';
import { NotationError } from './notation-error';
import { BINARY, PRECEDENCE, tokenize, type Token } from './tokens';

export type Conversion = 'tuple' | 'shape';

export interface Hole {
  kind: 'hole';
  /** a parameter, or `self` */
  name: string;
  splice: '' | '*' | '**';
  convert: Conversion | null;
  /** rendered when the caller gave nothing (or PyTorch's default, written out) */
  fallback: TemplateNode | null;
}

export interface TemplateArgument {
  keyword: string | null;
  value: TemplateNode;
}

export type TemplateNode =
  | Hole
  | { kind: 'text'; text: string; precedence: number }
  | { kind: 'import'; need: ImportNeed }
  | { kind: 'attribute'; of: TemplateNode; name: string }
  | { kind: 'call'; func: TemplateNode; args: TemplateArgument[] }
  | { kind: 'subscript'; of: TemplateNode; index: TemplateNode[] }
  | { kind: 'slice'; parts: (TemplateNode | null)[] }
  | { kind: 'sequence'; open: '(' | '['; items: TemplateNode[] }
  | { kind: 'unary'; op: string; of: TemplateNode }
  | { kind: 'binary'; op: string; left: TemplateNode; right: TemplateNode }
  | { kind: 'conditional'; body: TemplateNode; test: TemplateNode; orelse: TemplateNode }
  | { kind: 'lambda'; params: string; body: TemplateNode };

export interface Template {
  source: string;
  root: TemplateNode;
  /** `{self} = …`: what is assigned to, for calls that are a whole statement */
  assigns: TemplateNode | null;
  /** every parameter named by a hole, those inside defaults included */
  holes: ReadonlySet<string>;
}

/** Names an import root stands for, by dotted name; from `mappings/targets.json`. */
export type ImportRoots = ReadonlyMap<string, ImportNeed>;

const BUILTINS = new Set(
  'abs all any bool bytes callable complex dict enumerate filter float getattr hasattr id int isinstance iter len list map max min next object pow print range repr reversed round set setattr slice sorted staticmethod str sum super tuple type zip True False None NotImplementedError ValueError'.split(
    ' ',
  ),
);

/** Parses a template. @throws NotationError when it is none */
export function parseTemplate(source: string, roots: ImportRoots): Template {
  const parser = new TemplateParser(source, roots);
  return parser.template();
}

class TemplateParser {
  private readonly tokens: Token[];
  private at = 0;
  private readonly holes = new Set<string>();
  private readonly locals: string[] = [];

  constructor(
    private readonly source: string,
    private readonly roots: ImportRoots,
  ) {
    this.tokens = tokenize(source).filter((token) => token.type !== 'comment');
  }

  template(): Template {
    let root = this.expression(PRECEDENCE.lambda);
    let assigns: TemplateNode | null = null;
    if (this.peek('=')) {
      this.at++;
      assigns = root;
      root = this.expression(PRECEDENCE.lambda);
    }
    if (this.at < this.tokens.length) this.fail('unexpected');
    return { source: this.source, root, assigns, holes: this.holes };
  }

  /** Pratt: an operand, then every operator that binds at least as tightly as `least`. */
  private expression(least: number): TemplateNode {
    let left = this.prefix();
    for (;;) {
      const [op, width] = this.operator();
      const strength =
        op === null
          ? undefined
          : op === 'if'
            ? PRECEDENCE.conditional
            : (BINARY[op] ?? (op === 'not in' || op === 'is not' ? PRECEDENCE.compare : undefined));
      if (op === null || strength === undefined || strength < least) return left;
      this.at += width;
      if (op === 'if') {
        const test = this.expression(PRECEDENCE.or);
        this.expect('else');
        left = { kind: 'conditional', body: left, test, orelse: this.expression(PRECEDENCE.conditional) };
      } else left = { kind: 'binary', op, left, right: this.expression(op === '**' ? PRECEDENCE.unary : strength + 1) };
    }
  }

  private operator(): [string | null, number] {
    const token = this.tokens[this.at];
    if (!token || (token.type !== 'op' && token.type !== 'name')) return [null, 0];
    const next = this.tokens[this.at + 1]?.text;
    if (token.text === 'not' && next === 'in') return ['not in', 2];
    if (token.text === 'is' && next === 'not') return ['is not', 2];
    return [token.text, 1];
  }

  private prefix(): TemplateNode {
    const token = this.tokens[this.at];
    if (token?.text === 'not') {
      this.at++;
      return { kind: 'unary', op: 'not', of: this.expression(PRECEDENCE.not) };
    }
    if (token && token.type === 'op' && '+-~'.includes(token.text)) {
      this.at++;
      return { kind: 'unary', op: token.text, of: this.expression(PRECEDENCE.unary) };
    }
    if (token?.text === 'lambda') return this.lambda();
    return this.postfix(this.atom());
  }

  private lambda(): TemplateNode {
    this.at++;
    const names: string[] = [];
    while (!this.peek(':')) {
      names.push(this.name());
      if (!this.peek(',')) break;
      this.at++;
    }
    this.expect(':');
    this.locals.push(...names);
    const body = this.expression(PRECEDENCE.lambda);
    this.locals.length -= names.length;
    return { kind: 'lambda', params: names.join(', '), body };
  }

  private atom(): TemplateNode {
    const token = this.tokens[this.at++];
    if (!token) return this.fail('unexpected end');
    if (token.type === 'number') return { kind: 'text', text: token.text, precedence: PRECEDENCE.number };
    if (token.type === 'string' || token.text === '...') return { kind: 'text', text: token.text, precedence: PRECEDENCE.atom };
    if (token.type === 'name') return this.root(token);
    if (token.text === '{') return this.hole();
    if (token.text === '[') return { kind: 'sequence', open: '[', items: this.items(']').items };
    if (token.text === '(') {
      const { items, comma } = this.items(')');
      return items.length === 1 && !comma ? items[0]! : { kind: 'sequence', open: '(', items };
    }
    this.at--;
    return this.fail('unexpected');
  }

  private items(close: string): { items: TemplateNode[]; comma: boolean } {
    const items: TemplateNode[] = [];
    let comma = false;
    while (!this.peek(close)) {
      items.push(this.expression(PRECEDENCE.lambda));
      comma = this.peek(',');
      if (!comma) break;
      this.at++;
    }
    this.expect(close);
    return { items, comma };
  }

  /** A name at the root of a dotted one: an import of the target framework, a builtin, or a lambda's parameter. */
  private root(token: Token): TemplateNode {
    if (this.locals.includes(token.text)) return { kind: 'text', text: token.text, precedence: PRECEDENCE.atom };
    let dotted = token.text;
    let found: ImportNeed | undefined = this.roots.get(dotted);
    let end = this.at;
    for (let i = this.at; this.tokens[i]?.text === '.' && this.tokens[i + 1]?.type === 'name'; i += 2) {
      dotted += `.${this.tokens[i + 1]!.text}`;
      const longer = this.roots.get(dotted);
      if (longer) [found, end] = [longer, i + 2];
    }
    if (found) {
      this.at = end;
      return { kind: 'import', need: found };
    }
    if (BUILTINS.has(token.text)) return { kind: 'text', text: token.text, precedence: PRECEDENCE.atom };
    throw new NotationError(`${token.text} in "${this.source}" is neither an import of targets.json nor a builtin`, {
      id: 'records.template.root',
      args: { name: token.text },
    });
  }

  private hole(): TemplateNode {
    let splice: Hole['splice'] = '';
    if (this.peek('*') || this.peek('**')) splice = this.tokens[this.at++]!.text as Hole['splice'];
    const name = this.name();
    let convert: Conversion | null = null;
    let fallback: TemplateNode | null = null;
    if (this.peek(':')) {
      this.at++;
      const word = this.name();
      if (word !== 'tuple' && word !== 'shape')
        throw new NotationError(`unknown conversion ${word} in "${this.source}"`, {
          id: 'records.template.conversion',
          args: { name: word },
        });
      convert = word;
    }
    if (this.peek('=')) {
      this.at++;
      fallback = this.expression(PRECEDENCE.lambda);
    }
    this.expect('}');
    this.holes.add(name);
    return { kind: 'hole', name, splice, convert, fallback };
  }

  private postfix(node: TemplateNode): TemplateNode {
    for (;;) {
      if (this.peek('.')) {
        this.at++;
        node = { kind: 'attribute', of: node, name: this.name() };
      } else if (this.peek('(')) {
        this.at++;
        node = { kind: 'call', func: node, args: this.arguments() };
      } else if (this.peek('[')) {
        this.at++;
        node = { kind: 'subscript', of: node, index: this.index() };
      } else return node;
    }
  }

  private arguments(): TemplateArgument[] {
    const args: TemplateArgument[] = [];
    while (!this.peek(')')) {
      let keyword: string | null = null;
      if (this.tokens[this.at]?.type === 'name' && this.tokens[this.at + 1]?.text === '=') {
        keyword = this.name();
        this.at++;
      }
      args.push({ keyword, value: this.expression(PRECEDENCE.lambda) });
      if (!this.peek(',')) break;
      this.at++;
    }
    this.expect(')');
    return args;
  }

  private index(): TemplateNode[] {
    const items: TemplateNode[] = [];
    while (!this.peek(']')) {
      const parts: (TemplateNode | null)[] = [];
      let slice = false;
      for (;;) {
        parts.push(this.peek(':') || this.peek(',') || this.peek(']') ? null : this.expression(PRECEDENCE.lambda));
        if (!this.peek(':')) break;
        slice = true;
        this.at++;
      }
      items.push(slice ? { kind: 'slice', parts } : parts[0]!);
      if (!this.peek(',')) break;
      this.at++;
    }
    this.expect(']');
    if (items.length === 0) this.fail('empty index before');
    return items;
  }

  private peek(text: string): boolean {
    const token = this.tokens[this.at];
    return token !== undefined && token.text === text && token.type !== 'string';
  }

  private expect(text: string): void {
    if (!this.peek(text)) this.fail(`expected ${text} instead of`);
    this.at++;
  }

  private name(): string {
    const token = this.tokens[this.at];
    if (token?.type !== 'name') return this.fail('expected a name instead of');
    this.at++;
    return token.text;
  }

  private fail(what: string): never {
    const token = this.tokens[this.at];
    const said = { id: token ? 'records.template.token' : 'records.template.end', args: { token: token?.text ?? '' } };
    throw new NotationError(`${what} ${token?.text ?? 'end'} in "${this.source}"`, said);
  }
}
