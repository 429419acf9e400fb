/**
 * npm run bench, or node test/bench/run.mjs [--edits N] [--memory N] [--kinds]
 *
 * What an edit costs on files of 5,000 lines, one full of PyTorch and one as real code is: in the server (from the change being read to the answer being
 * handed to the stream, wall and processor time) and at the client (until the answer is there, parsed), beside a bare tree-sitter parse of the same
 * text in the same run; then the server's memory over 3,000 edits. `--kinds` adds the times by kind of edit. Prints; asserts nothing.
 */
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Language, Parser } from 'web-tree-sitter';
import { edits, EditedText } from './edits.mjs';
import { machineLine } from './machine.mjs';
import { ordinaryProgram, program } from './program.mjs';
import { EditSession } from './session.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const option = (name, otherwise) => (process.argv.includes(name) ? Number(process.argv[process.argv.indexOf(name) + 1]) : otherwise);
const EDITS = option('--edits', 500);
const MEMORY_EDITS = option('--memory', 3000);
const MEMORY_STEP = 250;
const WARM_UP = 120;

const quantile = (values, q) => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(q * values.length))];
const ms = (value) => value.toFixed(1).padStart(6);
const mb = (value) => (value / 2 ** 20).toFixed(1).padStart(6);
const load = () => `load ${loadavg()[0].toFixed(1)}`;

console.log(machineLine());
await Parser.init();
const parser = new Parser();
parser.setLanguage(await Language.load(join(root, 'grammars/tree-sitter-python.wasm')));
await measureTimes('full of PyTorch', program(5000));
await measureTimes('as real code is', ordinaryProgram(5000));
if (MEMORY_EDITS > 0) await measureMemory(program(5000));

/** Milliseconds of a bare parse, the median of some. */
function bareParse(text) {
  const times = [];
  for (let i = 0; i < 15; i++) {
    const started = performance.now();
    parser.parse(text).delete();
    times.push(performance.now() - started);
  }
  return quantile(times.slice(5), 0.5);
}

async function measureTimes(title, text) {
  const session = await EditSession.start(text);
  const edited = new EditedText(text);
  const sequence = edits(edited);
  const parse = bareParse(text);
  console.log(
    `\n${title}: 5,000 lines, ${text.length} characters, ${session.found} findings; bare parse ${parse.toFixed(1)} ms; ${load()}`,
  );
  for (let i = 0; i < WARM_UP; i++) await session.edit(sequence.next().value.changes);
  await session.ask('answers');
  const kinds = [];
  const clientTimes = [];
  for (let i = 0; i < EDITS; i++) {
    const { kind, changes } = sequence.next().value;
    kinds.push(kind);
    clientTimes.push(await session.edit(changes));
  }
  const answers = await session.ask('answers');
  session.stop();
  const wall = answers.map((answer) => answer.wall);
  show('in the server, wall', wall, parse);
  show(
    'in the server, processor',
    answers.map(({ cpu }) => cpu),
    parse,
  );
  show('at the client, wall', clientTimes, parse);
  console.log(
    `  bytes of an answer         ${Math.round(
      quantile(
        answers.map(({ bytes }) => bytes),
        0.5,
      ) / 1024,
    )} kB; ${load()}`,
  );
  if (process.argv.includes('--kinds')) showKinds(kinds, answers);
}

function show(what, times, parse) {
  const parts = [0.5, 0.95, 1].map(
    (q, i) => `${['p50', 'p95', 'max'][i]} ${ms(quantile(times, q))} (${(quantile(times, q) / parse).toFixed(2)})`,
  );
  console.log(`  ${what.padEnd(26)} ${parts.join('  ')}  ms (in parses), ${times.length} edits`);
}

/** In the server, by kind of edit. */
function showKinds(kinds, answers) {
  for (const kind of new Set(kinds)) {
    const own = answers.filter((_, i) => kinds[i] === kind);
    const [wall, cpu] = [own.map((answer) => answer.wall), own.map((answer) => answer.cpu)];
    const part = (times) => `p50 ${ms(quantile(times, 0.5))}  max ${ms(Math.max(...times))}`;
    console.log(`    ${kind.padEnd(42)} wall ${part(wall)}   processor ${part(cpu)}`);
  }
}

async function measureMemory(text) {
  const session = await EditSession.start(text);
  const sequence = edits(new EditedText(text));
  console.log(`\nmemory of the server, full of PyTorch: MB after so many edits, heap and buffers after a collection; ${load()}`);
  for (let done = 0; ; done++) {
    if (done % MEMORY_STEP === 0) {
      const { rss, heap, external, arrayBuffers } = await session.ask('memory');
      console.log(
        `  ${String(done).padStart(5)}  resident ${mb(rss)}  heap ${mb(heap)}  external ${mb(external)}  of it buffers ${mb(arrayBuffers)}`,
      );
    }
    if (done === MEMORY_EDITS) break;
    await session.edit(sequence.next().value.changes);
  }
  session.stop();
}
