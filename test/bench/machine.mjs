import { availableParallelism, cpus, totalmem } from 'node:os';

/** One line on the machine that figures were measured on. */
export function machineLine() {
  const [first] = cpus();
  const memory = `${(totalmem() / 2 ** 30).toFixed(0)} GiB`;
  return `${availableParallelism()} cores (${first?.model.trim() ?? 'unknown'}), ${memory}, Node ${process.version}, ${process.platform} ${process.arch}`;
}
