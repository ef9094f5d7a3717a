// A host, its clients and everything between them in the hands of an attacker without keys: what
// was put on the wire comes out when and where the attacker likes, changed or not, or never. Time
// moves only when told. It also watches that everybody comes to rest.

import assert from 'node:assert/strict';
import { type Random, seededRandom } from '../../src/base/prng.ts';
import { createSodiumCrypto } from '../../src/driver/crypto-sodium.ts';
import { nodeDeflate } from '../../src/driver/node-deflate.ts';
import type { Crypto, KeyPair } from '../../src/protocol/crypto.ts';
import { planChannels } from '../../src/protocol/paperclip/channel-plan.ts';
import { ClientEndpoint } from '../../src/protocol/paperclip/client-endpoint.ts';
import {
  type EndpointEvent,
  type EndpointOutput,
  type PeerAddress,
  protocolIdOf,
} from '../../src/protocol/paperclip/endpoint-output.ts';
import { HostEndpoint } from '../../src/protocol/paperclip/host-endpoint.ts';
import { protocolLimits } from '../../src/protocol/paperclip/limits.ts';
import { signTicket } from '../../src/protocol/paperclip/tickets.ts';
import { channelPlan } from '../simulation/traffic.ts';
import { damaged, randomBytes, someLength } from './target.ts';

/** Addresses that nobody has. */
const strangers = ['stranger', 'thief:1', 'thief:2', 'other-thief:1'] as const;

const addressOf = (key: string): PeerAddress => ({ key, host: key.replace(/:\d+$/, '') });

export const messageBytesMax = 20_000;
const outputsPerDrainMax = 50_000;
const historyMax = 400;
const unixStartMs = 1_760_000_000_000;

interface Endpoint {
  poll(nowMs: number): EndpointOutput<PeerAddress> | undefined;
  handleTimeout(nowMs: number): void;
  handleDatagram(nowMs: number, from: PeerAddress, bytes: Uint8Array): void;
}

export type OnEvent = (connection: number, event: EndpointEvent<PeerAddress>) => void;

interface Station {
  /** A client's NAT may give it another. */
  address: PeerAddress;
  readonly endpoint: Endpoint;
  readonly onEvent: OnEvent;
  wakeAtMs: number;
}

interface Datagram {
  readonly from: string;
  readonly to: string;
  readonly bytes: Uint8Array;
}

export class AttackedNetwork {
  readonly random: Random;
  readonly crypto: Crypto;
  readonly host: HostEndpoint<PeerAddress>;
  nowMs = 0;
  /** 0: a good network. 1: every datagram suffers. */
  malice = 0;
  /** Longer datagrams vanish, and nobody says so. */
  mtuBytes = 1_500;

  readonly #platform: KeyPair;
  readonly #hostKeys: KeyPair;
  readonly #protocolId: Uint8Array;
  readonly #channels = planChannels(channelPlan(messageBytesMax));
  /** By the address of now. */
  readonly #stations = new Map<string, Station>();
  /** Where the host or a client is or was; nobody ever answers from elsewhere. */
  readonly #owned = new Set<string>();
  /** Of the host, by the address of the other side. */
  readonly #bytes = new Map<string, { came: number; went: number }>();
  #moves = 0;
  readonly #wire: Datagram[] = [];
  readonly #held: Datagram[] = [];
  readonly #history: Datagram[] = [];

