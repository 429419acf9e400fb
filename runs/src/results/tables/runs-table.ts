/** All runs with every column any of them has a value for. */
import { measureColumns, textColumns } from '../columns';
import {
  compared,
  comparisonNotes,
  differences,
  measured,
  type PaperTable,
  type TableCell,
  type TableColumn,
  type TableInput,
} from './table';
import { type TableWord } from './words';

export function runsTable({ runs, baseline, convergence }: Omit<TableInput, 'chips' | 'paper'>): PaperTable {
  const texts = textColumns.filter((column) => runs.some((run) => column.of(run) !== ''));
  const measures = measureColumns.filter((column) => runs.some((run) => column.of(run).value !== null));
  const columns = [
    ...texts.map(({ name, key }): TableColumn => ({ name, head: key as TableWord, numeric: name === 'devices' || name === 'batch' })),
    ...measures.flatMap(({ name, key, compared: withRatio }): TableColumn[] => [
      { name, head: key as TableWord, numeric: true },
      ...(withRatio && baseline !== null ? [{ name: `${name}_percent`, head: 'column.percent' as const, numeric: true }] : []),
    ]),
  ];
  const rows = runs.map((run) => {
    const isBaseline = run.id === baseline?.id;
    const doubtful = baseline !== null && !isBaseline && differences(run, baseline).length > 0;
    return {
      source: 'measured' as const,
      run: run.id,
      baseline: isBaseline,
      cells: [
        ...texts.map((column): TableCell => {
          const text = column.of(run);
          return text === '' ? { value: null, shown: { word: 'cell.unknown' } } : { value: text };
        }),
        ...measures.flatMap(({ of, compared: withRatio }): TableCell[] => {
          const percent = (): TableCell => compared(of(run).value, baseline === null ? null : of(baseline).value, isBaseline, doubtful)[1];
          return [measured(of(run)), ...(withRatio && baseline !== null ? [percent()] : [])];
        }),
      ],
    };
  });
  return {
    id: 'runs',
    columns,
    rows,
    notes: [
      {
        key: 'note.convergence',
        args: { window: String(convergence.window), epsilon: String(Number((convergence.epsilon * 100).toPrecision(4))) },
      },
      ...comparisonNotes(runs, baseline, (run) => run.secondsPerEpoch),
    ],
  };
}
