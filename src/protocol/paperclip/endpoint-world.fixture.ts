// A host, its clients and strangers on a perfect wire in virtual time: for tests of the handshake
// and of the endpoints, where every datagram must be in the test's hand. Links that lose and delay
// are in `testing/`.

import { type Random, seededRandom } from '../../base/prng.ts';
import { createSodiumCrypto } from '../../driver/crypto-sodium.ts';
import { nodeDeflate } from '../../driver/node-deflate.ts';
import type { Crypto, KeyPair } from '../crypto.ts';
import type { TicketClaims } from '../link.ts';
import { planChannels } from './channel-plan.ts';
import { ClientEndpoint, type ClientEndpointOptions } from './client-endpoint.ts';
import {
  type EndpointEvent,
  type EndpointOutput,
  type PeerAddress,
  protocolIdOf,
} from './endpoint-output.ts';
import { HostEndpoint, type HostEndpointOptions } from './host-endpoint.ts';
import type { RefusalReason } from './refusals.ts';
import { signTicket } from './tickets.ts';

export interface Datagram {
  readonly from: PeerAddress;
  readonly to: PeerAddress;
  readonly bytes: Uint8Array;
}

interface Endpoint {
  handleDatagram(nowMs: number, from: PeerAddress, bytes: Uint8Array): void;
  handleTimeout(nowMs: number): void;
  poll(nowMs: number): EndpointOutput<PeerAddress> | undefined;
}

interface Party {
  readonly address: PeerAddress;
  readonly endpoint: Endpoint;
  readonly onEvent: (connection: number, event: EndpointEvent<PeerAddress>) => void;
  wakeAtMs: number;
}

/** `established`, `message: hello`, `ended: replaced`. */
export type EventWords = string[];

export interface Client {
  readonly endpoint: ClientEndpoint<PeerAddress>;
  readonly address: PeerAddress;
  readonly keyPair: KeyPair;
  readonly events: EventWords;
}

export const unixStartMs = 1_760_000_000_000;

export class EndpointWorld {
  readonly random: Random;
  readonly crypto: Crypto;
  readonly platform: KeyPair;
  readonly hostKeys: KeyPair;
  readonly hostAddress: PeerAddress = { key: 'host' };
  readonly host: HostEndpoint<PeerAddress>;
  readonly hostEvents: EventWords = [];
  readonly channels = planChannels({ moves: 'reliable-ordered', state: 'unreliable' });
  /** Everything that was ever put on the wire. */
  readonly sent: Datagram[] = [];
  /** Looks at each datagram before it arrives; false: it is lost. */
  passes: (datagram: Datagram) => boolean = () => true;
  nowMs = 0;
  readonly #parties = new Map<string, Party>();
  readonly #wire: Datagram[] = [];

  constructor(options: Partial<HostEndpointOptions> & { readonly seed?: number } = {}) {
    this.random = seededRandom(options.seed ?? 1);
    this.crypto = createSodiumCrypto({
      randomBytes: (length) => Uint8Array.from({ length }, () => this.random.below(256)),
    });
    this.platform = this.crypto.ed25519KeyPair();
    this.hostKeys = this.crypto.x25519KeyPair();
    this.host = new HostEndpoint(
      this.crypto,
      {
        keyPair: this.hostKeys,
        protocolId: protocolIdOf(this.crypto, 'test'),
        channels: this.channels,
        deflate: nodeDeflate,
        platformKeys: [this.platform.publicKey],
        unixTimeMs: (nowMs) => unixStartMs + nowMs,
        ...options,
      },
      0,
    );
    const onEvent = (connection: number, event: EndpointEvent<PeerAddress>) => {
      this.hostEvents.push(words(event));
      if (event.type === 'established') this.lastConnection = connection;
    };
    this.#add({ address: this.hostAddress, endpoint: this.host, onEvent, wakeAtMs: Infinity });
  }

  /** Of the newest established link, at the host. */
  lastConnection = 0;

  ticket(clientPublicKey: Uint8Array, claims: Partial<TicketClaims> = {}): Uint8Array {
    return signTicket(this.crypto, this.platform.secretKey, {
      ticketId: this.crypto.randomBytes(16),
      playerId: 'mario',
      clientPublicKey,
      hostPublicKey: this.hostKeys.publicKey,
      matchId: 'm1',
      seat: 0,
      notBeforeMs: unixStartMs + this.nowMs,
      expiresAtMs: unixStartMs + this.nowMs + 60_000,
      userData: new Uint8Array(0),
      ...claims,
    });
  }

