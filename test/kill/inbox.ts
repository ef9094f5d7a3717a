// What was sent to one player and what the player got, as a client that knows a message by its id.

import assert from 'node:assert/strict';

export class Inbox {
  readonly name: string;
  /** Answered sends: the text by its id. */
  readonly #sure = new Map<number, string>();
  readonly #unsure = new Set<string>();
  /** In the order in which they came first. */
  readonly #got = new Map<number, string>();
  #acknowledgedId = 0;

  constructor(name: string) {
    this.name = name;
  }

  get sureCount(): number {
    return this.#sure.size;
  }

  get unsureCount(): number {
    return this.#unsure.size;
  }

  get gotCount(): number {
    return this.#got.size;
  }

  /** Without an id nobody knows whether it was. The text is the sender's number and its own. */
  sent(text: string, id: number | undefined): void {
    if (id === undefined) this.#unsure.add(text);
    else this.#sure.set(id, text);
  }

  got(id: number, text: string): void {
    assert.ok(id > this.#acknowledgedId, `${this.name}: ${id} came after it was acknowledged`);
    assert.equal(this.#got.get(id) ?? text, text, `${this.name}: ${id} has become another`);
    this.#got.set(id, text);
  }

  acknowledged(upTo: number): void {
    this.#acknowledgedId = upTo;
  }

  /** Everything has been fetched. */
  check(): void {
    for (const [id, text] of this.#sure) {
      assert.equal(this.#got.get(id), text, `${this.name}: message ${text} is lost`);
    }
    const texts = [...this.#got.values()];
    assert.equal(new Set(texts).size, texts.length, `${this.name}: a message came twice`);
    const known = new Set([...this.#sure.values(), ...this.#unsure]);
    const lastOf = new Map<number, number>();
    for (const text of texts) {
      assert.ok(known.has(text), `${this.name}: nobody sent ${text}`);
      const [sender = 0, number = 0] = text.split(' ').map(Number);
      const last = lastOf.get(sender) ?? -1;
      assert.ok(number > last, `${this.name}: ${text} came after ${last} of the same sender`);
      lastOf.set(sender, number);
    }
  }
}
