// What a script can wait for: an event of the lobby's client by its kind, or a message to the
// game's program by its command. What came since the last thing that was waited for counts, too,
// since a script's lines are read later than the messages come.

import type { LobbyEvent } from '../../client/lobby/lobby-events.ts';

/** Names of what came and was not waited for; of more, the oldest are forgotten. */
const namesMax = 1_000;

export class LobbyWaits {
  readonly #came: string[] = [];
  #waiting: { readonly name: string; readonly settle: (hasCome: boolean) => void } | undefined;

  handle(event: LobbyEvent): void {
    const name = event.kind === 'gpgnet' ? event.message.command : event.kind;
    if (this.#waiting?.name === name) {
      this.#came.length = 0;
      this.#waiting.settle(true);
    } else {
      this.#came.push(name);
      if (this.#came.length > namesMax) this.#came.shift();
    }
  }

  /** One at a time. False: it did not come in time. */
  until(name: string, withinMs: number): Promise<boolean> {
    this.close();
    const at = this.#came.indexOf(name);
    if (at >= 0) {
      this.#came.splice(0, at + 1);
      return Promise.resolve(true);
    }
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => this.close(), withinMs);
    const settle = (hasCome: boolean): void => {
      clearTimeout(timer);
      this.#waiting = undefined;
      resolve(hasCome);
    };
    this.#waiting = { name, settle };
    return promise;
  }

  /** What is waited for does not come any more. */
  close(): void {
    this.#waiting?.settle(false);
  }
}
