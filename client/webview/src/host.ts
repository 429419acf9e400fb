/** Where the page lives: in a VS Code webview, or alone in a browser as a self-contained report. */
import { parseHostMessage, type ExportFormat, type HostMessage, type PageMessage } from './protocol';

export interface Host {
  kind: 'vscode' | 'standalone';
  /** the choice stored for this page, or undefined */
  load(): unknown;
  store(state: unknown): void;
  /** hands a file to the reader */
  save(file: ExportedFile): Promise<void>;
  /** to VS Code; nothing listens in a standalone report */
  send(message: PageMessage): void;
  /** starts the conversation */
  start(receive: (message: HostMessage) => void): void;
}

export interface ExportedFile {
  format: ExportFormat;
  fileName: string;
  mime: string;
  data: string | Blob;
}

interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

/** The id of the element that holds the document of a standalone report. */
const embeddedId = 'mindport-document';

export function findHost(): Host {
  const acquire = (globalThis as { acquireVsCodeApi?: () => VsCodeApi }).acquireVsCodeApi;
  return acquire ? vscodeHost(acquire()) : standaloneHost();
}

function vscodeHost(api: VsCodeApi): Host {
  const send = (message: PageMessage): void => api.postMessage(message);
  return {
    kind: 'vscode',
    load: () => api.getState(),
    store: (state) => api.setState(state),
    async save({ format, fileName, data }) {
      if (typeof data === 'string') send({ type: 'export', format, fileName, encoding: 'utf8', data });
      else send({ type: 'export', format, fileName, encoding: 'base64', data: await base64(data) });
    },
    send,
    start(receive) {
      window.addEventListener('message', (event: MessageEvent<unknown>) => {
        const message = parseHostMessage(event.data);
        if (message) receive(message);
      });
      send({ type: 'ready' });
    },
  };
}

function standaloneHost(): Host {
  return {
    kind: 'standalone',
    load: () => undefined,
    store: () => {},
    async save({ fileName, mime, data }) {
      const url = URL.createObjectURL(typeof data === 'string' ? new Blob([data], { type: mime }) : data);
      const link = document.createElement('a');
      link.href = url;
      link.download = fileName;
      link.click();
      setTimeout(() => URL.revokeObjectURL(url), 60_000);
    },
    send: () => {},
    start(receive) {
      const lang = document.documentElement.lang;
      const embedded = document.getElementById(embeddedId);
      let data: unknown;
      try {
        data = JSON.parse(embedded?.textContent ?? '');
      } catch {
        // checked like any other document: the page says that none is there
        data = undefined;
      }
      receive({ type: 'document', document: data, lang });
    },
  };
}

function base64(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).replace(/^[^,]*,/, ''));
    reader.onerror = () => reject(reader.error ?? new Error('unreadable'));
    reader.readAsDataURL(blob);
  });
}
