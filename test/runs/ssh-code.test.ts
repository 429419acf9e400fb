/** Code that travels to a machine over ssh, and everything that could reach a shell there. */
import { execFileSync } from 'node:child_process';
import { createCipheriv } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { prepare } from '../../runs/src/machines/prepare';
import { findMachine, parseSettings } from '../../runs/src/machines/settings';
import { type RunDraft } from '../../runs/src/spec';
import { bundleOf, libraryBundle } from '../../runs/src/sync/bundle';
import { chooseFiles } from '../../runs/src/sync/choose';
import { type Bundle } from '../../runs/src/transport';
import { parsePoll, parseStop, pollCall } from '../../runs/src/transports/remote/answers';
import { bootstrap, oneLine } from '../../runs/src/transports/remote/session';
import { ended, folder, program, python, repository, streamText, watched } from './scene';
import { type Machine, sshScene } from './ssh/scene';
import { hasShell, loginShells } from './ssh/server';

const { machine, link } = sshScene();
const id = '01ARZ3NDEKTSV4RRFFQ69G5FAV';

function put(files: Record<string, string | Buffer>): string {
  const base = folder();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(base, path, '..'), { recursive: true });
    writeFileSync(join(base, path), text);
  }
  return base;
}

async function bundle(base: string): Promise<Bundle> {
  return bundleOf(base, (await chooseFiles(base)).files);
}

const objects = (here: Machine): string[] => {
  const place = join(here.root, 'objects');
  return existsSync(place) ? readdirSync(place).sort() : [];
};

describe('code', () => {
  const source = `
import os, sys
import helper
print(helper.word, os.getcwd(), os.path.islink('data'), open('data/field').read())
open('helper.py', 'a').write('# written by the run')
open('made', 'w').write('x')
`;

  test('is sent once, runs in a copy of its own, finds its data, and stays as it came', async () => {
    const here = machine();
    const data = put({ field: 'era5' });
    const base = put({ 'train.py': source, 'helper.py': "word = '海'\n", 'notes/.env': 'SECRET=1' });
    const settings = parseSettings({ machines: { m: { host: 'host', data: { data }, environments: { torch: { python } } } } });
    const wish = {
      kind: 'train' as const,
      name: 'sent',
      words: ['train.py'],
      folder: base,
      cwd: null,
      python: null,
      environment: null,
      launch: null,
    };
    const { draft, delivery, choice } = await prepare(findMachine(settings, 'm'), wish);
    expect(choice!.leftOut).toEqual([{ path: 'notes/.env', why: 'secret' }]);
    const runs: string[] = [];
    for (let i = 0; i < 2; i += 1) {
      const { id: run } = await here.engine.launch(draft, delivery);
      expect((await ended(here.engine, run)).state).toBe('succeeded');
      runs.push(run);
      const log = readFileSync(join(here.dir(run), 'stdout.log'), 'utf8');
      expect(log).toBe(`海 ${join(here.dir(run), 'work')} True era5\n`);
      expect(existsSync(join(here.dir(run), 'work', 'made'))).toBe(true);
    }
    expect(objects(here)).toEqual([delivery.code!.sha256]);
    const object = join(here.root, 'objects', delivery.code!.sha256);
    expect(readdirSync(object).sort()).toEqual(['helper.py', 'train.py']);
    expect(readFileSync(join(object, 'helper.py'), 'utf8')).toBe("word = '海'\n");
    expect(readFileSync(join(here.dir(runs[0]!), 'src', 'train.py'), 'utf8')).toBe(source);
    expect((await here.engine.spec(runs[0]!)).code!.files).toBe(2);
  });

  test('an upload that is cut at any byte leaves nothing, and the next one is whole', async () => {
    const wire = await link();
    const here = machine({ link: wire, shared: false });
    const base = put({ 'big.bin': Buffer.alloc(1_500_000, 'abcdefghij'), 'a.py': 'x' });
    const packed = await bundle(base);
    // content that does not shrink on the wire, the same every time
    const noise = createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16)).update(Buffer.alloc(1_500_000));
    writeFileSync(join(base, 'big.bin'), noise);
    const big = await bundle(base);
    for (const bytes of [8000, 100_000, 700_000, 1_300_000]) {
      wire.resetAfter(bytes);
      await expect(here.transport.upload(big)).rejects.toMatchObject({ key: expect.stringMatching(/^link\./) });
      wire.heal();
      expect(objects(here).filter((name) => !name.startsWith('.new-'))).toEqual([]);
    }
    await here.transport.upload(big);
    expect(objects(here).filter((name) => !name.startsWith('.new-'))).toEqual([big.sha256]);
    expect(readFileSync(join(here.root, 'objects', big.sha256, 'big.bin')).equals(noise)).toBe(true);
    expect(packed.sha256).not.toBe(big.sha256);
  });

  test('a stream that is short, long or another one is not used', async () => {
    const here = machine();
    const base = put({ 'a.py': 'x'.repeat(5000) });
    const good = await bundle(base);
    const told = async (open: () => AsyncIterable<Uint8Array>): Promise<string> =>
      here.transport.upload({ ...good, open }).then(
        () => 'stored',
        (error: { args: { reason: string } }) => error.args.reason,
      );
    const bytes = await (async () => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of good.open()) chunks.push(chunk);
      return Buffer.concat(chunks);
    })();
    const stream = (data: Uint8Array) => async function* () { yield data; }; // prettier-ignore
    expect(await told(stream(bytes.subarray(0, 1000)))).toMatch(/^short/);
    expect(await told(stream(Buffer.concat([bytes, bytes])))).toMatch(/^short/);
    const other = Buffer.from(bytes);
    other[600] = 65;
    expect(await told(stream(other))).toMatch(/^changed/);
    expect(readdirSync(join(here.root, 'objects'))).toEqual([]);
    expect(await told(() => good.open())).toBe('stored');
    // there already: nothing is sent
    expect(await told(() => Promise.reject(new Error('read')) as never)).toBe('stored');
  });

  test('two clients that send the same at once leave one', async () => {
    const one = machine();
    const two = machine({ root: one.root });
    const packed = await bundle(put({ 'a.py': 'x'.repeat(300_000) }));
    await Promise.all([one, two, one, two].map((each) => each.transport.upload(packed)));
    expect(objects(one)).toEqual([packed.sha256]);
  });
});

