// The datagrams of the classic wire on the suite of session wires: the true server and its bridge,
// and clients of the sans-I/O core, without sockets. Players play a bot.

import { utf8Text } from '../../base/bytes.ts';
import { encodeJsonMessage } from '../../codec/classic/json-message.ts';
import { flags } from '../../codec/classic/numbers.ts';
import { claimsCertificate } from '../../domain/account/classic-words.fixture.ts';
import { classicCrypto } from '../../driver/classic-crypto.ts';
import { ClientEndpoint } from '../../protocol/classic/client-endpoint.ts';
import { Drain } from '../../protocol/classic/drain.ts';
import type { PeerAddress } from '../../protocol/paperclip/endpoint-output.ts';
import type { SessionWireServer, WireClient } from '../session-scene.fixture.ts';
import { sessionWireContract } from '../session-wire.suite.ts';
import { type Elsewhere, password, type SessionWorld } from '../session-world.fixture.ts';
import { ClassicBridge } from './classic-bridge.ts';
import { ClassicUdpServer } from './classic-udp-server.ts';
import { LobbyIntents } from './lobby-intents.ts';

const serverAddress: PeerAddress = { key: 'server' };
const rock = encodeJsonMessage({ choice: 0 });

class Client implements WireClient {
  heard = '';
  isEnded = true;
  readonly #world: SessionWorld;
  readonly #transmit: (bytes: Uint8Array) => void;
  #dialled:
    | { readonly endpoint: ClientEndpoint<PeerAddress>; readonly drain: Drain<PeerAddress> }
    | undefined;

  constructor(world: SessionWorld, transmit: (bytes: Uint8Array) => void) {
    this.#world = world;
    this.#transmit = transmit;
  }

  async signIn(account: Elsewhere): Promise<void> {
    const certificate = await certificateOf(account, this.#world);
    // Where it plays is said over HTTP.
    await account.call('lobby.create', { game: 'rps', bots: 1 });
    const { time } = this.#world.platform;
    const endpoint = new ClientEndpoint(classicCrypto, serverAddress, certificate, time.now());
    const drain = new Drain(endpoint, {
      nowMs: () => time.now(),
      after: (delayMs, run) => time.after(delayMs, run),
      transmit: (_to, bytes) => this.#transmit(bytes),
      onEvent: (_connection, event) => {
        if (event.type === 'certificate') endpoint.certificateChecked(time.now(), true);
        if (event.type === 'message') this.heard += utf8Text(event.data);
        if (event.type !== 'ended') return;
        this.heard += JSON.stringify(event.end);
        this.isEnded = true;
      },
    });
    this.#dialled = { endpoint, drain };
    this.isEnded = false;
    drain.run();
  }

  act(): void {
    if (this.#dialled?.endpoint.isOpen !== true) return;
    this.#dialled.endpoint.send(rock, flags.reliable);
    this.#dialled.drain.run();
  }

  send(bytes: Uint8Array): void {
    this.#transmit(bytes);
  }

  hangUp(): void {
    this.#dialled?.endpoint.disconnect(this.#world.platform.time.now());
    this.#dialled?.drain.run();
  }

  receive(bytes: Uint8Array): void {
    const now = this.#world.platform.time.now();
    this.#dialled?.endpoint.handleDatagram(now, serverAddress, bytes);
    this.#dialled?.drain.run();
  }
}

/** Of the account's own key, which is made now. */
async function certificateOf(account: Elsewhere, { platform }: SessionWorld): Promise<Uint8Array> {
  const { classic } = platform.platform;
  await classic?.keepKey(account.origin, password);
  const stored = await platform.store.classicKeys.ofPlayer(account.playerId);
  const { numbers } = await account.call('player.numbers', { players: [account.playerId] });
  const fromMs = platform.time.now();
  return claimsCertificate({
    account: numbers[0]?.number ?? 0,
    signedWith: utf8Text(stored?.publicKey ?? new Uint8Array(0)) ?? '',
    ...{ fromMs, toMs: fromMs + 86_400_000 },
  });
}

function open(world: SessionWorld): SessionWireServer {
  const clients = new Map<string, Client>();
  const { time, platform } = world.platform;
  const { classic } = platform;
  if (classic === undefined) throw new Error('the platform has no classic accounts');
  const bridge = new ClassicBridge({ ...world.ports, classic, intents: new LobbyIntents() });
  const server = new ClassicUdpServer<PeerAddress>({
    ...{ crypto: classicCrypto, certificate: () => new Uint8Array(700).fill(0x48) },
    ...{ nowMs: () => time.now(), timers: world.ports.timers, application: bridge },
    transmit: ({ key }, bytes) => {
      const sent = bytes.slice();
      setImmediate(() => clients.get(key)?.receive(sent));
    },
    onError: (error) => world.ports.log.error('certificate not checked', { error }),
  });
  let isClosed = false;
  return {
    connect: (address) => {
      const from = { key: `${address}:1`, host: address };
      const client = new Client(world, (bytes) => {
        const sent = bytes.slice();
        setImmediate(() => server.handleDatagram(from, sent));
      });
      clients.set(from.key, client);
      return client;
    },
    get size() {
      // Handshakes that its end cuts off are forgotten with it.
      return isClosed ? server.size : server.size + server.handshakes;
    },
    gauge: 'paperclip_classic_connections',
    close: async () => {
      bridge.beginClose();
      await server.close();
      await bridge.settled();
      isClosed = true;
    },
  };
}

sessionWireContract({ name: 'classic', wire: 'classic', newcomersGiveUp: true, open });
