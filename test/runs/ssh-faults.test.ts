/** What happens to a link: every fault ends with one run, the whole log, the right state and nothing lost. */
import { appendFileSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type RunUpdate } from '../../runs/src/engine';
import { LinkError } from '../../runs/src/link';
import { type RunDraft } from '../../runs/src/spec';
import { classify } from '../../runs/src/transports/ssh/failures';
import { folder, printed, program, streamText, until } from './scene';
import { type FaultyLink } from './ssh/faulty-link';
import { type Machine, sshScene } from './ssh/scene';
import { hasShell } from './ssh/server';

const { server, machine, link } = sshScene();

/** Notes each start beside itself and prints numbered lines until a file named `go` appears. */
const counting = `
import os, time
open('starts', 'a').write('x')
i = 0
while not os.path.exists('go') and i < 20_000:
    print('line', i, '海' * (i % 7), flush=True)
    i += 1
    time.sleep(0.005)
print('last', flush=True)
`;

/** Watches a run until `enough` is told, calls `then`, and goes on to the end. */
async function watching(machine: Machine, id: string, then: (text: string) => void): Promise<RunUpdate[]> {
  const updates: RunUpdate[] = [];
  let text = '';
  for await (const update of machine.engine.watch(id, { fastest: 20, slowest: 100 })) {
    updates.push(update);
    if (update.type !== 'log' || update.stream !== 'stdout') continue;
    text = update.replaced ? update.text : text + update.text;
    then(text);
  }
  return updates;
}

/** One run, the whole log, the right state. */
async function proven(machine: Machine, draft: RunDraft, id: string, updates: RunUpdate[]): Promise<void> {
  expect(await readFile(join(draft.cwd, 'starts'), 'utf8')).toBe('x');
  expect(streamText(updates, 'stdout')).toBe(await readFile(join(machine.dir(id), 'stdout.log'), 'utf8'));
  expect(streamText(updates, 'stdout')).toMatch(/last\n$/);
  expect(updates.some((update) => update.type === 'log' && update.replaced)).toBe(false);
  expect(updates.at(-1)).toMatchObject({ type: 'state', status: { state: 'succeeded', exitCode: 0 } });
  // the link may have failed, the run never did; a short one may be over before anybody saw it running
  const states = updates.flatMap((update) => (update.type === 'state' ? [update.status.state] : []));
  expect(states.filter((state) => state !== 'submitting' && state !== 'running')).toEqual(['succeeded']);
  expect(states.filter((state) => state === 'running').length).toBeLessThan(2);
}

const links = (updates: RunUpdate[]): string[] => updates.flatMap((update) => (update.type === 'link' ? [update.link] : []));
const go = (draft: RunDraft): void => writeFileSync(join(draft.cwd, 'go'), '');

async function launched(shared: boolean): Promise<{ wire: FaultyLink; here: Machine; draft: RunDraft; id: string }> {
  const wire = await link();
  const here = machine({ link: wire, shared });
  const draft = program(counting);
  const { id } = await here.engine.launch(draft);
  return { wire, here, draft, id };
}

describe.each([true, false])('a link that fails while a run is watched (shared connection: %s)', (shared) => {
  test('reset, three times', async () => {
    const { wire, here, draft, id } = await launched(shared);
    let resets = 0;
    const updates = await watching(here, id, (text) => {
      if (text.split('\n').length > 40 * (resets + 1)) {
        resets += 1;
        if (resets <= 3) wire.reset();
        else go(draft);
      }
    });
    expect(wire.connections).toBeGreaterThan(3);
    await proven(here, draft, id, updates);
  });

  test('a black hole that heals', async () => {
    const { wire, here, draft, id } = await launched(shared);
    let fallen = false;
    const updates = await watching(here, id, (text) => {
      if (!fallen && text.split('\n').length > 30) {
        fallen = true;
        wire.blackHole();
        void until('a noticed silence', () => here.engine.link.link !== 'connected').then(() => {
          wire.heal();
          go(draft);
        });
      }
    });
    expect(links(updates)[0]).toMatch(/reconnecting|offline/);
    await proven(here, draft, id, updates);
  });

  test('a refusing machine that comes back', async () => {
    const { wire, here, draft, id } = await launched(shared);
    let fallen = false;
    const updates = await watching(here, id, (text) => {
      if (!fallen && text.split('\n').length > 30) {
        fallen = true;
        wire.refuse();
        void until('a noticed refusal', () => here.engine.link.link !== 'connected').then(() => {
          go(draft);
          wire.heal();
        });
      }
    });
    await proven(here, draft, id, updates);
  });
});

