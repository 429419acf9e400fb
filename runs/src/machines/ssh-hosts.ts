/** The hosts a person has named in the ssh configuration: candidates for machines. ssh itself reads the rest of what stands there. */
import { readFile, readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { checkHost } from '../transports/ssh/command';

const mostFiles = 64;
const mostHosts = 500;
const largestFile = 1_000_000;

/** Names of `Host` lines without patterns, in their order, of `config` and what it includes; none when it cannot be read. */
export async function sshHosts(config = join(homedir(), '.ssh', 'config')): Promise<string[]> {
  const found = new Set<string>();
  const seen = new Set<string>();
  const read = async (path: string): Promise<void> => {
    if (seen.has(path) || seen.size >= mostFiles) return;
    seen.add(path);
    const text = await readFile(path, 'utf8').catch(() => '');
    if (text.length > largestFile) return;
    for (const line of text.split(/\r?\n/)) {
      const [, keyword = '', rest = ''] = /^\s*(\w+)(?:\s*=\s*|\s+)(.*?)\s*$/.exec(line) ?? [];
      if (/^host$/i.test(keyword)) for (const name of words(rest)) if (isPlain(name) && found.size < mostHosts) found.add(name);
      if (/^include$/i.test(keyword)) for (const pattern of words(rest)) for (const file of await matching(pattern)) await read(file);
    }
  };
  await read(config);
  return [...found];
}

/** The words of a line; one in quotes may hold blanks, a # begins a comment. */
function words(text: string): string[] {
  const found: string[] = [];
  for (const [, quoted, plain] of text.matchAll(/"([^"]*)"|(\S+)/g)) {
    if (plain?.startsWith('#')) break;
    found.push(quoted ?? plain!);
  }
  return found;
}

function isPlain(name: string): boolean {
  if (/[*?!]/.test(name)) return false;
  try {
    return checkHost(name) === name;
  } catch {
    return false;
  }
}

/** The files an Include means: relative to the user's ssh folder, `*` and `?` in its last part. */
async function matching(pattern: string): Promise<string[]> {
  const home = pattern.replace(/^~(?=\/|$)/, homedir());
  const path = isAbsolute(home) ? home : join(homedir(), '.ssh', home);
  if (!/[*?]/.test(path)) return [path];
  const folder = dirname(path);
  if (/[*?]/.test(folder)) return [];
  const form = path.slice(folder.length + 1).replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*').replaceAll('?', '.'); // prettier-ignore
  const names = await readdir(folder).catch(() => [] as string[]);
  return names.filter((name) => new RegExp(`^${form}$`).test(name) && (!name.startsWith('.') || form.startsWith('\\.'))).sort().map((name) => join(folder, name)); // prettier-ignore
}
