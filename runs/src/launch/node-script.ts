/**
 * `node.sh`, what every node of a run does, POSIX sh: chooses the devices, starts the sampler and the launcher, and under Slurm ends what the
 * program left behind. Called as `sh node.sh DIR`.
 */
import { files } from '../directory';
import { quote } from '../quote';
import { type RunSpec } from '../spec';
import { chipKind, visibleVariable } from './chips';
import { type Launch } from './launch';

/** Ports of multi-node launchers lie here, by the number of the job: below those the system gives away by itself. */
const firstPort = 20_000;
const portSpan = 12_000;

/** Seconds a program has between the warning of the time limit and the end. */
const limitGrace = 50;

function words(list: readonly string[]): string {
  return list.map(quote).join(' ');
}

/** The words that start the program on a node; `$dir`, `$rank`, `$addr` and `$port` are known there. */
function launcherCommand(spec: RunSpec, launch: Launch): string {
  const program = words(spec.argv);
  const within = spec.within.map((word) => `${quote(word)} `).join('');
  if (launch.launcher === 'plain') return within + program;
  const ranked = `"$dir/${files.library}/mindport_run/rank.py" "$dir" ${program}`;
  const where = '--node_rank "$rank" --master_addr "$addr" --master_port "$port"';
  if (launch.launcher === 'torchrun') {
    const command = spec.python === null ? 'torchrun' : `${quote(spec.python)} -m torch.distributed.run`;
    return `${within}${command} --nnodes ${launch.nodes} --nproc_per_node ${launch.perNode} ${where} ${ranked}`;
  }
  const command = spec.python === null ? 'msrun' : `${quote(spec.python)} -m mindspore.parallel.cluster.run`;
  // without --join=True msrun returns at once and its exit status says nothing
  const workers = `--worker_num ${launch.nodes * launch.perNode} --local_worker_num ${launch.perNode}`;
  return `${within}${pythonFirst(spec)}${command} ${workers} ${where} --log_dir "$dir/${files.ranks}" --join=True ${ranked}`;
}

/** Which devices are used, in `$used`, and the variable that says so. */
function deviceLines(spec: RunSpec, launch: Launch): string {
  const kind = chipKind(spec.target.chip);
  const variable = visibleVariable(kind);
  if (variable === null) return 'used=';
  const first = Array.from({ length: devicesPerNode(spec, launch) }, (_, i) => i).join(',');
  if (launch.deviceIds !== null) return `used=${launch.deviceIds.join(',')}\nexport ${variable}="$used"`;
  const otherwise = launch.slurm === null ? `used=${first}` : `used=$(granted ${kind})\n  [ -n "$used" ] || used=${first}`;
  return `used=\${${variable}-}
if [ -z "$used" ]; then
  ${otherwise}
  export ${variable}="$used"
fi`;
}

/** Devices a program sees on one node. */
function devicesPerNode(spec: RunSpec, launch: Launch): number {
  return launch.launcher === 'plain' ? Math.max(1, Math.ceil(spec.target.devices / launch.nodes)) : launch.perNode;
}

const slurmPlace = `node=\${SLURMD_NODENAME:-$(uname -n)}
rank=\${SLURM_NODEID:-0}
hosts=$(scontrol show hostnames "$SLURM_JOB_NODELIST" 2>/dev/null) || hosts=$node
first=\${hosts%%
*}
# a node may be reached by another name than the one it bears
addr=$(scontrol show node -o "$first" 2>/dev/null | sed -n 's/.* NodeAddr=\\([^ ]*\\).*/\\1/p')
[ -n "$addr" ] || addr=$first
port=$((${firstPort} + SLURM_JOB_ID % ${portSpan}))

# ids of the devices of kind $1 the scheduler has given, where it tells them and they are the same on all nodes
granted() {
  scontrol show -d job -o "$SLURM_JOB_ID" 2>/dev/null | tr ' ' '\\n' |
    sed -n "s/^GRES=.*$1[:A-Za-z0-9_]*(IDX:\\([0-9,-]*\\)).*/\\1/p" | sort -u | awk '
    { line = $0 }
    END {
      if (NR != 1) exit
      n = split(line, range, ",")
      for (r = 1; r <= n; r++) {
        if (split(range[r], part, "-") == 1) part[2] = part[1]
        for (i = part[1] + 0; i <= part[2] + 0; i++) { printf "%s%d", comma, i; comma = "," }
      }
    }'
}
`;

const localPlace = `node=$(uname -n)
rank=0
hosts=$node
addr=127.0.0.1
port=$("$py" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])' 2>/dev/null) || port=$((${firstPort} + $$ % ${portSpan}))
`;

