/** The settings of each resource: asked for once, kept until they change. */
import type { Connection } from 'vscode-languageserver';
import { readSettings, type Settings } from './settings';

export class Configuration {
  private readonly kept = new Map<string, Promise<Settings>>();
  private shared: Settings;
  private sent: unknown;

  constructor(
    private readonly connection: Connection,
    private readonly canAsk: boolean,
    /** the ids of all targets there are now */
    private readonly targets: () => ReadonlySet<string>,
  ) {
    this.shared = readSettings(undefined, targets());
  }

  /** The same object until something changes: states are compared by it. */
  of(uri: string): Promise<Settings> {
    if (!this.canAsk) return Promise.resolve(this.shared);
    let settings = this.kept.get(uri);
    if (!settings) {
      settings = this.connection.workspace.getConfiguration({ scopeUri: uri, section: 'mindport' }).then(
        (value: unknown) => readSettings(value, this.targets()),
        () => readSettings(undefined, this.targets()),
      );
      this.kept.set(uri, settings);
    }
    return settings;
  }

  changed(sent: unknown): void {
    // a client that cannot be asked sends them along
    this.sent = (sent as { mindport?: unknown } | null)?.mindport;
    this.forgetAll();
  }

  /** Asks again, also where other targets are known now. */
  forgetAll(): void {
    this.kept.clear();
    this.shared = readSettings(this.sent, this.targets());
  }

  forget(uri: string): void {
    this.kept.delete(uri);
  }
}
