/** The scripts a run gets for its launch, by their names in the run directory. */
import { files } from '../directory';
import { batchScript, submitScript } from '../slurm/submit';
import { type RunSpec } from '../spec';
import { nodeScript } from './node-script';

export function launchTexts(spec: RunSpec): Record<string, string> {
  if (spec.launch == null) return {};
  const { nodes, slurm } = spec.launch;
  const texts = { [files.node]: nodeScript(spec, spec.launch) };
  return slurm === null ? texts : { ...texts, [files.batch]: batchScript(spec), [files.submit]: submitScript(spec, nodes, slurm) };
}
