/** Looks at a machine with the eyes of a run: each thing a run needs, whether it is there, and what to do when it is not. */
import { execFile } from 'node:child_process';
import { LinkError } from '../link';
import { RunError } from '../errors';
import { chipKind } from '../launch/chips';
import { type Message, type MessageKey } from '../messages';
import { quote } from '../quote';
import { sbatchOptions } from '../slurm/request';
import { newRunId } from '../directory';
import { type Shell, type ShellAnswer } from '../transport';
import { newNonce } from '../transports/remote/session';
import { type SshOptions, checkHost, sshProgram } from '../transports/ssh/command';
import { setupText } from './environment';
import { type EnvironmentSettings, type MachineSettings } from './settings';

export type FindingId = 'login' | 'shell' | 'disk' | 'clock' | 'logout' | 'data' | 'scheduler' | 'shared' | 'environment';

export interface MachineFinding {
  id: FindingId;
  /** name of the environment or data path meant; null where there is one of its kind */
  subject: string | null;
  status: 'ok' | 'warning' | 'failed' | 'skipped';
  text: Message;
  /** what to do about it */
  fix: Message | null;
}

const leastDiskMB = 2000;
const most = 60_000;

/** Probes `machine` through `shell`, whose functions know its root, and tells each finding as it is made. */
export async function* checkMachine(machine: MachineSettings, shell: Shell, ssh: SshOptions | null): AsyncGenerator<MachineFinding> {
  const login = await checkLogin(machine, shell, ssh);
  yield login;
  if (login.status === 'failed') return;
  yield* guarded('shell', null, () => checkTools(shell));
  yield* guarded('disk', null, () => checkDisk(machine, shell));
  yield* guarded('clock', null, () => checkClock(shell));
  if (machine.slurm === null) yield* guarded('logout', null, () => checkLogout(shell));
  for (const [name, path] of Object.entries(machine.data)) yield* guarded('data', name, () => checkData(shell, name, path));
  if (machine.slurm !== null) {
    yield* guarded('scheduler', null, () => checkScheduler(machine, shell));
    yield* guarded('shared', null, () => checkShared(machine, shell));
  }
  for (const [name, environment] of Object.entries(machine.environments)) {
    yield* guarded('environment', name, () => checkEnvironment(machine, shell, name, environment));
  }
}

type Result = Omit<MachineFinding, 'id' | 'subject'>;

const message = (key: MessageKey, args: Record<string, string> = {}): Message => ({ key, args });
const ok = (key: MessageKey, args: Record<string, string> = {}): Result => ({ status: 'ok', text: message(key, args), fix: null });
const bad = (status: 'warning' | 'failed', text: Message, fix: Message): Result => ({ status, text, fix });

async function* guarded(id: FindingId, subject: string | null, probe: () => Promise<Result>): AsyncGenerator<MachineFinding> {
  try {
    yield { id, subject, ...(await probe()) };
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    yield { id, subject, ...bad('failed', message(error.key, error.args), message('check.again')) };
  }
}

async function checkLogin(machine: MachineSettings, shell: Shell, ssh: SshOptions | null): Promise<MachineFinding> {
  const about = { id: 'login', subject: null } as const;
  const begin = performance.now();
  try {
    const { stdout } = await shell.run('printf "%s@%s" "$(id -un)" "$(uname -n)"');
    const took = (performance.now() - begin).toFixed(0);
    const who = stdout.toString().replace(/\p{C}/gu, '').slice(0, 200);
    return { ...about, ...ok('check.login', { who, milliseconds: took }) };
  } catch (error) {
    if (!(error instanceof LinkError)) throw error;
    const resolved = ssh === null ? null : await resolvedHost(ssh);
    const fix = message('check.login.fix', { machine: machine.name, resolved: resolved ?? '-' });
    return { ...about, ...bad('failed', message(error.key, error.args), fix) };
  }
}

