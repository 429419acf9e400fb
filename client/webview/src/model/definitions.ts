/** Which definition of the document belongs to which column, so that every number can show its own. */
import type { ComparisonDocument, Definition } from '../../../../runs/src/results/document';
import type { Text } from '../text';
import { cleanText } from './clean';
import { isMeasure, type ColumnId } from './columns';
import { measureIds, type ScoreChoice } from './measures';
import { groupOfKey, type ScoreGroup } from './score-group';

/** Ids that do not follow from the column's name. */
const otherIds: Partial<Record<ColumnId, string>> = { energyJoules: 'energy', meanPowerWatts: 'mean_power' };

function definitionId(column: ColumnId, choice: ScoreChoice): string | null {
  if (column === 'rmse' || column === 'acc') return choice[column] === null ? null : groupOfKey(column, choice[column]).definition;
  if (!isMeasure(column)) return null;
  return otherIds[column] ?? column.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** The definition a column's numbers follow, if the document carries it. */
function columnDefinition(document: ComparisonDocument, column: ColumnId, choice: ScoreChoice): Definition | null {
  const id = definitionId(column, choice);
  return document.definitions.find((definition) => definition.id === id) ?? null;
}

/** Explanation of a column's head: the document's definition with its formula, or the page's own words. */
export function columnHelp(document: ComparisonDocument, column: ColumnId, choice: ScoreChoice, text: Text): string[] {
  const definition = columnDefinition(document, column, choice);
  const body = definition && definitionText(definition, text);
  if (!definition || !body) return [text.t(`how.${column}`)];
  return [body, cleanText(definition.formula, 300)].filter(Boolean);
}

export function definitionText(definition: Definition, text: Text): string {
  return cleanText(text.lang === 'en' ? definition.en : definition.zh, 800);
}

/** The name a definition goes by: its column's head ("Time / epoch", "RMSE (fcn)"), or its id. */
export function definitionTerm(definition: Definition, text: Text): string {
  const score = /^(rmse|acc)\.(.+)$/.exec(definition.id);
  if (score) return `${text.t(score[1] === 'rmse' ? 'column.rmse' : 'column.acc')} (${cleanText(score[2]!, 40)})`;
  const nowhere: ScoreChoice = { variable: null, lead: null, rmse: null, acc: null };
  const column = measureIds.find((id) => definitionId(id, nowhere) === definition.id);
  if (column) return text.t(`column.${column}`);
  const key = `definitions.term.${definition.id}`;
  return text.has(key) ? text.t(key) : cleanText(definition.id, 60);
}

/** "RMSE (fcn) · by MindPort · climatology … · without the cells of …": everything that makes the numbers comparable. */
export function groupLabel({ metric, definition, by, climatology, mask }: ScoreGroup, document: ComparisonDocument, text: Text): string {
  const known = document.definitions.find(({ id }) => id === definition);
  return [
    known ? definitionTerm(known, text) : `${text.t(`column.${metric}`)} (${cleanText(definition, 40)})`,
    text.t(`heat.by.${by}`),
    climatology === null ? '' : text.t('heat.climatology', { id: cleanText(climatology, 40) }),
    mask === null ? '' : text.t('heat.mask', { id: cleanText(mask, 40) }),
  ]
    .filter(Boolean)
    .join(' · ');
}
