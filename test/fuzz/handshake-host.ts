// A host whose gate everybody knows, against AUTH 1 of all kinds: damaged ones, damaged ones with a
// true gate MAC, and true Noise messages with damaged parameters and tickets inside; under load and
// not, with cookies, without, with bent ones and with those of another address.

import assert from 'node:assert/strict';
import { equalBytes } from '../../src/base/bytes.ts';
import { type Random, seededRandom } from '../../src/base/prng.ts';
import {
  authLimits,
  datagramTypes,
  decodeRetry,
  encodeAuth1,
  encodeAuth1Payload,
} from '../../src/codec/paperclip/auth.ts';
import { encodeParameters } from '../../src/codec/paperclip/parameters.ts';
import { createSodiumCrypto } from '../../src/driver/crypto-sodium.ts';
import { nodeDeflate } from '../../src/driver/node-deflate.ts';
import type { Crypto, KeyPair } from '../../src/protocol/crypto.ts';
import { planChannels } from '../../src/protocol/paperclip/channel-plan.ts';
import { openRetry, showCookie } from '../../src/protocol/paperclip/cookies.ts';
import {
  localParameters,
  type PeerAddress,
  protocolIdOf,
} from '../../src/protocol/paperclip/endpoint-output.ts';
import { sealGate } from '../../src/protocol/paperclip/gate.ts';
import { handshakePrologue } from '../../src/protocol/paperclip/handshake-host.ts';
import { handshakeLimits } from '../../src/protocol/paperclip/handshake-limits.ts';
import { HostEndpoint } from '../../src/protocol/paperclip/host-endpoint.ts';
import { NoiseHandshake } from '../../src/protocol/paperclip/noise.ts';
import { signTicket } from '../../src/protocol/paperclip/tickets.ts';
import { damaged, type FuzzTarget, randomBytes } from './target.ts';

const unixMs = 1_760_000_000_000;
const channels = planChannels({ moves: 'reliable-ordered' });

const covered = (auth1: Uint8Array) => auth1.subarray(0, authLimits.cookieMacOffset);

class Siege {
  readonly #random: Random;
  readonly #crypto: Crypto;
  readonly #platform: KeyPair;
  readonly #hostKeys: KeyPair;
  readonly #protocolId: Uint8Array;
  readonly host: HostEndpoint<PeerAddress>;
  nowMs = 0;

