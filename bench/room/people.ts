// The people of the room benchmark: many who are there and listen, some who talk to all, and one
// who stops reading. They speak the text protocol over plain sockets, as cheaply as can be, because
// they share the machine with the server that is measured.

import { connect, type Socket } from 'node:net';
import { clockMs } from '../harness/clock.ts';

/** A port lets an address have some hundred connections: people sit behind many. */
const addressesUsed = 100;
const pong = 'PONG\n';

export class People {
  readonly #port: number;
  readonly #sockets: Socket[] = [];
  /** Broadcasts that came to anybody. */
  delivered = 0;
  /** From a talker to other talkers, in ms. */
  readonly latenciesMs: number[] = [];
  #isMeasured = false;
  closed = 0;

  constructor(port: number) {
    this.#port = port;
  }

  get count(): number {
    return this.#sockets.length;
  }

  /** Resolves when logged in. Those who are `timed` look at when what they get was sent. */
  join(name: string, timed: boolean): Promise<void> {
    const n = this.#sockets.length;
    const localAddress = `127.0.${1 + Math.floor((n % addressesUsed) / 250)}.${1 + ((n % 250) % addressesUsed)}`;
    const socket = connect({ host: '127.0.0.1', port: this.#port, localAddress });
    socket.setNoDelay(true);
    this.#sockets.push(socket);
    socket.write(`LOGIN_REQ {"username":"${name}"}\n`);
    socket.on('close', () => {
      this.closed++;
    });
    socket.on('error', () => undefined);
    return new Promise((resolve, reject) => {
      let rest = '';
      let isIn = false;
      socket.once('close', () => reject(new Error(`${name} was turned away`)));
      socket.on('data', (bytes) => {
        const text = rest + bytes.toString('latin1');
        const end = text.lastIndexOf('\n');
        rest = text.slice(end + 1);
        const lines = text.slice(0, end + 1);
        if (!isIn && lines.includes('LOGIN_RESP {"status":"OK"}')) {
          isIn = true;
          resolve();
        }
        if (lines.includes('PING\n')) socket.write(pong);
        this.#count(lines, timed);
      });
    });
  }

  say(person: number, message: string): void {
    this.#sockets[person]?.write(`BROADCAST_REQ {"message":"${message}"}\n`);
  }

  /** Its socket fills up. */
  stopReading(person: number): void {
    this.#sockets[person]?.pause();
  }

  measure(on: boolean): void {
    this.#isMeasured = on;
  }

  leave(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #count(lines: string, timed: boolean): void {
    for (
      let at = lines.indexOf('BROADCAST {');
      at >= 0;
      at = lines.indexOf('BROADCAST {', at + 1)
    ) {
      this.delivered++;
      if (!timed || !this.#isMeasured) continue;
      const stamp = lines.indexOf('"at:', at);
      this.latenciesMs.push(clockMs() - Number.parseFloat(lines.slice(stamp + 4, stamp + 24)));
    }
  }
}
