/** The true counts of the catalog, for docs/apis/README.md. */

const add = (counts, key) => (counts[key] = (counts[key] ?? 0) + 1);

/** Every name a record answers. */
const namesOf = ({ torch, aliases = [], method }) => new Set([torch, ...aliases, ...(method ? [method] : [])]);

/** What may come out of an example with other inputs, as columns. */
export const VARIANT_KINDS = ['equal', 'rounding', 'refused', 'no gradient', 'differs', 'crash'];
const DIFFERENT = new Set(['differs', 'gradient', 'dtype', 'shape']);

/** Records by input and outcome, of the version and chip with most of them. */
function variantCounts(raw) {
  const tried = ({ apis }) => Object.values(apis).reduce((sum, outcome) => sum + (outcome.stale ? 0 : (outcome.tried ?? 0)), 0);
  const file = Object.values(raw).reduce((most, one) => (tried(one) > tried(most) ? one : most));
  const of = new Map();
  const count = (variant, kind) => of.set(variant, { ...of.get(variant), [kind]: (of.get(variant)?.[kind] ?? 0) + 1 });
  for (const { stale, also = '', not = {} } of Object.values(file.apis)) {
    if (stale) continue;
    for (const variant of also.split(' ').filter(Boolean)) count(variant, 'equal');
    for (const [variant, misfit] of Object.entries(not)) count(variant, DIFFERENT.has(misfit) ? 'differs' : misfit);
  }
  const order = ['f16', 'bf16', 'f32', 'i64', 'i32', 'bool', 'c64', 'mixed', 'shape', 'rank', '0d', 'empty', 'nan', 'inf', 'dim'];
  const sorted = order.flatMap((variant) => (of.has(variant) ? [[variant, of.get(variant)]] : []));
  return { id: `${file.framework}@${file.chip}`, version: file.version, calls: tried(file), of: new Map(sorted) };
}

export function countsOf({ records, raw, examples, chosen, catalog, evidence, routesOn, hasForm, levelOf, evidenceFor }) {
  // a name may have a record of its own and be a method that another shares: it is one name
  const names = new Map();
  for (const record of records) for (const name of namesOf(record)) if (!names.has(name) || record.torch === name) names.set(name, record);
  const verdicts = new Map();
  const safety = new Map();
  for (const target of chosen) {
    const of = {};
    for (const record of names.values()) {
      const [route] = routesOn(record, target);
      add(of, route ? route.verdict : catalog.targets.runsSource(target) ? 'stays' : 'unknown');
    }
    verdicts.set(target.id, of);
    const levels = {};
    for (const record of records) for (const route of routesOn(record, target)) if (hasForm(route)) add(levels, route.safety);
    safety.set(target.id, levels);
  }
  const proof = chosen.flatMap((target) =>
    evidenceFor(target, evidence).map((file) => {
      const here = { ...target, version: file.version };
      const withForm = records.filter((record) => routesOn(record, here).some(hasForm));
      const of = {};
      for (const record of withForm) add(of, levelOf(file.outcome(record.torch)) ?? 'none');
      const { apis } = Object.values(raw).find(
        ({ framework, version, chip }) => framework === file.framework && version === file.version && chip === file.chip,
      );
      const fresh = Object.values(apis).filter(({ stale }) => !stale);
      const sum = (field) => fresh.reduce((total, outcome) => total + (outcome[field] ?? 0), 0);
      return { id: target.id, version: file.version, withForm: withForm.length, of, examples: sum('examples'), calls: sum('calls') };
    }),
  );
  const executable = examples.filter(({ execute, on = 'mindspore@cpu' }) => execute !== false && on === 'mindspore@cpu');
  return {
    records: records.length,
    names: names.size,
    verdicts,
    safety,
    evidence: proof,
    variants: variantCounts(raw),
    examples: {
      all: examples.length,
      executable: executable.length,
      withGrad: executable.filter(({ grad }) => grad !== false).length,
      notExecuted: examples.length - executable.length,
    },
  };
}
