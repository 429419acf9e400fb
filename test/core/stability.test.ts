/** What one route writes, another must not rewrite: in a file where a value still counts as a tensor of PyTorch, fixing twice is fixing once. */
import { expect, it } from 'vitest';
import { catalog, recordFiles } from './scene';

it('a tensor method that a route emits stays when it is met as a method of PyTorch', () => {
  const unstable: string[] = [];
  for (const records of recordFiles.values()) {
    for (const record of records) {
      for (const route of record.routes) {
        const emitted = /^\{(?:self|input)\}\.(\w+)\(/.exec(route.to ?? '')?.[1];
        if (!emitted || emitted.endsWith('_') || record.torch.startsWith('torch.nn.') || record.torch.endsWith(`.${emitted}`)) continue;
        const entry = catalog.entry(`torch.Tensor.${emitted}`);
        const keeps = entry?.routes.some(
          ({ route: other }) => other.to === undefined || new RegExp(`^\\{(?:self|input)\\}\\.${emitted}\\(`).test(other.to),
        );
        if (entry && !keeps) unstable.push(`${record.torch} → Tensor.${emitted} (${entry.record.torch})`);
      }
    }
  }
  expect(unstable).toEqual([]);
});
