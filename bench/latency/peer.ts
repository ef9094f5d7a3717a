// What the latency benchmark runs: messages at a steady rate on several connections at once, each
// with the time at which it was sent.

export interface Load {
  readonly links: number;
  readonly hz: number;
  readonly bytes: number;
  readonly durationMs: number;
  /** Messages at the start of each connection that do not count: estimates of the path settle. */
  readonly warmUpMessages: number;
}

/** `publicKey`: where the peer has one. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly publicKey?: string;
}

export interface LatencyReceiver {
  readonly port: number;
  readonly publicKey?: string;
  /** One-way times in milliseconds of all that arrived and counts. */
  finish(): Promise<readonly number[]>;
}

export interface SendReport {
  /** That count. */
  readonly messages: number;
  /** Bytes of copies that were sent before anything was known to be lost. */
  readonly redundantBytes?: number;
  /** As the sender counts them, UDP payload or TCP stream. */
  readonly bytesSent?: number;
}

export interface LatencyPeer {
  readonly name: string;
  readonly promise: string;
  /** It cannot go through a relay of UDP. */
  readonly isTcp?: boolean;
  missing?(): string | undefined;
  receive(bindHost: string, load: Load): Promise<LatencyReceiver>;
  /** Ends when all has arrived, or after `settleMsMax`. */
  send(target: Target, load: Load): Promise<SendReport>;
}

/** Longest wait for the last messages. */
export const settleMsMax = 5_000;

/** Messages per connection. */
export const messagesPerLink = ({ hz, durationMs, warmUpMessages }: Load): number =>
  warmUpMessages + Math.round((hz * durationMs) / 1000);
