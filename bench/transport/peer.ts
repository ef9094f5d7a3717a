// What the transport benchmark runs: one way of getting messages from a sender process to a
// receiver process over loopback. Each peer is a file beside this one.

export interface Receiver {
  /** What the sender needs to reach it; JSON. */
  readonly address: unknown;
  close(): Promise<void>;
}

export interface SendReport {
  readonly sent: number;
  /** Whatever the peer can say about the wire: datagrams, bytes, losses. */
  readonly wire: Readonly<Record<string, number>>;
}

export interface Peer {
  readonly name: string;
  /** For the table: what a message is promised. */
  readonly promise: string;
  receive(onMessages: (count: number) => void): Promise<Receiver>;
  /**
   * Send messages of `bytes` bytes for `durationMs`, then wait until all that can arrive has.
   */
  send(address: unknown, bytes: number, durationMs: number): Promise<SendReport>;
}

export const now = (): number => performance.now();
export const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
