/** What the names of chips mean for starting and measuring: the tool that reads them and the variable that says which of them a program sees. */

export type ChipKind = 'npu' | 'dcu' | 'gpu' | 'cpu';

/** The kind of a chip by its name in a run's target ("ascend910b", "dcu-z100l", "nvidia"); what is not known is taken for an NVIDIA GPU. */
export function chipKind(chip: string): ChipKind {
  if (/^cpu\b/i.test(chip)) return 'cpu';
  if (/ascend|npu|^(d?910|310)/i.test(chip)) return 'npu';
  if (/dcu|hcu|z100|k100|hygon|sugon/i.test(chip)) return 'dcu';
  return 'gpu';
}

/** The variable that names the devices a program may use; null where there is none. */
export function visibleVariable(kind: ChipKind): string | null {
  return { npu: 'ASCEND_RT_VISIBLE_DEVICES', dcu: 'HIP_VISIBLE_DEVICES', gpu: 'CUDA_VISIBLE_DEVICES', cpu: null }[kind];
}

/** What to ask a scheduler for: devices of one node; null for the processor. Sites may use other words. */
export function defaultGres(kind: ChipKind, perNode: number): string | null {
  return kind === 'cpu' ? null : `${kind}:${perNode}`;
}
