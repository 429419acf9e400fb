/**
 * Loaded into the server by test/bench/run.mjs (`node --expose-gc --require`): notes when a change has been read from the stream and when the next
 * answer is handed to it, in wall and processor time (all threads of the process), and tells its memory when asked. It changes nothing else.
 */
const answers = [];
let read = null;

const emit = process.stdin.emit;
process.stdin.emit = function (event, ...args) {
  if (event === 'data' && args[0].includes('textDocument/didChange')) read = { at: performance.now(), cpu: process.cpuUsage() };
  return emit.call(this, event, ...args);
};

const write = process.stdout.write;
process.stdout.write = function (chunk, ...args) {
  // the header comes as a chunk of its own; a request of the server is no answer
  const isAnswer = read !== null && /^\{"jsonrpc":"2\.0","id":\d+,"result"/.test(Buffer.from(chunk.slice(0, 80)).toString());
  if (!isAnswer) return write.call(this, chunk, ...args);
  const { user, system } = process.cpuUsage(read.cpu);
  answers.push({ wall: performance.now() - read.at, cpu: (user + system) / 1000, bytes: chunk.length });
  read = null;
  return write.call(this, chunk, ...args);
};

process.on('message', (asked) => {
  if (asked === 'answers') process.send(answers.splice(0));
  if (asked !== 'memory') return;
  const { rss } = process.memoryUsage();
  for (let i = 0; i < 3; i++) globalThis.gc();
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  process.send({ rss, heap: heapUsed, external, arrayBuffers });
});
process.channel.unref();
