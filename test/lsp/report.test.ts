/** Reports written from the ones before, beside what JSON.stringify makes of the plain diagnostics of the same state. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Catalog } from '../../server/src/core/catalog/load';
import { unpackCatalog } from '../../server/src/core/catalog/packed';
import { namedRewrites } from '../../server/src/core/fixes/rewrites/index';
import { nothingKnown } from '../../server/src/core/rules/family';
import type { Finding } from '../../server/src/core/rules/finding';
import { findFindings } from '../../server/src/core/rules/findings';
import { analyzeModule } from '../../server/src/core/semantics/analyze';
import { patchModule } from '../../server/src/core/semantics/patch';
import { PythonDocument } from '../../server/src/core/syntax/document';
import { diagnosticOf } from '../../server/src/lsp/diagnostics';
import { REPORT_ENCODER, type WrittenReport } from '../../server/src/lsp/encoding';
import { DocumentPlaces } from '../../server/src/lsp/places';
import { Report } from '../../server/src/lsp/report';
import { languageOf, Words } from '../../server/src/lsp/words';
import { edit, program } from '../core/syntax/program';
import { parser } from '../core/syntax/support';
import { times } from '../times';
import { catalog as packed } from './catalog';

const { records, targets } = unpackCatalog(packed);
const catalog = new Catalog({ records: [records], targets });
const { chosen } = catalog.targets.choose([], {});

/** A document under edit whose reports are made from each other. */
class Session {
  readonly document: PythonDocument;
  private module;
  private semantics;
  private known = nothingKnown();
  private report: Report | null = null;
  copied = 0;

  constructor(
    text: string,
    private readonly words: Words,
  ) {
    this.document = new PythonDocument(parser, text);
    this.module = this.document.ast;
    this.semantics = this.whole();
  }

  private whole() {
    this.known = nothingKnown();
    return analyzeModule(this.module, { knowledge: catalog, moduleName: null });
  }

  change(from: number, remove: number, insert: string): void {
    const { lines } = this.document;
    const range = { start: lines.positionAt(from), end: lines.positionAt(from + remove) };
    this.document.applyChanges([{ range, text: insert }], this.document.version + 1);
    const { unsettled } = this.document;
    const patched = patchModule(this.semantics, this.module, unsettled);
    this.module = patched ? unsettled : this.document.ast;
    this.semantics = patched ?? this.whole();
  }

  /** What is sent, and what JSON.stringify makes of the same. */
  answers(): { sent: string; plain: string } {
    const { module, semantics, known, words, document } = this;
    const context = { text: document.text, module, semantics, catalog, targets: chosen, named: namedRewrites };
    const findings = findFindings(context, { known });
    const places = new DocumentPlaces('file:///w/ä.py', 1, document.lines);
    let made = 0;
    const plain = (finding: Finding) => diagnosticOf(finding, { places }, words, 'command:page?{code}', true);
    this.report = Report.of(findings, document.lines, this.report, (finding) => {
      made++;
      return plain(finding);
    });
    this.copied += findings.length - made;
    return { sent: new TextDecoder().decode(this.report.bytes), plain: JSON.stringify(findings.map(plain)) };
  }
}

const HEAD = 'import torch\nimport torch.nn.functional as F\n';
const BODY = `def f(x: torch.Tensor):
    y = torch.abs(x)
    z = torch.cat([x, y]).exp()
    return F.gelu(z).exp()


`;

test.each(['en', 'zh-cn'])('the bytes are those of JSON.stringify after any edits: %s', { timeout: 60_000 }, (locale) => {
  let copied = 0;
  fc.assert(
    fc.property(program, program, fc.array(edit, { minLength: 1, maxLength: 8 }), (first, second, edits) => {
      const session = new Session(`${HEAD}${BODY}${first}${BODY}${second}${BODY}`, new Words(languageOf(locale)));
      for (const { at, remove, insert } of [{ at: 0, remove: 0, insert: '' }, ...edits]) {
        session.change(Math.floor(at * session.document.text.length), remove, insert);
        const { sent, plain } = session.answers();
        expect(sent).toBe(plain);
      }
      copied += session.copied;
    }),
    { numRuns: times(40) },
  );
  expect(copied).toBeGreaterThan(100);
});

test('lines that get another digit, or lose one, are written right', () => {
  const session = new Session(HEAD + BODY.repeat(30), new Words(languageOf('en')));
  session.answers();
  for (const insert of ['\n'.repeat(7), '\n'.repeat(90), '\n'.repeat(900)]) {
    session.change(HEAD.length, 0, insert);
    expect(session.answers().sent).toBe(session.answers().plain);
  }
  session.change(HEAD.length, 995, '');
  expect(session.answers().sent).toBe(session.answers().plain);
  const { copied } = session;
  session.change(HEAD.length, 0, '\n');
  expect(session.answers().sent).toBe(session.answers().plain);
  // of 120 all but those that come to line 100
  expect(session.copied).toBeGreaterThan(copied + 100);
});

test('a message with a report is encoded as one with its diagnostics', async () => {
  const session = new Session(HEAD + BODY, new Words(languageOf('zh-cn')));
  const { plain } = session.answers();
  const report = Report.of([], session.document.lines, null, () => expect.unreachable());
  for (const [items, said] of [
    [session['report']!, plain],
    [report, '[]'],
  ] as const) {
    const result: WrittenReport = { kind: 'full', items };
    const message = { jsonrpc: '2.0', id: 'ü"}', result };
    const bytes = await (REPORT_ENCODER as { encode: (message: unknown, options: unknown) => Promise<Uint8Array> }).encode(message, {});
    expect(new TextDecoder().decode(bytes)).toBe(
      JSON.stringify({ ...message, result: { kind: 'full', items: JSON.parse(said) as unknown } }),
    );
  }
});
