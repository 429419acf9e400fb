/** Entry of the threads that scan the workspace: `dist/scan-thread.js`, with its files beside it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Catalog } from '../core/catalog/load';
import { unpackCatalog } from '../core/catalog/packed';
import { PythonParser } from '../core/syntax/parser';
import { parserAssets } from '../node-assets';
import { serveThread } from '../threads/thread';
import { readFileAt } from './scan-files';
import { scanWork, type ScanSetup } from './scan-work';

void serveThread(async (setup: ScanSetup) => {
  const { records, targets, evidence } = unpackCatalog(JSON.parse(readFileSync(join(__dirname, 'catalog.json'), 'utf8')));
  const catalog = new Catalog({ records: [records], targets, evidence, user: setup.user });
  return scanWork(catalog, await PythonParser.load(parserAssets(__dirname)), setup, readFileAt);
});
