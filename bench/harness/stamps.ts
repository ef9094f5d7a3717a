// Messages that carry the time at which they were sent, and the times on their way of those that
// arrive.

/** The first 12 bytes: the time it was sent (float64), its number on its connection (uint32). */
export function stamp(message: DataView, atMs: number, index: number): void {
  message.setFloat64(0, atMs, true);
  message.setUint32(8, index, true);
}

/** Collects the one-way times of messages that count. */
export class Arrivals {
  readonly #warmUpMessages: number;
  readonly #times: number[] = [];

  constructor(warmUpMessages: number) {
    this.#warmUpMessages = warmUpMessages;
  }

  get times(): readonly number[] {
    return this.#times;
  }

  add(message: Uint8Array, nowMs: number): void {
    const view = new DataView(message.buffer, message.byteOffset, message.length);
    if (view.getUint32(8, true) < this.#warmUpMessages) return;
    this.#times.push(nowMs - view.getFloat64(0, true));
  }
}
