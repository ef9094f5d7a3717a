// The slowest place of a path: a queue of so many bytes before a wire of such a rate. One direction
// of a simulated link has its own; flows that share a path share one.

export class Bottleneck {
  readonly #bytesPerMs: number;
  readonly #queueBytes: number;
  /** When all that is queued has been sent. */
  #freeAtMs = 0;

  constructor(rateBytesPerSecond: number, queueBytes: number) {
    this.#bytesPerMs = rateBytesPerSecond / 1000;
    this.#queueBytes = queueBytes;
  }

  /** How long a datagram that comes now waits before it is sent. */
  waitMs(nowMs: number): number {
    return Math.max(0, this.#freeAtMs - nowMs);
  }

  /** When the datagram has passed; undefined when the queue before it was full. */
  pass(nowMs: number, length: number): number | undefined {
    const waitMs = this.waitMs(nowMs);
    if (waitMs * this.#bytesPerMs + length > this.#queueBytes) return undefined;
    this.#freeAtMs = nowMs + waitMs + length / this.#bytesPerMs;
    return this.#freeAtMs;
  }
}
