/** What core tests share: the parser, the catalog as it ships, and a file analysed for targets. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Catalog } from '../../server/src/core/catalog/load';
import type { ApiRecord } from '../../server/src/core/catalog/record';
import type { TargetsData } from '../../server/src/core/catalog/targets';
import { namedRewrites } from '../../server/src/core/fixes/rewrites';
import type { FixContext } from '../../server/src/core/fixes/single';
import { analyzeModule } from '../../server/src/core/semantics/analyze';
import type { Module } from '../../server/src/core/syntax/ast';
import { parseModule } from '../../server/src/core/syntax/document';
import { PythonParser } from '../../server/src/core/syntax/parser';
import { parserAssets } from '../../server/src/node-assets';

const here = dirname(fileURLToPath(import.meta.url));
export const root = join(here, '..', '..');

const parser = await PythonParser.load(parserAssets(here));

export const parse = (text: string): Module => parseModule(parser, text);

export const readJson = <T>(path: string): T => JSON.parse(readFileSync(join(root, path), 'utf8')) as T;

export const targetsData = readJson<TargetsData>('mappings/targets.json');

/** The record files that ship, by name. */
export const recordFiles: ReadonlyMap<string, ApiRecord[]> = new Map(
  readdirSync(join(root, 'mappings', 'records'))
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => [name, readJson<ApiRecord[]>(`mappings/records/${name}`)]),
);

export const catalog = new Catalog({ records: [...recordFiles.values()], targets: targetsData });

export const catalogOf = (...records: ApiRecord[]): Catalog => new Catalog({ records: [records], targets: targetsData });

/** A file analysed for targets, with the shipped catalog unless another is given. */
export function fileOf(text: string, targets: readonly string[] = ['mindspore@cpu'], using: Catalog = catalog): FixContext {
  const module = parse(text);
  const semantics = analyzeModule(module, { knowledge: using, moduleName: null });
  return { text, module, semantics, catalog: using, targets: using.targets.choose(targets).chosen, named: namedRewrites };
}
