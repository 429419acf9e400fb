/**
 * Reading a run by offsets: log text for people, events for figures. Used once through for a summary and again and again by a watcher; two
 * followers of one run know nothing of each other.
 */
import { hostname } from 'node:os';
import { LogEvents } from './adapters/assemble';
import { files } from './directory';
import { Deduplicator, type RunEvent, parseEvent } from './events';
import { LineAssembler, type LogCursor, askLog, startOfLog, takeLog } from './log';
import { type RunSpec } from './spec';
import { type ReadAnswer, type ReadAsk, type Transport } from './transport';

export type StreamName = 'stdout' | 'stderr';

export interface LogText {
  stream: StreamName;
  /** as the program wrote it; show it through `sanitise` */
  text: string;
  /** what was told of this stream before is void */
  replaced: boolean;
}

export interface FollowPoll {
  logs: LogText[];
  events: RunEvent[];
  /** more is waiting: poll again at once */
  more: boolean;
}

interface Source {
  file: string;
  src: string;
  stream: StreamName | null;
  cursor: LogCursor;
  lines: LineAssembler;
  adapter: LogEvents | null;
  seen: Deduplicator;
}

export class RunFollower {
  private sources: Source[];
  /** the last line of stderr that tells what went wrong, and the last line at all */
  private trouble: string | null = null;
  private lastLine: string | null = null;
  diskFull = false;

  constructor(private readonly spec: Pick<RunSpec, 'hoursPerStep' | 'scores'>) {
    const source = (name: string, stream: StreamName | null): Source => ({
      file: name,
      src: stream ?? name,
      stream,
      cursor: startOfLog,
      lines: new LineAssembler(),
      adapter: stream === null ? null : this.adapterFor(stream),
      seen: new Deduplicator(),
    });
    this.sources = [
      source(files.launcher, null),
      source(files.events, null),
      source(files.stdout, 'stdout'),
      source(files.stderr, 'stderr'),
    ];
  }

  private adapterFor(stream: StreamName): LogEvents {
    return new LogEvents({ src: stream, host: hostname(), hoursPerStep: this.spec.hoursPerStep, scores: this.spec.scores });
  }

  /** The line that best says why a program failed; null when stderr was silent. */
  get lastError(): string | null {
    return this.trouble ?? this.lastLine;
  }

  /** What to read next: at most 64 KiB of every file. */
  asks(): ReadAsk[] {
    return this.sources.map((source) => askLog(source.file, source.cursor));
  }

  /** What the answers to `asks` tell. `drop` is called with the source whose earlier events are void. */
  take(answers: readonly ReadAnswer[], drop: (src: string) => void = () => undefined): FollowPoll {
    const result: FollowPoll = { logs: [], events: [], more: false };
    this.sources.forEach((source, i) => {
      const piece = takeLog(source.cursor, answers[i] ?? null);
      if (piece.replaced) {
        source.lines = new LineAssembler();
        source.seen = new Deduplicator();
        if (source.stream !== null) source.adapter = this.adapterFor(source.stream);
        drop(source.src);
      }
      source.cursor = piece.cursor;
      result.more ||= piece.more;
      if (piece.bytes.length === 0 && !piece.replaced) return;
      const { text, lines } = source.lines.push(piece.bytes);
      if (source.stream !== null && (text !== '' || piece.replaced)) {
        result.logs.push({ stream: source.stream, text, replaced: piece.replaced });
      }
      this.digest(source, lines, result.events);
    });
    return result;
  }

  /** What the torn ends of the files hold; call once, when the run has ended. */
  end(): FollowPoll {
    const result: FollowPoll = { logs: [], events: [], more: false };
    for (const source of this.sources) {
      const { text, lines } = source.lines.end();
      if (source.stream !== null && text !== '') result.logs.push({ stream: source.stream, text, replaced: false });
      this.digest(source, lines, result.events);
      result.events.push(...(source.adapter?.end(0) ?? []));
    }
    return result;
  }

  private digest(source: Source, lines: string[], events: RunEvent[]): void {
    for (const line of lines) {
      if (source.stream === 'stderr') this.notice(line);
      const found = source.adapter === null ? [parseEvent(line)] : source.adapter.line(line, 0);
      for (const event of found) {
        if (event === null || !source.seen.isNew(event)) continue;
        // a program cannot speak as the launcher or as a log
        if (source.stream === null) event.src = source.src === files.launcher ? 'launcher' : 'job';
        events.push(event);
      }
    }
  }

  private notice(line: string): void {
    if (line.trim() === '') return;
    // what Slurm says of the end of a rank says less than the rank itself
    if (this.trouble !== null && /^(srun|slurmstepd\S*): /.test(line)) return;
    this.lastLine = line;
    if (/No space left on device|Disk quota exceeded|File too large|Errno (28|122|27)\b/.test(line)) this.diskFull = true;
    if (/^[\w.]*(Error|Exception|Interrupt|Exit)\b|\b(error|fatal|killed):/i.test(line)) this.trouble = line;
  }
}

/** Everything a run has told so far, piece by piece; the last piece is that of the torn ends. */
export async function* readThrough(
  transport: Transport,
  id: string,
  follower: RunFollower,
): AsyncGenerator<FollowPoll & { void: string[] }> {
  for (let more = true; more;) {
    const [answer] = await transport.poll([{ id, reads: follower.asks() }]);
    const dropped: string[] = [];
    const poll = follower.take(answer!.pieces, (src) => dropped.push(src));
    more = poll.more;
    yield { ...poll, void: dropped };
  }
  yield { ...follower.end(), void: [] };
}

/** All events a run has told so far, in the order of their files. */
export async function collectEvents(transport: Transport, id: string, follower: RunFollower): Promise<RunEvent[]> {
  let events: RunEvent[] = [];
  for await (const poll of readThrough(transport, id, follower)) {
    for (const src of poll.void) events = events.filter((event) => event.src !== sourceName(src));
    for (const event of poll.events) events.push(event);
  }
  return events;
}

function sourceName(src: string): string {
  return src === files.events ? 'job' : src === files.launcher ? 'launcher' : src;
}
