// The host's half of the handshake as checks and answers, without a table and without time-outs
// (`host-endpoint.ts` has those). `admitAuth1` is what a stranger can make a host do; `readAuth1`,
// with its Diffie-Hellmans, is for those who showed the gate.

import { concatBytes, equalBytes, toHex, utf8 } from '../../base/bytes.ts';
import { err, ok, type Result } from '../../base/result.ts';
import {
  type Auth1,
  decodeAuth1,
  decodeAuth1Payload,
  encodeAuth2,
  encodeAuth2Payload,
} from '../../codec/paperclip/auth.ts';
import { decodeParameters, encodeParameters } from '../../codec/paperclip/parameters.ts';
import type { Crypto, KeyPair } from '../crypto.ts';
import type { TicketClaims } from '../link.ts';
import { errorCodes } from './error-codes.ts';
import { type HostGate, verifyGate } from './gate.ts';
import { NoiseHandshake } from './noise.ts';
import type { TransportParameters } from './parameters.ts';
import type { RefusalReason } from './refusals.ts';
import { checkTicket, type TicketKeys } from './tickets.ts';

export interface HostHandshakeOptions {
  readonly keyPair: KeyPair;
  /** 8 bytes: which application this is. */
  readonly protocolId: Uint8Array;
  readonly parameters: TransportParameters;
  readonly gate: HostGate;
  /** Undefined: no platform. Anyone who shows the gate may come, known by static key alone. */
  readonly ticketKeys?: TicketKeys | undefined;
}

/** An AUTH 1 of someone who holds the gate key. */
export interface GatedAuth1 {
  readonly fields: Auth1;
  readonly gateKey: Uint8Array;
}

/** A client that said who it is, and can be answered once. */
export interface ClientHello {
  readonly noise: NoiseHandshake;
  readonly clientConnectionId: number;
  readonly clientPublicKey: Uint8Array;
}

/** A client with every right to come in, if there is room. */
export interface AdmissibleClient {
  readonly hello: ClientHello;
  readonly remote: TransportParameters;
  readonly claims: TicketClaims | undefined;
}

/** A player may be in several matches on one host, with a connection for each. */
export function playerKeyOf({ claims, hello }: AdmissibleClient): string {
  if (claims !== undefined) return `${claims.matchId}\0${claims.playerId}`;
  return toHex(hello.clientPublicKey);
}

export interface RefusedClient {
  readonly reason: RefusalReason;
  /** Given when the client proved itself far enough to be told why. */
  readonly hello?: ClientHello;
}

export interface AcceptedClient {
  readonly auth2: Uint8Array;
  /** The first key of each direction, 32 bytes. */
  readonly sealKey: Uint8Array;
  readonly openKey: Uint8Array;
}

const prologueLabel: Uint8Array = utf8('paperclip');
/** First byte, stage, suite, gate id, protocol id, client connection id. */
const prologueHeaderBytes = 16;

/** Binds all of AUTH 1 that stands in the clear before the Noise message. */
export function handshakePrologue(auth1: Uint8Array): Uint8Array {
  return concatBytes(prologueLabel, auth1.subarray(0, prologueHeaderBytes));
}

export class HostHandshake {
  readonly #crypto: Crypto;
  readonly #options: HostHandshakeOptions;
  readonly #parameterBytes: Uint8Array;

  constructor(crypto: Crypto, options: HostHandshakeOptions) {
    this.#crypto = crypto;
    this.#options = options;
    this.#parameterBytes = encodeParameters(options.parameters);
  }

