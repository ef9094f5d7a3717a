// What is written to sockets within one turn of the event loop leaves at its end, for each socket
// in one system call: a server that tells thousands of peers something would otherwise spend most
// of its time in the kernel, and the more there is to say, the more goes into one call.
//
// One for all sockets of a port. Nothing waits longer than the turn.

import type { Socket } from 'node:net';

/** A chunk of so many bytes does not wait: it fills a call by itself. */
const atOnceBytes = 16 * 1024;

export class TurnWrites {
  #corked: Socket[] = [];
  readonly #flush = (): void => {
    const corked = this.#corked;
    this.#corked = [];
    for (const socket of corked) socket.uncork();
  };

  /** As `socket.write`. */
  write(socket: Socket, bytes: Uint8Array): boolean {
    if (socket.writableCorked === 0 && bytes.length < atOnceBytes) {
      socket.cork();
      if (this.#corked.length === 0) setImmediate(this.#flush);
      this.#corked.push(socket);
    }
    return socket.write(bytes);
  }
}