/** What the user's ssh configuration makes of the host, without connecting: user@name:port. */
async function resolvedHost(options: SshOptions): Promise<string | null> {
  const words = [...(options.config === undefined ? [] : ['-F', options.config]), '-G', '--', checkHost(options.host)];
  const text = await new Promise<string>((done) =>
    execFile(sshProgram(options), words, { timeout: 10_000, windowsHide: true }, (error, stdout) => done(error === null ? stdout : '')),
  );
  const value = (name: string): string => new RegExp(`^${name} (.*)$`, 'mi').exec(text)?.[1] ?? '';
  if (text === '') return null;
  const jump = value('proxyjump');
  return `${value('user')}@${value('hostname')}:${value('port')}${jump === '' || jump === 'none' ? '' : ` via ${jump}`}`;
}

/** What the scripts of a run are made of. */
async function checkTools(shell: Shell): Promise<Result> {
  const script = `
for tool in awk cat cut date df dirname find grep head mkdir mv rm setsid stat tail tar timeout touch tr uname wc; do
  command -v $tool >/dev/null 2>&1 || echo "$tool"
done
command -v sha256sum >/dev/null 2>&1 || command -v openssl >/dev/null 2>&1 || command -v python3 >/dev/null 2>&1 || echo sha256sum
stat -c %s / >/dev/null 2>&1 || echo 'stat -c'
printf abc | head -c 2 >/dev/null 2>&1 || echo 'head -c'
[ -r /proc/self/stat ] && [ -r /proc/sys/kernel/random/boot_id ] || echo /proc
`;
  const missing = lines(await shell.run(script));
  if (missing.length > 0) return bad('failed', message('check.shell.missing', { tools: missing.join(', ') }), message('check.shell.fix'));
  const [system = ''] = lines(await shell.run('uname -sr'));
  return ok('check.shell', { system: system.slice(0, 100) });
}

async function checkDisk(machine: MachineSettings, shell: Shell): Promise<Result> {
  const probe = newNonce();
  const script = `mkdir -p -- "$mp_root" && chmod 700 "$mp_root" && cd -- "$mp_root" || exit 1
printf %s ${probe} > .probe-${probe} && [ "$(cat .probe-${probe})" = ${probe} ] && rm -f .probe-${probe} || exit 1
pwd -P
df -P -k . | awk 'NR == 2 { print $4 }'
df -P -i . 2>/dev/null | awk 'NR == 2 { print $4 }'`;
  const answer = await shell.run(script);
  const path = machine.root;
  if (answer.code !== 0) {
    const reason = answer.stderr.trim().split('\n').at(-1) ?? '';
    return bad(
      'failed',
      message('check.disk.failed', { path, reason: reason.slice(0, 200) }),
      message('check.disk.fix', { machine: machine.name }),
    );
  }
  const [folder = '', kilobytes = '', inodes = ''] = lines(answer);
  const free = Math.floor(Number(kilobytes) / 1000);
  const fewInodes = /^\d+$/.test(inodes) && Number(inodes) > 0 && Number(inodes) < 5000;
  if (free < leastDiskMB || fewInodes) {
    return bad(
      'warning',
      message('check.disk.little', { path: folder, free: String(free) }),
      message('check.disk.fix', { machine: machine.name }),
    );
  }
  return ok('check.disk', { path: folder, free: String(free) });
}

async function checkClock(shell: Shell): Promise<Result> {
  const before = Date.now();
  const there = Number(lines(await shell.run('date +%s'))[0]) * 1000;
  const off = Math.round((there - (before + Date.now()) / 2) / 1000);
  const seconds = String(Math.abs(off));
  if (Math.abs(off) > 120) return bad('warning', message('check.clock.off', { seconds }), message('check.clock.fix'));
  return ok('check.clock', { seconds });
}

/** A login node may be told to end everything a user leaves behind. */
async function checkLogout(shell: Shell): Promise<Result> {
  const script = `cat /etc/systemd/logind.conf /etc/systemd/logind.conf.d/*.conf 2>/dev/null | grep -iE '^[[:space:]]*KillUserProcesses[[:space:]]*=[[:space:]]*(yes|true|1|on)' && echo kills
loginctl show-user "$(id -un)" -p Linger 2>/dev/null`;
  const found = lines(await shell.run(script));
  if (found.includes('kills') && !found.includes('Linger=yes'))
    return bad('warning', message('check.logout.kills'), message('check.logout.fix'));
  return ok('check.logout');
}

async function checkData(shell: Shell, name: string, path: string): Promise<Result> {
  const { code } = await shell.run(`[ -r ${quote(path)} ]`);
  if (code === 0) return ok('check.data', { name, path });
  return bad('failed', message('check.data.missing', { name, path }), message('check.data.fix', { name }));
}

