import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { fromBase64Url, toBase64Url } from '../../base/bytes.ts';
import { hostAfter } from '../../client/after.ts';
import { ClassicClient, ClassicConnectError } from '../../client/classic/classic-client.ts';
import { decodeJsonMessage } from '../../codec/classic/json-message.ts';
import { classicCrypto } from '../../driver/classic-crypto.ts';
import type { DatagramAddress } from '../../driver/datagram-network.ts';
import { clockMs } from '../../driver/drain-loop.ts';
import { udpNetwork } from '../../driver/udp.ts';
import { ClientEndpoint } from '../../protocol/classic/client-endpoint.ts';
import { classicLimits } from '../../protocol/classic/limits.ts';
import type { ClassicEnd } from '../../protocol/classic/output.ts';
import { ManualTimers } from '../manual-timers.fixture.ts';
import {
  type ClassicApplication,
  type ClassicPeer,
  ClassicUdpServer,
} from './classic-udp-server.ts';

const serverCertificate = new Uint8Array(700).fill(0x48);
const certificateOf = (name: string) => new Uint8Array(820).fill(name.charCodeAt(0));
const nameOf = ({ certificate }: ClassicPeer) => String.fromCharCode(certificate[0]!);

/** Awaits what comes, in order. */
class Arrivals<T> {
  readonly #here: T[] = [];
  readonly #waiting: ((value: T) => void)[] = [];

  add(value: T): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#here.push(value);
    else waiting(value);
  }

  next(): Promise<T> {
    const here = this.#here.shift();
    if (here !== undefined) return Promise.resolve(here);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}

interface Said {
  readonly name: string;
  readonly message: unknown;
}

class World {
  readonly joined = new Arrivals<ClassicPeer>();
  readonly said = new Arrivals<Said>();
  readonly left = new Arrivals<{ readonly name: string; readonly end: ClassicEnd }>();
  readonly errors: unknown[] = [];
  check: ClassicApplication['check'] = () => Promise.resolve('accepted');
  readonly #closers: (() => Promise<unknown>)[] = [];

  async start() {
    const application: ClassicApplication = {
      check: (certificate, host) => this.check(certificate, host),
      onJoin: (peer) => this.joined.add(peer),
      onMessage: (peer, bytes) => {
        const message = decodeJsonMessage(bytes);
        this.said.add({ name: nameOf(peer), message: message.ok ? message.value : undefined });
      },
      onLeave: (peer, end) => this.left.add({ name: nameOf(peer), end }),
    };
    const server = new ClassicUdpServer<DatagramAddress>({
      crypto: classicCrypto,
      certificate: () => serverCertificate,
      nowMs: clockMs,
      timers: { after: hostAfter },
      transmit: (to, bytes) => port.send(bytes, bytes.length, to),
      application,
      onError: (cause) => this.errors.push(cause),
    });
    const port = await udpNetwork.bind({ host: '127.0.0.1', port: 0 }, (bytes, start, end, from) =>
      server.handleDatagram(from, bytes.subarray(start, end)),
    );
    this.#closers.push(
      () => server.close(),
      () => port.close(),
    );
    return { server, address: port.local };
  }

  async client(address: { readonly host: string; readonly port: number }, name: string) {
    const messages = new Arrivals<unknown>();
    const ends = new Arrivals<ClassicEnd>();
    const client = await ClassicClient.connect({
      server: address,
      certificate: certificateOf(name),
      checkServer: async (certificate) =>
        toBase64Url(certificate) === toBase64Url(serverCertificate),
      onMessage: (message) => messages.add(message),
      onEnd: (end) => ends.add(end),
    });
    this.#closers.unshift(() => client.disconnect());
    return { client, messages, ends };
  }

  async end(): Promise<void> {
    for (const close of this.#closers) await close();
  }
}

