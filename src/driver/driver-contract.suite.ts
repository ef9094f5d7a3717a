// What every driver must do, whatever carries its datagrams. Run by `udp.test.ts` and
// `memory.test.ts`; a new driver adds a test file that calls it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utf8 } from '../base/bytes.ts';
import type { Link, LinkEnd, Listener } from '../protocol/link.ts';
import { errorCodes } from '../protocol/paperclip/error-codes.ts';
import { signTicket } from '../protocol/paperclip/tickets.ts';
import type { DatagramNetwork } from './datagram-network.ts';
import { createCrypto } from './default-crypto.ts';
import { DialError, type DialledLink, type DialOptions, dial } from './dial.ts';
import type { TappedDatagram } from './drain-loop.ts';
import { type ListenOptions, listen } from './listen.ts';

const channels = { moves: 'reliable-ordered', state: 'unreliable' } as const;
const crypto = createCrypto();

interface Pair {
  readonly listener: Listener;
  readonly hostLink: Link;
  readonly link: DialledLink;
}

export function driverContract(name: string, createNetwork: () => DatagramNetwork): void {
  const run = (what: string, body: (world: World) => Promise<void>) =>
    test(`${name}: ${what}`, async () => {
      const world = new World(createNetwork());
      try {
        await body(world);
      } finally {
        await world.close();
      }
    });

  run('a link carries messages both ways and says when one was delivered', async (world) => {
    const { hostLink, link } = await world.pair();
    hostLink.onMessage = (channel, message) => hostLink.send(channel, message);
    const echo = nextMessage(link);
    await new Promise<void>((onDelivered) => {
      link.send('moves', utf8('hello'), { onDelivered });
    });
    assert.deepEqual(await echo, ['moves', 'hello']);
    assert.ok(link.stats().packetsSent > 0);
    assert.ok(hostLink.stats().packetsReceived > 0);
  });

  run('messages of one turn leave together, without a flush', async (world) => {
    const out: TappedDatagram[] = [];
    const { hostLink, link } = await world.pair({
      dial: { datagramTap: (seen) => void (seen.direction === 'out' && out.push(seen)) },
    });
    const heard: string[] = [];
    const allHeard = new Promise<void>((done) => {
      hostLink.onMessage = (_channel, message) => {
        if (heard.push(new TextDecoder().decode(message)) === 10) done();
      };
    });
    const before = out.length;
    for (let i = 0; i < 10; i++) link.send('moves', utf8(`m${i}`));
    assert.equal(out.length, before);
    await allHeard;
    const withMessages = out.slice(before).filter(({ bytes }) => bytes.length > 60);
    assert.equal(withMessages.length, 1);
    assert.equal(heard.join(), 'm0,m1,m2,m3,m4,m5,m6,m7,m8,m9');
  });

  run('flush sends at once', async (world) => {
    let datagramsOut = 0;
    const { link } = await world.pair({
      dial: {
        datagramTap: ({ direction }) => {
          if (direction === 'out') datagramsOut++;
        },
      },
    });
    const before = datagramsOut;
    link.send('state', utf8('now'));
    link.flush();
    assert.equal(datagramsOut, before + 1);
  });

  run('closing tells the other end the code and the reason, and ends both', async (world) => {
    const { hostLink, link } = await world.pair();
    const ends = Promise.all([endOf(hostLink), endOf(link)]);
    link.close(7, 'good game');
    const [atHost, here] = await ends;
    assert.deepEqual(atHost, { kind: 'closed-by-peer', code: 7, reason: 'good game' });
    assert.deepEqual(here, { kind: 'closed-here', code: 7, reason: 'good game' });
    assert.equal(link.isOpen, false);
    assert.equal(hostLink.isOpen, false);
    assert.throws(() => link.send('moves', utf8('late')), /closed/);
    assert.ok(link.stats().packetsSent > 0);
    link.close();
    link.flush();
  });

  run('closing the listener ends its links with code 0 and frees the port', async (world) => {
    const { listener, link } = await world.pair();
    const end = endOf(link);
    await Promise.all([listener.close('maintenance'), listener.close()]);
    assert.deepEqual(await end, { kind: 'closed-by-peer', code: 0, reason: 'maintenance' });
    const again = await world.listen({ port: listener.address.port });
    assert.deepEqual(again.address, listener.address);
  });

  run('a port that is taken rejects', async (world) => {
    const first = await world.listen();
    await assert.rejects(world.listen({ port: first.address.port }), /EADDRINUSE/);
  });

  run('a client that was given other channels is refused with a sentence', async (world) => {
    const listener = await world.listen();
    await assert.rejects(
      world.dial(listener, { channels: { moves: 'unreliable' } }),
      (error: unknown) => {
        assert.ok(error instanceof DialError);
        const { code, sentence } = errorCodes.CHANNELS_DIFFER;
        assert.deepEqual(error.end, { kind: 'refused', code, reason: sentence });
        assert.match(error.message, /different channels/);
        return true;
      },
    );
    assert.equal(listener.refusals()['channels-differ'], 1);
  });

  run(
    'with a platform a ticket and the gate open the link, and its claims are known',
    async (world) => {
      const platform = crypto.ed25519KeyPair();
      const keyPair = crypto.x25519KeyPair();
      const listener = await world.listen({ platformKeys: [platform.publicKey] });
      const claims = {
        ticketId: crypto.randomBytes(16),
        playerId: 'mario',
        clientPublicKey: keyPair.publicKey,
        hostPublicKey: listener.publicKey,
        matchId: 'm1',
        seat: 1,
        notBeforeMs: Date.now(),
        expiresAtMs: Date.now() + 60_000,
        userData: utf8('blue'),
      };
      const ticket = signTicket(crypto, platform.secretKey, claims);
      const hostLink = nextLink(listener);
      await world.dial(listener, { keyPair, ticket, gate: listener.gate() });
      assert.deepEqual((await hostLink).peer.ticket, claims);
      assert.deepEqual((await hostLink).peer.publicKey, keyPair.publicKey);
    },
  );

  run('giving up by signal rejects with its reason', async (world) => {
    const controller = new AbortController();
    const listener = await world.listen();
    const reason = new Error('changed my mind');
    await assert.rejects(
      world.dial(listener, {
        gate: { id: 9, key: new Uint8Array(32) },
        signal: controller.signal,
        datagramTap: () => controller.abort(reason),
      }),
      reason,
    );
  });

  run('a signal that comes while the address is looked up is not missed', async (world) => {
    const controller = new AbortController();
    const reason = new Error('changed my mind');
    const listener = await world.listen();
    const network = createNetwork();
    let closed = 0;
    const slow: DatagramNetwork = {
      bind: network.bind,
      connect: async (to, onDatagram) => {
        const { port, peer } = await network.connect(to, onDatagram);
        controller.abort(reason);
        const close = () => {
          closed++;
          return port.close();
        };
        const { local, errorCount } = port;
        return { port: { local, errorCount, close, send: port.send.bind(port) }, peer };
      },
    };
    await assert.rejects(
      world.dial(listener, { network: slow, signal: controller.signal }),
      reason,
    );
    assert.equal(closed, 1);
  });

  run('a lossy, slow wire delivers everything all the same', async (world) => {
    const impair = { loss: 0.2, delayMs: 2, jitterMs: 5, seed: 5 };
    let dropped = 0;
    const { hostLink, link } = await world.pair({
      listen: { impair },
      dial: {
        impair,
        datagramTap: ({ fate }) => {
          if (fate === 'dropped') dropped++;
        },
      },
    });
    const heard: string[] = [];
    const allHeard = new Promise<void>((done) => {
      hostLink.onMessage = (_channel, message) => {
        if (heard.push(new TextDecoder().decode(message)) === 60) done();
      };
    });
    const sent = Array.from({ length: 60 }, (_, i) => `m${i}`);
    for (const text of sent) {
      link.send('moves', utf8(text));
      link.flush();
    }
    await allHeard;
    assert.deepEqual(heard, sent);
    assert.ok(dropped > 0);
  });

  run('a link goes on from another socket, with what was on its way', async (world) => {
    const { hostLink, link } = await world.pair();
    hostLink.onMessage = (channel, message) => hostLink.send(channel, message);
    const heard: number[] = [];
    for (let round = 0; round < 4; round++) {
      const allHeard = new Promise<void>((done) => {
        link.onMessage = (_channel, message) => {
          if (heard.push(message[0]!) === 20 * (round + 1)) done();
        };
      });
      for (let i = 0; i < 20; i++) link.send('moves', Uint8Array.of(heard.length + i));
      link.flush();
      await link.rebind();
      await allHeard;
    }
    assert.deepEqual(heard, [...Array(80).keys()]);
    assert.ok(hostLink.stats().addressChanges >= 1);
    assert.equal(hostLink.isOpen, true);
  });

  run('a link that has ended takes no other socket', async (world) => {
    const { listener, link } = await world.pair();
    const ended = endOf(link);
    link.close();
    await ended;
    await listener.close();
    await link.rebind();
    assert.equal(link.isOpen, false);
  });

  run('traffic counts what went through the port', async (world) => {
    const seen = { datagramsIn: 0, datagramsOut: 0, bytesIn: 0, bytesOut: 0 };
    const { listener, hostLink, link } = await world.pair({
      listen: {
        datagramTap: ({ direction, bytes }) => {
          const into = direction === 'in';
          seen[into ? 'datagramsIn' : 'datagramsOut']++;
          seen[into ? 'bytesIn' : 'bytesOut'] += bytes.length;
        },
      },
    });
    const heard = nextMessage(hostLink);
    link.send('moves', utf8('count me'));
    await heard;
    assert.deepEqual(listener.traffic(), seen);
    assert.ok(seen.datagramsIn >= 2 && seen.bytesIn > 1_200);
  });
}

