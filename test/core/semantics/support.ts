import { readFileSync } from 'node:fs';
import { parse } from '../syntax/support';
import { Families } from '../../../server/src/core/semantics/families';
import {
  analyzeModule,
  type ApiFact,
  type ApiKnowledge,
  type ModuleSemantics,
  type ModuleSummary,
} from '../../../server/src/core/semantics/analyze';
import type { Reference } from '../../../server/src/core/semantics/reference';

/** The packages that ship. */
export const families = new Families(
  (JSON.parse(readFileSync(new URL('../../../mappings/targets.json', import.meta.url), 'utf8')) as { packages: string[] }).packages,
);

/** Knowledge of the few records a test needs; everything else comes from the facts. */
export function knowledge(records: Record<string, Partial<ApiFact>> = {}, canonical: Record<string, string> = {}): ApiKnowledge {
  return {
    lookup: (name) => (Object.hasOwn(records, name) ? { kind: 'function', returns: null, params: null, ...records[name] } : undefined),
    canonical: (name) => (Object.hasOwn(canonical, name) ? canonical[name]! : name),
    families,
  };
}

export const noKnowledge = knowledge();

export function analyze(text: string, moduleName: string | null = null): ModuleSemantics {
  return analyzeModule(parse(text), { knowledge: noKnowledge, moduleName });
}

/** Analyses a small project given as module name → text; each file sees the summaries of the others. */
export function analyzeProject(files: Record<string, string>, entry: string): ModuleSemantics {
  const known = new Map<string, ModuleSummary | undefined>();
  const resolve = (name: string, from: string | null): string => {
    let level = 0;
    while (name[level] === '.') level++;
    if (level === 0) return name;
    const parts = (from ?? '').split('.');
    const base = parts.slice(0, parts.length - level + (Object.hasOwn(files, `${from}.__init__`) ? 1 : 0));
    return [...base, name.slice(level)].filter(Boolean).join('.');
  };
  const summaries = {
    module(name: string, from: string | null): ModuleSummary | undefined {
      const module = resolve(name, from);
      if (!known.has(module)) {
        known.set(module, undefined);
        const text = files[module] ?? files[`${module}.__init__`];
        if (text !== undefined)
          known.set(module, analyzeModule(parse(text), { knowledge: noKnowledge, moduleName: module, summaries }).summary);
      }
      return known.get(module);
    },
  };
  return analyzeModule(parse(files[entry]!), { knowledge: noKnowledge, moduleName: entry, summaries });
}

/** References as `confidence name`, in source order; without confidence when it is certain. */
export function brief(references: readonly Reference[]): string[] {
  return references.map((reference) => (reference.confidence === 'certain' ? reference.name : `${reference.confidence} ${reference.name}`));
}

export const namesIn = (text: string): string[] => brief(analyze(text).references);
