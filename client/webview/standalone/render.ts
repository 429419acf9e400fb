/** The results page as one file: script, styles and data inside, nothing fetched. */
import type { ComparisonDocument } from '../../../runs/src/results/document';
import { escapeHtml } from '../host-html';
import { cleanText } from '../src/model/clean';
import { nearestLang, textFor } from '../src/text';

export interface StandaloneAssets {
  /** content of dist/webview.js */
  js: string;
  /** content of dist/webview.css */
  css: string;
}

/**
 * A self-contained HTML report of a comparison.
 * @param lang language the report opens in ("en", "zh-cn", or any BCP 47 tag); the reader can change it on the page
 */
export function renderStandalone(document: ComparisonDocument, assets: StandaloneAssets, lang: string): string {
  const text = textFor(nearestLang(lang));
  const nonce = freshNonce();
  const csp = `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; base-uri 'none'; form-action 'none'`;
  return `<!DOCTYPE html>
<html lang="${text.lang === 'en' ? 'en' : 'zh-CN'}" class="mp-standalone-root">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escapeHtml(csp)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(cleanText(document.title, 200) || text.t('page.title'))}</title>
<style nonce="${nonce}">${rawText(assets.css, 'style')}</style>
</head>
<body>
<noscript><p>${escapeHtml(text.t('noscript'))}</p></noscript>
<div id="mindport-results"></div>
<script type="application/json" id="mindport-document">${embeddedJson(document)}</script>
<script nonce="${nonce}">${rawText(assets.js, 'script')}</script>
</body>
</html>
`;
}

/** JSON that no parser of HTML or of older JavaScript can take for anything else. */
export function embeddedJson(value: unknown): string {
  return JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Our own script or style as the content of its element: what would end the element, or open a comment in it, only occurs in strings. */
function rawText(content: string, element: 'script' | 'style'): string {
  return content.replace(new RegExp(`</(?=${element})`, 'gi'), '<\\/').replaceAll('<!--', '<\\!--');
}

function freshNonce(): string {
  return Array.from(globalThis.crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
