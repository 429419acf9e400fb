/** Tables in LaTeX with booktabs. Foreign texts become text: no character of theirs reaches LaTeX as a command. */
import { type TextTable } from './render';

const escapes: Record<string, string> = {
  '\\': '\\textbackslash{}',
  '{': '\\{',
  '}': '\\}',
  $: '\\$',
  '&': '\\&',
  '#': '\\#',
  '%': '\\%',
  _: '\\_',
  '^': '\\textasciicircum{}',
  '~': '\\textasciitilde{}',
  '<': '\\textless{}',
  '>': '\\textgreater{}',
  '|': '\\textbar{}',
  '"': "''",
  '`': '\\textasciigrave{}',
  // brackets after a line break would be read as its argument
  '[': '{[}',
  ']': '{]}',
  '*': '{*}',
  '×': '$\\times$',
  '÷': '$\\div$',
  '−': '$-$',
  '±': '$\\pm$',
  '≤': '$\\le$',
  '≥': '$\\ge$',
  '≠': '$\\ne$',
  '≈': '$\\approx$',
  ε: '$\\varepsilon$',
  '·': '$\\cdot$',
  '²': '\\textsuperscript{2}',
  '³': '\\textsuperscript{3}',
  '…': '\\dots{}',
  '–': '--',
  '—': '---',
  '†': '\\textsuperscript{\\textdagger}',
  '“': '``',
  '”': "''",
  '‘': '`',
  '’': "'",
};

const cjk = /[\u2e80-\u303f\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]/;
/** what every LaTeX with T1 fonts can set: ASCII and the letters of Latin-1 */
const settable = /[ -~À-ÖØ-öø-ÿ]/;

/** Text that LaTeX sets as it is written. Characters for which no font can be taken for granted become a question mark. */
export function latexText(text: string): string {
  return Array.from(text.replace(/\s+/g, ' ').trim(), (character) => {
    const escape = Object.hasOwn(escapes, character) ? escapes[character] : undefined;
    if (escape !== undefined) return escape;
    return settable.test(character) || cjk.test(character) ? character : /[\p{Cc}\p{Cf}\p{M}]/u.test(character) ? '' : '?';
  }).join('');
}

/** A floating table; the comment on top says what its preamble needs. */
export function tableLatex({ title, head, numeric, rows, notes }: TextTable): string {
  const all = [title, ...head, ...rows.flat(), ...notes].join('');
  const line = (cells: readonly string[]): string => `    ${cells.map(latexText).join(' & ')} \\\\`;
  return [
    '% \\usepackage{booktabs}',
    cjk.test(all) ? '% \\usepackage{ctex}, compiled with XeLaTeX or LuaLaTeX' : '% \\usepackage[T1]{fontenc}',
    '\\begin{table}[htbp]',
    '  \\centering',
    // wide tables are set small rather than cut off
    ...(head.length > 7 ? ['  \\footnotesize', '  \\setlength{\\tabcolsep}{3pt}'] : []),
    `  \\caption{${latexText(title)}}`,
    `  \\begin{tabular}{${numeric.map((right) => (right ? 'r' : 'l')).join('')}}`,
    '    \\toprule',
    line(head),
    '    \\midrule',
    ...rows.map(line),
    '    \\bottomrule',
    '  \\end{tabular}',
    ...(notes.length === 0
      ? []
      : [
          '',
          '  \\smallskip',
          '  \\begin{minipage}{\\linewidth}',
          '    \\footnotesize',
          ...notes.map((note) => `    ${latexText(note)}\\par`),
          '  \\end{minipage}',
        ]),
    '\\end{table}',
    '',
  ].join('\n');
}
