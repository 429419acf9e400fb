/** Reads `mappings/` below `root`; examples stay behind. */
export function compileCatalog(root: string): { records: object[]; targets: object; evidence: Record<string, object> };
/** The catalog as tables and rows of numbers into them, as `server/src/core/catalog/packed.ts` reads it. */
export function packCatalog(catalog: {
  records: readonly object[];
  targets: unknown;
  evidence?: Record<string, object>;
}): Record<string, unknown>;
/** The document as written to `dist/catalog.json`, and a short digest of it. */
export function serialiseCatalog(catalog: ReturnType<typeof compileCatalog>): { text: string; digest: string };
