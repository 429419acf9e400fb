/** What the arguments of a program say of a run that is worth comparing: whoever types it need not say it twice. */

export interface Stated {
  batch?: number;
  seed?: number;
  workers?: number;
}

const options: Record<keyof Stated, { names: RegExp; least: number }> = {
  batch: { names: /^(?:batch|batchsize|trainbatchsize|bs)$/, least: 1 },
  seed: { names: /^(?:seed|randomseed)$/, least: 0 },
  workers: { names: /^(?:workers|numworkers|nworkers|numdataworkers|loaderworkers)$/, least: 0 },
};

/**
 * Reads `--batch-size 8`, `--batch_size=8`, `--num-workers 2`, `--seed 1` and their like; the last one counts, as it does for argparse. On several devices a batch
 * size is left out: whether it is that of each device or of all together, only the program knows.
 */
export function statedBy(words: readonly string[], devices: number): Stated {
  const stated: Stated = {};
  words.forEach((word, at) => {
    const [, name, own] = /^--([A-Za-z][A-Za-z_-]*)(?:=(.*))?$/s.exec(word) ?? [];
    if (name === undefined) return;
    const value = own ?? words[at + 1] ?? '';
    if (!/^\d{1,9}$/.test(value)) return;
    const plain = name.toLowerCase().replaceAll(/[-_]/g, '');
    for (const key of ['batch', 'seed', 'workers'] as const)
      if (options[key].names.test(plain) && Number(value) >= options[key].least) stated[key] = Number(value);
  });
  if (devices > 1) delete stated.batch;
  return stated;
}

/** The option of a program's text that takes a value of this kind, as the program spells it; null when none is seen. */
export function optionFor(key: keyof Stated, source: string): string | null {
  for (const [, option] of source.matchAll(/add_argument\(\s*(?:["']-\w["']\s*,\s*)?["'](--[A-Za-z][\w-]*)["']/g)) {
    if (options[key].names.test(option!.slice(2).toLowerCase().replaceAll(/[-_]/g, ''))) return option!;
  }
  return null;
}