  constructor(seed: number) {
    this.#random = seededRandom('handshake host', seed);
    const random = this.#random;
    this.#crypto = createSodiumCrypto({ randomBytes: (length) => randomBytes(random, length) });
    this.#platform = this.#crypto.ed25519KeyPair();
    this.#hostKeys = this.#crypto.x25519KeyPair();
    this.#protocolId = protocolIdOf(this.#crypto, 'fuzz');
    this.host = new HostEndpoint(
      this.#crypto,
      {
        keyPair: this.#hostKeys,
        protocolId: this.#protocolId,
        channels,
        deflate: nodeDeflate,
        platformKeys: [this.#platform.publicKey],
        unixTimeMs: (nowMs) => unixMs + nowMs,
      },
      0,
    );
  }

  step(): void {
    const random = this.#random;
    const whole = this.#auth1(random.chance(0.6));
    const auth1 = random.chance(0.5) ? damaged(random, whole) : whole;
    // Of the cookie MAC a host without load thinks nothing.
    const isBent = !equalBytes(covered(auth1), covered(whole));
    const isGated = auth1.length === authLimits.auth1Bytes && random.chance(0.8);
    if (isGated) sealGate(this.#crypto, this.host.gate(this.nowMs), auth1);
    if (random.chance(0.02)) this.host.handleDelay(this.nowMs, random.below(100));
    const from = this.#somebody();
    const before = this.host.halfOpenCount;
    const answer = this.#hand(from, auth1);
    if (isBent && !isGated && this.host.halfOpenCount > before) {
      assert.fail('a bent AUTH 1 was answered');
    }
    if (answer?.[0] === datagramTypes.retry) this.#answerRetry(from, auth1, answer, before);
    if (random.chance(0.3)) this.#hand(from, auth1);
    if (random.chance(0.05)) this.nowMs += random.below(10_000);
    this.host.handleTimeout(this.nowMs);
    const { halfOpen, addressesRemembered } = this.host.load(this.nowMs);
    assert.ok(halfOpen <= handshakeLimits.halfOpenMax);
    assert.ok(addressesRemembered <= handshakeLimits.addressSharesMax);
    assert.equal(this.host.connectionCount, 0);
  }

  #somebody(): PeerAddress {
    const n = this.#random.below(40);
    return { key: `address-${n}`, shareKey: n === 0 ? undefined : `share-${n % 7}` };
  }

  /** As a client does, or with a bent cookie, or from elsewhere, or long after. */
  #answerRetry(from: PeerAddress, auth1: Uint8Array, bytes: Uint8Array, before: number): void {
    const random = this.#random;
    assert.equal(this.host.halfOpenCount, before, 'who is asked for a cookie takes no place');
    const retry = decodeRetry(bytes);
    assert.ok(retry.ok);
    const gateKey = this.host.gate(this.nowMs).key;
    const cookie = openRetry(this.#crypto, gateKey, auth1, retry.value);
    assert.ok(cookie !== undefined, 'a RETRY opens with the gate key');
    const shown = auth1.slice();
    showCookie(this.#crypto, cookie, shown);
    const isLate = random.chance(0.1);
    if (isLate) this.nowMs += 2 * handshakeLimits.cookieRotationMs;
    const isElsewhere = random.chance(0.2);
    const isBent = random.chance(0.2);
    if (isBent) shown[authLimits.cookieMacOffset + random.below(16)]! ^= 1 + random.below(255);
    const to = isElsewhere ? { key: `not ${from.key}` } : from;
    const wasUnderLoad = this.host.load(this.nowMs).isUnderLoad;
    const halfOpen = this.host.halfOpenCount;
    this.#hand(to, shown);
    if (wasUnderLoad && (isElsewhere || isBent || isLate)) {
      assert.equal(this.host.halfOpenCount, halfOpen, 'a cookie that does not fit opens nothing');
    }
  }

  /** What it is answered with. */
  #hand(from: PeerAddress, bytes: Uint8Array): Uint8Array | undefined {
    const { host } = this;
    host.handleDatagram(this.nowMs, from, bytes);
    let answer: Uint8Array | undefined;
    for (let o = host.poll(this.nowMs); o !== undefined; o = host.poll(this.nowMs)) {
      assert.notEqual(o.kind, 'event');
      if (o.kind !== 'transmit') continue;
      assert.equal(answer, undefined, 'one answer at most');
      assert.ok(o.length < Math.max(8, bytes.length), 'no answer is larger than its question');
      answer = o.bytes.slice(0, o.length);
    }
    return answer;
  }

  /** Sealed by Noise as it must be; what is inside may be anything. */
  #auth1(isTrue: boolean): Uint8Array {
    const random = this.#random;
    const keyPair = this.#crypto.x25519KeyPair();
    const payload = this.#payload(keyPair, isTrue);
    const fields = {
      suite: 1,
      gateId: this.host.gate(this.nowMs).id,
      protocolId: this.#protocolId,
      clientConnectionId: 1 + random.below(0x7fff_ffff),
    };
    const header = encodeAuth1({ ...fields, noiseMessage: new Uint8Array(0) });
    const noise = new NoiseHandshake(this.#crypto, {
      pattern: 'IK',
      role: 'initiator',
      prologue: handshakePrologue(header),
      staticKeys: keyPair,
      remoteStaticKey: this.#hostKeys.publicKey,
    });
    const auth1 = encodeAuth1({ ...fields, noiseMessage: noise.writeMessage(payload)! });
    sealGate(this.#crypto, this.host.gate(this.nowMs), auth1);
    return auth1;
  }

  #payload(keyPair: KeyPair, isTrue: boolean): Uint8Array {
    const random = this.#random;
    const bend = (bytes: Uint8Array): Uint8Array =>
      isTrue || random.chance(0.5) ? bytes : damaged(random, bytes);
    const notBeforeMs = unixMs + Math.floor(this.nowMs) - 10_000 + random.below(20_000);
    const ticket = signTicket(this.#crypto, this.#platform.secretKey, {
      ticketId: this.#crypto.randomBytes(16),
      playerId: `player-${random.below(2_000)}`,
      clientPublicKey: keyPair.publicKey,
      hostPublicKey: this.#hostKeys.publicKey,
      matchId: 'm1',
      seat: random.below(256),
      notBeforeMs,
      expiresAtMs: notBeforeMs + 1 + random.below(20_000),
      userData: randomBytes(random, random.below(257)),
    });
    const parameters = encodeParameters(localParameters(this.#crypto, channels, {}));
    const payload = encodeAuth1Payload({
      parameters: bend(parameters).subarray(0, 255),
      ticket: bend(ticket).subarray(0, 550),
    });
    return bend(payload).subarray(0, 1_000);
  }
}

export const handshakeHost: FuzzTarget = {
  name: 'handshake-host',
  promise: 'no AUTH 1 makes a host throw, say more than it was asked, or keep more than it may',
  smoke: { seeds: 3, steps: 250 },
  run(seed, steps) {
    const siege = new Siege(seed);
    for (let step = 0; step < steps; step++) siege.step();
    siege.nowMs += handshakeLimits.halfOpenMs;
    siege.host.handleTimeout(siege.nowMs);
    assert.equal(siege.host.halfOpenCount, 0);
  },
};
