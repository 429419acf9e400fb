/** How messages become bytes where they go through a stream: JSON, in which reports are put as they are. */
import type { ContentTypeEncoder, Message, ResponseMessage } from 'vscode-languageserver';
import { Report } from './report';

const utf8 = new TextEncoder();
/** } */
const CLOSE = 125;

/** A full report of LSP, written already. Only `REPORT_ENCODER` can send it. */
export interface WrittenReport {
  kind: 'full';
  items: Report;
}

export const REPORT_ENCODER: ContentTypeEncoder = {
  name: 'application/json',
  encode: (message) => Promise.resolve(encode(message)),
};

function encode(message: Message): Uint8Array {
  const { result, ...rest } = message as ResponseMessage & { result?: WrittenReport };
  if (!(result?.items instanceof Report)) return utf8.encode(JSON.stringify(message));
  const head = utf8.encode(`${JSON.stringify(rest).slice(0, -1)},"result":{"kind":"${result.kind}","items":`);
  const { bytes: items } = result.items;
  const bytes = new Uint8Array(head.length + items.length + 2);
  bytes.set(head);
  bytes.set(items, head.length);
  bytes.fill(CLOSE, head.length + items.length);
  return bytes;
}
