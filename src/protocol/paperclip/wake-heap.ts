// Which of many things wants to be woken first: a binary heap whose items know their place, so that
// moving one costs a few swaps and leaves nothing stale behind. A connection moves its wake-up with
// nearly every packet, which is why `base/heap.ts`, where items cannot move, does not fit.

export interface Wakeable {
  /** Place in the heap, -1 outside. Written by the heap only. */
  wakeIndex: number;
}

export class WakeHeap<T extends Wakeable> {
  readonly #items: T[] = [];
  /** Of the same places. Apart, so that comparing touches none of the items. */
  readonly #atMs: number[] = [];

  get length(): number {
    return this.#items.length;
  }

  /** The item to be woken first. */
  get first(): T | undefined {
    return this.#items[0];
  }
  /** When that is; infinite when there is none. */
  get firstAtMs(): number {
    return this.#items.length === 0 ? Number.POSITIVE_INFINITY : this.#atMs[0]!;
  }

  /** Add the item, or move it. */
  set(item: T, atMs: number): void {
    if (item.wakeIndex < 0) {
      item.wakeIndex = this.#items.length;
      this.#items.push(item);
      this.#atMs.push(atMs);
    }
    this.#sink(item, this.#rise(item.wakeIndex, atMs), atMs);
  }

  delete(item: T): void {
    const at = item.wakeIndex;
    if (at < 0) return;
    item.wakeIndex = -1;
    const last = this.#items.pop()!;
    const atMs = this.#atMs.pop()!;
    if (last !== item) this.#sink(last, this.#rise(at, atMs), atMs);
  }

  /** Makes room above `at`, as far as is right for that time. Returns where. */
  #rise(start: number, atMs: number): number {
    let at = start;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#atMs[parent]! <= atMs) break;
      this.#place(this.#items[parent]!, this.#atMs[parent]!, at);
      at = parent;
    }
    return at;
  }

  #sink(item: T, start: number, atMs: number): void {
    const times = this.#atMs;
    const { length } = times;
    let at = start;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= length) break;
      if (child + 1 < length && times[child + 1]! < times[child]!) child++;
      if (times[child]! >= atMs) break;
      this.#place(this.#items[child]!, times[child]!, at);
      at = child;
    }
    this.#place(item, atMs, at);
  }

  #place(item: T, atMs: number, at: number): void {
    this.#atMs[at] = atMs;
    // Most stay where they are.
    if (this.#items[at] === item && item.wakeIndex === at) return;
    this.#items[at] = item;
    item.wakeIndex = at;
  }
}
