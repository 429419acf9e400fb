/** Every reason the analysis can give. The words are in l10n/reasons.*.json under `reason.<id>`; a test keeps the two in step. */
export const REASON_IDS = [
  'import',
  'star',
  'getattr',
  'annotation',
  'isinstance',
  'construct',
  'result',
  'method',
  'layer',
  'module-call',
  'submodule',
  'loader',
  'parameter',
  'own-class',
  'class',
  'call-site',
  'forward',
  'hook',
  'named',
  'usage',
  'tensor-only',
  'module-only',
  'summary',
  'weighed',
] as const;

export type ReasonId = (typeof REASON_IDS)[number];
