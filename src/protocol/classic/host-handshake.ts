// One handshake at a host, from a client's AUTH on (paper, section 4): the certificate is checked
// outside, then the host answers with AUTH and ACK, and the client's Finished makes it a
// connection.
//
// It is one per address and key, so that neither a repeated AUTH nor one with another key (a new
// client, or a stranger who forges the address) disturbs what is under way.

import { equalBytes, utf8 } from '../../base/bytes.ts';
import { flags } from '../../codec/classic/numbers.ts';
import { encodePacket, type Packet, sequenceIds } from '../../codec/classic/packet.ts';
import type { ClassicCrypto } from './classic-crypto.ts';
import { Connection } from './connection.ts';
import { classicLimits } from './limits.ts';
import { unpackData } from './pipeline.ts';
import { ReceivedIds } from './received-ids.ts';
import { agree, type Session } from './session-key.ts';

const { answerAgainMs, answerResendsMax, handshakeMs, handshakeResendMs, handshakeResendMsMax } =
  classicLimits;

/** AUTH is 0, ACK is 1. */
const nextSequenceId = 2;

export type AuthPacket = Extract<Packet, { readonly type: 'auth' }>;

type State =
  /** Asked outside. */
  | { readonly name: 'checking' }
  | {
      readonly name: 'answered';
      readonly session: Session;
      readonly answer: readonly Uint8Array[];
      readonly answeredMs: number;
      resendAtMs: number;
      resends: number;
      sentMs: number;
    }
  | { readonly name: 'refused'; readonly answer: readonly Uint8Array[]; sentMs: number };

export class HostHandshake {
  readonly certificate: Uint8Array;
  readonly #crypto: ClassicCrypto;
  readonly #publicKey: Uint8Array;
  readonly #authId: number;
  readonly #isAuthReliable: boolean;
  readonly #startedMs: number;
  #state: State = { name: 'checking' };

  /** The AUTH must have a certificate. */
  constructor(crypto: ClassicCrypto, auth: AuthPacket, nowMs: number) {
    this.#crypto = crypto;
    this.#publicKey = auth.publicKey.slice();
    this.certificate = auth.certificate!.slice();
    this.#authId = auth.sequenceId % sequenceIds;
    this.#isAuthReliable = (auth.flags & flags.reliable) !== 0;
    this.#startedMs = nowMs;
  }

  get isChecking(): boolean {
    return this.#state.name === 'checking';
  }

  get isRefused(): boolean {
    return this.#state.name === 'refused';
  }

  get endsAtMs(): number {
    return this.#startedMs + handshakeMs;
  }

  get nextTimeoutMs(): number {
    const resendAtMs = this.#state.name === 'answered' ? this.#state.resendAtMs : Infinity;
    return Math.min(resendAtMs, this.endsAtMs);
  }

  isOf(auth: AuthPacket): boolean {
    return equalBytes(this.#publicKey, auth.publicKey);
  }

  /** The answer; undefined when the client's key is none. */
  accept(nowMs: number, ownCertificate: Uint8Array): readonly Uint8Array[] | undefined {
    const keys = this.#crypto.generateKeyPair();
    const session = agree(this.#crypto, keys, this.#publicKey);
    if (session === undefined) return undefined;
    const none = new Uint8Array(0);
    const head = { flags: 0, data: none };
    const { publicKey } = keys;
    const auth = { ...head, type: 'auth', publicKey, certificate: ownCertificate } as const;
    const ack = { flags: 0, type: 'ack', ackId: this.#authId, ackBits: 0 } as const;
    const answer = [
      encodePacket({ ...auth, sequenceId: 0 }),
      encodePacket({ ...ack, sequenceId: 1, data: session.finished }),
    ];
    this.#state = {
      name: 'answered',
      session,
      answer,
      answeredMs: nowMs,
      resendAtMs: nowMs + handshakeResendMs,
      resends: 0,
      sentMs: nowMs,
    };
    return answer;
  }

  refuse(nowMs: number, code: number, text: string): readonly Uint8Array[] {
    const error = { type: 'error', flags: 0, sequenceId: 0, code, data: utf8(text) } as const;
    const answer = [encodePacket(error)];
    this.#state = { name: 'refused', answer, sentMs: nowMs };
    return answer;
  }

  /** The same AUTH once more: the same answer, byte for byte, but not too fast. */
  repeat(nowMs: number): readonly Uint8Array[] {
    const state = this.#state;
    if (state.name === 'checking' || nowMs < state.sentMs + answerAgainMs) return [];
    state.sentMs = nowMs;
    return state.answer;
  }

  /** Undefined: it is not a Finished for this handshake, or none yet. */
  readFinished(packet: Packet): 'right' | 'wrong' | undefined {
    const state = this.#state;
    if (state.name !== 'answered' || packet.type !== 'ack' || packet.ackId !== 0) return undefined;
    if (packet.data.length === 0) return undefined;
    const data = unpackData(this.#crypto, state.session.key, packet);
    const isRight = data.ok && this.#crypto.equalSecrets(data.value, state.session.finished);
    return isRight ? 'right' : 'wrong';
  }

  /** After the right Finished. */
  connect(nowMs: number, finished: Packet): Connection {
    const state = this.#state;
    if (state.name !== 'answered') throw new Error('the handshake has not been answered');
    const received = new ReceivedIds(this.#authId);
    received.add(received.expand(this.#authId), this.#isAuthReliable);
    const finishedId = received.expand(finished.sequenceId % sequenceIds);
    received.add(finishedId, (finished.flags & flags.reliable) !== 0);
    const crypto = this.#crypto;
    const { session, answeredMs, resends } = state;
    // Karn: after a second answer nobody knows which the client has finished on.
    const handshakeRttMs = resends === 0 ? nowMs - answeredMs : undefined;
    const sessionKey = session.key;
    return new Connection(
      { role: 'host', crypto, sessionKey, nextSequenceId, received, handshakeRttMs },
      nowMs,
    );
  }

  handleTimeout(nowMs: number): readonly Uint8Array[] {
    const state = this.#state;
    if (state.name !== 'answered' || nowMs < state.resendAtMs) return [];
    state.resends += 1;
    state.sentMs = nowMs;
    const waitMs = Math.min(handshakeResendMs * 2 ** state.resends, handshakeResendMsMax);
    state.resendAtMs = state.resends < answerResendsMax ? nowMs + waitMs : Infinity;
    return state.answer;
  }
}
