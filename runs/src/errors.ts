/** The one error type of the run engine: a message key with arguments, so that every place can say it in the user's language. */
import { type Language, type MessageKey, render } from './messages';

export class RunError extends Error {
  constructor(
    readonly key: MessageKey,
    readonly args: Record<string, string> = {},
  ) {
    super(render('en', key, args));
    this.name = 'RunError';
  }

  text(language: Language): string {
    return render(language, this.key, this.args);
  }
}

const codes: Record<string, MessageKey> = {
  ENOSPC: 'error.disk_full',
  EDQUOT: 'error.disk_full',
  EFBIG: 'error.disk_full',
  EACCES: 'error.no_permission',
  EPERM: 'error.no_permission',
  EROFS: 'error.read_only',
};

/** Turns a file system error on `path` into a message a user can act on; other errors come back as they are. */
export function explainFileError(error: unknown, path: string): unknown {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  const key = code === undefined ? undefined : codes[code];
  return key === undefined ? error : new RunError(key, { path });
}
