/** The schemas of the user's own files in `.mindport/mappings`: records as in `mappings/records`, and chips. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a record says of itself, for whoever writes one. */
const FIELDS = {
  torch: 'Qualified public name of the API: torch.cat, torch.Tensor.view, apex.fused_dense.',
  aliases: 'Other public names of the same object.',
  kind: 'What the API is.',
  params: 'PyTorch\'s signature without annotations and self, e.g. "(input, dim=0, *, out=None)"; an array for overloads.',
  method: 'The tensor method that is this function with its first parameter as the receiver.',
  returns: 'Type of the result: Tensor, tuple[Tensor, Tensor], self, int, none, or a qualified API for its instance.',
  routes: 'The first route that holds for all chosen targets and can say everything the call says is used.',
  examples: 'What the fix makes of which call; not used in the editor.',
  sources: 'Where this can be read.',
};

/**
 * @param {string} root the repository
 * @returns {Record<string, object>} by file name in `dist/`
 */
export function userSchemas(root) {
  const records = JSON.parse(readFileSync(join(root, 'mappings', 'schema.json'), 'utf8'));
  const { frameworks } = JSON.parse(readFileSync(join(root, 'mappings', 'targets.json'), 'utf8'));
  const { record } = records.definitions;
  delete record.anyOf; // examples are asked of the records that ship
  record.required = ['torch', 'kind', 'routes'];
  delete record.properties.sources.minItems;
  for (const [name, description] of Object.entries(FIELDS)) {
    const said = record.properties[name];
    record.properties[name] = said.$ref ? { description, allOf: [said] } : { ...said, description };
  }
  return {
    'records.schema.json': { ...records, title: 'MindPort records of your own' },
    'targets.schema.json': {
      $schema: records.$schema,
      title: 'MindPort chips and packages of your own',
      type: 'object',
      definitions: { text: records.definitions.text, qualified: records.definitions.qualified },
      properties: {
        targets: {
          type: 'array',
          minItems: 1,
          items: {
            type: 'object',
            properties: {
              framework: { enum: Object.keys(frameworks), description: 'The framework that runs there.' },
              chip: { type: 'string', pattern: '^[a-z0-9-]+$', description: 'The target is named framework@chip in records and settings.' },
              title: { $ref: '#/definitions/text', description: 'As shown where targets are chosen.' },
            },
            required: ['framework', 'chip', 'title'],
            additionalProperties: false,
          },
        },
        packages: {
          type: 'array',
          minItems: 1,
          items: { $ref: '#/definitions/qualified' },
          description: 'Packages whose names are flagged and may have records: mylib, or nvidia.dali for a package below another.',
        },
      },
      anyOf: [{ required: ['targets'] }, { required: ['packages'] }],
      additionalProperties: false,
    },
  };
}
