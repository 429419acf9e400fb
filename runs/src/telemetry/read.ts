/** Reads the telemetry of a run: the list of its nodes, then each node's file, in pieces and from any machine. */
import { files, isFileName } from '../directory';
import { type Transport } from '../transport';
import { readWhole } from '../whole';
import { type NodeSeries, readSeries } from './series';

/** A month of eight devices stays below this. */
const largestFile = 268_435_456;
const mostNodes = 1024;

/** One series a node, in the order of the nodes; null for a node without a file. Empty when the run was not sampled. */
export async function readTelemetry(transport: Transport, id: string): Promise<(NodeSeries | null)[]> {
  const hosts = await whole(transport, id, `${files.telemetry}/hosts`);
  const names = [...new Set((hosts ?? '').split('\n').filter(Boolean))].slice(0, mostNodes);
  const series: (NodeSeries | null)[] = [];
  for (const [i, name] of names.entries()) {
    // the node gave itself another name where its own is no name of a file
    const file = [name, `node${i}`].map((word) => `${files.telemetry}/${word}.jsonl`).find(isFileName);
    const text = file === undefined ? null : await whole(transport, id, file);
    series.push(text === null ? null : readSeries(text));
  }
  return series;
}

async function whole(transport: Transport, id: string, file: string): Promise<string | null> {
  const { [file]: bytes = null } = await readWhole(transport, id, { [file]: largestFile });
  return bytes === null || bytes === 'longer' ? null : Buffer.from(bytes).toString();
}
