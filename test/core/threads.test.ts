/** Work in several threads: real threads on real bundles. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Outcome, ProgramSpec } from '../../server/src/core/project/work';
import { scanInThreads } from '../../server/src/lsp/scan-files';
import { DEFAULTS } from '../../server/src/lsp/settings';
import { AnalysisPool } from '../../server/src/threads/pool';

const root = fileURLToPath(new URL('../../', import.meta.url));
const bundle = mkdtempSync(join(tmpdir(), 'mindport-threads-'));
const work = join(bundle, 'work');

beforeAll(async () => {
  for (const name of ['cli.js', 'server.js'])
    execFileSync(process.execPath, [join(root, 'scripts/build.mjs'), '--only', name, '--out', bundle], { stdio: 'pipe' });
  // a thread that dies, throws or never ends when it is told to
  await build({
    stdin: {
      contents: `
        import { serveThread } from './server/src/threads/thread';
        import { PythonParser } from './server/src/core/syntax/parser';
        import { parseModule } from './server/src/core/syntax/document';
        import { parserAssets } from './server/src/node-assets';
        import { PYTORCH } from './server/src/core/semantics/families';
        void serveThread(async () => {
          const parser = await PythonParser.load(parserAssets(${JSON.stringify(bundle)}));
          return {
            knowledge: { lookup: () => undefined, canonical: (name) => name, families: PYTORCH },
            parse(text) {
              if (text.includes('dies')) process.exit(3);
              if (text.includes('hangs')) for (;;);
              return parseModule(parser, text);
            },
            open: ({ path, text }) => ({ path, text, release() {} }),
            report(source, spec, analyse) {
              try {
                return analyse().semantics.references.map(({ name, confidence }) => confidence + ' ' + name);
              } catch (error) {
                return String(error.message);
              }
            },
          };
        });`,
      resolveDir: root,
      loader: 'ts',
    },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'es2022',
    outfile: join(bundle, 'faulty-thread.js'),
    alias: { 'web-tree-sitter': join(root, 'node_modules/web-tree-sitter/web-tree-sitter.cjs') },
  });
  writeProgram();
}, 120_000);
afterAll(() => rmSync(bundle, { recursive: true, force: true }));

function write(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(join(work, path)), { recursive: true });
  writeFileSync(join(work, path), content);
}

/** Packages that import each other, a circle among them, and files that cannot be read. */
function writeProgram(): void {
  write('core/__init__.py', 'from .layers import Block\n');
  write(
    'core/layers.py',
    'import torch\nfrom torch import nn\nfrom . import ops\nclass Block(nn.Module):\n    def forward(self, x):\n        return ops.widen(x).cuda()\n',
  );
  write(
    'core/ops.py',
    'import torch\nfrom core.layers import Block\ndef widen(x):\n    return torch.cat([x, x])\ndef run():\n    return Block()(1).cuda()\n',
  );
  // what it is passed is known to others only
  write('core/tools.py', 'def spread(value, other):\n    return value.squeeze(), other.shape\n');
  write('core/uses.py', 'import torch\nfrom core.tools import spread\nspread(torch.ones(1), 1)\n');
  for (let i = 0; i < 24; i++) {
    const use = i === 0 ? 'core.ops' : `part${(i * 7) % i}.module`;
    const text = `import torch\nfrom ${use} import widen\nfrom core import Block\n\ny = Block()(widen(torch.ones(${i}))).exp()\nz = torch.relu(y)\n`;
    write(`part${i}/module.py`, text.repeat(1 + (i % 3)));
  }
  write('bad/binary.py', new Uint8Array([105, 0, 106]));
  write('bad/encoding.py', new Uint8Array([0x78, 0xff]));
  write('bad/large.py', '#'.repeat(10_000_001));
  write('bad/broken.py', 'import torch\ndef f(:\n    torch.relu(1)\n');
}

/** @param cache folder with results of earlier runs; a new one where nothing else is said */
const mindportWith = (cache: string, ...args: string[]) => {
  const env = { PATH: process.env['PATH'] ?? '', LANG: 'en_US.UTF-8', XDG_CACHE_HOME: cache };
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(bundle, 'cli.js'), ...args], { cwd: work, encoding: 'utf8', env });
  return { status, stdout, stderr };
};
const mindport = (...args: string[]) => mindportWith(mkdtempSync(join(bundle, 'cache-')), ...args);

