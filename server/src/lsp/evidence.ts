/** What was executed for an API, in words: per chosen target, or that nothing was. */
import type { ApiRecord } from '../core/catalog/record';
import type { ChosenTarget } from '../core/catalog/targets';
import { escape } from './markdown';
import type { Words } from './words';

/** The part of an evidence file (`mappings/evidence`) that the editor shows. */
interface Outcome {
  ok: boolean;
  /** what was executed is no longer what the record says */
  stale?: boolean;
  forward: number | null;
  grad: number | null;
  modes: string[];
  calls: number;
}

export interface EvidenceFile {
  framework: string;
  version: string;
  chip: string;
  apis: Record<string, Outcome>;
}

export type EvidenceBase = readonly EvidenceFile[];

/** `evidence` of catalog.json; anything that is no evidence file is left out. */
export function readEvidence(value: unknown): EvidenceBase {
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).filter((file): file is EvidenceFile => typeof file?.framework === 'string' && typeof file.apis === 'object');
}

/** One line of Markdown per target whose framework is not PyTorch itself. */
export function evidenceLines(record: ApiRecord, targets: readonly ChosenTarget[], base: EvidenceBase, words: Words): string[] {
  return targets
    .filter(({ framework }) => framework === 'mindspore')
    .map((target) => {
      const name = words.choose(target.title);
      const file = base.find(({ framework, chip }) => framework === target.framework && chip === target.chip);
      const outcome = file?.apis[record.torch];
      if (!file || !outcome || outcome.stale) return line(words, outcome?.stale ? 'evidence.stale' : 'evidence.none', { target: name });
      if (!outcome.ok) return line(words, 'evidence.failed', { target: `${name} ${file.version}` });
      const modes = outcome.modes.map((mode) => words.tell(`evidence.mode.${mode}`)).join(', ');
      const id = outcome.forward === null ? 'evidence.executed' : outcome.grad === null ? 'evidence.forward' : 'evidence.gradient';
      const args = { forward: error(outcome.forward), gradient: error(outcome.grad), modes, calls: String(outcome.calls) };
      return line(words, id, { target: `${name} ${file.version}`, ...args });
    });
}

const line = (words: Words, id: string, args: Record<string, string>): string => escape(words.tell(id, args));
const error = (value: number | null): string => (value === null ? '' : value === 0 ? '0' : value.toExponential(1));
