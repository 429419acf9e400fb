/** Text into Markdown: what comes from a program or a record must not become markup. */

/** Escapes everything that means something in Markdown or HTML. */
export function escape(text: string): string {
  return text.replace(/[\\`*_{}[\]()#+\-.!|<>~&]/g, '\\$&').replace(/\s*\n\s*/g, ' ');
}

/** A sentence with code in backticks: the code stays code, everything else is escaped. */
export function prose(text: string): string {
  return text
    .split('`')
    .map((part, i, parts) => (i % 2 === 0 ? escape(part) : part === '' || i === parts.length - 1 ? escape(`\`${part}`) : code(part)))
    .join('');
}

/** Inline code. The fence is longer than any row of backticks inside. */
export function code(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map((match) => match[0].length));
  const fence = '`'.repeat(longest + 1);
  const space = text.startsWith('`') || text.endsWith('`') ? ' ' : '';
  return `${fence}${space}${text.replace(/\s*\n\s*/g, ' ')}${space}${fence}`;
}

/** A block of Python. */
export function block(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map((match) => match[0].length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}python\n${text}\n${fence}`;
}

/** A link, for http(s) addresses only; anything else is shown as text. */
export function link(title: string, address: string): string {
  if (!/^https?:\/\/[^\s<>()\\]+$/.test(address)) return escape(title === address ? title : `${title} ${address}`);
  return `[${escape(title)}](${address})`;
}
