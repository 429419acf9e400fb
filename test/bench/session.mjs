import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { createMessageConnection, StreamMessageReader, StreamMessageWriter } = createRequire(import.meta.url)('vscode-languageserver/node');

/** The built server as a process with one open file, spoken to as an editor does: a change, and the question for diagnostics right after it. */
export class EditSession {
  static async start(text) {
    const session = new EditSession();
    const probe = join(root, 'test/bench/probe.cjs');
    const server = process.env.MINDPORT_SERVER ?? join(root, 'dist/server.js');
    session.child = spawn(process.execPath, ['--expose-gc', '--require', probe, server, '--stdio'], {
      stdio: ['pipe', 'pipe', 'inherit', 'ipc'],
    });
    session.connection = createMessageConnection(
      new StreamMessageReader(session.child.stdout),
      new StreamMessageWriter(session.child.stdin),
    );
    session.connection.onRequest(() => null);
    session.connection.listen();
    session.uri = 'file:///bench/model.py';
    session.version = 1;
    await session.connection.sendRequest('initialize', {
      processId: process.pid,
      rootUri: null,
      workspaceFolders: null,
      capabilities: {
        textDocument: { diagnostic: { dynamicRegistration: false, relatedInformation: true } },
        workspace: { configuration: false, diagnostics: { refreshSupport: true } },
      },
      initializationOptions: { documentation: 'command:mindport.page?{code}' },
    });
    await session.connection.sendNotification('initialized', {});
    const textDocument = { uri: session.uri, languageId: 'python', version: 1, text };
    await session.connection.sendNotification('textDocument/didOpen', { textDocument });
    session.found = (await session.pull()).length;
    return session;
  }

  async pull() {
    return (await this.connection.sendRequest('textDocument/diagnostic', { textDocument: { uri: this.uri } })).items;
  }

  /** Sends one edit; gives the milliseconds until its diagnostics are there, parsed. */
  async edit(contentChanges) {
    const started = performance.now();
    const textDocument = { uri: this.uri, version: ++this.version };
    void this.connection.sendNotification('textDocument/didChange', { textDocument, contentChanges });
    await this.pull();
    return performance.now() - started;
  }

  /** What the probe in the server has noted since the last question. */
  ask(question) {
    return new Promise((resolve) => {
      this.child.once('message', resolve);
      this.child.send(question);
    });
  }

  stop() {
    this.connection.dispose();
    this.child.kill();
  }
}
