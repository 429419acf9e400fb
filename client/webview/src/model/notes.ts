/** Sentences about the comparison as a whole. */
import type { ComparisonDocument } from '../../../../runs/src/results/document';
import type { Text } from '../text';
import { cleanText } from './clean';
import type { Words } from './rows';

/** A warning in the reader's language; one this page has no words for is shown as it came. */
export function warningText(warning: ComparisonDocument['warnings'][number], text: Text): string {
  const args = Object.fromEntries(Object.entries(warning.args).map(([key, value]) => [key, cleanText(value, 200)]));
  const state = `state.${args['state'] ?? ''}`;
  if (text.has(state)) args['state'] = text.t(state);
  const key = `warning.${warning.id}`;
  if (text.has(key)) return text.t(key, args);
  const details = Object.entries(args)
    .map(([name, value]) => `${cleanText(name, 40)}: ${value}`)
    .join(', ');
  return text.t('warning.other', { id: cleanText(warning.id, 60), details });
}

/** The convergence rule with the parameters it was used with. */
export function convergenceLine(document: ComparisonDocument, { text, format }: Words): string {
  const { window, epsilon } = document.convergence;
  return text.t('definitions.convergence', { window, epsilon: format.percent(epsilon).replace('+', '') });
}
