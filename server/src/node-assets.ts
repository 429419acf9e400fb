import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ParserAssets } from './core/syntax/parser';

/** The repository's or the installed package's root, found from a folder inside it: where package.json lies. */
function rootAbove(folder: string): string {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, 'package.json')) || dirname(at) === at) return at;
  }
}

/** Folder of a file of this package: beside the bundle (`dist/`) when it lies there, else at its place in the repository. */
export function assetPath(folder: string, bundled: string, inRepository: string): string {
  const beside = join(folder, bundled);
  return existsSync(beside) ? beside : join(rootAbove(folder), inRepository);
}

/**
 * The parser's wasm files for entries that run in Node: from `dist/` when bundled, from `grammars/` and `node_modules/` in the repository.
 * `folder` is the folder of the running code. Throws the file system's error when a file is missing.
 */
export function parserAssets(folder: string): ParserAssets {
  return {
    runtime: readFileSync(assetPath(folder, 'web-tree-sitter.wasm', 'node_modules/web-tree-sitter/web-tree-sitter.wasm')),
    grammar: readFileSync(assetPath(folder, 'tree-sitter-python.wasm', 'grammars/tree-sitter-python.wasm')),
  };
}
