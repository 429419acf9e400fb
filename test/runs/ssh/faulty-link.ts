/** A TCP link between a client and a port of this machine that can be made slow, silent, refusing, or be cut, and that counts what passes. */
import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net';

interface Pair {
  client: Socket;
  server: Socket;
}

export class FaultyLink {
  /** milliseconds each byte takes in each direction */
  delay = 0;
  bytes = 0;
  connections = 0;
  private silent = false;
  private refusing = false;
  /** bytes that may still pass towards the server before the link is reset; null: any number */
  private budget: number | null = null;
  private readonly pairs = new Set<Pair>();
  private readonly server: Server;

  private constructor(private readonly target: number) {
    this.server = createServer((client) => this.accept(client));
  }

  static async to(target: number): Promise<FaultyLink> {
    const link = new FaultyLink(target);
    await new Promise<void>((done) => link.server.listen(0, '127.0.0.1', done));
    return link;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get open(): number {
    return this.pairs.size;
  }

  /** Cuts every connection with a TCP reset. */
  reset(): void {
    for (const { client, server } of this.pairs) {
      client.resetAndDestroy();
      server.resetAndDestroy();
    }
    this.pairs.clear();
  }

  /** Swallows every byte, also of new connections, until `heal`; connections of that time stay deaf. */
  blackHole(): void {
    this.silent = true;
  }

  refuse(): void {
    this.refusing = true;
    this.reset();
  }

  /** Resets all connections once this many more bytes have gone to the server. */
  resetAfter(bytes: number): void {
    this.budget = bytes;
  }

  heal(): void {
    this.silent = false;
    this.refusing = false;
    this.budget = null;
    this.delay = 0;
  }

  close(): void {
    this.reset();
    this.server.close();
  }

  private accept(client: Socket): void {
    if (this.refusing) {
      client.resetAndDestroy();
      return;
    }
    this.connections += 1;
    const server = connect(this.target, '127.0.0.1');
    const pair = { client, server };
    this.pairs.add(pair);
    const deaf = { is: this.silent };
    this.carry(client, server, pair, deaf, true);
    this.carry(server, client, pair, deaf, false);
  }

  private carry(from: Socket, to: Socket, pair: Pair, deaf: { is: boolean }, upwards: boolean): void {
    from.setNoDelay(true);
    let pending = Promise.resolve();
    from.on('data', (data) => {
      // what was lost cannot come back: a connection that lost a byte stays deaf
      deaf.is ||= this.silent;
      if (deaf.is) return;
      this.bytes += data.length;
      let part = data;
      if (upwards && this.budget !== null) {
        part = data.subarray(0, this.budget);
        this.budget -= part.length;
      }
      const cut = upwards && this.budget === 0;
      const deliver = (): void => {
        if (!to.destroyed) to.write(part);
        if (cut) this.reset();
      };
      if (this.delay === 0) {
        pending = pending.then(deliver);
        return;
      }
      const due = Date.now() + this.delay;
      pending = pending.then(() => new Promise<void>((resume) => setTimeout(resume, Math.max(0, due - Date.now())))).then(deliver);
    });
    from.on('error', () => undefined);
    from.on('close', () => {
      this.pairs.delete(pair);
      // a link that is silent hides the end of a connection too
      if (!deaf.is && !this.silent) void pending.then(() => to.destroy());
    });
  }
}
