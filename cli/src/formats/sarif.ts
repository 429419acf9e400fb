/** Findings as SARIF 2.1.0 (OASIS), for code scanning services. */
import { CODES } from '../../../server/src/core/rules/codes';
import type { Finding, Severity } from '../../../server/src/core/rules/finding';
import type { Checked } from '../analyse';
import type { Problem } from '../files';
import { placeOf } from '../places';
import { VERSION } from '../version';
import type { Words } from '../words';
import { jsonDocument, jsonMembers } from './members';

const LEVEL: Record<Severity, 'error' | 'warning' | 'note'> = { error: 'error', warning: 'warning', information: 'note', hint: 'note' };

const RULE_INDEX = new Map(CODES.map(({ code }, index) => [code, index]));

/** The results of one file, as members of the document. */
export function sarifResults(file: Checked, words: Words): string {
  return jsonMembers(
    file.findings.map((finding) => resultOf(finding, file, RULE_INDEX.get(finding.code), words)),
    4,
  );
}

/** @param results what `sarifResults` gave, file by file */
export function sarifDocument(results: readonly string[], problems: readonly Problem[], words: Words): string {
  return jsonDocument((members) => sarif(members, problems, words), results);
}

function sarif(results: unknown[], problems: readonly Problem[], words: Words): Record<string, unknown> {
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'MindPort',
            version: VERSION,
            rules: CODES.map(({ code, slug, severity }) => ({
              id: code,
              name: slug,
              shortDescription: { text: words.tell(`code.${code}`) },
              fullDescription: { text: words.tell(`code.${code}.about`) },
              defaultConfiguration: { level: LEVEL[severity] },
            })),
          },
        },
        columnKind: 'utf16CodeUnits',
        invocations: [
          {
            executionSuccessful: !problems.some(({ skipped }) => skipped),
            toolExecutionNotifications: problems.map(({ file, message, skipped }) => ({
              level: skipped ? 'error' : 'warning',
              message: { text: words.say(message) },
              locations: [{ physicalLocation: { artifactLocation: { uri: uriOf(file) } } }],
            })),
          },
        ],
        results,
      },
    ],
  };
}

function resultOf(finding: Finding, checked: Checked, ruleIndex: number | undefined, words: Words): Record<string, unknown> {
  const { code, severity, message, note, detail, verdict, reference, fix } = finding;
  // of a notebook, where it is written in the file: whoever shows a region shows the file's text
  const { cell } = placeOf(checked, finding.span);
  const { lines, span } = checked.notebook?.inFile(finding.span) ?? { lines: checked.lines, span: finding.span };
  const start = lines.positionAt(span.start);
  const end = lines.positionAt(span.end);
  const region = { startLine: start.line + 1, startColumn: start.character + 1, endLine: end.line + 1, endColumn: end.character + 1 };
  const inCell = cell === undefined ? {} : { logicalLocations: [{ name: `cell ${cell + 1}` }] };
  return {
    ruleId: code,
    ...(ruleIndex === undefined ? {} : { ruleIndex }),
    level: LEVEL[severity],
    message: { text: [words.say(message), note && words.choose(note), detail && words.say(detail)].filter(Boolean).join(' ') },
    locations: [{ physicalLocation: { artifactLocation: { uri: uriOf(checked.source.shown) }, region }, ...inCell }],
    properties: { verdict, api: reference?.name ?? null, fix: fix && { safety: fix.safety, title: words.say(fix.title) } },
  };
}

/** A relative path as a URI reference. */
function uriOf(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}
