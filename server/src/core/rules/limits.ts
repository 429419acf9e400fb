/** MSP191: files that the analysis does not read to the end in all its ways. */
import type { Span } from '../syntax/ast';
import { defaultSeverity } from './codes';
import type { RuleFamily } from './family';

export const limits: RuleFamily = {
  codes: ['MSP191'],
  applies: ({ semantics }) => semantics.leftOut,
  check: ({ text }) => [
    {
      code: 'MSP191',
      span: firstLine(text),
      severity: defaultSeverity('MSP191'),
      verdict: 'unknown',
      message: { id: 'finding.MSP191', args: {} },
      detail: null,
      note: null,
      reference: null,
      fix: null,
    },
  ],
};

/** It concerns the whole file, and stands where one begins to read it. */
function firstLine(text: string): Span {
  const end = text.search(/[\r\n]/);
  return { start: 0, end: end < 0 ? text.length : end };
}
