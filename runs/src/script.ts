/**
 * The three shell texts of a run, POSIX sh. `start` takes the lock and detaches; `job.sh` supervises; `cmd.sh` runs the program and names the
 * exit, so the exit is known even when the supervisor was killed. Every value enters by `quote`.
 */
import { files } from './directory';
import { quote } from './quote';
import { type RunSpec } from './spec';

/** Seconds between two heartbeats of the supervisor. */
export const heartbeatSeconds = 5;
/** Exit status of a run whose supervisor could not write who it is (EX_IOERR). */
export const supervisorFailed = 74;

/**
 * Starts the run in `dir` at most once, detached from the caller's session, and answers one line: STARTED pid, ALREADY, NODIR or REFUSED.
 * `mkdir` is the lock: exactly one of any number of racing starters makes it.
 */
export function startScript(dir: string): string {
  return `umask 077
cd -- ${quote(dir)} 2>/dev/null || { echo NODIR; exit 0; }
if ! mkdir ${files.started}; then
  if [ -d ${files.started} ]; then echo ALREADY; else echo REFUSED; fi
  exit 0
fi
setsid sh ./${files.job} ${quote(dir)} </dev/null >>${files.stdout} 2>>${files.stderr} &
echo "STARTED $!"
`;
}

/** The supervisor, called as `sh job.sh DIR`. */
export function jobScript(spec: RunSpec): string {
  const probe =
    spec.python === null
      ? ''
      : `
# what the environment is, told once by the launcher; the program does not wait for it
if [ -f ${files.library}/mindport_run/probe.py ]; then
  timeout 60 ${quote(spec.python)} ${files.library}/mindport_run/probe.py ${files.spec} </dev/null >>${files.launcher} 2>/dev/null &
  probe=$!
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
cp ${files.jobPid} ${files.jobId} 2>/dev/null
touch ${files.heartbeat}
[ -e ${files.cancel} ] && finish 143
probe=
${probe}
stop=
forward() {
  stop=1
  trap '' TERM
  kill -s TERM -- "-$$"
  trap forward TERM
}
trap forward TERM
MINDPORT_RUN_ID=${quote(spec.id)} sh ./${files.command} "$1" </dev/null &
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
finish "$rc"
`;
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
rc=73
if cd -- ${quote(spec.cwd)}; then
  (exec ${spec.argv.map(quote).join(' ')})
  rc=$?
fi
mv "$dir/${files.pending}" "$dir/exit.$rc" 2>/dev/null
exit "$rc"
`;
}
