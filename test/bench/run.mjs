/**
 * npm run bench: what an edit costs in the server on a file of 5,000 lines, beside a bare tree-sitter parse of the same text in the same run, and the
 * server's memory over 1,000 edits. Prints; asserts nothing.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Language, Parser } from 'web-tree-sitter';
import { machineLine } from './machine.mjs';
import { program } from './program.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const require = createRequire(import.meta.url);
const { createMessageConnection, StreamMessageReader, StreamMessageWriter } = require('vscode-languageserver/node');

const text = program(5000);
await Parser.init();
const parser = new Parser();
parser.setLanguage(await Language.load(join(root, 'grammars/tree-sitter-python.wasm')));
const bare = [];
for (let i = 0; i < 15; i++) {
  const at = performance.now();
  parser.parse(text).delete();
  bare.push(performance.now() - at);
}
const quantile = (values, q) => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(q * values.length))];
const parse = quantile(bare.slice(5), 0.5);

const child = spawn(process.execPath, [join(root, 'dist/server.js'), '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'] });
const connection = createMessageConnection(new StreamMessageReader(child.stdout), new StreamMessageWriter(child.stdin));
connection.onRequest('workspace/configuration', ({ items }) => items.map(() => ({})));
connection.onRequest(() => null);
connection.listen();
const uri = 'file:///bench/model.py';
await connection.sendRequest('initialize', {
  processId: process.pid,
  rootUri: null,
  workspaceFolders: null,
  capabilities: {
    textDocument: { diagnostic: { dynamicRegistration: false } },
    workspace: { configuration: false, diagnostics: { refreshSupport: true } },
  },
});
await connection.sendNotification('initialized', {});
await connection.sendNotification('textDocument/didOpen', { textDocument: { uri, languageId: 'python', version: 1, text } });
const pull = () => connection.sendRequest('textDocument/diagnostic', { textDocument: { uri } });
const found = (await pull()).items.length;

let version = 1;
let lines = text.split('\n');
let state = 7;
const random = (n) => (state = (state * 48271) % 2147483647) % n;

/** One keystroke-like change somewhere; every second one takes the change before it back, so the text stays a program. */
function edit(i) {
  const line = 6 + random(lines.length - 12);
  const end = lines[line].length;
  const kinds = [
    () => ({ range: at(line, end, line, end), text: ' # x' }),
    () => ({ range: at(line, end, line, end), text: '\n' }),
    () => ({ range: at(line, end, line, end), text: '\n# a note' }),
    () => ({ range: at(line, Math.max(0, end - 1), line, end), text: '' }),
    () => ({ range: at(line, end, line, end), text: 'a' }),
  ];
  return kinds[i % kinds.length]();
}
const at = (l1, c1, l2, c2) => ({ start: { line: l1, character: c1 }, end: { line: l2, character: c2 } });

function apply({ range: { start, end }, text: inserted }) {
  const before = lines[start.line].slice(0, start.character);
  const after = lines[end.line].slice(end.character);
  const removed = start.line === end.line ? lines[start.line].slice(start.character, end.character) : null;
  const fresh = (before + inserted + after).split('\n');
  lines.splice(start.line, end.line - start.line + 1, ...fresh);
  const added = inserted.split('\n');
  const last = {
    line: start.line + added.length - 1,
    character: (added.length === 1 ? start.character : 0) + added[added.length - 1].length,
  };
  return { range: { start, end: last }, text: removed ?? '' };
}

async function change(edit) {
  const contentChanges = [edit];
  const started = performance.now();
  void connection.sendNotification('textDocument/didChange', { textDocument: { uri, version: ++version }, contentChanges });
  await pull();
  return performance.now() - started;
}

const rss = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
const run = async (count) => {
  const times = [];
  for (let i = 0; i < count; i++) {
    const one = edit(i);
    const back = apply(one);
    times.push(await change(one));
    apply(back);
    times.push(await change(back));
  }
  return times;
};
await run(50);
const times = await run(100);
const before = rss();
await run(500);
const after = rss();
const f = (value) => value.toFixed(1);
console.log(machineLine());
console.log(`5,000 lines, ${text.length} characters, ${found} findings`);
console.log(`bare parse                     ${f(parse)} ms`);
console.log(
  `edit → diagnostics, 200 edits  p50 ${f(quantile(times, 0.5))} ms (${f(quantile(times, 0.5) / parse)} parses), p95 ${f(quantile(times, 0.95))} ms (${f(quantile(times, 0.95) / parse)} parses)`,
);
console.log(`server memory over 1,000 edits ${f(before)} MB → ${f(after)} MB`);
connection.dispose();
child.kill();
