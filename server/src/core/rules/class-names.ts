/** MSP111: texts that are compared with the name of a class, which is another one after the migration. */
import { classNameTests } from '../fixes/rewrites/class-names';
import { defaultSeverity } from './codes';
import type { RuleFamily } from './family';

export const classNames: RuleFamily = {
  codes: ['MSP111'],
  applies: ({ text, semantics }) => semantics.references.length > 0 && text.includes('__name__'),
  check: (context) =>
    classNameTests(context).map(({ node, name, others, rewrite }) => ({
      code: 'MSP111',
      span: { start: node.start, end: node.end },
      severity: defaultSeverity('MSP111'),
      verdict: 'differs',
      message: { id: 'finding.MSP111', args: { name, others: others.join(', ') } },
      detail: null,
      note: null,
      reference: null,
      fix: rewrite && { title: { id: 'fix.class-name', args: { others: others.join(', ') } }, safety: 'review' },
    })),
};
