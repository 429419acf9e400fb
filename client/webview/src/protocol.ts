/**
 * Messages between the page and its host (a VS Code panel). Both sides check what they receive with the functions below; anything else is ignored.
 * The document itself is checked by `model/document-check.ts`, so that the page can say what is wrong with it.
 */

const exportFormats = ['csv', 'markdown', 'latex', 'json', 'png', 'svg', 'html'] as const;
export type ExportFormat = (typeof exportFormats)[number];

/** What the empty and the error state offer to do. */
const pageActions = ['runTraining', 'runInference', 'chooseRuns', 'reload'] as const;
export type PageAction = (typeof pageActions)[number];

export type HostMessage =
  /** show this comparison; `lang` is VS Code's display language */
  | { type: 'document'; document: unknown; lang: string }
  /** the comparison could not be made */
  | { type: 'error'; message: string; lang: string }
  /** an export was written, or (`ok` false) not */
  | { type: 'exported'; fileName: string; ok: boolean; message?: string };

export type PageMessage =
  /** the page listens; the host answers with a document or an error */
  | { type: 'ready' }
  /** save this; with 'html' the data is empty and the host renders the standalone report itself */
  | { type: 'export'; format: ExportFormat; fileName: string; encoding: 'utf8' | 'base64'; data: string }
  /** show a run's directory or log */
  | { type: 'openRun'; id: string }
  | { type: 'action'; action: PageAction }
  /** the reader's notes on this comparison, to be kept with it */
  | { type: 'notes'; text: string };

/** characters of the notes that are kept */
export const mostNotes = 20_000;

type Fields = Record<string, unknown>;

/** @returns the message, or null when it is none of the page's business */
export function parseHostMessage(value: unknown): HostMessage | null {
  const message = fields(value);
  switch (message?.['type']) {
    case 'document':
      return typeof message['lang'] === 'string' ? { type: 'document', document: message['document'], lang: message['lang'] } : null;
    case 'error':
      return typeof message['lang'] === 'string' && typeof message['message'] === 'string'
        ? { type: 'error', message: message['message'], lang: message['lang'] }
        : null;
    case 'exported': {
      const { fileName, ok, message: why } = message;
      if (typeof fileName !== 'string' || typeof ok !== 'boolean') return null;
      return { type: 'exported', fileName, ok, ...(typeof why === 'string' ? { message: why } : {}) };
    }
    default:
      return null;
  }
}

/** For the host: @returns the message, or null for anything the page would not send. File names carry no path. */
export function parsePageMessage(value: unknown): PageMessage | null {
  const message = fields(value);
  switch (message?.['type']) {
    case 'ready':
      return { type: 'ready' };
    case 'openRun':
      return typeof message['id'] === 'string' && message['id'] !== '' ? { type: 'openRun', id: message['id'] } : null;
    case 'action': {
      const action = pageActions.find((known) => known === message['action']);
      return action ? { type: 'action', action } : null;
    }
    case 'notes':
      return typeof message['text'] === 'string' ? { type: 'notes', text: message['text'].slice(0, mostNotes) } : null;
    case 'export': {
      const { fileName, encoding, data } = message;
      const format = exportFormats.find((known) => known === message['format']);
      if (!format || typeof fileName !== 'string' || !/^[\w][\w.-]{0,120}$/.test(fileName)) return null;
      if ((encoding !== 'utf8' && encoding !== 'base64') || typeof data !== 'string') return null;
      return { type: 'export', format, fileName, encoding, data };
    }
    default:
      return null;
  }
}

function fields(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null ? (value as Fields) : null;
}
