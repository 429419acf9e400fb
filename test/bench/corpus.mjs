/**
 * node test/bench/corpus.mjs ROOT [ORACLE] [--misses KIND] [--explain FILE:LINE] [--speed]
 *
 * Scores the semantic stage on real code against an oracle of positioned references (JSON, or JSON in gzip: file → refs with 1-based lines and
 * UTF-8 columns), all in one process. For every kind it prints how many references were found and how many bear the same name. References of
 * tensor methods of which the oracle itself is unsure count as *decided* when one is reported as certain or likely, or when the type of the receiver
 * is known and is no tensor. `--misses tm.likely` lists what was not found (or not decided) with its line; `--explain` prints the type of every
 * expression in a line; `--speed` adds the cost of the analysis in bare parses of the same text. Without an oracle it counts what was found in all
 * Python files below ROOT.
 */
import { readFileSync, readdirSync, existsSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { createRequire } from 'node:module';
import { build } from 'esbuild';
import { compileCatalog } from '../../scripts/catalog.mjs';
import { machineLine } from './machine.mjs';

const here = fileURLToPath(new URL('../..', import.meta.url));
const [root, second] = process.argv.slice(2);
const oraclePath = second?.startsWith('--') ? undefined : second;
const option = (name) => (process.argv.includes(name) ? process.argv[process.argv.indexOf(name) + 1] : null);
if (!root) {
  console.error('usage: node test/bench/corpus.mjs ROOT [ORACLE] [--misses KIND] [--explain FILE:LINE] [--speed]');
  process.exit(2);
}

const core = await loadCore();
const catalog = compileCatalog(here);
const knowledge = new core.Catalog({ records: [catalog.records], targets: catalog.targets });
const parser = await core.PythonParser.load(core.parserAssets(here));

const oracle = oraclePath ? readOracle() : null;
const names = (oracle ? Object.keys(oracle) : pythonFiles()).filter((name) => existsSync(join(root, name)));
const top = names[0]?.split('/')[0] + '/';
const base = names.every((name) => name.startsWith(top)) ? top : '';
const files = names.map((name) => ({ path: name.slice(base.length), text: readText(join(root, name)) }));

if (option('--explain')) explain(option('--explain'));
else {
  console.log(machineLine());
  if (oracle) score();
  else count();
  if (process.argv.includes('--speed')) speed();
}

function readOracle() {
  const bytes = readFileSync(oraclePath);
  return JSON.parse(oraclePath.endsWith('.gz') ? gunzipSync(bytes) : bytes);
}

function pythonFiles() {
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && entry.name.endsWith('.py'));
  return files
    .map((entry) =>
      relative(root, join(entry.parentPath ?? entry.path, entry.name))
        .split(sep)
        .join('/'),
    )
    .sort();
}

/** Without an oracle: how many references of each kind and confidence. */
function count() {
  const program = makeProgram();
  const tally = new Map();
  for (const { path } of files)
    for (const { kind, confidence } of program.file(path).semantics.references) {
      const key = `${kind} ${confidence}`;
      tally.set(key, (tally.get(key) ?? 0) + 1);
    }
  console.log(`${files.length} files`);
  for (const [key, found] of [...tally].sort()) console.log(`${key.padEnd(20)} ${String(found).padStart(6)}`);
}

async function loadCore() {
  const source = `
    export { Catalog } from './server/src/core/catalog/load';
    export { Program } from './server/src/core/project/program';
    export { workHere } from './server/src/core/project/work';
    export { parseModule } from './server/src/core/syntax/document';
    export { PythonParser } from './server/src/core/syntax/parser';
    export { parserAssets } from './server/src/node-assets';
    export { descendants } from './server/src/core/syntax/walk';
    export { noTensorOf } from './server/src/core/semantics/families';
    export { writeType } from './server/src/core/semantics/notation';`;
  const built = await build({
    stdin: { contents: source, resolveDir: here, loader: 'ts' },
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    target: 'es2022',
    logLevel: 'warning',
    alias: { 'web-tree-sitter': join(here, 'node_modules/web-tree-sitter/web-tree-sitter.cjs') },
  });
  const module = { exports: {} };
  new Function('module', 'exports', 'require', '__dirname', built.outputFiles[0].text)(
    module,
    module.exports,
    createRequire(import.meta.url),
    join(here, 'dist'),
  );
  return module.exports;
}