  /** A client that dials, with its first AUTH 1 on the wire; `run` lets it arrive. */
  client(
    name: string,
    options: Partial<ClientEndpointOptions<PeerAddress>> & {
      readonly claims?: Partial<TicketClaims>;
    } = {},
  ): Client {
    const keyPair = options.keyPair ?? this.crypto.x25519KeyPair();
    const address = addressOf(name);
    const endpoint = new ClientEndpoint(
      this.crypto,
      {
        host: this.hostAddress,
        hostPublicKey: this.hostKeys.publicKey,
        keyPair,
        protocolId: protocolIdOf(this.crypto, 'test'),
        gate: this.host.gate(this.nowMs),
        ticket: this.ticket(keyPair.publicKey, { playerId: name, ...options.claims }),
        channels: this.channels,
        deflate: nodeDeflate,
        ...options,
      },
      this.nowMs,
    );
    const events: EventWords = [];
    const onEvent = (_connection: number, event: EndpointEvent<PeerAddress>) => {
      events.push(words(event));
    };
    this.#add({ address, endpoint, onEvent, wakeAtMs: Infinity });
    return { endpoint, address, keyPair, events };
  }

  /** A client whose link is established on both sides. */
  connected(name: string, options: Parameters<EndpointWorld['client']>[1] = {}): Client {
    const client = this.client(name, options);
    this.run();
    if (!client.endpoint.isConnected) throw new Error(`${name} did not connect`);
    return client;
  }

  /** A datagram that nobody's endpoint sent. */
  inject(from: string, bytes: Uint8Array): void {
    this.#wire.push({ from: addressOf(from), to: this.hostAddress, bytes });
    this.run();
  }

  injectTo(client: Client, bytes: Uint8Array): void {
    this.#wire.push({ from: this.hostAddress, to: client.address, bytes });
    this.run();
  }

  /** Let all that is on the wire arrive, and its answers, without time passing. */
  run(): void {
    for (const party of this.#parties.values()) this.#drain(party);
    for (let next = this.#wire.shift(); next !== undefined; next = this.#wire.shift()) {
      const target = this.#parties.get(next.to.key);
      if (target === undefined || !this.passes(next)) continue;
      target.endpoint.handleDatagram(this.nowMs, next.from, next.bytes);
      this.#drain(target);
    }
  }

  advance(byMs: number): void {
    const untilMs = this.nowMs + byMs;
    this.run();
    for (;;) {
      let first: Party | undefined;
      for (const party of this.#parties.values()) {
        if (party.wakeAtMs < (first?.wakeAtMs ?? Infinity)) first = party;
      }
      if (first === undefined || first.wakeAtMs > untilMs) break;
      this.nowMs = Math.max(this.nowMs, first.wakeAtMs);
      first.endpoint.handleTimeout(this.nowMs);
      this.#drain(first);
      this.run();
    }
    this.nowMs = untilMs;
  }

  /** What the host sent to this address, or all that this address sent. */
  sentTo(name: string): readonly Uint8Array[] {
    return this.sent.filter(({ to }) => to.key === name).map(({ bytes }) => bytes);
  }

  sentBy(name: string): readonly Uint8Array[] {
    return this.sent.filter(({ from }) => from.key === name).map(({ bytes }) => bytes);
  }

  /** The reasons that were counted since the last call, one by one. */
  newRefusals(): readonly string[] {
    const now: Readonly<Record<string, number>> = this.host.refusals;
    const reasons = Object.keys(now).flatMap((reason) =>
      Array<string>(now[reason]! - (this.#seenRefusals[reason] ?? 0)).fill(reason),
    );
    this.#seenRefusals = now;
    return reasons;
  }

  #seenRefusals: Readonly<Record<string, number>> = {};

  #add(party: Party): void {
    this.#parties.set(party.address.key, party);
    this.#drain(party);
  }

  #drain(party: Party): void {
    for (;;) {
      const output = party.endpoint.poll(this.nowMs);
      if (output === undefined) return;
      if (output.kind === 'event') party.onEvent(output.connection, output.event);
      if (output.kind === 'timeout') party.wakeAtMs = output.atMs;
      if (output.kind !== 'transmit') continue;
      const bytes = output.bytes.slice(0, output.length);
      const datagram = { from: party.address, to: output.to, bytes };
      this.sent.push(datagram);
      this.#wire.push(datagram);
    }
  }
}

/** `mario:1` and `mario:2` are two ports of one address. */
export function addressOf(name: string): PeerAddress {
  return { key: name, shareKey: name.replace(/:.*/, '') };
}

export function expectedRefusals(reason: RefusalReason, count: number): readonly string[] {
  return Array<string>(count).fill(reason);
}

function words(event: EndpointEvent<PeerAddress>): string {
  switch (event.type) {
    case 'message':
      return `message: ${new TextDecoder().decode(event.message)}`;
    case 'ended':
      return 'code' in event.end
        ? `ended: ${event.end.kind} ${event.end.code}`
        : `ended: ${event.end.kind}`;
    default:
      return event.type;
  }
}
