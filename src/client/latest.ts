// A value that changes, as an async sequence: who reads slowly skips what is no longer true, so it
// holds one value, however slow the readers are. Several may read; each sees the newest at once.

export class Latest<T> implements AsyncIterable<T> {
  #version = 0;
  #value: T | undefined;
  #ended: { readonly error: Error | undefined } | undefined;
  #changed = Promise.withResolvers<void>();

  set(value: T): void {
    if (this.#ended !== undefined) return;
    this.#value = value;
    this.#version++;
    this.#wake();
  }

  /** Readers get the last value, if they have not yet, and then the end or the error. */
  end(error?: Error): void {
    this.#ended ??= { error };
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    let seen = 0;
    for (;;) {
      if (this.#version > seen) {
        seen = this.#version;
        // Boundary: a version above zero means that a value was set.
        yield this.#value as T;
      } else if (this.#ended !== undefined) {
        if (this.#ended.error !== undefined) throw this.#ended.error;
        return;
      } else await this.#changed.promise;
    }
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