  constructor(seed: number, onHostEvent: OnEvent) {
    this.random = seededRandom('attacker', seed);
    const bytes = seededRandom('attacked', seed);
    this.crypto = createSodiumCrypto({ randomBytes: (length) => randomBytes(bytes, length) });
    this.#platform = this.crypto.ed25519KeyPair();
    this.#hostKeys = this.crypto.x25519KeyPair();
    this.#protocolId = protocolIdOf(this.crypto, 'fuzz');
    this.host = new HostEndpoint(
      this.crypto,
      {
        keyPair: this.#hostKeys,
        protocolId: this.#protocolId,
        channels: this.#channels,
        deflate: nodeDeflate,
        parameters: { connectionWindowBytes: 20_000, channelWindowBytes: 10_000 },
        platformKeys: [this.#platform.publicKey],
        probesMtu: true,
        unixTimeMs: (nowMs) => unixStartMs + nowMs,
      },
      0,
    );
    this.#add('host', this.host, onHostEvent);
  }

  dial(
    name: string,
    playerId: string,
    keyPair: KeyPair,
    onEvent: OnEvent,
  ): ClientEndpoint<PeerAddress> {
    const ticket = signTicket(this.crypto, this.#platform.secretKey, {
      ticketId: this.crypto.randomBytes(16),
      playerId,
      clientPublicKey: keyPair.publicKey,
      hostPublicKey: this.#hostKeys.publicKey,
      matchId: 'm1',
      seat: 0,
      notBeforeMs: unixStartMs + Math.floor(this.nowMs),
      expiresAtMs: unixStartMs + Math.floor(this.nowMs) + 120_000,
      userData: new Uint8Array(0),
    });
    const endpoint = new ClientEndpoint(
      this.crypto,
      {
        host: { key: 'host' },
        hostPublicKey: this.#hostKeys.publicKey,
        keyPair,
        protocolId: this.#protocolId,
        gate: this.host.gate(this.nowMs),
        ticket,
        channels: this.#channels,
        deflate: nodeDeflate,
        probesMtu: true,
      },
      this.nowMs,
    );
    this.#add(name, endpoint, onEvent);
    return endpoint;
  }

