// Players whose address changes, over real sockets: behind a NAT that forgets them, and on a
// network that has gone.

import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { test } from 'node:test';
import type { Link } from '../protocol/link.ts';
import type { DatagramNetwork } from './datagram-network.ts';
import { dial } from './dial.ts';
import { listen } from './listen.ts';
import { memoryNetwork } from './memory.ts';
import { udpNetwork } from './udp.ts';
import { fastestUdpNetwork } from './udp-batch.ts';

const channels = { moves: 'reliable-ordered' } as const;

/** Between one player and a host; after every so many datagrams it sends from another port. */
class ForgetfulNat {
  readonly #front = createSocket('udp4');
  readonly #hostPort: number;
  readonly #datagramsPerPort: number;
  #back: Socket | undefined;
  #left = 0;
  ports = 0;

  constructor(hostPort: number, datagramsPerPort: number) {
    this.#hostPort = hostPort;
    this.#datagramsPerPort = datagramsPerPort;
  }

  async open(): Promise<number> {
    this.#front.on('message', (bytes, player) => this.#pass(bytes, player.port));
    this.#front.bind(0, '127.0.0.1');
    await once(this.#front, 'listening');
    return this.#front.address().port;
  }

  close(): void {
    this.#front.close();
    this.#back?.close();
  }

  #pass(bytes: Uint8Array, playerPort: number): void {
    if (this.#left-- === 0) {
      this.#back?.close();
      this.#back = createSocket('udp4');
      this.#back.on('message', (answer) => this.#front.send(answer, playerPort, '127.0.0.1'));
      this.#left = this.#datagramsPerPort;
      this.ports += 1;
    }
    this.#back?.send(bytes, this.#hostPort, '127.0.0.1');
  }
}

/** Each answer has the next number asked for; resolves with what came. */
function countTo(last: number, link: Link): Promise<number[]> {
  const heard: number[] = [];
  const ask = (number: number): void => {
    link.send('moves', Uint8Array.of(number & 255, number >> 8));
    link.flush();
  };
  return new Promise((done) => {
    link.onMessage = (_channel, message) => {
      heard.push(message[0]! + 256 * message[1]!);
      if (heard.length === last) done(heard);
      else ask(heard.length);
    };
    ask(0);
  });
}

const networks: readonly (readonly [string, DatagramNetwork])[] = [
  ['udp', udpNetwork],
  ['the fastest udp', await fastestUdpNetwork()],
];
for (const [name, network] of networks) {
  test(`${name}: a player behind a NAT that takes a new port every 60 datagrams plays on`, async () => {
    const listener = await listen({ port: 0, channels, network });
    const hostLinks: Link[] = [];
    listener.onLink = (link) => {
      hostLinks.push(link);
      link.onMessage = (channel, message) => {
        link.send(channel, message);
        link.flush();
      };
    };
    const nat = new ForgetfulNat(listener.address.port, 60);
    const port = await nat.open();
    const link = await dial({ host: '127.0.0.1', port }, listener.publicKey, { channels, network });
    const heard = await countTo(1000, link);
    assert.deepEqual(heard, [...Array(1000).keys()]);
    assert.equal(hostLinks.length, 1);
    assert.ok(nat.ports >= 10);
    assert.ok(hostLinks[0]!.stats().addressChanges >= nat.ports / 2);
    link.close();
    await listener.close();
    nat.close();
  });
}

test('a player whose network is gone takes another socket by itself', async () => {
  const inner = memoryNetwork();
  let sockets = 0;
  let isGone = false;
  const network: DatagramNetwork = {
    ...inner,
    connect: (...args) => {
      sockets += 1;
      return inner.connect(...args);
    },
  };
  const impair = () => (isGone && sockets === 1 ? 'drop' : 0);
  const listener = await listen({ port: 0, channels, network, impair });
  listener.onLink = (link) => {
    link.onMessage = (channel, message) => link.send(channel, message);
  };
  const options = { channels, network, impair };
  const link = await dial(listener.address, listener.publicKey, options);
  await countTo(10, link);
  isGone = true;
  const told: string[] = [];
  link.onInterrupted = () => told.push('interrupted');
  link.onResumed = () => told.push('resumed');
  const heard = await countTo(3, link);
  assert.deepEqual(heard, [0, 1, 2]);
  assert.deepEqual(told, ['interrupted', 'resumed']);
  assert.equal(sockets, 2);
  link.close();
  await listener.close();
});

test('where no socket can be had, the old one stays', async () => {
  const inner = memoryNetwork();
  let refuses = false;
  const network: DatagramNetwork = {
    ...inner,
    connect: async (...args) => {
      if (refuses) throw new Error('connect ENETUNREACH');
      return inner.connect(...args);
    },
  };
  const listener = await listen({ port: 0, channels, network });
  listener.onLink = (link) => {
    link.onMessage = (channel, message) => link.send(channel, message);
  };
  const link = await dial(listener.address, listener.publicKey, { channels, network });
  refuses = true;
  await assert.rejects(link.rebind(), /ENETUNREACH/);
  assert.deepEqual(await countTo(10, link), [...Array(10).keys()]);
  link.close();
  await listener.close();
});
