/** Table 1: what is known of the chips the runs used, each fact with its source. */
import { chipNamed, type ChipFacts, factFields } from './hardware';
import { type PaperTable, paperSource, type TableCell, type TableColumn, type TableInput, type TableRow } from './table';

const columns: TableColumn[] = [
  { name: 'chip', head: 'column.chip', numeric: false },
  { name: 'memory_gb', head: 'column.memory', numeric: true },
  { name: 'fp16_tflops', head: 'column.fp16', numeric: true },
  { name: 'fp32_tflops', head: 'column.fp32', numeric: true },
  { name: 'bandwidth_gb_per_s', head: 'column.bandwidth', numeric: true },
  { name: 'frameworks', head: 'column.frameworks', numeric: false },
  { name: 'sources', head: 'column.sources', numeric: false },
];

export function hardwareTable({ runs, paper, chips }: TableInput): PaperTable {
  const used = [...new Set(runs.map((run) => run.chip).filter((chip) => chip !== ''))];
  const rows = new Map<string, ChipFacts | null>();
  for (const name of used) {
    const facts = chipNamed(name, chips);
    rows.set(facts?.id ?? name, facts);
  }
  // with the paper's figures, its other chips stand there too
  if (paper) for (const chip of chips) if (!rows.has(chip.id)) rows.set(chip.id, chip);
  const others = [...rows.values()].flatMap((facts) => (facts === null ? [] : otherSources(facts)));
  return {
    id: '1',
    columns,
    rows: [...rows].map(([name, facts]) => rowOf(name, facts)),
    notes: [
      { key: 'note.form', args: { id: '1', source: paperSource } },
      ...(rows.size === 0 ? [{ key: 'note.empty' as const, args: {} }] : []),
      ...(others.length === 0 ? [] : [{ key: 'note.hardware' as const, args: { others: others.join('; ') } }]),
      { key: 'note.correct', args: {} },
    ],
  };
}

function rowOf(name: string, facts: ChipFacts | null): TableRow {
  const sources = new Set<string>();
  const cells = factFields.map((field): TableCell => {
    const fact = facts?.[field]?.[0];
    if (fact === undefined) return { value: null, missing: 'no_fact' };
    sources.add(fact.source);
    return { value: fact.value };
  });
  return {
    source: 'measured',
    run: null,
    baseline: false,
    cells: [
      { value: facts?.title ?? name },
      ...cells,
      facts?.frameworks === undefined ? { value: null, missing: 'no_fact' } : { value: facts.frameworks.join(', ') },
      { value: [...sources].join('; ') || null },
    ],
  };
}

const units = { memoryGB: 'GB', fp16Tflops: 'TFLOPS FP16', fp32Tflops: 'TFLOPS FP32', bandwidthGBs: 'GB/s' } as const;

/** What further sources say: "Ascend 910B: 256 TFLOPS FP16 (the text)". */
function otherSources(facts: ChipFacts): string[] {
  return factFields.flatMap((field) =>
    (facts[field] ?? []).slice(1).map(({ value, source }) => `${facts.title}: ${value} ${units[field]} (${source})`),
  );
}
