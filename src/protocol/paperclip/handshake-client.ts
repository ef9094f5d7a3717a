// The client's half of the handshake: one AUTH 1, made once and sent again as it is (with a cookie
// when the host asks for one), and what may be believed of the answers. Sending, waiting and giving
// up are `client-endpoint.ts`.

import { err, ok, type Result } from '../../base/result.ts';
import {
  authLimits,
  decodeAuth2,
  decodeAuth2Payload,
  decodeRetry,
  encodeAuth1,
  encodeAuth1Payload,
  suiteNoiseIk,
} from '../../codec/paperclip/auth.ts';
import { decodeParameters, encodeParameters } from '../../codec/paperclip/parameters.ts';
import type { Crypto, KeyPair } from '../crypto.ts';
import { openRetry, showCookie } from './cookies.ts';
import { errorCodes } from './error-codes.ts';
import { type Gate, sealGate } from './gate.ts';
import { handshakePrologue } from './handshake-host.ts';
import { NoiseHandshake, noiseIkMessage1Overhead } from './noise.ts';
import type { TransportParameters } from './parameters.ts';
import type { RefusalReason } from './refusals.ts';

export interface ClientHandshakeOptions {
  readonly keyPair: KeyPair;
  readonly hostPublicKey: Uint8Array;
  readonly protocolId: Uint8Array;
  readonly gate: Gate;
  /** As the platform signed it; empty where the host has no platform. */
  readonly ticket: Uint8Array;
  readonly parameters: TransportParameters;
  readonly connectionId: number;
}

export type HostAnswer =
  | {
      readonly kind: 'accepted';
      readonly remote: TransportParameters;
      readonly hostConnectionId: number;
      /** Unix milliseconds by the host's clock when it answered. */
      readonly hostTimeMs: number;
      /** The first key of each direction, 32 bytes. */
      readonly sealKey: Uint8Array;
      readonly openKey: Uint8Array;
    }
  | { readonly kind: 'refused'; readonly code: number };

export class ClientHandshake {
  readonly #crypto: Crypto;
  readonly #noise: NoiseHandshake;
  readonly #connectionId: number;
  readonly #channelPlanHash: Uint8Array;
  readonly #gateKey: Uint8Array;
  /**
   * The whole datagram. Each sending is the same bytes up to the cookie MAC, so that the host makes
   * one state of it.
   */
  readonly auth1: Uint8Array;

  /** Throws on a ticket that fits no AUTH 1, a gate that is none, and a host key that is no key. */
  constructor(crypto: Crypto, options: ClientHandshakeOptions) {
    const { id, key } = options.gate;
    // Anything else would seal an AUTH 1 that no host answers, and look like a host that is away.
    if (!Number.isInteger(id) || id < 0 || id > 255 || key.length !== 32) {
      throw new RangeError(`gate must be an id from 0 to 255 and a key of 32 bytes`);
    }
    this.#crypto = crypto;
    this.#connectionId = options.connectionId;
    this.#gateKey = options.gate.key;
    this.#channelPlanHash = options.parameters.channelPlanHash;
    const payload = encodeAuth1Payload({
      parameters: encodeParameters(options.parameters),
      ticket: options.ticket,
    });
    const fields = {
      suite: suiteNoiseIk,
      gateId: options.gate.id,
      protocolId: options.protocolId,
      clientConnectionId: options.connectionId,
    };
    // The prologue is the header, and the header does not depend on the message behind it.
    const header = encodeAuth1({ ...fields, noiseMessage: new Uint8Array(0) });
    this.#noise = new NoiseHandshake(crypto, {
      pattern: 'IK',
      role: 'initiator',
      prologue: handshakePrologue(header),
      staticKeys: options.keyPair,
      remoteStaticKey: options.hostPublicKey,
    });
    if (noiseIkMessage1Overhead + payload.length > authLimits.noiseMessage1BytesMax) {
      throw new RangeError(`ticket is ${options.ticket.length} bytes, too long for AUTH 1`);
    }
    const noiseMessage = this.#noise.writeMessage(payload);
    if (noiseMessage === undefined) throw new RangeError('hostPublicKey is not a usable key');
    this.auth1 = encodeAuth1({ ...fields, noiseMessage });
    sealGate(crypto, options.gate, this.auth1);
  }

  /** Undefined: AUTH 1 now shows the cookie. */
  readRetry(datagram: Uint8Array): RefusalReason | undefined {
    const retry = decodeRetry(datagram);
    if (!retry.ok) return retry.error;
    if (retry.value.clientConnectionId !== this.#connectionId) return 'unexpected-answer';
    const cookie = openRetry(this.#crypto, this.#gateKey, this.auth1, retry.value);
    if (cookie === undefined) return 'retry-failed';
    showCookie(this.#crypto, cookie, this.auth1);
    return undefined;
  }

  /** An error leaves the handshake as it was: a forged answer changes nothing. */
  readAuth2(datagram: Uint8Array): Result<HostAnswer, RefusalReason> {
    const auth2 = decodeAuth2(datagram);
    if (!auth2.ok) return auth2;
    if (auth2.value.clientConnectionId !== this.#connectionId) return err('unexpected-answer');
    if (this.#noise.isDone) return err('unexpected-answer');
    const payload = this.#noise.readMessage(auth2.value.noiseMessage);
    if (payload === undefined) return err('noise-failed');

    // From here on it is the true host that speaks, and the handshake is spent: nonsense from it
    // is an end, not something to wait past.
    const answer = decodeAuth2Payload(payload);
    if (!answer.ok) return ok(refusedHere(errorCodes.PARAMETERS_INVALID.code));
    if (answer.value.kind === 'refused') return ok(answer.value);
    const remote = decodeParameters(answer.value.parameters);
    if (!remote.ok) return ok(refusedHere(errorCodes.PARAMETERS_INVALID.code));
    if (!this.#crypto.equal(remote.value.channelPlanHash, this.#channelPlanHash)) {
      return ok(refusedHere(errorCodes.CHANNELS_DIFFER.code));
    }
    const { initiatorKey, responderKey } = this.#noise.split();
    return ok({
      kind: 'accepted',
      remote: remote.value,
      hostConnectionId: answer.value.hostConnectionId,
      hostTimeMs: answer.value.hostTimeMs,
      sealKey: initiatorKey,
      openKey: responderKey,
    });
  }
}

const refusedHere = (code: number): HostAnswer => ({ kind: 'refused', code });
