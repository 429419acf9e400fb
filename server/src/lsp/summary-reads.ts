/**
 * What an analysis asked of other modules, name by name, and what it was told. With the same answers it would come to the same results: a change of a
 * file concerns only those that asked for a name it changed.
 */
import type { ExportSummary, ModuleSummary } from '../core/semantics/analyze';

/** One module that was asked for, and the answer. */
interface Read {
  name: string;
  from: string | null;
  summary: ModuleSummary | undefined;
}

export class SummaryReads {
  private readonly modules = new Map<string, Read>();
  /** by module that answered: the names asked for; null: all of it */
  private readonly names = new Map<ModuleSummary, Set<string> | null>();

  /** A module was asked for. */
  note(name: string, from: string | null, summary: ModuleSummary | undefined): ModuleSummary | undefined {
    const key = `${from ?? ''} ${name}`;
    if (!this.modules.has(key)) this.modules.set(key, { name, from, summary });
    return summary;
  }

  /** A name of a module was asked for; null: every name. */
  noteName(summary: ModuleSummary, name: string | null): void {
    const known = this.names.get(summary);
    if (known === null) return;
    if (name === null) this.names.set(summary, null);
    else if (known) known.add(name);
    else this.names.set(summary, new Set([name]));
  }

  /** Whether asking again gives the same answers. */
  sameAs(ask: (name: string, from: string | null) => ModuleSummary | undefined): boolean {
    for (const read of this.modules.values()) {
      const now = ask(read.name, read.from);
      if (now === read.summary) continue;
      if (!now || !read.summary || !this.looksSame(read.summary, now)) return false;
    }
    return true;
  }

  private looksSame(before: ModuleSummary, now: ModuleSummary): boolean {
    if (before.module !== now.module) return false;
    const names = this.names.get(before);
    // only its existence counted
    if (names === undefined) return true;
    if (names === null) return same(before, now);
    for (const name of names) {
      const [was, is] = [entryOf(before, name), entryOf(now, name)];
      if (!same(was, is)) return false;
      // what it does not have may come from what it star-imports
      if (was === undefined && !same(before.stars, now.stars)) return false;
    }
    return true;
  }
}

const entryOf = ({ exports }: ModuleSummary, name: string): ExportSummary | undefined =>
  Object.hasOwn(exports, name) ? exports[name] : undefined;

const same = (a: unknown, b: unknown): boolean => a === b || JSON.stringify(a) === JSON.stringify(b);
