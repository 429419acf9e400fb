/** The shape of the user's record and target files; `mappings/schema.json` says the same for editors (a test keeps both together). */
import type { Shape } from './json-shape';

const string: Shape = { kind: 'string' };
const boolean: Shape = { kind: 'boolean' };
const words = (text: string): Shape => ({ kind: 'string', of: text.split(' ') });
const listOf = (of: Shape, least = 1): Shape => ({ kind: 'list', of, least });
const object = (fields: Record<string, Shape>, required: readonly string[] = []): Shape => ({ kind: 'object', fields, required });

const isName = (text: string): boolean => /^[A-Za-z_]\w*$/.test(text);
const name: Shape = { kind: 'string', form: isName, most: 100 };
const qualified: Shape = { kind: 'string', form: (text) => text.split('.').every(isName), most: 300 };
/** of an API, or of every name below a package: `torch_harmonics.*` */
const subject: Shape = { kind: 'string', form: (text) => text.replace(/\.\*$/, '').split('.').every(isName), most: 300 };
const version: Shape = { kind: 'string', form: (text) => /^\d+\.\d+(?:\.\d+)?$/.test(text), most: 20 };
const target: Shape = { kind: 'string', form: (text) => /^(?:\*|[a-z_]+@[a-z0-9*-]+)$/.test(text), most: 100 };
const signature: Shape = { kind: 'string', form: (text) => text.startsWith('(') && text.endsWith(')') };
const template: Shape = { kind: 'string', most: 1_000 };
const text: Shape = object({ en: string, zh: string }, ['en', 'zh']);

const test: Shape = object(
  {
    param: name,
    given: boolean,
    literal: listOf(string),
    type: listOf(words('tensor int float bool str tuple list dict none dtype device function class other unknown')),
    same: string,
    rank: listOf({ kind: 'number' }),
    statement: boolean,
    stored: boolean,
    iterated: boolean,
    written: listOf(words('name attribute subscript call')),
    count: listOf({ kind: 'number' }),
    not: boolean,
  },
  ['param'],
);

const route: Shape = object(
  {
    on: listOf(target),
    since: version,
    until: version,
    when: listOf(test),
    verdict: words('equivalent differs custom restructure unsupported unknown drop'),
    safety: words('safe review manual'),
    to: template,
    value: template,
    check: template,
    ignores: listOf(name, 0),
    rewrite: string,
    part: words(
      'backward loss-scale update scaled-update scale-update unscale gradient-reset clip-norm clip-value gradient autocast gradient-free gradient-mode data-parallel',
    ),
    note: text,
  },
  ['on', 'verdict', 'safety'],
);

export const RECORD: Shape = object(
  {
    torch: subject,
    aliases: listOf(qualified, 0),
    kind: words('function class method property module value decorator context'),
    params: { kind: 'either', of: [signature, listOf(signature)] },
    method: qualified,
    returns: string,
    routes: listOf(route),
    limits: text,
    // for their author: nobody here reads them
    examples: { kind: 'anything' },
    fixtures: { kind: 'anything' },
    sources: listOf(string, 0),
  },
  ['torch', 'kind', 'routes'],
);

export const TARGETS: Shape = object(
  {
    targets: listOf(
      object(
        {
          framework: { kind: 'string', form: (id) => /^[a-z_]+$/.test(id), most: 50 },
          chip: { kind: 'string', form: (id) => /^[a-z0-9-]+$/.test(id), most: 50 },
          title: text,
        },
        ['framework', 'chip', 'title'],
      ),
    ),
    packages: listOf(qualified),
  },
  [],
);
