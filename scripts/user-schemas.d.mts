/** The schemas of the user's own files, by file name in `dist/`. */
export function userSchemas(root: string): Record<'records.schema.json' | 'targets.schema.json', object>;
