/** The two texts that bring a run into Slurm: `submit.sh` on the login node, `job.sbatch` on the first node of the job. */
import { files } from '../directory';
import { quote } from '../quote';
import { type RunSpec } from '../spec';
import { type SlurmRequest, jobName, sbatchOptions } from './request';

/** Complaints of sbatch after which the job may exist all the same: the answer was lost, not the question. */
const answerLost = ['timed out', 'Zero Bytes', 'receive failure', 'Communication connection failure', 'Connection reset', 'Broken pipe'];

/** The batch script, called by Slurm with the run directory as its argument: a log of Slurm's own needs no reading to find the run. */
export function batchScript(spec: RunSpec): string {
  return `#!/bin/sh
# Job of run ${spec.id}.
cd -- "$1" || { echo "the run directory $1 is not visible on $(uname -n)" >&2; exit 73; }
exec sh ./${files.job} "$1" >>${files.stdout} 2>>${files.stderr}
`;
}

/**
 * Hands the run to Slurm. Called in its directory by whoever holds the start lock; prints STARTED id, REJECTED (nothing was submitted) or UNKNOWN
 * (the answer was lost and no job of that name is seen yet). What Slurm complained of is in `submit.err`.
 */
export function submitScript(spec: RunSpec, nodes: number, request: SlurmRequest): string {
  const options = sbatchOptions(spec.id, nodes, request).map(quote).join(' ');
  return `#!/bin/sh
# Submits run ${spec.id}.
umask 077
dir=$(pwd)
# Slurm takes these characters of a folder for patterns; the job opens its log itself, only Slurm's own words are lost then
case "$dir" in *[%\\\\]*) out=/dev/null err=/dev/null ;; *) out=${files.stdout} err=${files.stderr} ;; esac
command -v sbatch >/dev/null || { echo 'sbatch is not in PATH' > submit.err; echo REJECTED; exit 0; }
sbatch ${options} \\
  --chdir="$dir" --output="$out" --error="$err" ./${files.batch} "$dir" </dev/null >job.id.tmp 2>submit.err
# "id" or "id;cluster"
id=$(sed -n 's/^\\([0-9][0-9]*\\)\\(;.*\\)\\{0,1\\}$/\\1/p' job.id.tmp | head -n 1)
if [ -z "$id" ]; then
  case "$(cat submit.err)" in
    ${answerLost.map((words) => `*${quote(words)}*`).join(' | ')} | '')
      id=$(squeue -h -u "$(id -un)" -n ${quote(jobName(spec.id))} -o %i 2>/dev/null | head -n 1)
      [ -n "$id" ] || { echo UNKNOWN; exit 0; } ;;
    *) echo REJECTED; exit 0 ;;
  esac
fi
# the job itself writes it too when it begins first
[ -s ${files.jobId} ] || { echo "$id" > job.id.tmp && mv job.id.tmp ${files.jobId}; }
echo "STARTED $id"
`;
}
