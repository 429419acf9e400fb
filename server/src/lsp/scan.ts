/**
 * *Scan Workspace*: the findings of files that are not open. Only when asked, in threads where the host has them, else between other requests. Files
 * that change after the scan are looked at again like open ones, as long as they are few; what an editor shows itself is not shown twice.
 */
import {
  LSPErrorCodes,
  ProgressType,
  ResponseError,
  type CancellationToken,
  type Connection,
  type Diagnostic,
} from 'vscode-languageserver';
import type { Catalog } from '../core/catalog/load';
import { workHere, type FileSpec, type Outcome, type ProgramSpec } from '../core/project/work';
import type { Project, ReadFile } from './project';
import type { ScanParams, ScanProgress, ScanResult } from './scan-protocol';
import { pathOf } from './analysis';
import { judgeFile, scanWork, type FileScan, type ScanSetup } from './scan-work';
import { matchesGlob, type Settings } from './settings';
import type { Words } from './words';

/** A scan under way in other threads. */
export interface ThreadedScan {
  outcomes: AsyncIterable<Outcome<FileScan>>;
  stop(): void;
}

export interface ScanParts {
  connection: Connection;
  catalog: Catalog;
  project: Project;
  words: Words;
  documentation: string | undefined;
  related: boolean;
  settingsOf(uri: string): Promise<Settings>;
  read: ReadFile;
  /** what an open file would hold if it were saved; undefined for one that is not open */
  unsaved(uri: string): string | undefined;
  /** absent where there are no threads */
  threads?: (setup: ScanSetup, programs: readonly ProgramSpec[]) => ThreadedScan;
}

/** So many files that changed after the scan are kept up to date; of more, the findings of the oldest go. */
const MOST_FOLLOWED = 50;
/** Files read at a time where another process reads them. */
const READS_AT_ONCE = 16;
const PROGRESS = new ProgressType<ScanProgress>();
const PROGRESS_STEP_MS = 100;

const cancelled = (): ResponseError<void> => new ResponseError(LSPErrorCodes.RequestCancelled, 'cancelled');
/** Lets other requests have their turn. */
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

export class WorkspaceScan {
  /** files with diagnostics of ours at the client */
  private readonly shown = new Set<string>();
  private readonly scanned = new Set<string>();
  /** files that changed since, oldest first */
  private readonly followed = new Set<string>();
  private running: { stop(): void } | null = null;

  constructor(private readonly parts: ScanParts) {}

  async run({ files, progress }: ScanParams, token: CancellationToken): Promise<ScanResult> {
    this.running?.stop();
    const { connection } = this.parts;
    const plan = await this.plan(files);
    const total = plan.programs.reduce((sum, { wanted, files: all }) => sum + (wanted ?? all).length, 0);
    const result: ScanResult = { files: 0, withFindings: 0, findings: 0, safe: 0, failed: [] };
    const before = new Set(this.shown);
    this.scanned.clear();
    this.followed.clear();
    let told = 0;
    let stopped = false;
    const threaded = this.parts.threads?.(plan.setup, plan.programs);
    const stop = (): void => {
      stopped = true;
      threaded?.stop();
    };
    this.running = { stop };
    const heard = token.onCancellationRequested(stop);
    try {
      if (token.isCancellationRequested) stop();
      for await (const { program, file, report } of threaded?.outcomes ?? this.here(plan, () => stopped)) {
        if (stopped) break;
        const uri = plan.programs[program]!.files[file]!.location;
        before.delete(uri);
        if (report) {
          this.scanned.add(uri);
          result.files++;
          result.findings += report.diagnostics.length;
          result.safe += report.safe;
          if (report.diagnostics.length > 0) result.withFindings++;
          this.show(uri, report.diagnostics);
        } else {
          result.failed.push(uri);
          this.show(uri, []);
        }
        const done = result.files + result.failed.length;
        if (performance.now() - told < PROGRESS_STEP_MS && done < total) continue;
        told = performance.now();
        void connection.sendProgress(PROGRESS, progress, { done, total });
      }
      if (stopped) throw cancelled();
    } finally {
      stop();
      heard.dispose();
      if (this.running?.stop === stop) this.running = null;
    }
    for (const uri of before) this.show(uri, []);
    return result;
  }

  /** An editor shows the findings of its own file. */
  opened(uri: string): void {
    this.followed.delete(uri);
    this.clear(uri);
  }