describe('a start whose answer is lost', () => {
  test('is asked again and finds the one run', async () => {
    for (let round = 0; round < 4; round += 1) {
      const wire = await link();
      const here = machine({ link: wire });
      const draft = program(counting);
      const spec = await here.engine.createRun(draft);
      // the request gets through, its answer does not
      const send = here.shell.run.bind(here.shell);
      let cut = false;
      here.shell.run = async (script, options) => {
        const answer = send(script, options);
        if (!cut && script.includes('STARTED')) {
          cut = true;
          answer.catch(() => undefined);
          await until('the start', () => readFileSync(join(here.dir(spec.id), 'started', '..', 'spec.json')).length > 0);
          await printed(here.dir(spec.id), 'line 0').catch(() => undefined);
          wire.reset();
          throw new LinkError('reconnecting', 'link.silent', { host: 'host' });
        }
        return answer;
      };
      const started = await here.engine.start(spec.id);
      expect(started.first).toBe(false);
      go(draft);
      await proven(here, draft, spec.id, await watching(here, spec.id, () => undefined));
    }
  });

  test('resets at any byte of making and starting a run leave one run', async () => {
    const cuts = [200, 2500, 4200, 5000, 6000, 7000, 8000, 9000, 11_000];
    for (const bytes of cuts) {
      const wire = await link();
      const here = machine({ link: wire, shared: bytes % 2 === 0 });
      const draft = program(counting);
      wire.resetAfter(bytes);
      const healing = until('the cut', () => wire.open === 0 && wire.connections > 0).then(() => wire.heal());
      const { id } = await here.engine.launch(draft);
      wire.heal();
      await healing.catch(() => undefined);
      go(draft);
      await proven(here, draft, id, await watching(here, id, () => undefined));
      expect((await here.engine.list()).runs).toHaveLength(1);
    }
  });
});

test('cancel over a link that is cut in the midst of it ends everything all the same', async () => {
  const { wire, here, draft, id } = await launched(true);
  await printed(here.dir(id), 'line 5');
  const cancelling = here.engine.cancel(id, 500);
  wire.reset();
  expect((await cancelling).remaining).toBe(0);
  expect((await here.engine.status(id)).state).toBe('cancelled');
  expect(await readFile(join(draft.cwd, 'starts'), 'utf8')).toBe('x');
});

