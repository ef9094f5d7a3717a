// What the transport benchmark runs: one way of getting messages from a sender process to a
// receiver process over loopback. Each peer is a file beside this one.

export interface ReceiveReport {
  readonly count: number;
  /** From the first message to (about) the last one. */
  readonly ms: number;
  /** Since the first message. */
  readonly cpuUs: number;
}

export interface Receiver {
  /** What the sender needs to reach it; JSON. */
  readonly address: unknown;
  /** Counts anew: what came so far was for the just-in-time compiler. None: nothing is compiled. */
  restart?(): void;
  /** Called once, when the sender is done; ends the receiver. */
  finish(): Promise<ReceiveReport>;
}

/** What the sender sends, and for how long. */
export interface Load {
  readonly bytes: number;
  readonly durationMs: number;
  /** Messages in one turn of the event loop. */
  readonly perTurn: number;
}

export interface SendReport {
  readonly sent: number;
  /** Where the work is done in another process than this; otherwise this one's is taken. */
  readonly cpuUs?: number;
  /** Whatever the peer can say about the wire: datagrams, bytes, losses. */
  readonly wire: Readonly<Record<string, number>>;
}

export interface Peer {
  readonly name: string;
  /** Which peers it is compared with. */
  readonly kind: 'reliable' | 'unreliable';
  /** For the table: what a message is promised. */
  readonly promise: string;
  /** Messages in one turn of the event loop: what serves it best, of 256, 512 and 1,024. */
  readonly perTurn: number;
  receive(): Promise<Receiver>;
  /** Why it cannot run here; undefined: it can. */
  missing?(): string | undefined;
  /** Then waits until all that can arrive has. */
  send(address: unknown, load: Load): Promise<SendReport>;
}

export const now = (): number => performance.now();
export const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Counts messages with as little else as can be. */
export class MessageCounter {
  #count = 0;
  #firstMs = 0;
  #lastMs = 0;
  #cpu = process.cpuUsage();

  add(): void {
    if (this.#count === 0) {
      this.#firstMs = now();
      this.#cpu = process.cpuUsage();
    }
    // The clock is read now and then: at a million messages a second it would be the benchmark.
    if ((this.#count & 63) === 0) this.#lastMs = now();
    this.#count += 1;
  }

  restart(): void {
    this.#count = 0;
  }

  get report(): ReceiveReport {
    const cpuUs = cpuUsSince(this.#cpu);
    return { count: this.#count, ms: this.#lastMs - this.#firstMs, cpuUs };
  }
}

export function cpuUsSince(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return user + system;
}