function readText(path) {
  return readFileSync(path, 'utf8')
    .replace(/^\uFEFF/, '')
    .replace(/\r\n?/g, '\n');
}

function makeProgram() {
  return new core.Program(files, (text) => core.parseModule(parser, text), knowledge);
}

/** UTF-16 offset of each line's start. */
function lineStarts(text) {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

/** Offset of a 1-based line and a column in UTF-8 bytes. */
function offsetOf(text, starts, line, column) {
  const start = starts[line - 1];
  const row = text.slice(start, starts[line] ?? text.length);
  return start + Buffer.from(row, 'utf8').subarray(0, column).toString('utf8').length;
}

/** Whether a type says that a value is no tensor (or cannot be one here). */
function isNoTensor(type) {
  switch (type.kind) {
    case 'unknown':
    case 'tensor':
      return false;
    case 'module':
      // something imported from a package that is not known may be anything
      return !type.name.includes('.') || core.noTensorOf(type.name) !== null;
    case 'union':
      return type.items.length > 0 && type.items.every(isNoTensor);
    default:
      return true;
  }
}

function score() {
  const program = makeProgram();
  const tally = new Map();
  const wanted = option('--misses');
  for (let i = 0; i < files.length; i++) {
    const { text, path } = files[i];
    const { semantics, module } = program.file(path);
    const starts = lineStarts(text);
    const found = new Map(semantics.references.map((reference) => [reference.span.end, reference]));
    const attributes = new Map();
    for (const node of core.descendants(module)) if (node.kind === 'Attribute') attributes.set(node.attrSpan.end, node);
    for (const ref of oracle[names[i]].refs) {
      const key = ref.kind === 'api' || ref.kind === 'tprop' ? ref.kind : `${ref.kind}.${ref.ctx}`;
      const row = tally.get(key) ?? { all: 0, found: 0, named: 0, decided: 0 };
      tally.set(key, row);
      const end = offsetOf(text, starts, ref.eline, ref.ecol);
      const reference = found.get(end);
      const unsure = ref.ctx === 'likely' || ref.ctx === 'ambiguous';
      const seen = reference !== undefined && (reference.confidence !== 'possible' || ref.ctx !== 'certain');
      const last = (name) => name.slice(name.lastIndexOf('.') + 1);
      row.all++;
      if (seen) row.found++;
      const named = seen && (ref.kind === 'api' ? reference.name === ref.name : last(reference.name) === last(ref.name));
      if (named) row.named++;
      const receiver = attributes.get(end)?.value;
      const type = receiver ? semantics.typeOf(receiver) : null;
      const decided = (reference && reference.confidence !== 'possible') || (type !== null && isNoTensor(type));
      if (decided) row.decided++;
      if (wanted === key && !(unsure ? decided : seen)) {
        const line = text.slice(starts[ref.eline - 1], starts[ref.eline] ?? text.length).trim();
        console.log(`${names[i]}:${ref.eline} ${ref.name}  ${line.slice(0, 140)}`);
      }
      if (wanted === 'names' && seen && !named) console.log(`${names[i]}:${ref.eline} ${reference.name}, oracle ${ref.name}`);
    }
  }
  const percent = (part, all) => `${((100 * part) / all).toFixed(3).padStart(8)} %`;
  let all = 0;
  let decided = 0;
  for (const [key, row] of [...tally].sort()) {
    console.log(
      `${key.padEnd(14)} ${String(row.all).padStart(6)}  found ${percent(row.found, row.all)}  same name ${percent(row.named, row.all)}`,
    );
    if (key === 'tm.likely' || key === 'tm.ambiguous') {
      all += row.all;
      decided += row.decided;
      console.log(`${''.padEnd(14)}         decided ${percent(row.decided, row.all)}`);
    }
  }
  if (all > 0) console.log(`tm.likely and tm.ambiguous decided ${percent(decided, all)}`);
}

function explain(place) {
  const [path, line] = place.split(':');
  const file = makeProgram().file(path.startsWith(base) ? path.slice(base.length) : path);
  const starts = lineStarts(file.text);
  const from = starts[line - 1];
  const to = starts[line] ?? file.text.length;
  const seen = new Set();
  for (const node of core.descendants(file.module)) {
    if (node.start < from || node.start >= to || !/^(Name|Attribute|Call|Subscript|BinOp)$/.test(node.kind)) continue;
    const written = file.text.slice(node.start, Math.min(node.end, to)).trim();
    if (seen.has(written)) continue;
    seen.add(written);
    const type = file.semantics.typeOf(node);
    const reference = file.semantics.referenceAt(node);
    const said = core.writeType(type) ?? type.api ?? type.className ?? type.name ?? '';
    console.log(
      `${written}  ::  ${type.kind} ${said}${reference ? `  → ${reference.confidence} ${reference.name} (${reference.reason.id})` : ''}`,
    );
  }
}

/**
 * Cost of parse, lowering and analysis together, in bare parses of the same text, the way the command line works in one thread: file after file in the
 * order of imports, trees let go. The two take turns every few files, so that whatever else the machine does falls on both; three rounds after one
 * to warm up. Processor time includes the runtime's own threads (collector, compiler), wall time what others took meanwhile.
 */
function speed() {
  const rounds = 3;
  round();
  const all = [];
  for (let i = 0; i < rounds; i++) all.push(round());
  const sum = (what, which) => all.reduce((total, one) => total + one[what][which], 0);
  for (const [which, name] of [
    ['cpu', 'processor'],
    ['wall', 'wall'],
  ]) {
    const each = all.map(({ bare, whole }) => (whole[which] / bare[which]).toFixed(2)).join(' ');
    console.log(
      `${name.padEnd(10)} parse ${(sum('bare', which) / rounds).toFixed(0)} ms  parse, lowering and analysis ${(sum('whole', which) / rounds).toFixed(0)} ms  ratio ${(sum('whole', which) / sum('bare', which)).toFixed(2)}  (rounds ${each})`,
    );
  }
}

function round() {
  const charactersATurn = 150_000;
  const now = () => {
    const { user, system } = process.cpuUsage();
    return { cpu: (user + system) / 1000, wall: performance.now() };
  };
  const add = (to, from) => {
    const { cpu, wall } = now();
    to.cpu += cpu - from.cpu;
    to.wall += wall - from.wall;
  };
  const bare = { cpu: 0, wall: 0 };
  const whole = { cpu: 0, wall: 0 };
  const program = { files: files.map(({ path, text }) => ({ path, location: path, text })), wanted: null };
  const outcomes = core.workHere([program], {
    knowledge,
    parse: (text) => core.parseModule(parser, text),
    open: ({ path, text }) => ({ path, text, release: () => undefined }),
    report: ({ text }, _, analyse) => (analyse(), text),
  });
  for (let done = false; !done;) {
    const texts = [];
    let start = now();
    for (let size = 0; size < charactersATurn && !done; size += texts.at(-1)?.length ?? 0) {
      const next = outcomes.next();
      if (next.done) done = true;
      else texts.push(next.value.report);
    }
    add(whole, start);
    start = now();
    for (const text of texts) parser.parse(text).delete();
    add(bare, start);
  }
  return { bare, whole };
}