class World {
  readonly #network: DatagramNetwork;
  readonly #listeners: Listener[] = [];
  readonly #links: Link[] = [];

  constructor(network: DatagramNetwork) {
    this.#network = network;
  }

  async listen(options: Partial<ListenOptions> = {}): Promise<Listener> {
    const listener = await listen({ port: 0, channels, network: this.#network, ...options });
    this.#listeners.push(listener);
    return listener;
  }

  async dial(listener: Listener, options: Partial<DialOptions> = {}): Promise<DialledLink> {
    const common = { channels, network: this.#network };
    const link = await dial(listener.address, listener.publicKey, { ...common, ...options });
    this.#links.push(link);
    return link;
  }

  async pair(
    options: {
      readonly listen?: Partial<ListenOptions>;
      readonly dial?: Partial<DialOptions>;
    } = {},
  ): Promise<Pair> {
    const listener = await this.listen(options.listen);
    const hostLink = nextLink(listener);
    const link = await this.dial(listener, options.dial);
    return { listener, hostLink: await hostLink, link };
  }

  async close(): Promise<void> {
    for (const link of this.#links) link.close();
    await Promise.all(this.#listeners.map((listener) => listener.close()));
  }
}

const nextLink = (listener: Listener): Promise<Link> =>
  new Promise((done) => {
    listener.onLink = done;
  });

const endOf = (link: Link): Promise<LinkEnd> =>
  new Promise((done) => {
    link.onEnd = done;
  });

const nextMessage = (link: Link): Promise<readonly [string, string]> =>
  new Promise((done) => {
    link.onMessage = (channel, message) => done([channel, new TextDecoder().decode(message)]);
  });
