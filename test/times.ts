/** How often a property is tried: `runs`, times the factor of `MINDPORT_RUNS`. */
export const times = (runs: number): number => runs * Number(process.env['MINDPORT_RUNS'] ?? '1');
