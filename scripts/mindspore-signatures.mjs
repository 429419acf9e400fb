// The signatures of MindSpore's public names in every supported version, read from the installed packages: mappings/facts/mindspore-signatures.json.
//   node scripts/mindspore-signatures.mjs
// Each version is asked in an environment of its own (scripts/python-env.mjs --mindspore), which is made where it is missing. What the catalog writes is
// bound against this file by `mindport prove --signatures`, without any of the packages.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensurePython } from './python-env.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
/** Modules and classes whose names routes write, beside the modules of the import roots. */
const MORE = [
  'mindspore:Tensor',
  'mindspore:Parameter',
  'mindspore.nn:Cell',
  'mindspore.mint.nn',
  'mindspore.mint.nn.functional',
  'mindspore.mint.linalg',
  'mindspore.mint.special',
  'mindspore.mint.optim',
  'mindspore.mint.distributed',
  'mindspore.experimental.optim.lr_scheduler',
  'mindspore.communication.comm_func',
  'mindspore.runtime',
  'mindspore.dataset.vision',
  'mindspore.numpy.fft',
];

const { frameworks } = JSON.parse(readFileSync(join(root, 'mappings', 'targets.json'), 'utf8'));
const { versions, imports } = frameworks.mindspore;
const modules = Object.values(imports).flatMap(({ module, name }) => [module, ...(name === undefined ? [] : [`${module}.${name}`])]);
const roots = [...new Set([...modules, ...MORE])].filter((name) => name.startsWith('mindspore')).sort();

const described = [];
for (const mindspore of versions) {
  const python = await ensurePython({ mindspore });
  const env = { ...process.env, PYTHONPATH: join(root, 'python'), GLOG_v: '3', OMP_NUM_THREADS: '1' };
  const output = execFileSync(python, ['-m', 'mindport_prove.signatures', ...roots], {
    encoding: 'utf8',
    env,
    maxBuffer: 1 << 26,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  described.push(JSON.parse(output.slice(output.indexOf('{'))));
}

/** The text of a name in one version: overloads joined by ` | `, null where the version lacks it. Documented without Ascend: a `-` in front. */
function textOf(entry) {
  if (!entry) return null;
  return (entry.platforms && !entry.platforms.includes('Ascend') ? '-' : '') + entry.signatures.join(' | ');
}

const apis = {};
for (const name of roots) {
  const names = [...new Set(described.flatMap((version) => Object.keys(version[name])))].sort();
  const rows = names.map((api) => {
    const texts = described.map((version) => textOf(version[name][api]));
    // most names are the same in all versions
    return [api, texts.every((text) => text === texts[0]) ? texts[0] : texts];
  });
  if (rows.length > 0) apis[name.replace(/^mindspore/, 'ms')] = Object.fromEntries(rows);
}
const lines = Object.entries(apis).map(([name, rows]) => `${JSON.stringify(name)}:${JSON.stringify(rows)}`);
const source = `the packages mindspore ${versions.join(', ')} from PyPI, by inspection`;
mkdirSync(join(root, 'mappings', 'facts'), { recursive: true });
const path = join(root, 'mappings', 'facts', 'mindspore-signatures.json');
writeFileSync(path, `{"source":${JSON.stringify(source)},"versions":${JSON.stringify(versions)},"apis":{\n${lines.join(',\n')}\n}}\n`);
process.stderr.write(`${path}: ${Object.values(apis).reduce((sum, rows) => sum + Object.keys(rows).length, 0)} names\n`);
