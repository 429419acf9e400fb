/** Which code a run executed: one digest over its source and configuration files by path and content. */
import { createHash } from 'node:crypto';
import { lstat, readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

const sources = /\.(py|pyx|pyi|ya?ml|json|toml|cfg|ini|sh|c|cc|cpp|cu|h|hpp)$/i;
const passedOver =
  /^(\..*|__pycache__|node_modules|venv|site-packages|build|dist|kernel_meta|rank_\d+|checkpoints?|outputs?|runs|wandb|mlruns)$/;
const largestFile = 1_048_576;
const mostFiles = 5000;

/**
 * Digest of the code below `folder`; null when there is none. Data, outputs and hidden folders are passed over, links are not followed, and
 * a file above 1 MiB is data. Two folders with equal files have equal digests wherever they stand.
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

async function collect(folder: string, below: string, found: string[]): Promise<void> {
  const entries = await readdir(join(folder, below), { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    if (found.length >= mostFiles) return;
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) {
      if (!passedOver.test(entry.name)) await collect(folder, path, found);
    } else if (entry.isFile() && sources.test(entry.name)) {
      const size = await lstat(join(folder, path)).then(
        (stat) => stat.size,
        () => Infinity,
      );
      if (size <= largestFile) found.push(path);
    }
  }
}
