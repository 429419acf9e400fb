/** The true counts of the catalog, for docs/apis/README.md. */

const add = (counts, key) => (counts[key] = (counts[key] ?? 0) + 1);

/** Every name a record answers. */
const namesOf = ({ torch, aliases = [], method }) => new Set([torch, ...aliases, ...(method ? [method] : [])]);

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
    examples: {
      all: examples.length,
      executable: executable.length,
      withGrad: executable.filter(({ grad }) => grad !== false).length,
      notExecuted: examples.length - executable.length,
    },
  };
}