describe('mindport in several threads', () => {
  it.each([
    ['check', '.'],
    ['check', '.', '--format', 'json'],
    ['check', '.', '--format', 'sarif', '--lang', 'zh-cn'],
    ['check', '.', '--references', '--format', 'json'],
    ['check', 'part23/module.py', 'core', 'part3/module.py', '--references'],
    ['fix', '.'],
  ])('%s %s %s %s %s %s prints the same as in one', (...args) => {
    const one = mindport(...args, '--threads', '1');
    expect(one.stdout.length).toBeGreaterThan(1000);
    expect(mindport(...args, '--threads', '3')).toEqual(one);
  });

  it('goes on from the results of earlier runs', () => {
    const cache = mkdtempSync(join(bundle, 'cache-'));
    const args = ['check', '.', '--references', '--threads', '2'];
    const before = mindportWith(cache, ...args);
    write('core/ops.py', 'import torch\ndef widen(x):\n    return [x]\n');
    const after = mindportWith(cache, ...args);
    expect(after).toEqual(mindport(...args));
    expect(after.stdout).not.toBe(before.stdout);
    writeProgram();
    expect(mindportWith(cache, ...args)).toEqual(before);
    // the file itself and what it imports stay as they are
    write('core/uses.py', 'import torch\nfrom core.tools import spread\nspread([], other=torch.ones(1))\n');
    const passed = mindportWith(cache, ...args);
    expect(passed).toEqual(mindport(...args));
    expect([before.stdout.includes('tools.py:2:18'), before.stdout.includes('tools.py:2:35')]).toEqual([true, false]);
    expect([passed.stdout.includes('tools.py:2:18'), passed.stdout.includes('tools.py:2:35')]).toEqual([false, true]);
    writeProgram();
    expect(mindportWith(cache, ...args)).toEqual(before);
  }, 180_000);

  it('says in their place what is wrong with files, and goes on', () => {
    const { status, stdout, stderr } = mindport('check', '.', '--threads', '2');
    expect(status).toBe(2);
    for (const sentence of [
      'binary.py: a binary file',
      'encoding.py:1: not UTF-8',
      'large.py: larger than 10 MB',
      'broken.py:1: this is not valid',
    ])
      expect(stderr).toContain(sentence);
    expect(stdout).toContain('core/ops.py:6:23: MSP108');
    expect(stdout).toContain('part23/module.py:');
  });

  it.each(['0', 'many', '1.5'])('takes no %s threads', (count) => {
    expect(mindport('check', '.', '--threads', count)).toMatchObject({ status: 2, stdout: '' });
  });

  it('ends at once when it is interrupted', async () => {
    const args = ['check', '.', '--threads', '2', '--references', '--no-cache'];
    const child = spawn(process.execPath, [join(bundle, 'cli.js'), ...args], { cwd: work });
    const ended = new Promise<NodeJS.Signals | null>((resolve) => child.once('exit', (_, signal) => resolve(signal)));
    await new Promise((resolve) => child.stdout.once('data', resolve));
    child.stdout.pause();
    child.kill('SIGINT');
    expect(await ended).toBe('SIGINT');
  });
});

describe('a pool of threads', () => {
  const files = (texts: Record<string, string>): ProgramSpec[] => [
    { files: Object.entries(texts).map(([path, text]) => ({ path, location: path, text })), wanted: null },
  ];
  const run = async (programs: ProgramSpec[], threads = 2): Promise<Record<string, unknown>> => {
    const pool = new AnalysisPool<unknown>({ script: join(bundle, 'faulty-thread.js'), threads, setup: null });
    const reports: Record<string, unknown> = {};
    for await (const { program, file, report } of pool.run(programs, ({ text }) => ({
      imports: text!.includes('ops') ? ['ops'] : [],
      size: 1,
    })))
      reports[programs[program]!.files[file]!.path] = report;
    return reports;
  };
  const OPS = 'import torch\ndef make():\n    return torch.ones(2)\n';
  const USER = 'import ops\nops.make().exp()\n';

  it('loses one file with a thread that dies, and no other', async () => {
    const texts = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`m${i}.py`, USER]));
    const reports = await run(files({ ...texts, 'ops.py': OPS, 'bad.py': 'dies = 1\n', 'worse.py': `${USER}dies = 2\n` }));
    expect(Object.keys(reports)).toHaveLength(43);
    expect([reports['bad.py'], reports['worse.py']]).toEqual(['exit code 3', 'exit code 3']);
    for (const path of Object.keys(texts)) expect(reports[path]).toEqual(['certain torch.Tensor.exp']);
  });

  it('goes on when what others import dies: they know less of it', async () => {
    const reports = await run(files({ 'm.py': USER, 'ops.py': `${OPS}dies = 1\n` }));
    expect(reports['ops.py']).toBe('exit code 3');
    expect(reports['m.py']).not.toEqual(['certain torch.Tensor.exp']);
  });

  it('fails when its threads cannot even start', async () => {
    const pool = new AnalysisPool<unknown>({ script: join(bundle, 'no-such-thread.js'), threads: 1, setup: null });
    await expect(pool.run(files({ 'a.py': '' }), () => ({ imports: [], size: 1 })).next()).rejects.toThrow('no-such-thread.js');
  });

  it('can be stopped while a thread hangs', async () => {
    const pool = new AnalysisPool<unknown>({ script: join(bundle, 'faulty-thread.js'), threads: 1, setup: null });
    const outcomes: Outcome<unknown>[] = [];
    for await (const outcome of pool.run(files({ 'a.py': OPS, 'b.py': 'hangs = 1\n' }), () => ({ imports: [], size: 40_000 }))) {
      outcomes.push(outcome);
      void pool.close();
    }
    expect(outcomes).toMatchObject([{ file: 0 }]);
  });
});

describe('a scan of the workspace', () => {
  it('gives each file its diagnostics, with what it imports known, and an unsaved text in the place of the file', async () => {
    const uri = (path: string) => pathToFileURL(join(work, path)).href;
    const paths = ['core/__init__.py', 'core/layers.py', 'core/ops.py', 'part0/module.py', 'bad/binary.py'];
    const specs = paths.map((path) => ({
      path,
      location: uri(path),
      ...(path === 'core/__init__.py' ? { text: 'import torch\ntorch.relu(1)\n' } : {}),
    }));
    const setup = {
      settings: [DEFAULTS],
      language: 'en' as const,
      documentation: undefined,
      related: false,
      user: { records: [], targets: [], packages: [] },
    };
    const scan = scanInThreads(join(bundle, 'scan-thread.js'), setup, [{ files: specs, wanted: null }]);
    const found = new Map<string, string[] | null>();
    for await (const { file, report } of scan.outcomes)
      found.set(paths[file]!, report && report.diagnostics.map(({ message }) => String(message)));
    expect(found.get('bad/binary.py')).toBeNull();
    expect(found.get('core/__init__.py')).toMatchObject([expect.stringContaining('torch.relu')]);
    expect(found.get('core/layers.py')!.join()).toContain('torch.Tensor.cuda');
    expect(found.size).toBe(paths.length);
  });
});