describe('random faults', () => {
  const rounds = Number(process.env['MINDPORT_FAULT_SCHEDULES'] ?? 12);
  test(
    `${rounds} schedules`,
    async () => {
      const fault = fc.record({
        kind: fc.constantFrom('reset', 'hole', 'refuse', 'delay', 'cut', 'twice'),
        // lines told before it strikes
        after: fc.integer({ min: 1, max: 60 }),
        size: fc.integer({ min: 1, max: 4000 }),
      });
      const schedule = fc.record({
        faults: fc.array(fault, { minLength: 1, maxLength: 4 }),
        shared: fc.boolean(),
        early: fc.option(fc.integer({ min: 100, max: 12_000 })),
      });
      let done = 0;
      await fc.assert(
        fc.asyncProperty(schedule, async ({ faults, shared, early }) => {
          const wire = await link();
          const here = machine({ link: wire, shared, timings: { connectMs: 3000, answerMs: 1500 } });
          const draft = program(counting);
          if (early !== null) wire.resetAfter(early);
          const healing = setInterval(() => {
            if (early !== null && wire.open === 0 && wire.connections > 0) wire.heal();
          }, 10);
          const { id } = await here.engine.launch(draft).finally(() => clearInterval(healing));
          wire.heal();
          const left = [...faults];
          let next = left.shift();
          let base = 0;
          const strike = (kind: string, size: number): void => {
            // a schedule may end, or strike again, before anything tries the broken wire
            const healed = (): void =>
              void until('a noticed fault', () => here.engine.link.link !== 'connected').then(
                () => wire.heal(),
                () => wire.heal(),
              );
            if (kind === 'reset') wire.reset();
            if (kind === 'hole') wire.blackHole();
            if (kind === 'refuse') wire.refuse();
            if (kind === 'hole' || kind === 'refuse') healed();
            if (kind === 'delay') wire.delay = size % 150;
            if (kind === 'cut') wire.resetAfter(size);
            if (kind === 'cut') void until('the cut', () => wire.open === 0).then(() => wire.heal(), () => wire.heal()); // prettier-ignore
            if (kind === 'twice') wire.reset();
            if (kind === 'twice') setImmediate(() => wire.reset());
          };
          const updates = await watching(here, id, (text) => {
            const lines = text.split('\n').length;
            if (next === undefined) go(draft);
            else if (lines > base + next.after) {
              strike(next.kind, next.size);
              base = lines;
              next = left.shift();
            }
          });
          wire.heal();
          await proven(here, draft, id, updates);
          await here.engine.close();
          wire.close();
          done += 1;
        }),
        { numRuns: rounds, endOnFailure: true },
      );
      console.log(`random fault schedules: ${done}, each with one run, the whole log and the right state`);
      expect(done).toBe(rounds);
    },
    Math.max(240_000, rounds * 20_000),
  );
});