/** Ends what the program left, also what has left its process tree; only the node itself can find that. */
const reaping = (id: string): string => `
left() { grep -lszx -- "MINDPORT_SEAT=${id}/$node" /proc/[0-9]*/environ 2>/dev/null | cut -d / -f 3; }
asked=0 killed=0
end_all() {
  for signal in TERM KILL; do
    pids=$(left)
    [ -n "$pids" ] || break
    kill -s "$signal" $pids 2>/dev/null
    set -- $pids
    if [ "$signal" = TERM ]; then asked=$((asked + $#)); else killed=$((killed + $#)); fi
    tries=0
    while [ -n "$(left)" ] && [ "$tries" -lt 20 ]; do
      sleep 0.1
      tries=$((tries + 1))
    done
  done
}
`;

const terminating = `  [ -z "$timer" ] || return 0
  asked=$(left | wc -l)
  grace=${limitGrace}
  [ -r "$dir/grace" ] && read -r grace < "$dir/grace"
  (
    trap '' TERM
    tries=0
    while [ "$tries" -lt $((grace * 5)) ]; do
      sleep 0.2
      kill -0 "$program" 2>/dev/null || exit 0
      tries=$((tries + 1))
    done
    for pid in $(left); do kill -s KILL "$pid" 2>/dev/null; done
  ) &
  timer=$!`;

/** The script of a run with a launch. */
export function nodeScript(spec: RunSpec, launch: Launch): string {
  const python = quote(spec.python ?? 'python3');
  const slurm = launch.slurm !== null;
  const library = `$dir/${files.library}/mindport_run`;
  const sampler =
    launch.telemetry === null
      ? ''
      : `
if [ -f "${library}/sampler.py" ]; then
  "$py" -E -s "${library}/sampler.py" --chip ${chipKind(spec.target.chip)} --interval ${launch.telemetry.seconds} --used "$used" \\
    --name "$node" --parent $$ --out "$dir/telemetry/$node.jsonl" </dev/null >/dev/null 2>&1 &
  sampler=$!
fi
`;
  return `#!/bin/sh
# What every node of run ${spec.id} does.
umask 077
dir=$1
# one that is only within a container cannot be called from here
py=${python}
command -v "$py" >/dev/null 2>&1 || py=python3
${slurm ? slurmPlace : localPlace}case "$node" in *[!A-Za-z0-9_.-]* | [.-]*) node=node$rank ;; esac
mkdir -p "$dir/telemetry" "$dir/${files.ranks}"
[ "$rank" = 0 ] && printf '%s\\n' "$hosts" > "$dir/telemetry/hosts"

${deviceLines(spec, launch)}
sampler= timer= program=
${sampler}${slurm ? reaping(spec.id) : ''}
terminate() {
${slurm ? terminating : '  :'}
}
trap terminate TERM
trap : INT HUP
# lines of several nodes would run into each other: as every rank but the first, every node but the first has a log of its own
log="$dir/${files.ranks}/${launch.launcher === 'plain' ? '' : 'node'}$rank.log"
(
  [ "$rank" = 0 ] || exec >>"$log" 2>&1
  export MINDPORT_SEAT="${spec.id}/$node"
  exec ${launcherCommand(spec, launch)}
) &
program=$!
# a trapped signal ends a wait early
while :; do
  wait "$program"
  rc=$?
  kill -0 "$program" 2>/dev/null || break
done
${slurm ? `[ -n "$timer" ] && kill -s KILL "$timer" 2>/dev/null\nend_all\nprintf '%s %s %s\\n' "$asked" "$killed" "$(left | wc -l)" > "$dir/${files.ranks}/ended.$node"\n` : ''}if [ -n "$sampler" ]; then
  # a program may end before the sampler has begun: it is let say what it can measure
  tries=0
  while [ ! -s "$dir/telemetry/$node.jsonl" ] && [ "$tries" -lt 20 ] && kill -0 "$sampler" 2>/dev/null; do
    sleep 0.1
    tries=$((tries + 1))
  done
  kill -s TERM "$sampler" 2>/dev/null
  wait "$sampler" 2>/dev/null
fi
if [ "$rc" != 0 ] && [ "$rank" != 0 ]; then
  echo "mindport: node $node ended with $rc; the end of ${files.ranks}/\${log##*/}:" >&2
  tail -n 20 "$log" >&2
fi
exit "$rc"
`;
}

/**
 * msrun starts its workers by the word "python": words that make it the run's interpreter. They stand behind the container's, whose own PATH
 * replaces ours.
 */
function pythonFirst(spec: RunSpec): string {
  if (spec.python === null || !spec.python.startsWith('/')) return '';
  const folder = spec.python.slice(0, spec.python.lastIndexOf('/')) || '/';
  return `sh -c ${quote('PATH=$1:$PATH; export PATH; shift; exec "$@"')} sh ${quote(folder)} `;
}
