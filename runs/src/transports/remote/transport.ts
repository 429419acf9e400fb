/**
 * The run directory on a machine that is reached through a shell. Runs are processes there; a transport for a scheduler takes this one and
 * replaces how a run is started, seen and ended.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { files, isFileName, isRunId } from '../../directory';
import { RunError } from '../../errors';
import { quote } from '../../quote';
import { startScript } from '../../script';
import {
  type Bundle,
  type PollAnswer,
  type PollAsk,
  type RunContents,
  type Shell,
  type ShellAnswer,
  type StartAnswer,
  type StopReport,
  type Transport,
} from '../../transport';
import { type StopStep, parsePoll, parseStop, pollCall } from './answers';
import { newNonce } from './session';

/** Runs of one request; more are asked for in several. */
const runsAtOnce = 100;

/** Rounds of killing before a run is given up. */
const leastKills = 5;

export class ShellTransport implements Transport {
  readonly kind = 'ssh';
  readonly machine: string | null;

  /**
   * @param shell taught `functions(root)`
   * @param root folder there that holds `runs/` and `objects/`; `~` at its beginning is the home folder
   * @param place how the machine is called in front of a path, for people
   */
  constructor(
    protected readonly shell: Shell,
    protected readonly root: string,
    private readonly place: string,
  ) {
    this.machine = shell.machine;
  }

  location(id: string): string {
    return `${this.place}${this.root}/runs/${checkedId(id)}`;
  }

  /** The shell word for the directory of a run, absolute on the machine. */
  protected directory(id: string): string {
    return `"$mp_root"/runs/${checkedId(id)}`;
  }

  async list(): Promise<string[]> {
    const { stdout } = await this.asked('cd -- "$mp_root/runs" 2>/dev/null && ls -1 || :');
    return stdout.toString('latin1').split('\n').filter(isRunId).sort();
  }

  async create(id: string, contents: RunContents): Promise<void> {
    for (const bundle of [contents.code, contents.library]) if (bundle !== null) await this.upload(bundle);
    await this.asked(createScript(this.directory(id), id, contents));
  }

  /** Puts a bundle below `objects/` unless it is there; whole and proven, or not at all. */
  async upload(bundle: Bundle): Promise<void> {
    const { sha256: digest } = bundle;
    if (!/^[0-9a-f]{64}$/.test(digest)) throw new Error('not a digest');
    const held = await this.asked(`[ -d "$mp_root/objects/${digest}" ] && echo held || :`);
    if (held.stdout.toString().trim() === 'held') return;
    const answer = await this.shell.send(receiveScript(bundle, newNonce()), bundle.open());
    const word = answer.stdout.toString().trim();
    if (word === 'stored') return;
    if (/No space left|quota/i.test(answer.stderr)) throw new RunError('error.disk_full', { path: `${this.place}${this.root}` });
    throw new RunError('error.upload_failed', { reason: `${word} ${lastLine(answer.stderr)}`.trim().slice(0, 300) });
  }

  async start(id: string): Promise<StartAnswer> {
    const { stdout, stderr } = await this.asked(startScript(this.directory(id)));
    const answer = stdout.toString().trim();
    if (/^STARTED \d+$/.test(answer)) return { outcome: 'started' };
    if (answer === 'ALREADY') return { outcome: 'already' };
    return { outcome: 'refused', reason: lastLine(stderr) || answer.slice(0, 200) };
  }

  async abandon(id: string): Promise<boolean> {
    const script = `cd -- ${this.directory(id)} && mkdir ${files.started} 2>/dev/null && mv ${files.pending} exit.143 && echo ended || :`;
    return (await this.asked(script)).stdout.toString().trim() === 'ended';
  }

  async poll(asks: readonly PollAsk[]): Promise<PollAnswer[]> {
    const answers: PollAnswer[] = [];
    for (let from = 0; from < asks.length; from += runsAtOnce) {
      const part = asks.slice(from, from + runsAtOnce);
      const nonce = newNonce();
      const most = part.reduce((sum, { reads }) => sum + 1000 + reads.reduce((bytes, { max }) => bytes + max + 1000, 0), 10_000);
      const { code, stdout, stderr } = await this.shell.run(pollCall(part, nonce), { most });
      // no folder: no run was ever made there
      if (code === 3) answers.push(...part.map(({ id, reads }) => ({ id, seen: null, pieces: reads.map(() => null) })));
      else if (code !== 0) throw new RunError('error.remote', { reason: lastLine(stderr) || `exit status ${code}` });
      else answers.push(...parsePoll(part, nonce, stdout));
    }
    return answers;
  }

