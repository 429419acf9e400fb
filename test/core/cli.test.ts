/** The command line as users meet it: real processes on a real bundle. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const bundle = mkdtempSync(join(tmpdir(), 'mindport-cli-'));
let work = '';

beforeAll(() => {
  execFileSync(process.execPath, [join(root, 'scripts/build.mjs'), '--only', 'cli.js', '--out', bundle], { stdio: 'pipe' });
}, 60_000);
afterAll(() => rmSync(bundle, { recursive: true, force: true }));
beforeEach(() => {
  work = mkdtempSync(join(bundle, 'work-'));
});

interface Outcome {
  status: number | null;
  out: string;
  err: string;
}

function mindport(args: string[], env: Record<string, string> = {}): Outcome {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(bundle, 'cli.js'), ...args], {
    cwd: work,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] ?? '', LANG: 'en_US.UTF-8', XDG_CACHE_HOME: join(bundle, 'cache'), ...env },
    maxBuffer: 1 << 26,
  });
  return { status, out: stdout, err: stderr };
}

function write(path: string, content: string | Uint8Array): string {
  mkdirSync(dirname(join(work, path)), { recursive: true });
  writeFileSync(join(work, path), content);
  return path;
}

const RELU = 'import torch\n\n\ndef f(x: torch.Tensor):\n    return torch.relu(x)  # keep\n';

describe('mindport check', () => {
  it('shows place, code, sentence and the marked line, and ends with 1', () => {
    write('a.py', RELU);
    const { status, out } = mindport(['check', 'a.py']);
    expect(status).toBe(1);
    const lines = out.split('\n');
    const head = lines.findIndex((line) => line.startsWith('a.py:5:12: MSP'));
    expect(lines[head]).toMatch(/^a\.py:5:12: MSP\d{3} \w+: .*torch\.relu/);
    expect(lines[head + 1]).toBe(' 5 |     return torch.relu(x)  # keep');
    expect(lines[head + 2]).toBe('   |            ^^^^^^^^^^');
    expect(lines.at(-2)).toMatch(/^1 file, 2 findings; 2 have a safe fix/);
  });

  it.each([['text'], ['json'], ['sarif']])(
    'neither parses nor looks anything up when nothing has changed (%s)',
    (format) => {
      const args = ['check', '.', '--format', format];
      const cache = { XDG_CACHE_HOME: join(work, '..', `kept-${format}`) };
      write('a.py', `from b import g\n${RELU}y = torch.abs(g())\n`);
      write('b.py', 'import torch\ndef g():\n    return torch.ones(2).cuda()\n');
      const first = mindport(args, cache);
      expect(first.status).toBe(1);
      const grammar = join(bundle, 'tree-sitter-python.wasm');
      renameSync(grammar, `${grammar}.away`);
      try {
        expect(mindport(args, cache)).toEqual(first);
        // without the grammar nothing can be analysed
        for (const anew of ['--no-cache', '--mindspore=2.9.0']) expect(mindport([...args, anew], cache).out).not.toBe(first.out);
      } finally {
        renameSync(`${grammar}.away`, grammar);
      }
      write('b.py', 'import torch\ndef g():\n    return 1\n');
      expect(mindport(args, cache)).toEqual(mindport([...args, '--no-cache'], cache));
      expect(readdirSync(work).sort()).toEqual(['a.py', 'b.py']);
    },
    60_000,
  );

  it('marks the right columns after tabs and wide characters', () => {
    write('a.py', "import torch\nif True:\n\ts = '中文', torch.relu(1)\n");
    const lines = mindport(['check', 'a.py']).out.split('\n');
    const head = lines.findIndex((line) => line.startsWith('a.py:3:'));
    expect(lines[head + 2]).toBe(`   | \t${' '.repeat(12)}^^^^^^^^^^`);
  });

  it('shows only what is around the place on a line of any length, and never half of a character', () => {
    write('a.py', `import torch\ns = ['${'😀'.repeat(50_000)}', torch.relu(1), '${'x'.repeat(300_000)}']\n`);
    const { out } = mindport(['check', 'a.py']);
    const shown = /^ 2 \| …(.*)…\n {3}\| ( *)(\^+)$/m.exec(out);
    expect(shown![1]).toContain("', torch.relu(1), '");
    expect(shown![1]).toMatch(/^(?:😀)+'/u);
    expect(shown![3]).toBe('^'.repeat('torch.relu'.length));
    // two columns for each of the emoji, one for the ellipsis
    expect(shown![2]!.length).toBe(1 + 2 * [...shown![1]!.matchAll(/😀/gu)].length + "', ".length);
  });

  it('says nothing of findings when nothing could be checked', () => {
    write('a.py', '# -*- coding: gbk -*-\n');
    writeFileSync(join(work, 'a.py'), Buffer.from('# -*- coding: gbk -*-\n# \xc4\xe3\n', 'latin1'));
    const err = 'mindport: a.py:2: not UTF-8 (the file declares gbk), not checked; save it as UTF-8 first\n';
    expect(mindport(['check', 'a.py'])).toEqual({ status: 2, out: '', err });
  });

  it('does not wait for a pipe', () => {
    execFileSync('mkfifo', [join(work, 'pipe.py')]);
    expect(mindport(['check', 'pipe.py'])).toMatchObject({
      status: 2,
      err: 'mindport: pipe.py: neither a file nor a folder, not checked\n',
    });
    write('a.py', 'x = 1\n');
    expect(mindport(['check', '.'])).toMatchObject({ status: 0, err: '' });
  });

  it('says of a version it does not know that it does not know it', () => {
    write('a.py', RELU);
    expect(mindport(['check', 'a.py', '--mindspore', '3.0'])).toMatchObject({
      status: 1,
      err: expect.stringMatching(/2\.7\.0.*of 3\.0 has not been checked/) as string,
    });
    expect(mindport(['check', 'a.py', '--mindspore', '2.10.9']).err).toBe('');
  });

  it('ends with 0 when there is nothing to find', () => {
    write('a.py', 'x = [1, 2]\nx.sort()\n');
    expect(mindport(['check', '.'])).toEqual({ status: 0, out: '1 file, no findings.\n', err: '' });
  });

  it('prints one JSON object a reference, with UTF-16 positions that end where the name ends', () => {
    write('pkg/a.py', 'import torch.nn.functional as F\ns = "😀", F.relu(F.gelu(1))\n');
    const { status, out } = mindport(['check', 'pkg', '--references', '--format', 'json']);
    expect(status).toBe(1);
    const references = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const relu = references.find(({ name }) => name === 'torch.nn.functional.relu');
    expect(relu).toMatchObject({
      file: 'pkg/a.py',
      range: { start: { line: 1, character: 10 }, end: { line: 1, character: 16 } },
      kind: 'api',
      confidence: 'certain',
    });
    expect(Object.keys(relu!)).toEqual(['file', 'range', 'name', 'kind', 'confidence', 'verdict', 'code', 'fix']);
    expect(references.find(({ name }) => name === 'torch.nn.functional.gelu')).toMatchObject({
      verdict: 'equivalent',
      fix: { safety: 'safe' },
    });
  });

  it('prints findings as one JSON document', () => {
    write('a.py', RELU);
    const { findings, files, targets, problems } = JSON.parse(
      mindport(['check', '.', '--format', 'json', '--mindspore', '2.9.0']).out,
    ) as Record<string, never[]>;
    expect([files, problems]).toEqual([1, []]);
    expect(targets).toEqual([{ id: 'mindspore@cpu', version: '2.9.0' }]);
    expect(findings).toContainEqual(
      expect.objectContaining({
        file: 'a.py',
        name: 'torch.relu',
        range: { start: { line: 4, character: 11 }, end: { line: 4, character: 21 } },
      }),
    );
  });

  it('prints SARIF 2.1.0', () => {
    write('a b/ä.py', RELU);
    write('c.py', new Uint8Array([0xff, 0xfe]));
    const log = JSON.parse(mindport(['check', '.', '--format', 'sarif']).out) as {
      version: string;
      runs: {
        tool: { driver: { name: string; rules: { id: string }[] } };
        results: {
          ruleId: string;
          ruleIndex: number;
          level: string;
          message: { text: string };
          locations: { physicalLocation: { artifactLocation: { uri: string }; region: Record<string, number> } }[];
        }[];
        invocations: { executionSuccessful: boolean; toolExecutionNotifications: unknown[] }[];
      }[];
    };
    const [run] = log.runs;
    expect([log.version, run!.tool.driver.name]).toEqual(['2.1.0', 'MindPort']);
    const result = run!.results.find(({ message }) => message.text.includes('torch.relu'))!;
    expect(run!.tool.driver.rules[result.ruleIndex]!.id).toBe(result.ruleId);
    expect(['error', 'warning', 'note']).toContain(result.level);
    expect(result.locations[0]!.physicalLocation).toEqual({
      artifactLocation: { uri: 'a%20b/%C3%A4.py' },
      region: { startLine: 5, startColumn: 12, endLine: 5, endColumn: 22 },
    });
    expect(run!.invocations[0]).toMatchObject({ executionSuccessful: false, toolExecutionNotifications: [{ level: 'error' }] });
  });

  it.each([
    [
      'en_US.UTF-8',
      /absent\.py: no such file/,
      /binary\.py: a binary file/,
      /latin\.py:2: not UTF-8/,
      /large\.py: larger than 10 MB/,
      /broken\.py:1: this is not valid Python 3/,
    ],
    [
      'zh_CN.UTF-8',
      /absent\.py：没有这个文件/,
      /binary\.py：二进制文件/,
      /latin\.py:2：不是 UTF-8/,
      /large\.py：超过 10 MB/,
      /broken\.py:1：不是合法的 Python 3/,
    ],
  ])('says in %s what cannot be read, and goes on', (LANG, ...sentences) => {
    write('binary.py', new Uint8Array([0x61, 0, 0x62]));
    write('latin.py', Buffer.from('x = 1\ny = "\xe9"\n', 'latin1'));
    write('large.py', Buffer.alloc(10_000_001, 0x20));
    write('broken.py', 'def f(:\nimport torch\ny = torch.relu(x)\n');
    write('good.py', RELU);
    const { status, out, err } = mindport(['check', 'absent.py', '.'], { LANG });
    expect(status).toBe(2);
    for (const sentence of sentences) expect(err).toMatch(sentence);
    expect(err.trim().split('\n').length).toBe(sentences.length);
    expect(out).toContain('good.py:5:12:');
    expect(out).toContain('broken.py:3:5:');
  });

  it('takes Python 2 for what it is', () => {
    write('old.py', 'print "a"\n');
    const { status, err } = mindport(['check', 'old.py']);
    expect([status, err]).toEqual([0, expect.stringContaining('old.py:1: this is not valid Python 3')]);
  });

  it('leaves out hidden folders, caches, packages of node and virtual environments', () => {
    for (const folder of ['.git', '__pycache__', 'node_modules/x', 'env/lib', 'deep/er']) write(`${folder}/a.py`, RELU);
    write('env/pyvenv.cfg', '');
    const { findings } = JSON.parse(mindport(['check', '.', '--format', 'json']).out) as { findings: { file: string }[] };
    expect(new Set(findings.map(({ file }) => file))).toEqual(new Set(['deep/er/a.py']));
  });

  it('says when a file may not be read', () => {
    symlinkSync('loop.py', join(work, 'loop.py'));
    expect(mindport(['check', 'loop.py'])).toMatchObject({ status: 2, err: 'mindport: loop.py: cannot be read (ELOOP)\n' });
  });

  it('knows what a file imports from its own project, also when it is named alone', () => {
    write('project/layers.py', 'import torch\nactivation = torch.relu\n');
    write('project/train.py', 'from layers import activation\ny = activation(1)\n');
    const names = mindport(['check', 'project/train.py', '--references', '--format', 'json']).out;
    expect(names).toContain('"file":"project/train.py"');
    expect(names).toContain('"name":"torch.relu"');
    expect(names).not.toContain('layers.py');
  });

  it.each([
    [['check'], 2, 'path is missing'],
    [['check', '--format', 'xml', 'a.py'], 2, 'xml is no value for --format <format>: one of text, json, sarif'],
    [['check', '--lang', 'fr', 'a.py'], 2, 'fr is no language'],
    [['chek', 'a.py'], 2, 'unknown command chek; mindport --help lists them (did you mean check?)'],
    [['check', '--frobnicate', 'a.py'], 2, 'unknown option --frobnicate'],
    [['check', 'a.py', '--target', 'mindspore@moon'], 2, 'unknown target mindspore@moon; known are mindspore@cpu'],
    [['check', 'a.py', '--mindspore', 'latest'], 2, 'latest is not a version'],
    [['frobnicate'], 2, 'unknown command frobnicate'],
    [['frobnicate', '--lang', 'zh-cn'], 2, '未知命令 frobnicate'],
  ])('%j ends with %i and one line', (args, status, sentence) => {
    const outcome = mindport(args);
    expect(outcome).toMatchObject({ status, out: '' });
    expect(outcome.err).toMatch(/^mindport: .*\n$/);
    expect(outcome.err).toContain(sentence);
  });

  it('helps in the language of the locale', () => {
    expect(mindport(['check', '--help'], { LANG: 'zh_CN.UTF-8' })).toMatchObject({
      status: 0,
      out: expect.stringContaining('用法：') as string,
    });
  });
});

describe('mindport fix', () => {
  it('shows a diff that git applies, to the same text as --write makes', () => {
    const path = write('a.py', `${RELU}\n\n${'pass\n'.repeat(20)}y = torch.relu(torch.zeros(2, 3))`);
    const shown = mindport(['fix', 'a.py']);
    expect(shown.status).toBe(1);
    expect(readFileSync(join(work, path), 'utf8')).toContain('torch.relu(x)  # keep');
    mkdirSync(join(work, 'copy'));
    writeFileSync(join(work, 'copy', 'a.py'), readFileSync(join(work, path)));
    execFileSync('git', ['apply', '--unsafe-paths', '-'], {
      cwd: join(work, 'copy'),
      input: shown.out,
      env: { ...process.env, GIT_CEILING_DIRECTORIES: work },
    });
    expect(mindport(['fix', 'a.py', '--write']).status).toBe(0);
    const written = readFileSync(join(work, path), 'utf8');
    expect(readFileSync(join(work, 'copy', 'a.py'), 'utf8')).toBe(written);
    expect(written).toMatch(/(?:ops|mint)\.relu\(x\) {2}# keep/);
  });

  it('changes nothing the second time', () => {
    const path = write('a.py', RELU);
    mindport(['fix', '.', '--write']);
    const once = readFileSync(join(work, path), 'utf8');
    const again = mindport(['fix', '.', '--write']);
    expect(again).toMatchObject({ status: 0, err: 'Nothing to fix.\n' });
    expect(readFileSync(join(work, path), 'utf8')).toBe(once);
  });

  it('keeps byte order mark, line ends and mode', () => {
    const path = write('a.py', `\ufeff${RELU.replaceAll('\n', '\r\n')}`);
    chmodSync(join(work, path), 0o755);
    expect(mindport(['fix', '.', '--write']).status).toBe(0);
    const written = readFileSync(join(work, path), 'utf8');
    expect(written.startsWith('\ufeff')).toBe(true);
    expect(written.replaceAll('\r\n', '')).not.toContain('\n');
    expect(statSync(join(work, path)).mode & 0o777).toBe(0o755);
  });

  it('replaces the file behind a link, not the link', () => {
    const path = write('real/a.py', RELU);
    symlinkSync('real/a.py', join(work, 'link.py'));
    expect(mindport(['fix', 'link.py', '--write']).status).toBe(0);
    expect(lstatSync(join(work, 'link.py')).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(work, path), 'utf8')).not.toContain('torch');
  });

  it('leaves what is suppressed with a reason', () => {
    write('a.py', 'import torch\ny = torch.relu(1)  # mindport: ignore a reason\n');
    expect(mindport(['fix', 'a.py'])).toMatchObject({ status: 0, out: '' });
  });

  it('refuses contradicting options', () => {
    expect(mindport(['fix', 'a.py', '--diff', '--write'])).toMatchObject({
      status: 2,
      err: expect.stringContaining('exclude each other') as string,
    });
  });
});

describe('mindport migrate', () => {
  it('takes a program of one file', () => {
    write('src/a.py', RELU);
    write('src/b.py', RELU);
    expect(mindport(['migrate', 'src/a.py', '-o', 'out'])).toMatchObject({
      status: 0,
      out: '1 file, 1 changed, 2 references rewritten, 0 left to do by hand. Written to out.\n',
    });
    expect(readdirSync(join(work, 'out'))).toEqual(['.mindport', 'a.py']);
    expect(mindport(['migrate', 'src/a.py', '-o', 'src'])).toMatchObject({
      status: 2,
      err: expect.stringContaining('lies in the program') as string,
    });
  });

  it('says what was rewritten to something that differs, once for each difference', () => {
    write('src/a.py', 'import torch\na = torch.relu(torch.randn(2))\nb = torch.randn(3)\n');
    const { status, out } = mindport(['migrate', 'src', '-o', 'out']);
    expect(status).toBe(0);
    expect(out.split('\n').filter((line) => line.includes('torch.randn'))).toEqual([
      expect.stringMatching(/^a\.py:2:16 torch\.randn: Rewritten, with 1 more of the kind; look at it\. The streams/),
    ]);
    expect(out).not.toContain('torch.relu');
  });

  it('says what stands in the way, with its names, and the way out', () => {
    write('src/a.py', 'import torch\ny = torch.cat()\nz = torch.relu\nw = torch.is_autocast_enabled()\n');
    const { status, out } = mindport(['migrate', 'src', '-o', 'out']);
    expect(status).toBe(1);
    expect(out).toContain('a.py:2:5 torch.cat: The argument tensors is missing.');
    expect(out).toMatch(/a\.py:4:5 torch\.is_autocast_enabled: [^.]+\. .{20}/);
    expect(out).not.toMatch(/[{}]/);
  });

  it('says where it cannot write', () => {
    write('src/a.py', RELU);
    write('taken', '');
    for (const [output, reason] of [
      ['taken', 'EEXIST'],
      ['taken/deeper', 'ENOTDIR'],
    ] as const)
      expect(mindport(['migrate', 'src', '-o', output])).toEqual({
        status: 2,
        out: '',
        err: `mindport: ${output}: cannot be written (${reason})\n`,
      });
  });
});

describe('mindport explain', () => {
  it('shows signature, form, safety, evidence and sources of an API', () => {
    const { status, out } = mindport(['explain', 'torch.nn.functional.gelu']);
    expect(status).toBe(0);
    expect(out).toMatch(/^torch\.nn\.functional\.gelu\(input/);
    expect(out).toContain('mindspore@cpu');
    expect(out).toContain('ops.gelu(');
    expect(out).toMatch(/https:\/\/\S+gelu/);
  });

  it('takes the last names of an API when they are enough', () => {
    expect(mindport(['explain', 'F.gelu']).out).toBe(mindport(['explain', 'torch.nn.functional.gelu']).out);
  });

  it('names what has the same last name where nothing has the whole', () => {
    const { status, out, err } = mindport(['explain', 'torch.gelu']);
    expect([status, out]).toEqual([1, '']);
    expect(err).toContain('no API named torch.gelu.\nSeveral APIs end in gelu:\n');
    expect(err).toContain('  torch.nn.functional.gelu\n');
  });

  it('explains codes, and says when it knows nothing', () => {
    expect(mindport(['explain', 'msp103']).out).toContain('MSP103 behaviour-differs');
    expect(mindport(['explain', 'torch.frobnicate'])).toMatchObject({
      status: 1,
      out: '',
      err: expect.stringContaining('torch.frobnicate') as string,
    });
  });
});
