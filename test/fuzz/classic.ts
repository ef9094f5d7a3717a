// Paperclip 0 against damaged packets and noise: what decodes is encoded to the same packet,
// nothing throws, and a host and a client that are fed with it stay within their bounds.

import assert from 'node:assert/strict';
import { type Random, seededRandom } from '../../src/base/prng.ts';
import { errorCodes, packetTypes } from '../../src/codec/classic/numbers.ts';
import { decodePacket, encodePacket, type Packet } from '../../src/codec/classic/packet.ts';
import { classicCrypto } from '../../src/driver/classic-crypto.ts';
import { ClientEndpoint } from '../../src/protocol/classic/client-endpoint.ts';
import { HostEndpoint } from '../../src/protocol/classic/host-endpoint.ts';
import { classicLimits } from '../../src/protocol/classic/limits.ts';
import { unpackData } from '../../src/protocol/classic/pipeline.ts';
import { damaged, type FuzzTarget, randomBytes } from './target.ts';

interface Address {
  readonly key: string;
  readonly shareKey: string;
}

const address = (key: string): Address => ({ key, shareKey: key });
const verdicts = ['accepted', 'accepted', 'accepted', 'invalid', 'full'] as const;
const hostAddress = address('host');
const key = new Uint8Array(32).fill(9);

function bodyOf(random: Random) {
  const type = random.pick(packetTypes);
  switch (type) {
    case 'default':
      return { type };
    case 'ack':
      return { type, ackId: random.below(8), ackBits: random.below(65_536) };
    case 'auth':
      return {
        type,
        publicKey: randomBytes(random, random.pick([0, 1, 120])),
        ...(random.chance(0.7) && { certificate: randomBytes(random, random.below(300)) }),
      };
    case 'heartbeat':
      return { type, isPing: random.chance(0.5) };
    case 'error':
      return { type, code: random.pick(Object.values(errorCodes)) };
    default:
      return type satisfies never;
  }
}

function somePacket(random: Random): Packet {
  const flags = random.below(32) << 3;
  const count = 1 + random.below(4);
  const body = bodyOf(random);
  return {
    ...{ flags, sequenceId: random.pick([random.below(10), random.below(65_536)]), ...body },
    ...(flags & 0x08 && { fragment: { id: random.below(count), count } }),
    ...(flags & 0x10 && { initVector: randomBytes(random, 16) }),
    ...(flags & 0x40 && { checksum: random.uint32() }),
    data: randomBytes(random, body.type === 'auth' ? 0 : random.below(60)),
  };
}

/** A host and a client that talk to each other while others talk to both. */
class Pair {
  readonly #certificate: Uint8Array;
  readonly #random: Random;
  readonly host: HostEndpoint<Address>;
  client: ClientEndpoint<Address>;
  clientAddress = address('player 0');
  joined = 0;
  messages = 0;
  #clients = 0;
  #isClientOver = false;

  constructor(random: Random) {
    this.#random = random;
    this.#certificate = randomBytes(random, 100);
    const certificate = () => this.#certificate;
    this.host = new HostEndpoint(classicCrypto, { certificate }, 0);
    this.client = new ClientEndpoint(classicCrypto, hostAddress, this.#certificate, 0);
  }

  /** Until neither has anything to say. */
  drain(nowMs: number): void {
    for (let isQuiet = false; !isQuiet; ) {
      isQuiet = true;
      for (const bytes of this.#ofClient(nowMs)) {
        isQuiet = false;
        this.host.handleDatagram(nowMs, this.clientAddress, bytes);
      }
      for (const bytes of this.#ofHost(nowMs)) {
        isQuiet = false;
        this.client.handleDatagram(nowMs, hostAddress, bytes);
      }
    }
    if (!this.#isClientOver) return;
    this.#isClientOver = false;
    this.clientAddress = address(`player ${++this.#clients}`);
    this.client = new ClientEndpoint(classicCrypto, hostAddress, this.#certificate, nowMs);
  }

  #ofClient(nowMs: number): readonly Uint8Array[] {
    const datagrams: Uint8Array[] = [];
    for (let out = this.client.poll(nowMs); out !== undefined; out = this.client.poll(nowMs)) {
      if (out.kind === 'transmit') datagrams.push(out.bytes);
      if (out.kind !== 'event') continue;
      if (out.event.type === 'certificate') this.client.certificateChecked(nowMs, true);
      if (out.event.type === 'ended') this.#isClientOver = true;
    }
    return datagrams;
  }

  #ofHost(nowMs: number): readonly Uint8Array[] {
    const datagrams: Uint8Array[] = [];
    for (let out = this.host.poll(nowMs); out !== undefined; out = this.host.poll(nowMs)) {
      if (out.kind === 'transmit' && out.to.key === this.clientAddress.key) {
        datagrams.push(out.bytes);
      }
      if (out.kind !== 'event') continue;
      const { connection, event } = out;
      const verdict = this.#random.pick(verdicts);
      if (event.type === 'certificate') this.host.certificateChecked(nowMs, connection, verdict);
      if (event.type === 'established') this.joined += 1;
      if (event.type === 'message') this.messages += 1;
    }
    return datagrams;
  }
}

export const classic: FuzzTarget = {
  name: 'classic',
  promise: 'Paperclip 0: packets decode canonically; both ends take any bytes within their bounds',
  smoke: { seeds: 2, steps: 1_000 },
  run(seed, steps) {
    const random = seededRandom('classic', seed);
    const pair = new Pair(random);
    let nowMs = 0;
    for (let i = 0; i < steps; i++) {
      pair.drain(nowMs);
      const packet = encodePacket(somePacket(random));
      const bytes = random.chance(0.5) ? damaged(random, packet) : packet;
      checkCodec(bytes);
      const from = random.chance(0.5) ? pair.clientAddress : address(`${random.below(20)}`);
      if (random.chance(0.7)) pair.host.handleDatagram(nowMs, from, bytes);
      if (random.chance(0.3)) pair.client.handleDatagram(nowMs, hostAddress, bytes);
      if (random.chance(0.1) && pair.client.isOpen) {
        pair.client.send(randomBytes(random, random.below(3_000)), random.below(32) << 3);
      }
      nowMs += random.below(200);
      pair.host.handleTimeout(nowMs);
      pair.client.handleTimeout(nowMs);
      assert.ok(pair.host.handshakes <= classicLimits.handshakesMax);
      assert.ok(pair.host.size <= classicLimits.connectionsMax);
    }
    // Or it would fuzz the front door alone.
    assert.ok(pair.joined > 0 && pair.messages > 0, `${pair.joined} joined`);
  },
};

function checkCodec(bytes: Uint8Array): void {
  const decoded = decodePacket(bytes);
  if (!decoded.ok) return;
  assert.deepEqual(decodePacket(encodePacket(decoded.value)), decoded);
  unpackData(classicCrypto, key, decoded.value);
}