async function checkScheduler(machine: MachineSettings, shell: Shell): Promise<Result> {
  const { partition } = machine.slurm!;
  const version = await shell.run('command -v sbatch >/dev/null && command -v squeue >/dev/null && sbatch --version', { timeoutMs: most });
  if (version.code !== 0) return bad('failed', message('check.scheduler.missing'), message('check.scheduler.missing.fix'));
  const wanted = partition === null ? '' : `-p ${quote(partition)}`;
  const seen = await shell.run(`sinfo -h ${wanted} -o '%P %a %D'`, { timeoutMs: most });
  if (seen.code !== 0) {
    const reason = seen.stderr.trim().split('\n').at(-1)?.slice(0, 200) ?? '';
    return bad('failed', message('check.scheduler.silent', { reason }), message('check.scheduler.silent.fix'));
  }
  const found = lines(seen);
  if (found.length === 0 || !found.some((line) => / up /.test(line))) {
    const all = lines(await shell.run("sinfo -h -o '%R'", { timeoutMs: most }));
    const args = { partition: partition ?? '-', known: [...new Set(all)].join(', ').slice(0, 200) };
    return bad('failed', message('check.scheduler.partition', args), message('check.scheduler.partition.fix', { machine: machine.name }));
  }
  const accounting = await shell.run('sacct -n -X -S now 2>&1', { timeoutMs: most });
  const text = lines(version)[0]?.slice(0, 60) ?? '';
  if (accounting.code !== 0)
    return bad('warning', message('check.scheduler.accounting', { version: text }), message('check.scheduler.accounting.fix'));
  return ok('check.scheduler', {
    version: text,
    partition: found
      .map((line) => line.split(' ')[0])
      .join(', ')
      .slice(0, 100),
  });
}

/** Writes a word here and reads it in a job. */
async function checkShared(machine: MachineSettings, shell: Shell): Promise<Result> {
  const word = newNonce();
  const folder = `"$mp_root"/.probe-${word}`;
  const options = sbatchOptions(newRunId(), 1, { ...machine.slurm!, minutes: 2, gres: null, exclusive: false });
  const script = `mkdir -p -- ${folder} && cd -- ${folder} && printf %s ${word} > word || exit 1
printf '#!/bin/sh\\ncat word; echo; uname -n\\n' > job
sbatch ${options.map(quote).join(' ')} --chdir="$PWD" --output="$PWD/out" --error="$PWD/err" job`;
  const sent = await shell.run(script, { timeoutMs: most });
  const job = /^(\d+)/.exec(sent.stdout.toString().trim())?.[1];
  try {
    if (sent.code !== 0 || job === undefined) {
      const reason = sent.stderr.trim().split('\n').at(-1)?.slice(0, 200) ?? '';
      return bad('failed', message('check.shared.refused', { reason }), message('check.shared.refused.fix', { machine: machine.name }));
    }
    // where the folder is not shared, the job ends and nothing comes
    const wait = `cd -- ${folder} && n=0; while [ $n -lt 120 ]; do
  [ "$(wc -l < out 2>/dev/null || echo 0)" -ge 2 ] && { cat out; exit 0; }
  state=$(squeue -h -j ${job} -o %T 2>/dev/null) || state=
  case "$state" in '') [ $n -gt 0 ] && gone=$((\${gone:-0} + 1)); [ "\${gone:-0}" -gt 6 ] && exit 4 ;; esac
  n=$((n + 1)); sleep 0.5
done; exit 5`;
    const answer = await shell.run(wait, { timeoutMs: 150_000 });
    const [found, node = ''] = lines(answer);
    if (answer.code === 0 && found === word) return ok('check.shared', { node: node.slice(0, 80) });
    if (answer.code === 5) return { status: 'skipped', text: message('check.shared.queued'), fix: message('check.again') };
    return bad('failed', message('check.shared.not', { path: machine.root }), message('check.shared.not.fix', { machine: machine.name }));
  } finally {
    await shell.run(`${job === undefined ? '' : `scancel ${job} 2>/dev/null; `}rm -rf -- ${folder}`, { timeoutMs: most });
  }
}

