/** What the reader chose for the figures beside the loss and score curves, as it is stored with the rest of the page's state. */

export const quantities = ['utilisation', 'power', 'memory', 'temperature'] as const;
export type Quantity = (typeof quantities)[number];

export interface FigureState {
  /** maps: chosen variables, lead time, point in time and runs; null or empty until the reader chooses */
  mapVariables: string[];
  mapLead: number | null;
  mapTime: string | null;
  mapRuns: string[];
  mapTruthDifferences: boolean;
  mapRunDifferences: boolean;
  mapCentre: 0 | 180;
  /** heat map: the group of scores, value or ratio, and what its rows are ordered by */
  heatGroup: string | null;
  heatMode: 'value' | 'ratio';
  heatOrder: 'document' | 'name' | 'largest' | 'smallest';
  telemetry: Quantity[];
  perDevice: boolean;
  stepsLog: boolean;
}

export const initialFigures: Readonly<FigureState> = {
  mapVariables: [],
  mapLead: null,
  mapTime: null,
  mapRuns: [],
  mapTruthDifferences: true,
  mapRunDifferences: true,
  mapCentre: 0,
  heatGroup: null,
  heatMode: 'value',
  heatOrder: 'document',
  telemetry: ['utilisation', 'power'],
  perDevice: false,
  stepsLog: true,
};

const flags = ['mapTruthDifferences', 'mapRunDifferences', 'perDevice', 'stepsLog'] as const;

/** A stored choice as far as it makes sense; whether it fits the document is decided where it is used. */
export function restoreFigures(stored: unknown): FigureState {
  const state: FigureState = { ...initialFigures };
  if (typeof stored !== 'object' || stored === null) return state;
  const given = stored as Record<string, unknown>;
  const oneOf = <T>(value: unknown, offered: readonly T[], otherwise: T): T => offered.find((one) => one === value) ?? otherwise;
  for (const list of ['mapVariables', 'mapRuns'] as const) {
    const value = given[list];
    if (Array.isArray(value)) state[list] = value.filter((item): item is string => typeof item === 'string');
  }
  for (const flag of flags) {
    const value = given[flag];
    if (typeof value === 'boolean') state[flag] = value;
  }
  for (const name of ['mapTime', 'heatGroup'] as const) {
    const value = given[name];
    if (typeof value === 'string') state[name] = value;
  }
  if (typeof given['mapLead'] === 'number') state.mapLead = given['mapLead'];
  state.mapCentre = oneOf(given['mapCentre'], [0, 180] as const, state.mapCentre);
  state.heatMode = oneOf(given['heatMode'], ['value', 'ratio'] as const, state.heatMode);
  state.heatOrder = oneOf(given['heatOrder'], ['document', 'name', 'largest', 'smallest'] as const, state.heatOrder);
  const telemetry = given['telemetry'];
  if (Array.isArray(telemetry)) state.telemetry = quantities.filter((quantity) => telemetry.includes(quantity));
  return state;
}
