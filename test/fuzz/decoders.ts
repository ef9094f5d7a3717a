// Every decoder of the protocol's bytes against damaged valid input and against noise: it throws at
// nothing, and what it accepts is written back as the same bytes.

import assert from 'node:assert/strict';
import { fromBase64Url, toBase64Url, toHex, utf8 } from '../../src/base/bytes.ts';
import { type Random, seededRandom } from '../../src/base/prng.ts';
import { VarintReader, writeVarint } from '../../src/base/varint.ts';
import {
  authLimits,
  datagramKind,
  decodeAuth1,
  decodeAuth1Payload,
  decodeAuth2,
  decodeAuth2Payload,
  decodeError,
  encodeAuth1,
  encodeAuth1Payload,
  encodeAuth2,
  encodeAuth2Payload,
  encodeError,
} from '../../src/codec/paperclip/auth.ts';
import {
  dataPacketDestination,
  PacketHeader,
  readPacketHeader,
  writePacketHeader,
} from '../../src/codec/paperclip/packet.ts';
import { decodeParameters, encodeParameters } from '../../src/codec/paperclip/parameters.ts';
import { decodeTicket, encodeTicketClaims } from '../../src/codec/paperclip/ticket.ts';
import { createNodeCrypto } from '../../src/driver/crypto-node.ts';
import { encodeRatchetHeader } from '../../src/protocol/sealed/double-ratchet.ts';
import { decodeEnvelope, encodeEnvelope } from '../../src/protocol/sealed/envelope.ts';
import {
  encodeKeyBundle,
  readKeyBundle,
  signKeyBundle,
} from '../../src/protocol/sealed/key-bundle.ts';
import {
  decodeSealedMessage,
  encodeSealedPrefix,
  type SealedMessage,
} from '../../src/protocol/sealed/sealed-message.ts';
import { readFrames, someFrames } from './frames.ts';
import { damaged, type FuzzTarget, randomBytes, someLength } from './target.ts';

interface Codec {
  readonly name: string;
  valid(random: Random): Uint8Array;
  /** The bytes of what was accepted, or undefined. */
  again(bytes: Uint8Array): Uint8Array | undefined;
}

const id = (random: Random): number => 1 + random.below(0x7fff_ffff);

const someParameters = (random: Random): Uint8Array =>
  encodeParameters({
    idleTimeoutMs: 1_000 + random.below(599_001),
    ackDelayMaxMs: random.below(1_001),
    datagramBytesMax: 1_200 + random.below(64_308),
    connectionWindowBytes: 1_200 + random.below(0xffff_0000),
    channelWindowBytes: 1_200 + random.below(0xffff_0000),
    channelPlanHash: randomBytes(random, 8),
  });

const someTicket = (random: Random): Uint8Array => {
  const notBeforeMs = 1_760_000_000_000 + random.below(2 ** 31);
  const signed = encodeTicketClaims(randomBytes(random, 4), {
    ticketId: randomBytes(random, 16),
    playerId: 'é'.repeat(1 + random.below(32)),
    clientPublicKey: randomBytes(random, 32),
    hostPublicKey: randomBytes(random, 32),
    matchId: 'm'.repeat(random.below(65)),
    seat: random.below(256),
    notBeforeMs,
    expiresAtMs: notBeforeMs + 1 + random.below(120_000),
    userData: randomBytes(random, random.below(257)),
  });
  return Uint8Array.from([...signed, ...randomBytes(random, 64)]);
};

const crypto = createNodeCrypto();

const someBundle = (random: Random): Uint8Array =>
  encodeKeyBundle(
    signKeyBundle(crypto, randomBytes(random, 32), {
      exchangeKey: randomBytes(random, 32),
      prekeyId: id(random),
      prekey: randomBytes(random, 32),
    }),
  );

const someSealed = (random: Random): Uint8Array => {
  const start = {
    bundle: randomBytes(random, 165),
    prekeyId: id(random),
    baseKey: randomBytes(random, 32),
  };
  const isInitial = random.chance(0.5);
  return Uint8Array.from([
    ...encodeSealedPrefix(
      randomBytes(random, 16),
      randomBytes(random, 16),
      isInitial ? start : undefined,
    ),
    ...randomBytes(random, 40 + 32 * (1 + random.below(20)) + 16),
  ]);
};

const sealedAgain = (message: SealedMessage): Uint8Array =>
  Uint8Array.from([
    ...encodeSealedPrefix(message.senderDevice, message.receiverDevice, message.start),
    ...encodeRatchetHeader(message.header),
    ...message.ciphertext,
  ]);

