/** A template or signature that cannot be read. `said` is the same for readers of either language (l10n/records.*.json). */
export class NotationError extends Error {
  constructor(
    message: string,
    readonly said: { id: string; args: Record<string, string> },
  ) {
    super(message);
  }
}
