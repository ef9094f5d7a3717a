// Messages put together from fragments (paper: fragments), for one channel. Counts and sizes were
// checked by the frame codec and the channel before anything here takes memory; how many
// reassemblies there may be is bounded by credit (reliable) or by number and age (unreliable).

export interface Reassembly {
  readonly messageId: number;
  readonly startedAtMs: number;
  readonly bytes: Uint8Array;
  readonly count: number;
  readonly isCompressed: boolean;
  readonly have: Uint8Array;
  missing: number;
}

export type FragmentResult = 'partial' | 'duplicate' | 'inconsistent' | 'complete';

export class Reassembler {
  /** Made for the first fragment: most channels never get one. */
  #byId: Map<number, Reassembly> | undefined;
  #bytes = 0;

  get count(): number {
    return this.#byId?.size ?? 0;
  }
  get bytes(): number {
    return this.#bytes;
  }
  /** The one that began first, or undefined. */
  get oldest(): Reassembly | undefined {
    if (this.#byId === undefined) return undefined;
    for (const reassembly of this.#byId.values()) return reassembly;
    return undefined;
  }
  /** Of those that have begun, or infinite. */
  get lowestId(): number {
    let lowest = Number.POSITIVE_INFINITY;
    for (const id of this.#byId?.keys() ?? []) if (id < lowest) lowest = id;
    return lowest;
  }

  has(messageId: number): boolean {
    return this.#byId?.has(messageId) ?? false;
  }

  begin(
    nowMs: number,
    messageId: number,
    totalBytes: number,
    count: number,
    isCompressed: boolean,
  ): void {
    this.#byId ??= new Map();
    this.#byId.set(messageId, {
      messageId,
      startedAtMs: nowMs,
      bytes: new Uint8Array(totalBytes),
      count,
      isCompressed,
      have: new Uint8Array(count),
      missing: count,
    });
    this.#bytes += totalBytes;
  }

  /** Adds piece `index` of a message that has begun; `from[start, end)` is as long as derived. */
  add(
    messageId: number,
    totalBytes: number,
    count: number,
    index: number,
    isCompressed: boolean,
    from: Uint8Array,
    start: number,
    end: number,
  ): FragmentResult {
    const reassembly = this.#byId?.get(messageId);
    if (reassembly === undefined) return 'duplicate';
    if (
      reassembly.bytes.length !== totalBytes ||
      reassembly.count !== count ||
      reassembly.isCompressed !== isCompressed
    ) {
      return 'inconsistent';
    }
    if (reassembly.have[index] === 1) return 'duplicate';
    reassembly.have[index] = 1;
    reassembly.missing -= 1;
    const isLast = index === count - 1;
    const at = isLast ? totalBytes - (end - start) : index * (end - start);
    reassembly.bytes.set(from.subarray(start, end), at);
    return reassembly.missing === 0 ? 'complete' : 'partial';
  }

  /** The message, which is the caller's from now on. */
  take(messageId: number): Uint8Array {
    const reassembly = this.#byId?.get(messageId);
    if (reassembly === undefined) throw new RangeError(`message ${messageId} has not begun`);
    this.drop(messageId);
    return reassembly.bytes;
  }

  drop(messageId: number): void {
    const reassembly = this.#byId?.get(messageId);
    if (reassembly === undefined) return;
    this.#byId?.delete(messageId);
    this.#bytes -= reassembly.bytes.length;
  }

  clear(): void {
    this.#byId = undefined;
    this.#bytes = 0;
  }
}
