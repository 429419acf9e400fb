import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Language } from 'web-tree-sitter';
import { here } from './support';

const root = join(here, '..', '..', '..');
const grammars = join(root, 'grammars');
interface Provenance {
  files: { file: string; package: string; version: string; path: string; licence: string; sha256: string; bytes: number; abi: number }[];
}
const provenance = JSON.parse(readFileSync(join(grammars, 'PROVENANCE.json'), 'utf8')) as Provenance;
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe('grammars', () => {
  it('have their origin written down, each of them', () => {
    expect(provenance.files.map(({ file }) => file).sort()).toEqual(readdirSync(grammars).filter((name) => name.endsWith('.wasm')));
  });

  it.each(provenance.files)('$file is the one of $package $version', async (entry) => {
    const bytes = readFileSync(join(grammars, entry.file));
    expect([sha256(bytes), bytes.length]).toEqual([entry.sha256, entry.bytes]);
    expect((await Language.load(bytes)).abiVersion).toBe(entry.abi);
    // The package is an optional dependency: compared where it is installed.
    const installed = join(root, 'node_modules', entry.package);
    if (!existsSync(join(installed, 'package.json'))) return;
    const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as { version: string; license: string };
    expect([manifest.version, manifest.license]).toEqual([entry.version, entry.licence]);
    expect(sha256(readFileSync(join(installed, entry.path)))).toBe(entry.sha256);
  });
});
