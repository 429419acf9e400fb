/** What the client can do, as far as the answers depend on it. */
import type { ClientCapabilities } from 'vscode-languageserver';

export interface ClientFeatures {
  pullDiagnostics: boolean;
  refreshDiagnostics: boolean;
  relatedInformation: boolean;
  /** edits of a code action may come later */
  resolveEdits: boolean;
  documentChanges: boolean;
  changeAnnotations: boolean;
  configuration: boolean;
  dynamicConfiguration: boolean;
  watchFiles: boolean;
  workspaceFolders: boolean;
}

export function clientFeatures({ textDocument, workspace }: ClientCapabilities): ClientFeatures {
  return {
    pullDiagnostics: textDocument?.diagnostic !== undefined,
    refreshDiagnostics: workspace?.diagnostics?.refreshSupport ?? false,
    relatedInformation: textDocument?.diagnostic?.relatedInformation ?? textDocument?.publishDiagnostics?.relatedInformation ?? false,
    resolveEdits: (textDocument?.codeAction?.dataSupport && textDocument.codeAction.resolveSupport?.properties.includes('edit')) ?? false,
    documentChanges: workspace?.workspaceEdit?.documentChanges ?? false,
    changeAnnotations: workspace?.workspaceEdit?.changeAnnotationSupport !== undefined,
    configuration: workspace?.configuration ?? false,
    dynamicConfiguration: workspace?.didChangeConfiguration?.dynamicRegistration ?? false,
    watchFiles: workspace?.didChangeWatchedFiles?.dynamicRegistration ?? false,
    workspaceFolders: workspace?.workspaceFolders ?? false,
  };
}