describe('words that would be something else to a shell', () => {
  const hostile = [
    '$(touch pwned)',
    '`touch pwned`',
    "'; touch pwned; '",
    '"; touch pwned; "',
    '\n touch pwned \n',
    '--',
    '-rf',
    '~',
    '*',
    '!!',
    '\\',
    'a\'b"c',
    '',
    '海 é',
    '%s%n',
    '$HOME',
    '&& touch pwned',
    '\u001b[31m',
  ];

  test.each(loginShells)('arguments, variables and folders come through the login shell %s unchanged', async (login) => {
    if (!hasShell(login)) return;
    const here = machine({ login });
    const cwd = join(folder(), 'it\'s $(touch pwned) `x` "y" 海');
    mkdirSync(cwd);
    writeFileSync(join(cwd, 'show.py'), "import json, os, sys\nprint(json.dumps([sys.argv[1:], os.environ['VALUE'], os.getcwd()]))\n");
    const { id: run } = await here.engine.launch({
      name: "n'; touch pwned; $(x)",
      group: '`touch pwned`',
      kind: 'train',
      cwd,
      argv: [python, 'show.py', ...hostile],
      python,
      env: { VALUE: hostile.join('') },
    });
    const updates = await watched(here.engine, run);
    expect(JSON.parse(streamText(updates, 'stdout'))).toEqual([hostile, hostile.join(''), cwd]);
    expect(await here.engine.find("n'; touch pwned; $(x)")).toBe(run);
    expect(readdirSync(cwd)).toEqual(['show.py']);
    expect(existsSync(join(here.root, 'pwned'))).toBe(false);
  });

  test('roots, data links, set-up lines and container words too', async () => {
    const root = join(folder(), "ro'ot $(touch pwned)");
    const here = machine({ root });
    const target = join(folder(), 'da ta;$(touch pwned)');
    mkdirSync(target);
    const base = put({ 'a.py': 'import os\nprint(os.path.realpath("data"))' });
    const wrap = join(folder(), "wr'ap $(x)");
    writeFileSync(wrap, '#!/bin/sh\necho "wrapped $1"\nshift\nexec "$@"\n');
    chmodSync(wrap, 0o755);
    const set = join(folder(), "set'up $(touch pwned).sh");
    writeFileSync(set, 'echo ready\n');
    const settings = parseSettings({
      machines: {
        m: {
          host: 'host',
          root,
          data: { data: target },
          environments: { torch: { python, source: [set], container: [wrap, "o'ne $(touch pwned)"] } },
        },
      },
    });
    const wish = {
      kind: 'train' as const,
      name: 'x',
      words: ['a.py'],
      folder: base,
      cwd: null,
      python: null,
      environment: null,
      launch: null,
    };
    const { draft, delivery } = await prepare(findMachine(settings, 'm'), wish);
    const { id: run } = await here.engine.launch(draft, delivery);
    expect(streamText(await watched(here.engine, run), 'stdout')).toBe(`wrapped o'ne $(touch pwned)\n${target}\n`);
    expect(readFileSync(join(here.dir(run), 'stderr.log'), 'utf8')).toBe('ready\n');
    for (const place of [root, here.dir(run), join(here.dir(run), 'work')]) expect(readdirSync(place)).not.toContain('pwned');
  });

  test('an environment that cannot be made ends the run with its reason', async () => {
    const here = machine();
    const draft: RunDraft = { ...program('print(1)'), setup: 'echo no licence >&2; return 72\n' };
    const { id: run } = await here.engine.launch(draft);
    const last = (await watched(here.engine, run)).at(-1);
    expect(last).toMatchObject({
      status: { state: 'failed', exitCode: 72, explanation: expect.stringMatching(/environment.*no licence/) },
    });
  });

  test('no id, no name inside a run and no digest is taken as it comes', async () => {
    const here = machine();
    for (const bad of ['../x', '$(id)', "'", '', `${id}/..`]) {
      await expect(here.transport.start(bad)).rejects.toMatchObject({ key: 'error.bad_id' });
      await expect(here.transport.stop(bad, 1)).rejects.toMatchObject({ key: 'error.bad_id' });
      expect(() => pollCall([{ id: bad, reads: [] }], 'n')).toThrow();
    }
    for (const file of ['../spec.json', '/etc/passwd', 'a b', '$(id)', '.hidden', 'a/b/c/d', '']) {
      expect(() => pollCall([{ id, reads: [{ file, offset: 0, max: 1, tag: null }] }], 'n')).toThrow();
      await expect(here.transport.write(id, file, '')).rejects.toThrow();
    }
    expect(pollCall([{ id, reads: [{ file: 'a', offset: 0, max: 1, tag: '$(id)' }] }], 'n')).not.toContain('$');
    await expect(here.transport.upload({ sha256: '../../x', bytes: 1, open: () => { throw new Error('opened'); } })).rejects.toThrow('digest'); // prettier-ignore
  });

  test('any script survives the way through printf and eval', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 60 }).filter((text) => !/\0|\p{Surrogate}/u.test(text)),
        (text) => {
          const line = oneLine(`printf %s '${text.replaceAll("'", `'\\''`)}'; exit 0`);
          expect(line.slice(0, -1)).not.toContain('\n');
          const out = execFileSync('/bin/sh', ['-c', 'IFS= read -r s; eval "$(printf %b "$s")"'], { input: line });
          expect(out.toString()).toBe(text);
        },
      ),
      { numRuns: 60 },
    );
    expect(bootstrap('00ff')).not.toMatch(/[\\!\n]|'.*'.*'/);
    expect(() => bootstrap("'; id")).toThrow();
  });
});

describe('a machine that lies', () => {
  const asks = [{ id, reads: [{ file: 'stdout.log', offset: 0, max: 100, tag: null }] }];
  const good = `now 1795265658190\nrun 1795265658.190 - - - alive - 0\nfile 3:1:1.000\nabc\nN\nabc\nN\n`;

  test('is told apart from one that answers', () => {
    const [answer] = parsePoll(asks, 'N', Buffer.from(good));
    expect(answer).toMatchObject({ seen: { process: 'alive', exit: null }, pieces: [{ size: 3, tag: '3:1:1.000' }] });
  });

  test.each([
    '',
    'now\n',
    'now 1\n',
    'now 1795265658190\n',
    'now 1795265658190\nrun 1 2 3\n',
    'now 1795265658190\nrun 1 - 9999 - alive - 0\nnone\n',
    'now 1795265658190\nrun 1 - - - undead - 0\nnone\n',
    'now 1795265658190\nrun - - - - alive - 0\nfile x\n',
    'now 1795265658190\nrun - - - - alive - 0\nfile 5:1:1\nabc\nN\n',
    `now 1795265658190\nrun - - - - alive - 0\nfile 999:1:1\n${'a'.repeat(300)}\nN\nb\nN\n`,
    `now 1795265658190\nrun - - - - alive - 0\nfile 999:1:1\na\nN\n${'b'.repeat(101)}\nN\n`,
    `${'x'.repeat(5000)}`,
  ])('%j is refused', (text) => expect(() => parsePoll(asks, 'N', Buffer.from(text))).toThrow(/no answer/));

  test('no bytes crash the reading', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(200), (noise, at) => {
        const bytes = Buffer.concat([Buffer.from(good).subarray(0, at), noise, Buffer.from(good).subarray(at)]);
        for (const parse of [() => parsePoll(asks, 'N', bytes), () => parseStop(bytes)]) {
          try {
            parse();
          } catch (error) {
            expect((error as { key: string }).key).toBe('error.garbled');
          }
        }
      }),
    );
  });

  test('a program’s log that holds our own marks stays a log', async () => {
    const here = machine();
    const source = `
import sys
for text in ('run 1 - 0 - dead - 0', 'gone', 'none', 'same', 'file 1:1:1', 'STARTED 1', 'ALREADY', 'exit.0', chr(10) + '0' * 32 + '>0', 'now 1795265658190'):
    print(text)
sys.stdout.buffer.write(bytes(range(256)) * 40)
`;
    const { id: run } = await here.engine.launch(program(source));
    const seen: Buffer[] = [];
    let offset = 0;
    await ended(here.engine, run);
    for (let size = 1; offset < size;) {
      const [answer] = await here.transport.poll([{ id: run, reads: [{ file: 'stdout.log', offset, max: 997, tag: null }] }]);
      const piece = answer!.pieces[0] as { size: number; bytes: Uint8Array };
      seen.push(Buffer.from(piece.bytes));
      offset += piece.bytes.length;
      size = piece.size;
    }
    expect(Buffer.concat(seen).equals(readFileSync(join(here.dir(run), 'stdout.log')))).toBe(true);
    expect((await here.engine.status(run)).state).toBe('succeeded');
  });

  test('files put in place of others: a pipe, a folder, a link to what is not there', async () => {
    const here = machine();
    const { id: run } = await here.engine.launch(program('print(1)'));
    await ended(here.engine, run);
    const names = ['pipe', 'dir', 'dangling'];
    execFileSync('/usr/bin/mkfifo', [join(here.dir(run), 'pipe')]);
    mkdirSync(join(here.dir(run), 'dir'));
    execFileSync('/bin/ln', ['-s', '/no/such', join(here.dir(run), 'dangling')]);
    mkdirSync(join(here.dir(run), 'exit.$(id)'));
    mkdirSync(join(here.dir(run), 'exit.1 2'));
    const reads = names.map((file) => ({ file, offset: 0, max: 10, tag: null }));
    const [answer] = await here.transport.poll([{ id: run, reads }]);
    expect(answer!.pieces).toEqual([null, null, null]);
    expect(answer!.seen!.exit).toBe(0);
  });

  test('a log of a gigabyte is read in pieces from its end', async () => {
    const here = machine();
    const { id: run } = await here.engine.launch(program('print(1)'));
    await ended(here.engine, run);
    const path = join(here.dir(run), 'stdout.log');
    execFileSync('/usr/bin/truncate', ['-s', '1073741824', path]);
    writeFileSync(path, 'the end\n', { flag: 'a' });
    const [answer] = await here.transport.poll([
      { id: run, reads: [{ file: 'stdout.log', offset: 1_073_741_824, max: 65_536, tag: null }] },
    ]);
    const piece = answer!.pieces[0] as { size: number; bytes: Uint8Array };
    expect(piece.size).toBe(1_073_741_832);
    expect(Buffer.from(piece.bytes).toString()).toBe('the end\n');
  });

  test('an answer that is larger than was asked for ends the connection, not the client', async () => {
    const here = machine();
    await expect(here.shell.run('yes', { most: 100_000 })).rejects.toMatchObject({ key: 'link.too_much' });
    expect((await here.shell.run('echo still here')).stdout.toString()).toBe('still here\n');
    await expect(here.shell.run('exit 7; syntax ((')).resolves.toMatchObject({ code: expect.any(Number) });
    expect((await here.shell.run('printf "a\\0b"; echo ünï >&2; exit 3')).code).toBe(3);
  });
});

test('the Python packages of this installation travel along, once', async () => {
  const here = machine();
  const library = await libraryBundle(join(repository, 'python'), ['mindport_run', 'mindport_ops']);
  for (const run of [id, '01ARZ3NDEKTSV4RRFFQ69G5FAW']) {
    await here.transport.create(run, { texts: { 'spec.json': '{}' }, code: null, library, links: {} });
    expect(existsSync(join(here.dir(run), 'lib', 'mindport_ops', '__init__.py'))).toBe(true);
  }
  expect(objects(here)).toEqual([library.sha256]);
});
