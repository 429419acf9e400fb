/** Other inputs for an example: shapes, dtypes and values drawn anew, in the prover's generator language. */
import { type Random } from './random';

export type Given = Readonly<Record<string, string>>;

/** `randn(2, 3).float16`, taken apart. `bounds` are the first two arguments of randint. */
interface Generator {
  name: string;
  bounds: string[];
  shape: number[];
  dtype: string;
  rest: string;
}

const GENERATOR =
  /^(randn|rand|positive|distinct|zeros|ones|complex64|int64|int32|int16|int8|uint8|bools|randint)\(([-\d, ]*)\)((?:\.\w+)?)((?: [-+*/] -?[\d.]+)*)$/;
const SIZES = [0, 1, 1, 2, 3, 4, 5, 7];
const DTYPES = ['float16', 'float64', 'float64', 'int64', 'int32', 'uint8', 'bool', 'complex64'];
/** What kernels treat in ways of their own. */
const SPECIAL = ['nan', 'inf', '-inf', '0.0', '-0.0', '1.0', '-1.0', '0.5', '-2.5', '3.5', '1e-30', '1e30'];
const LARGEST_LITERAL = 24;

function read(text: string): Generator | null {
  const found = GENERATOR.exec(text);
  if (!found) return null;
  const numbers = found[2]!.split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()]));
  const bounds = found[1] === 'randint' ? numbers.splice(0, 2) : [];
  return { name: found[1]!, bounds, shape: numbers.map(Number), dtype: found[3]!, rest: found[4]! };
}

const write = ({ name, bounds, shape, dtype, rest }: Generator): string => `${name}(${[...bounds, ...shape].join(', ')})${dtype}${rest}`;

const isFloat = ({ name, dtype }: Generator): boolean =>
  ['randn', 'rand', 'positive', 'distinct', 'zeros', 'ones'].includes(name) && ['', '.float32'].includes(dtype);

/** A tensor literal of a shape. */
function literal(shape: readonly number[], item: () => string): string {
  if (shape.length === 0) return item();
  const [first, ...rest] = shape;
  return `[${Array.from({ length: first! }, () => literal(rest, item)).join(', ')}]`;
}

type Change = (generators: Map<string, Generator>, random: Random) => Record<string, string> | null;

/** One size for another: everywhere it occurs, so that what fitted still fits, or in one input alone. */
const resize: Change = (generators, random) => {
  const sizes = [...new Set([...generators.values()].flatMap(({ shape }) => shape))];
  if (sizes.length === 0) return null;
  const [from, to] = [random.pick(sizes), random.pick(SIZES)];
  const only = random.chance(0.25) ? random.pick([...generators.keys()]) : null;
  return changed(generators, (generator, name) =>
    only !== null && only !== name ? generator : { ...generator, shape: generator.shape.map((size) => (size === from ? to : size)) },
  );
};

/** A dimension more or less at the front, or none at all. */
const rerank: Change = (generators, random) => {
  const how = random.pick(['more', 'more', 'less', 'scalar'] as const);
  const size = random.pick([1, 2, 3]);
  const only = random.chance(0.4) ? random.pick([...generators.keys()]) : null;
  return changed(generators, (generator, name) => {
    if (only !== null && only !== name) return generator;
    const { shape } = generator;
    return { ...generator, shape: how === 'more' ? [size, ...shape] : how === 'less' ? shape.slice(1) : [] };
  });
};

/** Another dtype: for every floating input, or for one. */
const retype: Change = (generators, random) => {
  const dtype = random.pick(DTYPES);
  const only = random.chance(0.4) ? random.pick([...generators.keys()]) : null;
  return changed(generators, (generator, name) => {
    if (only === null ? !isFloat(generator) : only !== name) return generator;
    return { ...generator, name: dtype === 'bool' && isFloat(generator) ? 'randn' : generator.name, dtype: `.${dtype}` };
  });
};

/** NaN, infinities, zeros of both signs, very large and very small numbers. */
const special: Change = (generators, random) => {
  const fitting = [...generators].filter(
    ([, generator]) => isFloat(generator) && generator.shape.reduce((a, b) => a * b, 1) <= LARGEST_LITERAL,
  );
  if (fitting.length === 0) return null;
  const [name, generator] = random.pick(fitting);
  const few = random.chance(0.5) ? [random.pick(SPECIAL), '0.5', '-1.5', '2.0'] : SPECIAL;
  return { [name]: `tensor(${literal(generator.shape, () => random.pick(few))}).float32` };
};

/** Larger or smaller numbers, negative integers. */
const rescale: Change = (generators, random) => {
  const name = random.pick([...generators.keys()]);
  const generator = generators.get(name)!;
  if (isFloat(generator)) return { [name]: `${write(generator)} ${random.pick(['* 10', '* 100', '* 0.01', '* 0', '- 3', '+ 3'])}` };
  if (generator.name === 'randint' || generator.name.startsWith('int'))
    return { [name]: write({ ...generator, name: 'randint', bounds: ['-5', '6'] }) };
  return null;
};

function changed(generators: Map<string, Generator>, change: (generator: Generator, name: string) => Generator): Record<string, string> {
  return Object.fromEntries([...generators].map(([name, generator]) => [name, write(change(generator, name))]));
}

const CHANGES: readonly Change[] = [resize, resize, rerank, retype, retype, special, special, rescale];

/** The inputs with one change; null when the change drawn does not fit them. Inputs in other words than generators stay. */
export function changeInputs(given: Given, random: Random): Given | null {
  const generators = new Map(
    Object.entries(given).flatMap(([name, text]) => {
      const generator = read(text);
      return generator ? [[name, generator] as const] : [];
    }),
  );
  if (generators.size === 0) return null;
  const news = random.pick(CHANGES)(generators, random);
  if (news === null || Object.entries(news).every(([name, text]) => given[name] === text)) return null;
  return { ...given, ...news };
}
