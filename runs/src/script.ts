/**
 * The three shell texts of a run, POSIX sh. `start` takes the lock and detaches; `job.sh` supervises; `cmd.sh` runs the program and names the
 * exit, so the exit is known even when the supervisor was killed. Every value enters by `quote`.
 */
import { files } from './directory';
import { quote } from './quote';
import { srunWords } from './slurm/request';
import { type RunSpec } from './spec';

/** Seconds between two heartbeats of the supervisor. */
export const heartbeatSeconds = 5;
/** Exit status of a run whose supervisor could not write who it is (EX_IOERR). */
export const supervisorFailed = 74;

/** Exit status of a run whose environment could not be set up. */
export const setupFailed = 72;

/**
 * Starts the run in the directory that the shell word `dir` stands for at most once, detached from the caller's session, and answers one line:
 * STARTED pid, ALREADY, NODIR or REFUSED. `mkdir` is the lock: exactly one of any number of racing starters makes it.
 */
export function startScript(dir: string): string {
  return `umask 077
cd -- ${dir} 2>/dev/null || { echo NODIR; exit 0; }
if ! mkdir ${files.started}; then
  if [ -d ${files.started} ]; then echo ALREADY; else echo REFUSED; fi
  exit 0
fi
setsid sh ./${files.job} ${dir} </dev/null >>${files.stdout} 2>>${files.stderr} &
echo "STARTED $!"
`;
}

/** The supervisor, called as `sh job.sh DIR`. */
export function jobScript(spec: RunSpec): string {
  const slurm = spec.launch?.slurm != null;
  const setup = spec.setup === '' ? '' : `. ./${files.setup} >&2 && `;
  const within = spec.within.map((word) => `${quote(word)} `).join('');
  const probe =
    spec.python === null
      ? ''
      : `
# what the environment is, told once by the launcher; the program does not wait for it
if [ -f ${files.library}/mindport_run/probe.py ]; then
  (${setup}exec timeout 60 ${within}${quote(spec.python)} ${files.library}/mindport_run/probe.py ${files.spec}) </dev/null >>${files.launcher} 2>/dev/null &
  probe=$!
fi
`;
  const gather =
    spec.python === null || spec.machine === null
      ? ''
      : `# what the program told TensorBoard or MLflow can be read from afar
if [ -f ${files.library}/mindport_run/tracked.py ]; then
  (${setup}exec timeout 60 ${within}${quote(spec.python)} ${files.library}/mindport_run/tracked.py ${files.spec}) </dev/null >/dev/null 2>&1
fi
`;
  return `#!/bin/sh
# Supervises run ${spec.id}: says who it is, starts the program, keeps the heartbeat, passes TERM on, names the exit.
umask 077
set -f
cd -- "$1" || exit 70
finish() { mv ${files.pending} "exit.$1" 2>/dev/null; exit "$1"; }

# "pid starttime bootid": a number that comes again after a wrap or a reboot is told apart by the other two
read -r boot < /proc/sys/kernel/random/boot_id
identify() {
  IFS= read -r stat < "/proc/$1/stat" || return 1
  pid=$1 file=$2
  set -- \${stat##*) }
  echo "$pid \${20} $boot" > "$file.tmp" && mv "$file.tmp" "$file"
}
identify $$ ${files.jobPid} || finish ${supervisorFailed}
${slurm ? `[ -s ${files.jobId} ] || { echo "$SLURM_JOB_ID" > job.id.own && mv job.id.own ${files.jobId}; }` : `cp ${files.jobPid} ${files.jobId} 2>/dev/null`}
touch ${files.heartbeat}
[ -e ${files.cancel} ] && finish 143
probe=
${probe}
stop=
forward() {
  stop=1
${slurm ? forwardBySlurm : forwardToGroup}
}
trap forward TERM
MINDPORT_RUN_ID=${quote(spec.id)} ${shellFor(spec)} ./${files.command} "$1" </dev/null &
program=$!
identify "$program" ${files.commandPid}
[ -n "$stop" ] && forward

(
  trap '' TERM
  nap=
  trap 'kill -s KILL "$nap" 2>/dev/null; exit 0' USR1
  exec </dev/null >/dev/null 2>&1
  # a zombie has ended, though nobody may ever collect it
  while IFS= read -r stat < "/proc/$program/stat"; do
    case "\${stat##*) }" in [ZX]*) break ;; esac
    touch ${files.heartbeat}
    sleep ${heartbeatSeconds} &
    nap=$!
    wait "$nap"
  done
) &
heart=$!

# a trapped signal ends a wait early
while :; do
  wait "$program"
  rc=$?
  kill -0 "$program" 2>/dev/null || break
done
kill -s USR1 "$heart" 2>/dev/null
[ -n "$probe" ] && wait "$probe"
${gather}echo 1 > ${files.complete}.tmp && mv ${files.complete}.tmp ${files.complete}
finish "$rc"
`;
}

const forwardToGroup = `  trap '' TERM
  kill -s TERM -- "-$$"
  trap forward TERM`;

/** srun would kill its tasks at once, so they are told through Slurm. Near the limit of its time a job is told to end by nobody else. */
const forwardBySlurm = `  if [ ! -e ${files.cancel} ]; then
    case "$(squeue -h -j "$SLURM_JOB_ID" -o %L 2>/dev/null)" in 0:* | 1:* | INVALID) echo TIMEOUT > ${files.reason} ;; esac
  fi
  scancel --signal=TERM "$SLURM_JOB_ID" 2>/dev/null`;

/** What \`cmd.sh\` becomes: the program, or the script of each node that starts it. */
function programWords(spec: RunSpec): string {
  if (spec.launch == null) return [...spec.within, ...spec.argv].map(quote).join(' ');
  const node = `sh "$dir/${files.node}" "$dir"`;
  const { nodes, slurm } = spec.launch;
  return slurm === null ? node : `${srunWords(nodes, slurm).join(' ')} ${node}`;
}

/** The scripts that toolkits bring along are often written for bash. */
function shellFor(spec: RunSpec): string {
  return spec.setup === '' ? 'sh' : '"$(command -v bash || echo sh)"';
}

/** The working folder as a word of `cmd.sh`. */
function cwdWord(cwd: string): string {
  return /^work(\/|$)/.test(cwd) ? `"$dir"/${quote(cwd)}` : quote(cwd);
}

/** Runs the program, called as `sh cmd.sh DIR`. */
export function commandScript(spec: RunSpec): string {
  const settings = Object.entries(spec.env).map(([name, value]) => `export ${name}=${quote(value)}`);
  return `#!/bin/sh
# The program of run ${spec.id}.
dir=$1
# a shell that waits for its child puts the signal off; the child gets it as usual
trap : TERM INT HUP
${settings.join('\n')}
export MINDPORT_RUN_DIR="$dir" MINDPORT_ATTEMPT=1
export PYTHONUNBUFFERED="\${PYTHONUNBUFFERED-1}"
export PYTHONPATH="$dir/${files.library}\${PYTHONPATH:+:$PYTHONPATH}"
rc=${spec.setup === '' ? 73 : setupFailed}
${spec.setup === '' ? '' : `. "$dir/${files.setup}" </dev/null >&2 && rc=73 && `}if cd -- ${cwdWord(spec.cwd)}; then
  (exec ${programWords(spec)})
  rc=$?
fi
mv "$dir/${files.pending}" "$dir/exit.$rc" 2>/dev/null
exit "$rc"
`;
}
