/** The schema of the user's machines.json: that of the settings `mindport.machines` and `mindport.ssh`, whose words VS Code has translated already. */
import * as vscode from 'vscode';

const SCHEME = 'mindport-schema';

interface Manifest {
  contributes: { configuration: { properties: Record<string, object> }[] };
}

export function serveSchema(context: vscode.ExtensionContext): vscode.Disposable {
  return vscode.workspace.registerTextDocumentContentProvider(SCHEME, {
    provideTextDocumentContent: () => {
      const { contributes } = context.extension.packageJSON as Manifest;
      const settings: Record<string, object> = Object.assign({}, ...contributes.configuration.map(({ properties }) => properties));
      return JSON.stringify({
        type: 'object',
        additionalProperties: false,
        properties: { machines: settings['mindport.machines'], ssh: settings['mindport.ssh'] },
      });
    },
  });
}
