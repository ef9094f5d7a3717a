// A wire tap: a UDP relay on loopback between players and one host. It keeps every datagram that
// passes, and can put datagrams of its own on the way, as somebody on the path could.

import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

export interface Tapped {
  readonly direction: 'to-host' | 'to-player';
  readonly bytes: Uint8Array;
  /** Which player's. */
  readonly playerPort: number;
}

export class UdpRelay {
  readonly #front: Socket;
  readonly #hostPort: number;
  /** One socket towards the host per player's port, so that the host sees different players. */
  readonly #backs = new Map<number, Socket>();
  readonly datagrams: Tapped[] = [];

  private constructor(front: Socket, hostPort: number) {
    this.#front = front;
    this.#hostPort = hostPort;
    front.on('message', (bytes, from) => {
      this.datagrams.push({ direction: 'to-host', bytes, playerPort: from.port });
      this.#toHost(from.port, bytes);
    });
  }

  static async open(hostPort: number): Promise<UdpRelay> {
    const front = createSocket('udp4');
    front.bind(0, '127.0.0.1');
    await once(front, 'listening');
    return new UdpRelay(front, hostPort);
  }

  get port(): number {
    return this.#front.address().port;
  }

  /** Put bytes on the way to the host as if they came where `tapped` came from. */
  inject(tapped: Tapped, bytes: Uint8Array = tapped.bytes): void {
    this.#toHost(tapped.playerPort, bytes);
  }

  close(): void {
    this.#front.close();
    for (const back of this.#backs.values()) back.close();
  }

  #toHost(playerPort: number, bytes: Uint8Array): void {
    let back = this.#backs.get(playerPort);
    if (back === undefined) {
      back = createSocket('udp4');
      back.on('message', (answer) => {
        this.datagrams.push({ direction: 'to-player', bytes: answer, playerPort });
        this.#front.send(answer, playerPort, '127.0.0.1');
      });
      this.#backs.set(playerPort, back);
    }
    back.send(bytes, this.#hostPort, '127.0.0.1');
  }
}
