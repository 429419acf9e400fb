/** The signatures of a framework's public names by version (mappings/facts, made by scripts/mindspore-signatures.mjs and scripts/npu-signatures.py). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSignature, type Signature } from '../../../../server/src/core/catalog/signature';

interface FactsData {
  source: string;
  versions: string[];
  /** module, or `module:Class` → name → the text in all versions, or one text a version; null where the version lacks the name */
  apis: Record<string, Record<string, string | (string | null)[]>>;
}

/** What is known of one name in one version. */
export interface NameFacts {
  /** none: it exists, but nothing says how it is called */
  signatures: Signature[];
  /** its documentation names the chips it runs on, and Ascend is none of them */
  withoutAscend: boolean;
}

export class SignatureFacts {
  private readonly known = new Map<string, NameFacts>();

  private constructor(private readonly data: FactsData) {}

  static read(root: string, framework: string): SignatureFacts {
    const path = join(root, 'mappings', 'facts', `${framework}-signatures.json`);
    return new SignatureFacts(JSON.parse(readFileSync(path, 'utf8')) as FactsData);
  }

  get versions(): readonly string[] {
    return this.data.versions;
  }

  /** Whether names of this module or class are known at all. */
  covers(holder: string): boolean {
    return short(holder) in this.data.apis;
  }

  /** `name` of a module (`mindspore.ops`) or class (`mindspore:Tensor`); null when the version lacks it. */
  find(holder: string, name: string, version: string): NameFacts | null {
    const row = this.data.apis[short(holder)]?.[name];
    const text = Array.isArray(row) ? row[this.data.versions.indexOf(version)] : row;
    if (text === undefined || text === null) return null;
    let facts = this.known.get(text);
    if (!facts) {
      const bare = text.replace(/^-/, '');
      // `*args, **kwargs` takes everything and so says nothing
      const texts = bare.split(' | ').filter((part) => part !== '' && part !== '(*args, **kwargs)');
      facts = { signatures: texts.map(parseSignature), withoutAscend: text.startsWith('-') };
      this.known.set(text, facts);
    }
    return facts;
  }
}

const short = (holder: string): string => holder.replace(/^mindspore(?=[.:]|$)/, 'ms');