describe('why a machine is not reached', () => {
  const problem = async (
    config: string[],
    options: { port?: number; timings?: { connectMs: number; greetMs?: number; answerMs: number } } = {},
  ): Promise<LinkError> => {
    const wire = options.port === undefined ? {} : { link: { port: options.port } as FaultyLink };
    const { engine } = machine({ config, ...wire, ...(options.timings ? { timings: options.timings } : {}) });
    return engine.list().then(
      () => Promise.reject(new Error('was reached')),
      (error: unknown) => (error instanceof LinkError ? error : Promise.reject(error as Error)),
    );
  };
  const knownHosts = (lines: string): string => {
    const path = join(folder(), 'known_hosts');
    writeFileSync(path, lines);
    return path;
  };

  test('unknown host key', async () => {
    expect(await problem([`UserKnownHostsFile ${knownHosts('')}`])).toMatchObject({ key: 'link.hostkey_unknown', link: 'auth_needed' });
  });

  test('changed host key: nothing is sent, nothing retried', async () => {
    const other = readFileSync(join(server().folder, 'other_id.pub'), 'utf8');
    const here = machine({ config: [`UserKnownHostsFile ${knownHosts(`mindport-test ${other}`)}`] });
    await expect(here.engine.launch(program('pass'))).rejects.toMatchObject({ key: 'link.hostkey_changed', link: 'hostkey_changed' });
    expect(() => readFileSync(here.dir('01ARZ3NDEKTSV4RRFFQ69G5FAV'))).toThrow();
  });

  test('a key that is not accepted', async () => {
    const found = await problem([`IdentityFile ${join(server().folder, 'other_id')}`]);
    expect(found).toMatchObject({ key: 'link.auth', link: 'auth_needed' });
  });

  test('nobody listens', async () => {
    const wire = await link();
    const { port } = wire;
    wire.close();
    expect(await problem([], { port })).toMatchObject({ key: 'link.refused', link: 'offline' });
  });

  test('a name that does not exist', async () => {
    expect(await problem(['HostName no-such-machine.invalid'])).toMatchObject({ key: 'link.unresolved', link: 'offline' });
  });

  test('silence', async () => {
    const wire = await link();
    wire.blackHole();
    expect(await problem([], { port: wire.port, timings: { connectMs: 300, answerMs: 300 } })).toMatchObject({
      key: 'link.timeout',
      link: 'offline',
    });
  });

  test('an ssh configuration with a mistake', async () => {
    expect(await problem(['NoSuchOption yes'])).toMatchObject({ key: 'link.bad_config' });
  });

  test.skipIf(!hasShell('bash'))('an rc file that waits for input, one that prints without end, one that ends', async () => {
    // a busy machine may take seconds to log in, so only the wait after the first word is short
    const bash = (text: string): Promise<LinkError> => {
      writeFileSync(join(server().home('bash'), '.bashrc'), text);
      return problem([], { port: server().ports.bash, timings: { connectMs: 10_000, greetMs: 600, answerMs: 600 } });
    };
    expect(await bash('echo name\ncat > /dev/null\n')).toMatchObject({ key: 'link.rc_hangs' });
    expect(await bash('yes\n')).toMatchObject({ key: 'link.too_much' });
    expect(await bash('echo closed for maintenance 1>&2\nexit 7\n')).toMatchObject({
      key: 'link.no_shell',
      args: { code: '7', detail: 'closed for maintenance' },
    });
  });

  test.each([
    ['kex_exchange_identification: read: Connection reset by peer', 'link.broken'],
    ['ssh: connect to host a port 22: No route to host', 'link.unreachable'],
    ['ssh: connect to host a port 22: Connection timed out', 'link.timeout'],
    ['Unable to negotiate with 1.2.3.4: no matching host key type found. Their offer: ssh-rsa', 'link.no_common_method'],
    ['user@a: Permission denied (publickey,password).', 'link.auth'],
    ['This account is currently not available.', 'link.no_account'],
    ['@@@@@\n@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.', 'link.hostkey_changed'],
    ['No ED25519 host key is known for a and you have requested strict checking.\nHost key verification failed.', 'link.hostkey_unknown'],
    ['ssh: Could not resolve hostname a: Temporary failure in name resolution', 'link.unresolved'],
    ['something nobody has seen', 'link.broken'],
  ])('%s', (stderr, key) => {
    const error = classify('a', { why: 'closed', code: 255, stderr, ready: false });
    expect(error.key).toBe(key);
    for (const language of ['en', 'zh'] as const) expect(error.text(language)).not.toMatch(/\{\w+\}/);
  });
});

test('a link that waits for a person is not tried again until somebody says so', async () => {
  const wire = await link();
  const here = machine({ link: wire });
  const draft = program(counting);
  const { id } = await here.engine.launch(draft);
  await printed(here.dir(id), 'line 3');
  await here.engine.close();
  const keys = join(server().folder, 'authorized_keys');
  const kept = `${keys}.kept`;
  copyFileSync(keys, kept);
  const other = machine({ link: wire, root: here.root, shared: false });
  const updates: RunUpdate[] = [];
  const watch = (async () => {
    for await (const update of other.engine.watch(id, { fastest: 20, slowest: 100 })) updates.push(update);
  })();
  await until('the log', () => streamText(updates, 'stdout').includes('line 5'));
  writeFileSync(keys, '');
  wire.reset();
  await until('the need of a login', () => links(updates).includes('auth_needed'));
  const { connections } = wire;
  copyFileSync(kept, keys);
  appendFileSync(keys, '\n');
  await until('more of the log', async () => (await readFile(join(here.dir(id), 'stdout.log'), 'utf8')).includes('line 60'));
  expect(wire.connections).toBe(connections);
  other.engine.retry();
  go(draft);
  await watch;
  await proven(here, draft, id, updates);
});