  /**
   * The client is seen at another address from now on, another port or another host; what goes to
   * the old one is lost.
   */
  move(endpoint: Endpoint): void {
    const station = [...this.#stations.values()].find((one) => one.endpoint === endpoint);
    if (station === undefined) return;
    const { host } = station.address;
    const next = this.random.chance(0.5) ? host : `phone-${this.#moves}`;
    this.#stations.delete(station.address.key);
    station.address = addressOf(`${next}:${++this.#moves}`);
    this.#stations.set(station.address.key, station);
    this.#owned.add(station.address.key);
  }

  /** Somebody was given a command. */
  drain(): void {
    for (const station of this.#stations.values()) this.#drain(station);
  }

  /** What is on the wire arrives, as far as the attacker lets it. */
  deliver(): void {
    this.drain();
    for (let next = this.#wire.shift(); next !== undefined; next = this.#wire.shift()) {
      if (this.random.chance(this.malice)) this.#attack(next);
      else this.#hand(next);
    }
  }

  /** The attacker speaks without being spoken to. */
  inject(): void {
    const { random } = this;
    const names = [...this.#stations.keys()];
    const old = this.#history.length > 0 ? random.pick(this.#history) : undefined;
    const from = random.chance(0.2) ? random.pick(strangers) : random.pick(names);
    const to = random.chance(0.6) ? 'host' : random.pick(names);
    const firstBytes = [0x12, 0x14, 0x15, 0x18, 0x19, 0x1b, 0x1c, 0x22, 0];
    let bytes = randomBytes(random, someLength(random, 9_100));
    if (bytes.length > 0) bytes[0] = random.pick(firstBytes);
    if (old !== undefined && random.chance(0.7)) {
      bytes = random.chance(0.5) ? old.bytes : damaged(random, old.bytes);
    }
    this.#hand({ from, to, bytes });
  }

  /** Everyone who is due is woken, in order of time. */
  advance(byMs: number): void {
    const untilMs = this.nowMs + byMs;
    for (;;) {
      this.deliver();
      let first: Station | undefined;
      for (const station of this.#stations.values()) {
        if (station.wakeAtMs < (first?.wakeAtMs ?? Infinity)) first = station;
      }
      if (first === undefined || first.wakeAtMs > untilMs) break;
      this.nowMs = Math.max(this.nowMs, first.wakeAtMs);
      this.#wake(first);
    }
    this.nowMs = untilMs;
  }

  /** Nobody is woken in time: then all at once. */
  stall(byMs: number): void {
    this.nowMs += byMs;
    this.deliver();
    for (const station of this.#stations.values()) {
      if (station.wakeAtMs <= this.nowMs) this.#wake(station);
    }
  }

  #wake(station: Station): void {
    // Early, late and needless calls are all allowed; but who was woken must not be due again.
    for (let times = 0; station.wakeAtMs <= this.nowMs; times++) {
      assert.ok(times < 4, `${station.address.key} wants to be woken at once, again and again`);
      station.endpoint.handleTimeout(this.nowMs);
      this.#drain(station);
    }
  }

  #attack(datagram: Datagram): void {
    const { random } = this;
    const what = random.below(10);
    if (what < 3) return;
    if (what === 3) {
      // From elsewhere alone, or with the true one behind it or before.
      const from = random.pick([...strangers, ...this.#stations.keys()]);
      if (random.chance(0.3)) this.#hand(datagram);
      this.#hand({ ...datagram, from });
      if (random.chance(0.5)) this.#hand(datagram);
    } else if (what === 4) this.#hand({ ...datagram, to: random.pick([...this.#stations.keys()]) });
    else if (what === 5) this.#hand({ ...datagram, bytes: damaged(random, datagram.bytes) });
    else if (what === 6) {
      this.#hand(datagram);
      this.#hand(datagram);
    } else {
      this.#held.push(datagram);
      if (this.#held.length < 8 && random.chance(0.7)) return;
      for (const held of random.shuffle(this.#held.splice(0))) this.#hand(held);
    }
  }

  #hand({ from, to, bytes }: Datagram): void {
    const station = this.#stations.get(to);
    if (station === undefined || bytes.length > this.mtuBytes) return;
    // The receiver may overwrite its buffer: what the attacker keeps is a copy.
    if (to === 'host') this.#count(from).came += bytes.length;
    station.endpoint.handleDatagram(this.nowMs, addressOf(from), bytes.slice());
    if (this.random.chance(0.9)) this.#drain(station);
  }

  #add(name: string, endpoint: Endpoint, onEvent: OnEvent): void {
    this.#stations.set(name, { address: addressOf(name), endpoint, onEvent, wakeAtMs: 0 });
    this.#owned.add(name);
  }

  #count(address: string): { came: number; went: number } {
    const known = this.#bytes.get(address);
    if (known !== undefined) return known;
    const count = { came: 0, went: 0 };
    this.#bytes.set(address, count);
    return count;
  }

  /** An address that nobody has can prove nothing: a victim is never sent more than this. */
  #checkAmplification(to: string, bytes: number): void {
    const count = this.#count(to);
    count.went += bytes;
    assert.ok(count.went <= 3 * count.came, `${count.went} bytes to ${to} for ${count.came}`);
  }

  #drain(station: Station): void {
    for (let left = outputsPerDrainMax; ; left--) {
      assert.ok(left > 0, `${station.address.key} has no end of outputs`);
      const output = station.endpoint.poll(this.nowMs);
      if (output === undefined) return;
      if (output.kind === 'event') station.onEvent(output.connection, output.event);
      else if (output.kind === 'timeout') station.wakeAtMs = output.atMs;
      else {
        const bytes = output.bytes.slice(0, output.length);
        assert.ok(bytes.length > 0 && bytes.length <= protocolLimits.mtuProbeBytesJumbo);
        const { key: to } = output.to;
        const datagram = { from: station.address.key, to, bytes };
        if (!this.#owned.has(to)) {
          this.#checkAmplification(to, bytes.length);
          continue;
        }
        this.#wire.push(datagram);
        this.#history.push(datagram);
        if (this.#history.length > historyMax) this.#history.splice(0, historyMax / 2);
      }
    }
  }
}
