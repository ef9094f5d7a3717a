// A client that dials, with an attacker between it and the host: true answers are lost, repeated,
// kept back, bent and cut, and forged ones come in between, some by one who holds the gate key. The
// host goes under load and out of it.

import assert from 'node:assert/strict';
import { equalBytes } from '../../src/base/bytes.ts';
import { type Random, seededRandom } from '../../src/base/prng.ts';
import { authLimits, datagramTypes, encodeError } from '../../src/codec/paperclip/auth.ts';
import { createSodiumCrypto } from '../../src/driver/crypto-sodium.ts';
import { nodeDeflate } from '../../src/driver/node-deflate.ts';
import { planChannels } from '../../src/protocol/paperclip/channel-plan.ts';
import { ClientEndpoint } from '../../src/protocol/paperclip/client-endpoint.ts';
import { HostCookies } from '../../src/protocol/paperclip/cookies.ts';
import { type PeerAddress, protocolIdOf } from '../../src/protocol/paperclip/endpoint-output.ts';
import { handshakeLimits } from '../../src/protocol/paperclip/handshake-limits.ts';
import { HostEndpoint } from '../../src/protocol/paperclip/host-endpoint.ts';
import { damaged, type FuzzTarget, randomBytes, someLength } from './target.ts';

const channels = planChannels({ moves: 'reliable-ordered' });
const hostAddress: PeerAddress = { key: 'host' };
const clientAddress: PeerAddress = { key: 'client', shareKey: 'client' };

class Dialling {
  readonly #random: Random;
  readonly #host: HostEndpoint<PeerAddress>;
  readonly #client: ClientEndpoint<PeerAddress>;
  readonly #forgedCookies: HostCookies;
  readonly #gateKey: Uint8Array;
  readonly #answers: Uint8Array[] = [];
  #auth1: Uint8Array | undefined;
  /** AUTH 1 that went out by the clock, and those that a datagram made the client send. */
  #timedCount = 0;
  #askedCount = 0;
  #wasAccepted = false;
  #isEnded = false;
  #nowMs = 0;

  constructor(random: Random) {
    this.#random = random;
    const crypto = createSodiumCrypto({ randomBytes: (length) => randomBytes(random, length) });
    const keyPair = crypto.x25519KeyPair();
    const common = { protocolId: protocolIdOf(crypto, 'fuzz'), channels, deflate: nodeDeflate };
    const unixTimeMs = (nowMs: number) => 1_760_000_000_000 + nowMs;
    this.#host = new HostEndpoint(crypto, { ...common, keyPair, unixTimeMs }, 0);
    this.#gateKey = this.#host.gate(0).key;
    this.#forgedCookies = new HostCookies(crypto, 0);
    this.#client = new ClientEndpoint(
      crypto,
      {
        ...common,
        host: hostAddress,
        hostPublicKey: keyPair.publicKey,
        keyPair: crypto.x25519KeyPair(),
        gate: this.#host.gate(0),
      },
      0,
    );
    this.#timedCount += this.#drainClient();
  }

  /** False: it is over. */
  step(): boolean {
    const random = this.#random;
    if (random.chance(0.1)) this.#host.handleDelay(this.#nowMs, random.below(100));
    const bytes = random.chance(0.5) ? this.#trueAnswer() : this.#forgedAnswer();
    if (bytes !== undefined) {
      const isAuth2 = this.#answers.some(
        (answer) => answer[0] === 0x12 && equalBytes(answer, bytes),
      );
      this.#wasAccepted ||= isAuth2;
      this.#client.handleDatagram(this.#nowMs, hostAddress, bytes);
    }
    this.#askedCount += this.#drainClient();
    assert.ok(this.#askedCount <= this.#timedCount, 'RETRYs make a client talk');
    this.#nowMs += random.below(60);
    this.#client.handleTimeout(this.#nowMs);
    this.#timedCount += this.#drainClient();
    if (this.#client.isConnected) assert.ok(this.#wasAccepted, 'connected to nobody');
    return !this.#client.isConnected && !this.#isEnded;
  }

  finish(): void {
    if (this.#client.isConnected || this.#isEnded) return;
    this.#client.handleTimeout(handshakeLimits.giveUpMs + this.#nowMs);
    this.#drainClient();
    assert.ok(this.#isEnded, 'a client without an answer gives up');
  }

  #trueAnswer(): Uint8Array | undefined {
    const random = this.#random;
    if (this.#answers.length === 0) return undefined;
    const answer = random.pick(this.#answers);
    return random.chance(0.3) ? answer : damaged(random, answer);
  }

  #forgedAnswer(): Uint8Array {
    const random = this.#random;
    const { connectionId } = this.#client;
    const retry = this.#forgedCookies.retry(
      this.#nowMs,
      clientAddress,
      random.chance(0.5) ? this.#gateKey : randomBytes(random, 32),
      random.chance(0.9) ? connectionId : 1 + random.below(1_000),
      random.chance(0.8) ? this.#auth1! : randomBytes(random, authLimits.auth1Bytes),
    );
    return random.pick([
      retry,
      damaged(random, retry),
      encodeError({ connectionId: random.pick([0, connectionId]), code: random.below(0x1_0000) }),
      randomBytes(random, someLength(random, authLimits.auth1Bytes)),
    ]);
  }

  /** How often AUTH 1 went out. */
  #drainClient(): number {
    let auth1Count = 0;
    const client = this.#client;
    for (let o = client.poll(this.#nowMs); o !== undefined; o = client.poll(this.#nowMs)) {
      if (o.kind === 'event' && o.event.type === 'ended') this.#isEnded = true;
      if (o.kind !== 'transmit' || o.bytes[0] !== datagramTypes.auth) continue;
      const auth1 = o.bytes.slice(0, o.length);
      const covered = (bytes: Uint8Array) => bytes.subarray(0, authLimits.cookieMacOffset);
      this.#auth1 ??= auth1;
      assert.ok(equalBytes(covered(auth1), covered(this.#auth1)), 'AUTH 1 stays the same');
      auth1Count++;
      if (this.#random.chance(0.7)) this.#askHost(auth1);
    }
    return auth1Count;
  }

  #askHost(auth1: Uint8Array): void {
    const host = this.#host;
    host.handleDatagram(this.#nowMs, clientAddress, auth1);
    for (let o = host.poll(this.#nowMs); o !== undefined; o = host.poll(this.#nowMs)) {
      if (o.kind === 'transmit') this.#answers.push(o.bytes.slice(0, o.length));
    }
  }
}

export const handshakeClient: FuzzTarget = {
  name: 'handshake-client',
  promise: 'no answer makes a client throw, talk without end, or believe what its host did not say',
  smoke: { seeds: 3, steps: 400 },
  run(seed, steps) {
    const random = seededRandom('handshake client', seed);
    let dialling = new Dialling(random);
    for (let step = 0; step < steps; step++) {
      if (dialling.step()) continue;
      dialling.finish();
      dialling = new Dialling(random);
    }
    dialling.finish();
  },
};
