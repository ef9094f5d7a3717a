// A client's side of the handshake (paper, section 4): AUTH until the server's AUTH is here, its
// certificate checked outside, then Finished both ways. Outputs are datagrams; time is told.
//
// The old server never repeats anything, and drops what comes out of order; ours repeats.

import { equalBytes } from '../../base/bytes.ts';
import { errorCodes, flags } from '../../codec/classic/numbers.ts';
import { encodePacket, type Packet, sequenceIds } from '../../codec/classic/packet.ts';
import type { ClassicCrypto, EcdhKeyPair } from './classic-crypto.ts';
import { Connection } from './connection.ts';
import type { AuthPacket } from './host-handshake.ts';
import { classicLimits } from './limits.ts';
import { unpackData } from './pipeline.ts';
import { ReceivedIds } from './received-ids.ts';
import { agree, type Session } from './session-key.ts';

const { finishedResendsMax, handshakeMs, handshakeResendMs, handshakeResendMsMax } = classicLimits;

/** AUTH is 0, ACK is 1. */
const nextSequenceId = 2;

interface Answer {
  readonly session: Session;
  readonly authId: number;
  readonly isAuthReliable: boolean;
  readonly publicKey: Uint8Array;
  readonly rttMs: number | undefined;
}

type State =
  | { readonly name: 'asking' }
  | { readonly name: 'checking'; readonly answer: Answer }
  | { readonly name: 'finished'; readonly answer: Answer; readonly ack: Uint8Array };

export class ClientHandshake {
  readonly #crypto: ClassicCrypto;
  readonly #keys: EcdhKeyPair;
  readonly #auth: Uint8Array;
  readonly #startedMs: number;
  #state: State = { name: 'asking' };
  /** The server's, which may overtake its AUTH. */
  #serverAck: Packet | undefined;
  #resendAtMs: number;
  #sentCount = 0;
  #isConnected = false;

  constructor(crypto: ClassicCrypto, certificate: Uint8Array, nowMs: number) {
    this.#crypto = crypto;
    this.#keys = crypto.generateKeyPair();
    const { publicKey } = this.#keys;
    const head = { flags: 0, sequenceId: 0, data: new Uint8Array(0) };
    this.#auth = encodePacket({ ...head, type: 'auth', publicKey, certificate });
    this.#startedMs = nowMs;
    this.#resendAtMs = nowMs;
  }

  get endsAtMs(): number {
    return this.#startedMs + handshakeMs;
  }

  /** Also after the connection is made, while Finished is repeated. */
  get nextTimeoutMs(): number {
    return this.#resendAtMs;
  }

  /** Something else came: the server knows us. */
  settle(): void {
    this.#resendAtMs = Infinity;
  }

  /** What to send again, if anything, and the first AUTH. */
  handleTimeout(nowMs: number): readonly Uint8Array[] {
    if (nowMs < this.#resendAtMs) return [];
    const waitMs = Math.min(handshakeResendMs * 2 ** this.#sentCount, handshakeResendMsMax);
    this.#resendAtMs = nowMs + waitMs;
    this.#sentCount += 1;
    if (this.#state.name === 'asking') return [this.#auth];
    if (this.#state.name === 'checking') return [];
    // The server has ours, perhaps, but its own was lost: AUTH has it repeat its answer.
    if (!this.#isConnected) return [this.#auth, this.#state.ack];
    if (this.#sentCount > finishedResendsMax) this.#resendAtMs = Infinity;
    return [this.#state.ack];
  }

  /**
   * `check`: its certificate is to be checked now. A datagram: the answer to a repeated AUTH. A
   * number: the code to refuse the server with.
   */
  handleAuth(nowMs: number, auth: AuthPacket): 'check' | Uint8Array | number | undefined {
    if (this.#state.name !== 'asking') {
      const isSame = equalBytes(this.#state.answer.publicKey, auth.publicKey);
      return isSame && this.#state.name === 'finished' ? this.#state.ack : undefined;
    }
    if (auth.certificate === undefined) return errorCodes.certificateInvalid;
    const publicKey = auth.publicKey.slice();
    const session = agree(this.#crypto, this.#keys, publicKey);
    if (session === undefined) return errorCodes.connection;
    const answer = {
      session,
      publicKey,
      authId: auth.sequenceId % sequenceIds,
      isAuthReliable: (auth.flags & flags.reliable) !== 0,
      rttMs: this.#sentCount === 1 ? nowMs - this.#startedMs : undefined,
    };
    this.#state = { name: 'checking', answer };
    this.#resendAtMs = Infinity;
    return 'check';
  }

  /** The server's certificate is valid: our Finished. Undefined when nobody asked. */
  accept(nowMs: number): Uint8Array | undefined {
    if (this.#state.name !== 'checking') return undefined;
    const { answer } = this.#state;
    const head = { flags: 0, sequenceId: 1, data: answer.session.finished };
    const ack = encodePacket({ ...head, type: 'ack', ackId: answer.authId, ackBits: 0 });
    this.#state = { name: 'finished', answer, ack };
    this.#sentCount = 1;
    this.#resendAtMs = nowMs + handshakeResendMs;
    return ack;
  }

  /** The server's Finished is kept until it can be compared. */
  handleAck(packet: Packet): void {
    if (packet.type !== 'ack' || packet.ackId !== 0 || packet.data.length === 0) return;
    const initVector = packet.initVector && { initVector: packet.initVector.slice() };
    this.#serverAck = { ...packet, ...initVector, data: packet.data.slice() };
  }

  /** Undefined while something is missing. */
  result(nowMs: number): Connection | 'wrong' | undefined {
    const packet = this.#serverAck;
    if (this.#state.name !== 'finished' || packet === undefined) return undefined;
    const { session, authId, isAuthReliable, rttMs } = this.#state.answer;
    const crypto = this.#crypto;
    const data = unpackData(crypto, session.key, packet);
    if (!data.ok || !crypto.equalSecrets(data.value, session.finished)) return 'wrong';
    this.#isConnected = true;
    const received = new ReceivedIds(authId);
    received.add(received.expand(authId), isAuthReliable);
    const isAckReliable = (packet.flags & flags.reliable) !== 0;
    received.add(received.expand(packet.sequenceId % sequenceIds), isAckReliable);
    const sessionKey = session.key;
    return new Connection(
      { role: 'client', crypto, sessionKey, nextSequenceId, received, handshakeRttMs: rttMs },
      nowMs,
    );
  }
}