const codecs: readonly Codec[] = [
  {
    name: 'varint',
    valid: (random) => {
      const bytes = new Uint8Array(8);
      const value = Math.floor(2 ** (random.float() * 53)) - 1;
      return bytes.slice(0, writeVarint(bytes, 0, value));
    },
    again: (bytes) => {
      const reader = new VarintReader();
      reader.reset(bytes, 0, bytes.length);
      const value = reader.next();
      if (value < 0 || reader.at < bytes.length) return undefined;
      const written = new Uint8Array(8);
      return written.slice(0, writeVarint(written, 0, value));
    },
  },
  {
    name: 'packet header',
    valid: (random) => {
      const bytes = randomBytes(random, 26 + random.below(100));
      const number = random.uint32();
      writePacketHeader(bytes, 0, random.below(2), id(random), number, 1 + random.below(4));
      return bytes;
    },
    again: (bytes) => {
      const header = new PacketHeader();
      const isData = bytes.length > 0 && datagramKind(bytes[0]!) === 'data';
      const isWhole = readPacketHeader(header, bytes, 0, bytes.length) === 'value';
      if (isWhole) assert.ok(isData && dataPacketDestination(bytes, 0, bytes.length) >= 0);
      if (!isWhole) return undefined;
      const { keyPhase, destinationId, truncatedNumber, numberLength } = header;
      const written = bytes.slice();
      written.fill(0xaa, 0, header.end);
      writePacketHeader(written, 0, keyPhase, destinationId, truncatedNumber, numberLength);
      return written;
    },
  },
  {
    name: 'frames',
    valid: (random) => someFrames(random, 4),
    again: (bytes) => readFrames(bytes).written,
  },
  {
    name: 'AUTH 1',
    valid: (random) =>
      encodeAuth1({
        suite: 1,
        gateId: random.below(256),
        protocolId: randomBytes(random, 8),
        clientConnectionId: id(random),
        noiseMessage: randomBytes(random, random.below(authLimits.noiseMessage1BytesMax + 1)),
      }),
    again: (bytes) => {
      const auth = decodeAuth1(bytes);
      if (!auth.ok) return undefined;
      const written = encodeAuth1(auth.value);
      written.set(bytes.subarray(authLimits.gateMacOffset), authLimits.gateMacOffset);
      return written;
    },
  },
  {
    name: 'AUTH 2',
    valid: (random) =>
      encodeAuth2({
        clientConnectionId: id(random),
        noiseMessage: randomBytes(random, random.below(200)),
      }),
    again: (bytes) => {
      const auth = decodeAuth2(bytes);
      return auth.ok ? encodeAuth2(auth.value) : undefined;
    },
  },
  {
    name: 'ERROR',
    valid: (random) => encodeError({ connectionId: id(random), code: random.below(65_536) }),
    again: (bytes) => {
      const error = decodeError(bytes);
      return error.ok ? encodeError(error.value) : undefined;
    },
  },
  {
    name: 'payload of message 1',
    valid: (random) =>
      encodeAuth1Payload({ parameters: someParameters(random), ticket: someTicket(random) }),
    again: (bytes) => {
      const payload = decodeAuth1Payload(bytes);
      if (!payload.ok || payload.value.ticket.length > 550) return undefined;
      return encodeAuth1Payload(payload.value);
    },
  },
  {
    name: 'payload of message 2',
    valid: (random) =>
      random.chance(0.2)
        ? encodeAuth2Payload({ kind: 'refused', code: random.below(65_536) })
        : encodeAuth2Payload({
            kind: 'accepted',
            parameters: someParameters(random),
            hostConnectionId: id(random),
            hostTimeMs: random.below(2 ** 32) * 65_536,
          }),
    again: (bytes) => {
      const payload = decodeAuth2Payload(bytes);
      return payload.ok ? encodeAuth2Payload(payload.value) : undefined;
    },
  },
  {
    name: 'parameters',
    valid: someParameters,
    again: (bytes) => {
      const parameters = decodeParameters(bytes);
      return parameters.ok ? encodeParameters(parameters.value) : undefined;
    },
  },
  {
    name: 'ticket',
    valid: someTicket,
    again: (bytes) => {
      const ticket = decodeTicket(bytes);
      if (!ticket.ok) return undefined;
      const { keyId, claims, signature } = ticket.value;
      return Uint8Array.from([...encodeTicketClaims(keyId, claims), ...signature]);
    },
  },
  {
    name: 'key bundle',
    valid: someBundle,
    again: (bytes) => {
      const bundle = readKeyBundle(crypto, bytes);
      return bundle.ok ? encodeKeyBundle(bundle.value) : undefined;
    },
  },
  {
    name: 'sealed message',
    valid: someSealed,
    again: (bytes) => {
      const message = decodeSealedMessage(bytes);
      return message.ok ? sealedAgain(message.value) : undefined;
    },
  },
  {
    name: 'envelope',
    valid: (random) => {
      const copies = Array.from({ length: 1 + random.below(3) }, () => someSealed(random));
      return fromBase64Url(encodeEnvelope(copies))!;
    },
    again: (bytes) => {
      const copies = decodeEnvelope(toBase64Url(bytes));
      if (!copies.ok) return undefined;
      return fromBase64Url(encodeEnvelope(copies.value.map(sealedAgain)))!;
    },
  },
];

export const decoders: FuzzTarget = {
  name: 'decoders',
  promise: 'no decoder throws, and what one accepts is written back as the same bytes',
  smoke: { seeds: 20, steps: 400 },
  run(seed, steps) {
    const random = seededRandom('decoders', seed);
    for (let step = 0; step < steps; step++) {
      const codec = random.pick(codecs);
      const valid = codec.valid(random);
      assert.equal(toHex(codec.again(valid) ?? utf8('')), toHex(valid), `${codec.name}: valid`);
      const bytes = random.chance(0.8)
        ? damaged(random, valid)
        : randomBytes(random, someLength(random, 1_600));
      const again = codec.again(bytes);
      if (again !== undefined) assert.equal(toHex(again), toHex(bytes), codec.name);
    }
  },
};