describe('classic over loopback', () => {
  let world = new World();
  afterEach(async () => {
    await world.end();
    world = new World();
  });

  test('two players join, talk in JSON, one leaves and the server ends the other', async () => {
    const { server, address } = await world.start();
    const a = await world.client(address, 'a');
    const peerA = await world.joined.next();
    const b = await world.client(address, 'b');
    const peerB = await world.joined.next();
    assert.deepEqual([nameOf(peerA), nameOf(peerB)], ['a', 'b']);
    assert.deepEqual([...peerA.certificate], [...certificateOf('a')]);

    a.client.send({ choice: 0 });
    assert.deepEqual(await world.said.next(), { name: 'a', message: { choice: 0 } });
    b.client.send({ choice: 2, text: 'é'.repeat(5_000) });
    const said = await world.said.next();
    assert.deepEqual(said, { name: 'b', message: { choice: 2, text: 'é'.repeat(5_000) } });
    for (let i = 0; i < 3; i++) peerA.send({ round: i });
    for (let i = 0; i < 3; i++) assert.deepEqual(await a.messages.next(), { round: i });

    assert.deepEqual(await a.client.disconnect(), { kind: 'closed-here', isAcknowledged: true });
    const left = await world.left.next();
    assert.deepEqual(left, {
      name: 'a',
      end: { kind: 'closed-by-peer', code: 0x22, text: 'quit call' },
    });
    peerA.send({ too: 'late' });
    assert.equal(a.client.send({}), false);

    peerB.send('bye');
    peerB.disconnect();
    assert.equal(await b.messages.next(), 'bye');
    assert.deepEqual(await b.ends.next(), { kind: 'closed-by-peer', code: 0x21, text: '' });
    assert.deepEqual((await world.left.next()).end, {
      kind: 'closed-here',
      isAcknowledged: true,
    });
    assert.equal(server.size, 0);
  });

  test('a player that is let go can be told why', async () => {
    const { address } = await world.start();
    const a = await world.client(address, 'a');
    (await world.joined.next()).disconnect({ code: 0x11, text: 'Server is Full.' });
    const end = { kind: 'closed-by-peer', code: 0x11, text: 'Server is Full.' };
    assert.deepEqual(await a.ends.next(), end);
    assert.deepEqual((await world.left.next()).end, { kind: 'closed-here', isAcknowledged: true });
  });

  test('closing the server tells every player', async () => {
    const { server, address } = await world.start();
    const players = [await world.client(address, 'a'), await world.client(address, 'b')];
    await world.joined.next();
    await world.joined.next();
    await server.close();
    for (const { ends } of players) {
      assert.deepEqual(await ends.next(), { kind: 'closed-by-peer', code: 0x21, text: '' });
    }
    assert.equal(server.size, 0);
  });

  test('who is turned away hears why, and a check that fails is a no', async () => {
    const { server, address } = await world.start();
    const refusals: readonly (readonly [ClassicApplication['check'], number])[] = [
      [async () => 'invalid', 0x12],
      [async () => 'full', 0x11],
      [() => Promise.reject(new Error('out of order')), 0x12],
    ];
    for (const [check, code] of refusals) {
      world.check = check;
      await assert.rejects(world.client(address, 'a'), (error) => {
        assert.ok(error instanceof ClassicConnectError);
        assert.ok(error.end.kind === 'closed-by-peer' && error.end.code === code);
        return true;
      });
    }
    assert.equal(world.errors.length, 1);
    assert.equal(server.size, 0);
  });

  test('a client does not talk to a server whose certificate is not good', async () => {
    const { address } = await world.start();
    const connecting = ClassicClient.connect({
      server: address,
      certificate: certificateOf('a'),
      checkServer: () => Promise.reject(new Error('nobody to ask')),
      onMessage: () => assert.fail('no message'),
      onEnd: () => assert.fail('it never began'),
    });
    await assert.rejects(connecting, { message: /could not be trusted \(1\.2\)/ });
  });

  test('noise from other sockets is counted and harms nobody', async () => {
    const { server, address } = await world.start();
    const a = await world.client(address, 'a');
    await world.joined.next();
    const answers = new Arrivals<Uint8Array>();
    const { port, peer } = await udpNetwork.connect(address, (bytes, start, end) =>
      answers.add(bytes.slice(start, end)),
    );
    for (const text of ['EAAAAAAA', 'BQAAAAAA', 'AAAAAAAC', 'AQAAAAABAAAAAAAAAAA']) {
      const bytes = fromBase64Url(text)!;
      port.send(bytes, bytes.length, peer);
    }
    assert.equal((await answers.next())[6], 0x31);
    assert.equal((await answers.next())[6], 0x32);
    a.client.send('still here');
    assert.equal((await world.said.next()).message, 'still here');
    assert.deepEqual([server.refusals().malformed, server.refusals().stranger], [2, 2]);
    await port.close();
  });
});

test('a player who acknowledges nothing is disconnected when too much waits', async () => {
  const timers = new ManualTimers();
  const ends: ClassicEnd[] = [];
  const joined = Promise.withResolvers<ClassicPeer>();
  const address = { key: 'player:1' };
  const player = new ClientEndpoint(classicCrypto, { key: 'server' }, certificateOf('a'), 0);
  const pump = (): void => {
    for (let output = player.poll(0); output !== undefined; output = player.poll(0)) {
      if (output.kind === 'transmit') server.handleDatagram(address, output.bytes);
      if (output.kind === 'event' && output.event.type === 'certificate') {
        player.certificateChecked(0, true);
      }
    }
  };
  let isSilent = false;
  const server = new ClassicUdpServer<{ readonly key: string }>({
    crypto: classicCrypto,
    certificate: () => serverCertificate,
    nowMs: () => timers.nowMs,
    timers,
    transmit: (_to, bytes) => {
      if (isSilent) return;
      player.handleDatagram(0, { key: 'server' }, bytes);
      pump();
    },
    application: {
      check: async () => 'accepted',
      onJoin: (peer) => joined.resolve(peer),
      onMessage: () => assert.fail('nothing was said'),
      onLeave: (_peer, end) => ends.push(end),
    },
    onError: assert.ifError,
  });
  pump();
  const peer = await joined.promise;
  isSilent = true;
  for (let i = 0; i < classicLimits.sendQueueMessagesMax + 1; i++) peer.send(i);
  timers.advance(classicLimits.disconnectMs);
  assert.deepEqual(ends, []);
  peer.send('one too many');
  timers.advance(classicLimits.disconnectMs);
  assert.deepEqual(ends, [{ kind: 'closed-here', isAcknowledged: false }]);
  assert.equal(server.size, 0);
  await server.close();
});
