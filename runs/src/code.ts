/** Which code a run executed: one digest over its source and configuration files by path and content. */
import { createHash } from 'node:crypto';
import { lstat, readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

const sources = /\.(py|pyx|pyi|ya?ml|json|toml|cfg|ini|sh|c|cc|cpp|cu|h|hpp)$/i;
const passedOver =
  /^(\..*|__pycache__|node_modules|venv|site-packages|build|dist|kernel_meta|rank_\d+|checkpoints?|outputs?|runs|wandb|mlruns)$/;
/** what is executed; the other sources are settings, which programs write, too */
const programs = /\.(py|pyx|pyi|sh|c|cc|cpp|cu|h|hpp)$/i;
/** what programs read and write */
const tensors = /\.(pt|pth|ckpt|tar|npz?|npy|h5|hdf5|nc|bin|onnx|mindir|safetensors)$|^events\.out\.tfevents\./i;
const largestFile = 1_048_576;
const mostFiles = 5000;

/**
 * Digest of the code below `folder`; null when there is none. Data, outputs and hidden folders are passed over, links are not followed, and
 * a file above 1 MiB is data. So is a folder that holds tensors and no program: the settings in it are those of an earlier run. Two folders with equal files have equal digests wherever they stand.
 */
export async function codeDigest(folder: string): Promise<{ hash: string; files: number } | null> {
  const found: string[] = [];
  await collect(folder, '', found);
  const hash = createHash('sha256');
  let files = 0;
  for (const path of found.sort()) {
    try {
      const content = await readFile(join(folder, path));
      hash.update(`${path}\0${createHash('sha256').update(content).digest('hex')}\n`);
      files += 1;
    } catch {
      // vanished or unreadable: it cannot be part of what the run executes
    }
  }
  return files === 0 ? null : { hash: hash.digest('hex'), files };
}

/** Adds the sources below a folder, unless it is one of data. Returns whether it holds programs and tensors. */
async function collect(folder: string, below: string, found: string[]): Promise<{ programs: boolean; tensors: boolean }> {
  const entries = await readdir(join(folder, below), { withFileTypes: true }).catch(() => []);
  const before = found.length;
  const holds = { programs: false, tensors: false };
  for (const entry of entries) {
    if (found.length >= mostFiles) break;
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) {
      if (passedOver.test(entry.name)) {
        holds.tensors ||= /^(checkpoints?|outputs?)$/.test(entry.name);
        continue;
      }
      const inner = await collect(folder, path, found);
      holds.programs ||= inner.programs;
      holds.tensors ||= inner.tensors;
    } else if (entry.isFile()) {
      holds.programs ||= programs.test(entry.name);
      holds.tensors ||= tensors.test(entry.name);
      if (!sources.test(entry.name)) continue;
      const size = await lstat(join(folder, path)).then(
        (stat) => stat.size,
        () => Infinity,
      );
      if (size <= largestFile) found.push(path);
    }
  }
  if (below !== '' && holds.tensors && !holds.programs) found.length = before;
  return holds;
}
