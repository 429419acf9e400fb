/** The document of the results panel in VS Code. */

export interface ResultsHtmlInput {
  /** `webview.asWebviewUri` of dist/webview.js and dist/webview.css */
  scriptUri: string;
  styleUri: string;
  /** `webview.cspSource` */
  cspSource: string;
  /** fresh for every document: letters, digits, + / = - _ */
  nonce: string;
  /** VS Code's display language */
  lang: string;
  title: string;
}

/**
 * HTML for `webview.html`. Nothing is allowed but the page's own script (by nonce) and style sheet: no inline style, no network, no frames.
 * The document arrives by message (`protocol.ts`) once the page has said that it is ready.
 */
export function resultsHtml({ scriptUri, styleUri, cspSource, nonce, lang, title }: ResultsHtmlInput): string {
  if (!/^[\w+/=-]+$/.test(nonce)) throw new RangeError('a nonce holds only letters, digits, + / = - _');
  const csp = `default-src 'none'; style-src ${cspSource}; script-src 'nonce-${nonce}'; base-uri 'none'; form-action 'none'`;
  return `<!DOCTYPE html>
<html lang="${escapeHtml(lang)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escapeHtml(csp)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<link rel="stylesheet" href="${escapeHtml(styleUri)}">
</head>
<body>
<div id="mindport-results"></div>
<script nonce="${nonce}" src="${escapeHtml(scriptUri)}"></script>
</body>
</html>
`;
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Text for element content and attributes in double quotes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (mark) => entities[mark] ?? mark);
}