/** Prints one JSON line: what is imported, in which version, and how many devices it sees. */
const looking = `
import json, sys
told = {"python": sys.version.split()[0]}
name = sys.argv[1]
try:
    if name == "mindspore":
        import mindspore as framework
        try:
            target = framework.get_context("device_target")
            told["devices"] = 0 if target == "CPU" else framework.hal.device_count(target)
        except Exception as error:
            told["trouble"] = str(error)[-300:]
    else:
        import torch as framework
        if name == "torch_npu":
            import torch_npu
            told["extra"] = torch_npu.__version__
            told["devices"] = framework.npu.device_count()
        else:
            told["devices"] = framework.cuda.device_count()
    told["version"] = framework.__version__
except BaseException as error:
    told["error"] = type(error).__name__ + ": " + str(error)[-300:]
print("\\n@@" + json.dumps(told))
`;

async function checkEnvironment(machine: MachineSettings, shell: Shell, name: string, environment: EnvironmentSettings): Promise<Result> {
  const setup = setupText(environment);
  const framework = /mindspore/i.test(name) ? 'mindspore' : /npu/i.test(name) ? 'torch_npu' : 'torch';
  const variables = Object.entries(environment.variables).map(([variable, value]) => `export ${variable}=${quote(value)}`);
  const program = [...environment.container, environment.python, '-c', looking, framework].map(quote).join(' ');
  const steps = `${variables.join('\n')}
mp_setup() {
${setup === '' ? ':' : setup}
}
mp_setup >&2 || exit 72
command -v ${quote(environment.container[0] ?? environment.python)} >/dev/null 2>&1 || exit 127
exec timeout 180 ${program}`;
  const answer = await shell.run(`"$(command -v bash || echo sh)" -c ${quote(steps)}`, { timeoutMs: 200_000 });
  const last = answer.stderr.trim().split('\n').at(-1)?.replace(/\p{C}/gu, '').slice(0, 300) ?? '';
  if (answer.code === 72)
    return bad(
      'failed',
      message('check.environment.setup', { name, reason: last }),
      message('check.environment.setup.fix', { machine: machine.name }),
    );
  if (answer.code === 127)
    return bad(
      'failed',
      message('check.environment.python', { name, python: environment.container[0] ?? environment.python }),
      message('check.environment.python.fix', { machine: machine.name }),
    );
  const told = toldBy(answer);
  const args = { name, framework, version: told['version'] ?? '', python: told['python'] ?? '' };
  if (told['version'] === undefined) {
    return bad(
      'failed',
      message('check.environment.import', { ...args, reason: told['error'] ?? last }),
      message('check.environment.import.fix', { framework }),
    );
  }
  const devices = told['devices'];
  const expected = Math.max(0, ...Object.entries(machine.chips).filter(([chip]) => chipKind(chip) !== 'cpu').map(([, count]) => count)); // prettier-ignore
  // a login node of a cluster has none of the devices its jobs get
  if (machine.slurm !== null || expected === 0) return ok('check.environment', { ...args, devices: devices ?? '-' });
  if (devices === undefined || Number(devices) < expected) {
    const found = { ...args, devices: devices ?? '0', expected: String(expected), reason: told['trouble'] ?? '' };
    return bad('failed', message('check.environment.devices', found), message('check.environment.devices.fix', { machine: machine.name }));
  }
  return ok('check.environment', { ...args, devices });
}

/** The fields of the last line that begins with @@; numbers become text, everything is cut to a length fit for showing. */
function toldBy(answer: ShellAnswer): Record<string, string> {
  const line = answer.stdout.toString().split('\n').findLast((text) => text.startsWith('@@')); // prettier-ignore
  try {
    const value: unknown = JSON.parse(line?.slice(2) ?? '{}');
    if (typeof value !== 'object' || value === null) return {};
    const entries = Object.entries(value).filter(([, field]) => typeof field === 'string' || typeof field === 'number');
    return Object.fromEntries(entries.map(([name, field]) => [name, String(field).replace(/\p{C}/gu, ' ').slice(0, 300)]));
  } catch {
    return {};
  }
}

function lines(answer: ShellAnswer): string[] {
  return answer.stdout.toString().split('\n').map((line) => line.replace(/\p{C}/gu, '').trim()).filter(Boolean); // prettier-ignore
}
