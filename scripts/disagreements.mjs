// Where MindSpore and PyTorch disagree, executed: docs/disagreements.md and docs/disagreements.zh-cn.md from mappings/disagreements.json.
//   node scripts/disagreements.mjs
// Every case is run in both frameworks (`python -m mindport_prove.show`); the pages show what came out. `test/proof/disagreements.test.ts` runs them
// again and fails when one has come to agree, or gives something else than the pages say.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ensurePython } from './python-env.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

const WORDS = {
  en: {
    title: '# Where MindSpore and PyTorch disagree',
    intro: (versions, count) =>
      `${count} cases, each executed with PyTorch ${versions.torch} and MindSpore ${versions.mindspore} on the CPU; what stands under the code is what came out. Nothing here was run on Ascend. The routes of the catalog avoid them or say so. Made by \`node scripts/disagreements.mjs\` from \`mappings/disagreements.json\`; most were found by the examples of the catalog and by \`mindport prove --fuzz\`.`,
    kinds: {
      wrong: 'Wrong results and gradients',
      extreme: 'NaN, empty tensors, ends of the domain',
      default: 'Other defaults, forms and names',
      refuses: 'Refused with an error',
      ends: 'The process ends',
    },
    official: 'MindSpore’s API mapping tables call this pair consistent.',
    varies: 'Not the same each time: memory that nobody wrote.',
    given: 'Input',
  },
  zh: {
    title: '# MindSpore 与 PyTorch 的不一致之处',
    intro: (versions, count) =>
      `共 ${count} 例，均在 CPU 上用 PyTorch ${versions.torch} 与 MindSpore ${versions.mindspore} 执行，代码下方即为实际输出。均未在昇腾上运行。映射目录的路线会避开这些问题或给出说明。本页由 \`node scripts/disagreements.mjs\` 根据 \`mappings/disagreements.json\` 生成；多数由目录示例与 \`mindport prove --fuzz\` 发现。`,
    kinds: {
      wrong: '错误的结果与梯度',
      extreme: 'NaN、空张量与定义域边界',
      default: '默认值、形式与名称不同',
      refuses: '报错拒绝',
      ends: '进程崩溃',
    },
    official: 'MindSpore 官方 API 映射表将二者标为一致。',
    varies: '每次结果不同：未初始化的内存。',
    given: '输入',
  },
};

/** The cases as they are written down. */
export const readCases = () => JSON.parse(readFileSync(join(root, 'mappings', 'disagreements.json'), 'utf8'));

/** Runs cases in both frameworks: id → what each side gives. */
export function execute(python, cases) {
  const output = execFileSync(python, ['-m', 'mindport_prove.show'], {
    encoding: 'utf8',
    env: { ...process.env, PYTHONPATH: join(root, 'python'), OMP_NUM_THREADS: '1', GLOG_v: '4' },
    input: cases.map((each) => `${JSON.stringify(each)}\n`).join(''),
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const answers = output.split('\n').flatMap((line) => (line.startsWith('{"id"') ? [JSON.parse(line)] : []));
  return new Map(answers.map((answer) => [answer.id, answer]));
}

const fenced = (text) => ['```python', text, '```'].join('\n');
const comment = (text) => text.replace(/^/gm, '# ');

/** One page: sections by kind, each case with its code and what came out. */
export function render(cases, answers, versions, language) {
  const words = WORDS[language];
  const parts = [words.title, '', words.intro(versions, cases.length), ''];
  for (const [kind, heading] of Object.entries(words.kinds)) {
    const members = cases.filter((each) => each.kind === kind);
    if (members.length === 0) continue;
    parts.push(`## ${heading} (${members.length})`, '');
    for (const each of members) {
      const answer = answers.get(each.id);
      parts.push(`### \`${each.api}\`: ${each.title[language]}`, '');
      if (each.official === 'consistent') parts.push(words.official, '');
      if (each.varies) parts.push(words.varies, '');
      const code = (source, result) => fenced(`${source}\n${comment(result)}`);
      parts.push(`${words.given}:`, fenced(each.given), 'PyTorch:', code(each.torch, answer.torch), 'MindSpore:');
      parts.push(code(each.mindspore, each.varies ? words.varies : answer.mindspore), '');
    }
  }
  return `${parts.join('\n').trimEnd()}\n`;
}

/** Paths of the pages by language. */
export const PAGES = { en: join(root, 'docs', 'disagreements.md'), zh: join(root, 'docs', 'disagreements.zh-cn.md') };

export function versionsOf(python) {
  const env = { ...process.env, PYTHONPATH: join(root, 'python') };
  return JSON.parse(
    execFileSync(python, ['-m', 'mindport_prove', '--versions'], { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'ignore'] }),
  );
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const python = await ensurePython();
  const cases = readCases();
  const answers = execute(python, cases);
  const agreed = cases.filter(({ id }) => answers.get(id).torch === answers.get(id).mindspore).map(({ id }) => id);
  if (agreed.length > 0) process.stderr.write(`these agree now: ${agreed.join(', ')}\n`);
  for (const [language, path] of Object.entries(PAGES)) writeFileSync(path, render(cases, answers, versionsOf(python), language));
  process.exitCode = agreed.length > 0 ? 1 : 0;
}
