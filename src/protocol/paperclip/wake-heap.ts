// Which of many things wants to be woken first: a binary heap whose items know their place, so that
// moving one costs a few swaps and leaves nothing stale behind. A connection moves its wake-up with
// nearly every packet, which is why `base/heap.ts`, where items cannot move, does not fit.

export interface Wakeable {
  /** Written by `WakeHeap.set` only. */
  wakeAtMs: number;
  /** Place in the heap, -1 outside. Written by the heap only. */
  wakeIndex: number;
}

export class WakeHeap<T extends Wakeable> {
  readonly #items: T[] = [];

  get length(): number {
    return this.#items.length;
  }

  /** The item to be woken first. */
  get first(): T | undefined {
    return this.#items[0];
  }

  /** Add the item, or move it. */
  set(item: T, atMs: number): void {
    if (item.wakeIndex < 0) {
      item.wakeIndex = this.#items.length;
      this.#items.push(item);
    }
    item.wakeAtMs = atMs;
    this.#rise(item);
    this.#sink(item);
  }

  delete(item: T): void {
    const at = item.wakeIndex;
    if (at < 0) return;
    item.wakeIndex = -1;
    const last = this.#items.pop()!;
    if (last === item) return;
    this.#place(last, at);
    this.#rise(last);
    this.#sink(last);
  }

  #rise(item: T): void {
    let at = item.wakeIndex;
    while (at > 0) {
      const parent = this.#items[(at - 1) >> 1]!;
      if (parent.wakeAtMs <= item.wakeAtMs) break;
      this.#place(parent, at);
      at = (at - 1) >> 1;
    }
    this.#place(item, at);
  }

  #sink(item: T): void {
    let at = item.wakeIndex;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.#items.length) break;
      const right = this.#items[child + 1];
      if (right !== undefined && right.wakeAtMs < this.#items[child]!.wakeAtMs) child++;
      const smaller = this.#items[child]!;
      if (smaller.wakeAtMs >= item.wakeAtMs) break;
      this.#place(smaller, at);
      at = child;
    }
    this.#place(item, at);
  }

  #place(item: T, at: number): void {
    this.#items[at] = item;
    item.wakeIndex = at;
  }
}
