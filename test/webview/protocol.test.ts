import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resultsHtml } from '../../client/webview/host-html';
import { parseHostMessage, parsePageMessage } from '../../client/webview/src/protocol';
import { embeddedJson, renderStandalone } from '../../client/webview/standalone/render';
import { hostileDocument, hostileTexts, sampleDocument } from './sample';

describe('messages', () => {
  it('pass when they are known', () => {
    for (const message of [
      { type: 'document', document: null, lang: 'en' },
      { type: 'error', message: 'no', lang: 'zh-cn' },
      { type: 'exported', fileName: 'a.csv', ok: true },
      { type: 'exported', fileName: 'a.csv', ok: false, message: 'disk full' },
    ]) {
      expect(parseHostMessage(message)).toEqual(message);
    }
    for (const message of [
      { type: 'ready' },
      { type: 'openRun', id: 'x' },
      { type: 'action', action: 'chooseRuns' },
      { type: 'export', format: 'png', fileName: 'mindport-loss.png', encoding: 'base64', data: '' },
    ]) {
      expect(parsePageMessage(message)).toEqual(message);
    }
  });

  it('are dropped when they are not, and lose what nobody asked for', () => {
    const dropped: unknown[] = [
      null,
      'ready',
      { type: 'openRun' },
      { type: 'action', action: 'shutdown' },
      { type: 'export', format: 'exe', fileName: 'a.exe', encoding: 'utf8', data: '' },
      { type: 'export', format: 'csv', fileName: '../a.csv', encoding: 'utf8', data: '' },
      { type: 'export', format: 'csv', fileName: '.bashrc', encoding: 'utf8', data: '' },
      { type: 'export', format: 'csv', fileName: 'a.csv', encoding: 'latin1', data: '' },
      { type: 'export', format: 'csv', fileName: 'a.csv', encoding: 'utf8', data: 3 },
    ];
    for (const message of dropped) expect(parsePageMessage(message)).toBeNull();
    for (const message of [{ type: 'document', document: {} }, { type: 'error', lang: 'en' }, { type: 'exported', fileName: 'x' }, 3]) {
      expect(parseHostMessage(message)).toBeNull();
    }
    expect(parsePageMessage({ type: 'ready', extra: 1 })).toEqual({ type: 'ready' });
  });

  it('never throw', () => {
    fc.assert(fc.property(fc.anything(), (value) => void [parseHostMessage(value), parsePageMessage(value)]));
  });
});

describe('the document of the panel', () => {
  const input = {
    scriptUri: 'https://x.test/a.js?a=1&b="2"',
    styleUri: 'https://x.test/a.css',
    cspSource: 'https://x.test',
    nonce: 'abc123==',
    lang: 'en',
    title: hostileTexts.script,
  };

  it('allows its own script and style only', () => {
    const html = resultsHtml(input);
    expect(html).toContain("default-src 'none'; style-src https://x.test; script-src 'nonce-abc123=='");
    expect(html).not.toMatch(/unsafe|<style|style=|\son\w+=/);
    expect(html.match(/<script/g)).toHaveLength(1);
    expect(html).toContain('src="https://x.test/a.js?a=1&amp;b=&quot;2&quot;"');
  });

  it('refuses a nonce that could end its attribute', () => {
    expect(() => resultsHtml({ ...input, nonce: `x' 'unsafe-inline` })).toThrow(RangeError);
  });
});

describe('the standalone report', () => {
  it('embeds JSON that nothing can break out of', () => {
    const json = embeddedJson(hostileDocument());
    expect(json).not.toMatch(/[<>&\u2028\u2029]/);
    expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(hostileDocument())));
  });

  it('keeps script and style inside their elements', () => {
    const html = renderStandalone(sampleDocument(), { js: 'x = "</script><!--"', css: 'a::before { content: "</style>" }' }, 'zh-CN');
    expect(html.match(/<\/script/g)).toHaveLength(2);
    expect(html.match(/<\/style/g)).toHaveLength(1);
    expect(html).not.toContain('<!--');
    expect(html).toContain('<html lang="zh-CN"');
  });

  it('names nothing outside itself', () => {
    const html = renderStandalone({ ...sampleDocument(), title: hostileTexts.script }, { js: '', css: '' }, 'en');
    expect(html).not.toMatch(/(src|href)=/);
    expect(html).toContain('<title>&lt;/script&gt;');
    const nonces = [...html.matchAll(/nonce="(\w+)"/g)].map((match) => match[1]);
    expect(new Set(nonces).size).toBe(1);
    expect(html).toContain(`script-src 'nonce-${nonces[0]}'`);
  });
});