  /** A file was closed, or has changed on disk. */
  async changed(uri: string): Promise<void> {
    if (!this.scanned.has(uri)) return;
    this.followed.delete(uri);
    this.followed.add(uri);
    if (this.followed.size > MOST_FOLLOWED) {
      const [oldest] = this.followed;
      this.forget(oldest!);
    }
    await this.refresh(uri);
  }

  /** The file is gone. */
  forget(uri: string): void {
    this.scanned.delete(uri);
    this.followed.delete(uri);
    this.clear(uri);
  }

  /** Something that files rest on has changed. */
  lookAgain(): void {
    for (const uri of this.followed) void this.refresh(uri);
  }

  /** What is shown no longer holds: other targets, other records. A new scan is up to the user. */
  reset(): void {
    this.running?.stop();
    for (const uri of [...this.shown]) this.forget(uri);
    this.scanned.clear();
    this.followed.clear();
  }

  private async refresh(uri: string): Promise<void> {
    const { project, settingsOf } = this.parts;
    const settings = await settingsOf(project.folderOf(uri) ?? uri);
    if (project.document(uri) || !this.followed.has(uri)) return;
    const analysed = project.analyse(uri);
    // read just now: there is another look when it is there
    if (!analysed) return;
    this.show(uri, judgeFile(uri, analysed, analysed.notebook, { ...this.parts, settings }).diagnostics);
  }

  private show(uri: string, diagnostics: Diagnostic[]): void {
    if (diagnostics.length === 0) this.clear(uri);
    else if (!this.parts.project.document(uri)) {
      this.shown.add(uri);
      void this.parts.connection.sendDiagnostics({ uri, diagnostics });
    }
  }

  private clear(uri: string): void {
    if (this.shown.delete(uri)) void this.parts.connection.sendDiagnostics({ uri, diagnostics: [] });
  }

  /** One program a workspace folder, with its settings; files of no folder are one program. Excluded ones can still be imported. */
  private async plan(uris: readonly string[]): Promise<{ setup: ScanSetup; programs: ProgramSpec[] }> {
    const { project, catalog, words, documentation, related } = this.parts;
    const byFolder = new Map<string, string[]>();
    for (const uri of new Set(uris)) {
      const folder = project.folderOf(uri) ?? '';
      const members = byFolder.get(folder);
      if (members) members.push(uri);
      else byFolder.set(folder, [uri]);
    }
    const folders = [...byFolder.keys()].sort();
    const settings = await Promise.all(folders.map((folder) => this.parts.settingsOf(folder || byFolder.get('')![0]!)));
    const programs = folders.map((folder, program): ProgramSpec => {
      const { enable, exclude } = settings[program]!;
      const members = byFolder.get(folder)!.sort();
      const wanted = members.flatMap((uri, file) =>
        enable && !exclude.some((pattern) => matchesGlob(pattern, pathOf(uri))) ? [file] : [],
      );
      const files = members.map((location): FileSpec => {
        const path = pathOf(folder === '' ? location : location.slice(folder.length + 1));
        const text = this.parts.unsaved(location);
        return text === undefined ? { path, location } : { path, location, text };
      });
      return { files, wanted: wanted.length === files.length ? null : wanted };
    });
    return { setup: { settings, language: words.language, documentation, related, user: catalog.user }, programs };
  }

  /** Without threads: file by file, with a turn for others between them. */
  private async *here(plan: { setup: ScanSetup; programs: ProgramSpec[] }, stopped: () => boolean): AsyncGenerator<Outcome<FileScan>> {
    const texts = new Map<string, string | null>();
    const missing = plan.programs.flatMap(({ files }) => files.filter(({ text }) => text === undefined).map(({ location }) => location));
    for (let at = 0; at < missing.length && !stopped(); at += READS_AT_ONCE)
      await Promise.all(
        missing.slice(at, at + READS_AT_ONCE).map(async (uri) => texts.set(uri, await this.parts.read(uri).catch(() => null))),
      );
    const { catalog, project } = this.parts;
    const work = scanWork(catalog, project.parser, plan.setup, (uri) => texts.get(uri) ?? null);
    for (const outcome of workHere(plan.programs, work)) {
      if (stopped()) return;
      yield outcome;
      await turn();
    }
  }
}
