/** Splits what was typed into words as a shell does with quotes and backslashes, without any expansion. */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  let word: string | null = null;
  let quote = '';
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (quote === '' && /\s/.test(c)) {
      if (word !== null) words.push(word);
      word = null;
    } else if (quote === '' && (c === '"' || c === "'")) {
      quote = c;
      word ??= '';
    } else if (c === quote) quote = '';
    else if (c === '\\' && quote !== "'" && i + 1 < text.length) word = (word ?? '') + text[++i]!;
    else word = (word ?? '') + c;
  }
  if (word !== null) words.push(word);
  return words;
}

/** A text that `splitWords` takes apart into exactly these words. */
export function joinWords(words: readonly string[]): string {
  return words.map((word) => (word === '' || /[\s"'\\]/.test(word) ? `'${word.replaceAll("'", `'\\''`)}'` : word)).join(' ');
}