  /** The same steps as on this machine, each of which may be repeated. */
  async stop(id: string, graceMs: number): Promise<StopReport> {
    const asked = new Set<number>();
    const killed = new Set<number>();
    const step = async (signal: 'TERM' | 'KILL' | '-'): Promise<StopStep> => {
      const spared = signal === 'TERM' ? [...asked].join(' ') : '';
      const { code, stdout } = await this.shell.run(`mp_stop ${checkedId(id)} ${signal} ${quote(` ${spared} `)}`);
      if (code !== 0) throw new RunError('error.unknown_run', { run: id });
      const told = parseStop(stdout);
      for (const pid of told.signalled) (signal === 'KILL' ? killed : asked).add(pid);
      return told;
    };
    const deadline = Date.now() + graceMs;
    const giveUp = deadline + 10_000;
    let nap = 50;
    // on a busy machine a look may take longer than all the time there is: nothing is given up before it was killed a few times
    let kills = 0;
    let told = await step('TERM');
    while ((kills < leastKills || Date.now() < giveUp) && (told.members.length > 0 || (told.supervisor !== null && !told.ended))) {
      const kill = Date.now() >= deadline;
      if (kill) kills += 1;
      // a look goes through all processes of the machine: not too often
      nap = kill ? 20 : Math.min(500, nap * 1.3);
      await pause(nap);
      told = await step(kill ? 'KILL' : 'TERM');
      // a supervisor without a program that names no exit hangs itself
      if (kill && told.members.length === 0 && told.supervisor !== null && !told.ended && Date.now() >= deadline + 2000)
        await this.asked(`kill -s KILL ${told.supervisor} 2>/dev/null; :`);
    }
    // where nobody is left to do it, the exit is named here
    if (told.members.length === 0)
      await this.asked(`mv ${this.directory(id)}/${files.pending} ${this.directory(id)}/exit.137 2>/dev/null; :`);
    return { terminated: asked.size, killed: killed.size, remaining: told.members.length };
  }

  async write(id: string, file: string, data: string): Promise<void> {
    const bytes = Buffer.from(data);
    if (bytes.length <= longestText) {
      await this.asked(`cd -- ${this.directory(id)} || exit 3\n${writeLines(file, data)}`);
      return;
    }
    const script = `cd -- ${this.directory(id)} || exit 3\n${receiveFile(file, bytes.length)}`;
    const { code, stderr } = await this.shell.send(script, slices(bytes));
    if (/No space left|quota/i.test(stderr)) throw new RunError('error.disk_full', { path: `${this.place}${this.root}` });
    if (code !== 0) throw new RunError('error.upload_failed', { reason: lastLine(stderr) || `exit status ${code}` });
  }

  async close(): Promise<void> {
    await this.shell.close();
  }

  /** Runs a script that must end with 0. */
  protected async asked(script: string): Promise<ShellAnswer> {
    const answer = await this.shell.run(script);
    if (answer.code === 0) return answer;
    const reason = lastLine(answer.stderr) || `exit status ${answer.code}`;
    if (/No space left|quota/i.test(answer.stderr)) throw new RunError('error.disk_full', { path: `${this.place}${this.root}` });
    throw new RunError('error.remote', { reason });
  }
}

function checkedId(id: string): string {
  if (!isRunId(id)) throw new RunError('error.bad_id', { id });
  return id;
}

/** The last line something printed, fit for one line of a message. */
function lastLine(text: string): string {
  const lines = text.split(/[\r\n]+/).map((line) => line.replace(/\p{C}/gu, '').trim()).filter(Boolean); // prettier-ignore
  return (lines.at(-1) ?? '').slice(0, 300);
}

/** Lines of sh that write a file of the folder they run in: old or new, never a part. */
function writeLines(file: string, data: string): string {
  if (!isFileName(file)) throw new Error(`not a name inside a run directory: ${file}`);
  const temporary = `${file}.${newNonce().slice(0, 12)}.tmp`;
  // cat says why it could not write, where the shell's own printf may not
  return `printf %s ${quote(data)} | cat > ${temporary} && mv -- ${temporary} ${file} || { rm -f -- ${temporary}; exit 1; }`;
}

