// Players of another wire who enter and leave the room all the time, over one WebSocket each: for a
// client of the lobby protocol they come online and go offline.

import { once } from 'node:events';
import { WebSocket } from 'ws';
import { guestToken } from './people.ts';

export class Flappers {
  readonly #sockets: WebSocket[] = [];
  readonly #isIn: boolean[] = [];
  #questions = 1;

  get count(): number {
    return this.#sockets.length;
  }

  async join(url: string): Promise<void> {
    const n = this.#sockets.length;
    const name = `flap${String(n).padStart(2, '0')}`;
    const token = await guestToken(url, `127.0.2.${1 + n}`, name);
    const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/ws`);
    this.#sockets.push(socket);
    this.#isIn.push(false);
    socket.on('message', () => undefined);
    await once(socket, 'open');
    socket.send(JSON.stringify({ id: 0, auth: token }));
  }

  flap(n: number): void {
    const isIn = this.#isIn[n] === true;
    this.#isIn[n] = !isIn;
    const command = isIn ? 'room.leave' : 'room.enter';
    this.#sockets[n]?.send(JSON.stringify({ id: this.#questions++, command, args: {} }));
  }

  leave(): void {
    for (const socket of this.#sockets) socket.terminate();
  }
}
