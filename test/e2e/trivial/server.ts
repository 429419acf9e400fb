/** Flags every `torch.<name>` by one regular expression: what VS Code, the protocol and the browser cost without any analysis. */
import {
  createConnection,
  DiagnosticSeverity,
  DocumentDiagnosticReportKind,
  ProposedFeatures,
  TextDocuments,
} from 'vscode-languageserver/node';
import { TextDocumentSyncKind } from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';

const connection = createConnection(ProposedFeatures.all);
const documents = new TextDocuments(TextDocument);

connection.onInitialize(() => ({
  capabilities: {
    textDocumentSync: TextDocumentSyncKind.Incremental,
    diagnosticProvider: { interFileDependencies: false, workspaceDiagnostics: false },
  },
}));

connection.languages.diagnostics.on(({ textDocument }) => {
  const document = documents.get(textDocument.uri);
  const matches = document ? [...document.getText().matchAll(/\btorch\.\w+/g)] : [];
  const items = matches.map((match) => ({
    range: { start: document!.positionAt(match.index), end: document!.positionAt(match.index + match[0].length) },
    severity: DiagnosticSeverity.Warning,
    source: 'trivial',
    message: match[0],
  }));
  return { kind: DocumentDiagnosticReportKind.Full, items };
});

documents.listen(connection);
connection.listen();