/** A text up to this many bytes travels within a script. */
const longestText = 65_536;

/** Lines of sh that write a file from standard input, when all of it has come: old or new, never a part. */
function receiveFile(file: string, bytes: number): string {
  if (!isFileName(file)) throw new Error(`not a name inside a run directory: ${file}`);
  const temporary = `${file}.${newNonce().slice(0, 12)}.tmp`;
  return `cat > ${temporary} && [ "$(wc -c < ${temporary})" -eq ${bytes} ] && mv -- ${temporary} ${file} || { rm -f -- ${temporary}; exit 1; }`;
}

async function* slices(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += longestText) yield bytes.subarray(at, at + longestText);
}

/** Makes a run directory under another name and renames it, so that no listing ever meets a half-made run. */
function createScript(directory: string, id: string, contents: RunContents): string {
  const folders = new Set<string>([files.pending, files.ranks, 'telemetry', 'results']);
  for (const name of Object.keys(contents.texts))
    for (let at = name.indexOf('/'); at > 0; at = name.indexOf('/', at + 1)) folders.add(name.slice(0, at));
  const building = `.new-${id}-${newNonce().slice(0, 12)}`;
  const lines = [
    `[ -d ${directory} ] && exit 0`,
    'mkdir -p -- "$mp_root/runs" && chmod 700 "$mp_root" "$mp_root/runs" && cd -- "$mp_root/runs" || exit 1',
    `rm -rf -- .new-${id}-*; mkdir ${building} && cd ${building} || exit 1`,
    `undo() { cd ..; rm -rf -- ${building}; exit 1; }`,
    `mkdir -p ${[...folders].join(' ')} || undo`,
    ...Object.entries(contents.texts).map(([name, text]) => `( ${writeLines(name, text)} ) || undo`),
  ];
  if (contents.library !== null) lines.push(`ln -s ../../objects/${contents.library.sha256} ${files.library} || undo`);
  if (contents.code !== null) {
    // the object stays as it came; what the program writes beside itself is the run's own
    lines.push(`ln -s ../../objects/${contents.code.sha256} ${files.source} && mkdir ${files.work} || undo`);
    lines.push(`cp -R ${files.source}/. ${files.work}/ && chmod -R u+w ${files.work} || undo`);
  }
  for (const [name, path] of Object.entries(contents.links)) {
    if (!isFileName(name)) throw new RunError('machine.bad_field', { field: 'data' });
    const place = quote(`${files.work}/${name}`);
    lines.push(
      `mkdir -p -- "$(dirname -- ${place})" && { [ -e ${place} ] || [ -h ${place} ] || ln -s -- ${quote(path)} ${place}; } || undo`,
    );
  }
  lines.push(`cd .. && mp_publish ${building} ${id} && [ -d ${id} ] || { rm -rf -- ${building}; exit 1; }`, `rm -rf -- ${building}`);
  return lines.join('\n');
}

/** Takes a tar stream from standard input: counted, hashed, unpacked beside its place, renamed. Prints `stored`, `held` or what was wrong. */
function receiveScript({ sha256, bytes }: Bundle, nonce: string): string {
  const place = `objects/.new-${nonce}`;
  return `
mkdir -p -- "$mp_root/objects" && chmod 700 "$mp_root" && cd -- "$mp_root" || exit 1
find objects -maxdepth 1 -name '.new-*' -mmin +1440 -exec rm -rf {} + 2>/dev/null
undo() { chmod -R u+w ${place} 2>/dev/null; rm -rf ${place} ${place}.tar; echo "$1"; exit 0; }
cat > ${place}.tar || undo unwritten
[ "$(wc -c < ${place}.tar)" -eq ${bytes} ] || undo short
[ "$(mp_sha ${place}.tar)" = ${sha256} ] || undo changed
mkdir ${place} && tar -xf ${place}.tar -C ${place} || undo unpacked
find ${place} -type f -exec chmod a-w {} + 2>/dev/null
rm -f ${place}.tar
mp_publish ${place} objects/${sha256} || undo unpublished
[ -d ${place} ] && { chmod -R u+w ${place}; rm -rf ${place}; }
echo stored`;
}
