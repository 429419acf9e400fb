/** How often a property is tried, or how long it may take: `runs`, times the factor of `MINDPORT_RUNS`. */
export const times = (runs: number): number => runs * Number(process.env['MINDPORT_RUNS'] ?? '1');
