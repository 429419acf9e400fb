/** Packs files for another machine, where they are kept under the digest of their packed form. */
import { createHash } from 'node:crypto';
import { RunError } from '../errors';
import { type Bundle } from '../transport';
import { type ChosenFile, chooseFiles } from './choose';
import { tarStream } from './tar';

/** Reads every file once to know the digest, and again whenever the bundle is sent. */
export async function bundleOf(folder: string, files: readonly ChosenFile[]): Promise<Bundle> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of tarStream(folder, files)) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { sha256: hash.digest('hex'), bytes, open: () => tarStream(folder, files) };
}

/** What a program finds beside it on every machine: the event helper, the operators of migrated programs, the scores from saved fields. */
export const travellingPackages: readonly string[] = ['mindport_run', 'mindport_ops', 'mindport_metrics'];

/** The Python packages below `folder` that travel with every run, as one bundle. Throws `error.no_helper` when one is missing. */
export async function libraryBundle(folder: string, packages: readonly string[]): Promise<Bundle> {
  const { files } = await chooseFiles(folder, { largestFile: 5_000_000, largestAll: 50_000_000, ignore: ['__pycache__'] });
  const chosen = files.filter(({ path }) => packages.includes(path.split('/')[0]!) && path.endsWith('.py'));
  for (const name of packages) {
    if (!chosen.some(({ path }) => path.startsWith(`${name}/`))) throw new RunError('error.no_helper', { path: `${folder}/${name}` });
  }
  return bundleOf(folder, chosen);
}
