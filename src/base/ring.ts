// A first-in first-out queue on a power-of-two ring that doubles as it fills. It keeps no bound of
// its own: whoever owns one counts what goes in.

const slotsMin = 8;

export class Deque<T> {
  /** Most queues hold one item at a time: it stands here, and no array is made or touched. */
  #front: T | undefined;
  /** Those behind it, from `#head` on; none before there were two. */
  #slots: (T | undefined)[] | undefined;
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(item: T): void {
    const behind = this.#length - 1;
    this.#length += 1;
    if (behind < 0) {
      this.#front = item;
      return;
    }
    let slots = this.#slots;
    if (slots === undefined || behind === slots.length) slots = this.#grow();
    slots[(this.#head + behind) & (slots.length - 1)] = item;
  }

  peek(): T | undefined {
    return this.#front;
  }

  /** The item `index` places behind the first. */
  at(index: number): T | undefined {
    if (index < 0 || index >= this.#length) return undefined;
    if (index === 0) return this.#front;
    const slots = this.#slots!;
    return slots[(this.#head + index - 1) & (slots.length - 1)];
  }

  shift(): T | undefined {
    if (this.#length === 0) return undefined;
    const item = this.#front;
    this.#length -= 1;
    if (this.#length === 0) {
      this.#front = undefined;
      return item;
    }
    const slots = this.#slots!;
    this.#front = slots[this.#head];
    slots[this.#head] = undefined;
    this.#head = (this.#head + 1) & (slots.length - 1);
    return item;
  }

  /** Takes out what `keep` refuses; the rest stays in order. */
  filter(keep: (item: T) => boolean): void {
    for (let left = this.#length; left > 0; left--) {
      const item = this.shift()!;
      if (keep(item)) this.push(item);
    }
  }

  #grow(): (T | undefined)[] {
    const old = this.#slots ?? [];
    const length = Math.max(slotsMin, old.length * 2);
    const slots = new Array<T | undefined>(length).fill(undefined);
    for (let i = 0; i < old.length; i++) slots[i] = old[(this.#head + i) & (old.length - 1)];
    this.#slots = slots;
    this.#head = 0;
    return slots;
  }
}