  /** Receive checks 1 to 6: the price of a stranger's datagram is one MAC. */
  admitAuth1(nowMs: number, datagram: Uint8Array): Result<GatedAuth1, RefusalReason> {
    const auth1 = decodeAuth1(datagram);
    if (!auth1.ok) return auth1;
    if (!equalBytes(auth1.value.protocolId, this.#options.protocolId)) {
      return err('wrong-protocol-id');
    }
    const gateKey = this.#options.gate.keyOf(nowMs, auth1.value.gateId);
    if (gateKey === undefined) return err('gate-unknown');
    if (!verifyGate(this.#crypto, gateKey, datagram)) return err('gate-mac');
    return ok({ fields: auth1.value, gateKey });
  }

  /** Receive checks 8 to 12: who it is, and whether the ticket is theirs and good now. */
  readAuth1(
    datagram: Uint8Array,
    auth1: Auth1,
    unixMs: number,
  ): Result<AdmissibleClient, RefusedClient> {
    const noise = new NoiseHandshake(this.#crypto, {
      pattern: 'IK',
      role: 'responder',
      prologue: handshakePrologue(datagram),
      staticKeys: this.#options.keyPair,
    });
    const payload = noise.readMessage(auth1.noiseMessage);
    const clientPublicKey = noise.remoteStaticKey;
    if (payload === undefined || clientPublicKey === undefined) {
      return err({ reason: 'noise-failed' });
    }
    const hello = { noise, clientConnectionId: auth1.clientConnectionId, clientPublicKey };
    const refuse = (reason: RefusalReason) => err({ reason, hello });

    const parts = decodeAuth1Payload(payload);
    if (!parts.ok) return refuse('payload-malformed');
    const remote = decodeParameters(parts.value.parameters);
    if (!remote.ok) return refuse('parameters-invalid');
    const claims = this.#readTicket(parts.value.ticket, clientPublicKey, unixMs);
    if (!claims.ok) return refuse(claims.error);
    const { channelPlanHash } = this.#options.parameters;
    if (!this.#crypto.equal(remote.value.channelPlanHash, channelPlanHash)) {
      return refuse('channels-differ');
    }
    return ok({ hello, remote: remote.value, claims: claims.value });
  }

  /** Answers a hello with yes. The keys are the host's: it seals with the responder's. */
  accept(hello: ClientHello, hostConnectionId: number, unixMs: number): AcceptedClient | undefined {
    const auth2 = this.#answer(
      hello,
      encodeAuth2Payload({
        kind: 'accepted',
        parameters: this.#parameterBytes,
        hostConnectionId,
        hostTimeMs: unixMs,
      }),
    );
    if (auth2 === undefined) return undefined;
    const { initiatorKey, responderKey } = hello.noise.split();
    return { auth2, sealKey: responderKey, openKey: initiatorKey };
  }

  /** Answers a hello with no, in a way that only this host can. */
  refuse(hello: ClientHello, reason: RefusalReason): Uint8Array | undefined {
    return this.#answer(hello, encodeAuth2Payload({ kind: 'refused', code: refusalCode(reason) }));
  }

  #answer(hello: ClientHello, payload: Uint8Array): Uint8Array | undefined {
    const noiseMessage = hello.noise.writeMessage(payload);
    if (noiseMessage === undefined) return undefined;
    return encodeAuth2({ clientConnectionId: hello.clientConnectionId, noiseMessage });
  }

  #readTicket(
    ticket: Uint8Array,
    clientPublicKey: Uint8Array,
    unixMs: number,
  ): Result<TicketClaims | undefined, RefusalReason> {
    const { ticketKeys, keyPair } = this.#options;
    if (ticketKeys === undefined) {
      return ticket.length === 0 ? ok(undefined) : err('ticket-key-unknown');
    }
    const claims = ticketKeys.open(ticket);
    if (!claims.ok) return claims;
    const reason = checkTicket(this.#crypto, claims.value, {
      hostPublicKey: keyPair.publicKey,
      clientPublicKey,
      unixMs,
    });
    return reason === undefined ? claims : err(reason);
  }
}

/** What a client is told; it learns less than the host's counters do. */
function refusalCode(reason: RefusalReason): number {
  switch (reason) {
    case 'payload-malformed':
    case 'parameters-invalid':
      return errorCodes.PARAMETERS_INVALID.code;
    case 'ticket-not-yet':
    case 'ticket-expired':
      return errorCodes.TICKET_EXPIRED.code;
    case 'ticket-used':
      return errorCodes.TICKET_USED.code;
    case 'ticket-superseded':
      return errorCodes.REPLACED.code;
    case 'channels-differ':
      return errorCodes.CHANNELS_DIFFER.code;
    case 'connections-full':
    case 'half-open-full':
      return errorCodes.NO_SPACE.code;
    default:
      return errorCodes.TICKET_INVALID.code;
  }
}
