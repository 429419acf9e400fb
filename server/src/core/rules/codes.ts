/** Every diagnostic code: a class of problem each, never re-used. Titles and explanations are in l10n under `code.<code>` and `code.<code>.about`. */
import type { Severity } from './finding';

export interface Code {
  code: string;
  /** for settings, pages and suppressions a person reads */
  slug: string;
  severity: Severity;
}

const table = [
  // MSP1xx: operators
  { code: 'MSP101', slug: 'unsupported-operator', severity: 'error' },
  { code: 'MSP102', slug: 'argument-differs', severity: 'warning' },
  { code: 'MSP103', slug: 'behaviour-differs', severity: 'warning' },
  { code: 'MSP104', slug: 'custom-operator', severity: 'information' },
  { code: 'MSP105', slug: 'restructure', severity: 'warning' },
  { code: 'MSP106', slug: 'unknown-to-catalog', severity: 'information' },
  { code: 'MSP107', slug: 'possible-tensor-method', severity: 'hint' },
  { code: 'MSP108', slug: 'no-meaning-there', severity: 'information' },
  { code: 'MSP109', slug: 'targets-disagree', severity: 'warning' },
  { code: 'MSP110', slug: 'equivalent-available', severity: 'information' },
  { code: 'MSP111', slug: 'class-name-as-text', severity: 'warning' },
  { code: 'MSP190', slug: 'suppression-without-reason', severity: 'warning' },
  { code: 'MSP191', slug: 'partly-analysed', severity: 'information' },
] as const satisfies readonly Code[];

export type CodeId = (typeof table)[number]['code'];

export const CODES: readonly Code[] = table;

const byCode = new Map<string, Code>(table.map((code) => [code.code, code]));

/** The entry of a code or of its slug. */
export function codeOf(name: string): Code | undefined {
  return byCode.get(name) ?? CODES.find((code) => code.slug === name);
}

export function defaultSeverity(code: CodeId): Severity {
  return byCode.get(code)!.severity;
}
