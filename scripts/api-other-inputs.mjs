/** What came out of the examples with other inputs: a table of counts, and a page of what differs. */
import { VARIANT_KINDS } from './api-counts.mjs';

const TEXTS = {
  en: {
    variants: 'Other inputs',
    variantsNote:
      'Every executed example of {target} once more with other inputs, in PyNative mode, gradients included except with complex numbers, NaN and infinity. Counted are records; of a record’s examples the worst counts. Examples whose inputs PyTorch refuses are left out.',
    variantColumns: ['Input', 'Equal', 'Equal to fewer digits', 'Refused by MindSpore', 'Without gradient', 'Different', 'Process ends'],
    variantsTotal: '{calls} calls.',
    differ: 'Where examples differ with other inputs',
    differNote:
      'The examples agree as they are written; with these inputs they do not, on {target}. Where the analysis knows the dtype of a call, a safe route asks for a look there; elsewhere look here before you use it with other inputs than its examples.',
    ordinary: 'Ordinary numbers',
    edges: 'Empty tensors, NaN, infinity',
    differColumns: ['API', 'Input', 'What differs', 'Safety'],
    what: { differs: 'values', gradient: 'gradient', dtype: 'dtype of the result', shape: 'shape of the result', crash: 'process ends' },
  },
  zh: {
    variants: '其他输入',
    variantsNote:
      '{target} 的每个已执行示例以其他输入再执行一次（PyNative 模式；除复数、NaN 与无穷大外均比较梯度）。此处统计的是记录，一条记录取其示例中最差的结果；PyTorch 拒绝的输入不计。',
    variantColumns: ['输入', '一致', '精度较低', '被 MindSpore 拒绝', '无梯度', '不一致', '进程终止'],
    variantsTotal: '{calls} 次调用。',
    differ: '以其他输入执行时不一致的示例',
    differNote:
      '示例按原样执行时一致；在 {target} 上以下列输入执行时不一致。若分析已知调用的数据类型，安全路线在此会要求确认；其余情况下，换用其他输入之前请查看此页。',
    ordinary: '普通数值',
    edges: '空张量、NaN、无穷大',
    differColumns: ['API', '输入', '不一致之处', '安全级别'],
    what: { differs: '数值', gradient: '梯度', dtype: '结果的数据类型', shape: '结果的形状', crash: '进程终止' },
  },
};

/** Counts by input, as a section of the page of counts. */
export function variantSection({ id, version, calls, of }, { key, suffix, dictionary }, table) {
  const text = TEXTS[key];
  const rows = [...of].map(([variant, kinds]) => [
    dictionary[`variant.${variant}`],
    ...VARIANT_KINDS.map((kind) => String(kinds[kind] ?? 0)),
  ]);
  const note = text.variantsNote.replace('{target}', `\`${id}\` ${version}`);
  return [
    `## ${text.variants}`,
    '',
    `${note} ${text.variantsTotal.replace('{calls}', String(calls))}`,
    '',
    ...table(text.variantColumns, rows),
    `[${text.differ}](other-inputs${suffix}.md)`,
    '',
  ];
}

/** Inputs that are no ordinary numbers: what comes out of them is listed by name alone. */
const EDGES = ['empty', 'nan', 'inf'];

/** The examples that do not agree when their inputs are others: for those who use such inputs, and for MindSpore. */
export function otherInputsPage({ key, suffix, dictionary }, { all, generated, target, outcomes, table }) {
  const text = TEXTS[key];
  const rows = [];
  const edges = new Map(EDGES.map((variant) => [variant, []]));
  for (const { name, outcome, safeties } of outcomes) {
    const safety = safeties.map((level) => dictionary[`explain.safety.${level}`]).join('<br>');
    const byMisfit = new Map();
    for (const [variant, misfit] of outcome.not) {
      if (text.what[misfit] === undefined) continue;
      if (edges.has(variant)) edges.get(variant).push(`\`${name}\``);
      else byMisfit.set(misfit, [...(byMisfit.get(misfit) ?? []), dictionary[`variant.${variant}`]]);
    }
    for (const [misfit, inputs] of byMisfit) rows.push([`\`${name}\``, inputs.join(dictionary['variant.and']), text.what[misfit], safety]);
  }
  return [
    `# ${text.differ}`,
    '',
    `[${all}](README${suffix}.md) · ${generated}`,
    '',
    text.differNote.replace('{target}', `\`${target.id}\` ${target.version}`),
    '',
    `## ${text.ordinary}`,
    '',
    ...table(text.differColumns, rows),
    `## ${text.edges}`,
    '',
    ...[...edges].map(([variant, names]) => `- ${dictionary[`variant.${variant}`]} (${names.length}): ${names.join(', ')}`),
    '',
  ].join('\n');
}
