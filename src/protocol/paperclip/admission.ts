// Who comes in: the host's answer to AUTH 1, from the first check to the half-open place that waits
// for a first packet, and what only the host's tables can say (room, used tickets, a player who is
// here already). The checks of bytes, keys and tickets are in `handshake-host.ts`.
//
// It is NOT the data path: `host-endpoint.ts` finds the connection of a packet, and asks here only
// when a first packet has proven itself.

import { equalBytes, toHex } from '../../base/bytes.ts';
import { authLimits } from '../../codec/paperclip/auth.ts';
import type { Crypto } from '../crypto.ts';
import type { TicketClaims } from '../link.ts';
import { drawConnectionId, type PeerAddress } from './endpoint-output.ts';
import { derivedGate, fixedGate, type Gate, type HostGate, RotatingGate } from './gate.ts';
import { type HalfOpen, HalfOpenTable } from './half-open.ts';
import {
  type AdmissibleClient,
  HostHandshake,
  playerKeyOf,
  type RefusedClient,
} from './handshake-host.ts';
import { handshakeLimits } from './handshake-limits.ts';
import type { HostEndpointOptions } from './host-endpoint.ts';
import type { Live, LiveConnections } from './live-connections.ts';
import type { TransportParameters } from './parameters.ts';
import type { RefusalReason } from './refusals.ts';
import { TicketKeys, UsedTickets } from './tickets.ts';

/** What the endpoint shares: its connections by id, and its way out. */
export interface AdmissionHost<Address extends PeerAddress> {
  readonly entries: Map<number, HalfOpen<Address> | Live<Address>>;
  readonly lives: LiveConnections<Address>;
  readonly parameters: TransportParameters;
  transmit(to: Address, bytes: Uint8Array): void;
}

export class Admission<Address extends PeerAddress> {
  readonly #crypto: Crypto;
  readonly #options: HostEndpointOptions;
  readonly #host: AdmissionHost<Address>;
  readonly #gate: HostGate;
  readonly #handshake: HostHandshake;
  readonly #connectionsMax: number;
  readonly #halfOpen = new HalfOpenTable<Address>();
  readonly #usedTickets = new UsedTickets();
  #isClosing = false;

  constructor(
    crypto: Crypto,
    options: HostEndpointOptions,
    host: AdmissionHost<Address>,
    nowMs: number,
  ) {
    this.#crypto = crypto;
    this.#options = options;
    this.#host = host;
    this.#connectionsMax = options.connectionsMax ?? handshakeLimits.connectionsMax;
    const { platformKeys, keyPair, protocolId } = options;
    this.#gate =
      platformKeys === undefined
        ? fixedGate(derivedGate(crypto, keyPair.publicKey))
        : new RotatingGate(crypto, nowMs);
    this.#handshake = new HostHandshake(crypto, {
      keyPair,
      protocolId,
      parameters: host.parameters,
      gate: this.#gate,
      ticketKeys: platformKeys && new TicketKeys(crypto, platformKeys),
    });
  }

  gate(nowMs: number): Gate {
    return this.#gate.current(nowMs);
  }

  /** Handshakes answered and not proven. */
  get halfOpenCount(): number {
    return this.#halfOpen.waiting;
  }

  /** When `handleTimeout` has something to forget; Infinity: never. */
  get nextExpiryMs(): number {
    return this.#halfOpen.nextExpiryMs;
  }

  handleTimeout(nowMs: number): void {
    for (const gone of this.#halfOpen.expire(nowMs)) {
      this.#host.entries.delete(gone.setup.localConnectionId);
    }
  }

  /** From now on nobody comes in; those who were half in are given up. */
  close(): void {
    this.#isClosing = true;
    for (const entry of [...this.#host.entries.values()]) {
      if (entry.state === 'half-open') this.#giveUp(entry);
    }
  }

  handleAuth1(nowMs: number, from: Address, datagram: Uint8Array): RefusalReason | undefined {
    const auth1 = this.#handshake.admitAuth1(nowMs, datagram);
    if (!auth1.ok) return auth1.error;
    const auth1Key = toHex(datagram.subarray(authLimits.gateMacOffset, authLimits.cookieMacOffset));
    const known = this.#halfOpen.answerTo(auth1Key);
    if (known !== undefined) {
      this.#host.transmit(from, known);
      return undefined;
    }
    if (this.#isClosing) return 'host-closing';
    if (this.#halfOpen.isFull) return 'half-open-full';

    const unixMs = this.#options.unixTimeMs(nowMs);
    const read = this.#handshake.readAuth1(datagram, auth1.value, unixMs);
    if (!read.ok) return this.#refuse(from, read.error);
    const { hello } = read.value;
    const reason = this.#whyRefuse(read.value, unixMs);
    if (reason !== undefined) return this.#refuse(from, { reason, hello });
    return this.#accept(nowMs, from, auth1Key, read.value, unixMs);
  }

  /** Its first packet was authentic: undefined when it may stay, and its ticket is used then. */
  settle(nowMs: number, halfOpen: HalfOpen<Address>): RefusalReason | undefined {
    this.#halfOpen.settle(halfOpen);
    const unixMs = this.#options.unixTimeMs(nowMs);
    const refused = this.#whyNoRoom(halfOpen, unixMs);
    const { ticket, playerKey } = halfOpen;
    if (refused === undefined && ticket !== undefined) this.#useTicket(ticket, playerKey, unixMs);
    return refused;
  }

  #refuse(to: Address, { reason, hello }: RefusedClient): RefusalReason {
    const answer = hello && this.#handshake.refuse(hello, reason);
    if (answer !== undefined) this.#host.transmit(to, answer);
    return reason;
  }

  #accept(
    nowMs: number,
    from: Address,
    auth1Key: string,
    client: AdmissibleClient,
    unixMs: number,
  ): RefusalReason | undefined {
    const { entries } = this.#host;
    const id = drawConnectionId(this.#crypto, (taken) => entries.has(taken));
    const accepted = this.#handshake.accept(client.hello, id, unixMs);
    if (accepted === undefined) return 'noise-failed';
    const halfOpen: HalfOpen<Address> = {
      state: 'half-open',
      address: from,
      auth1Key,
      auth2: accepted.auth2,
      setup: {
        role: 'host',
        channels: this.#options.channels,
        local: this.#host.parameters,
        remote: client.remote,
        localConnectionId: id,
        remoteConnectionId: client.hello.clientConnectionId,
        crypto: this.#crypto,
        deflate: this.#options.deflate,
        sealKey: accepted.sealKey,
        openKey: accepted.openKey,
      },
      playerKey: playerKeyOf(client),
      ticket: client.claims,
      publicKey: client.hello.clientPublicKey,
      answeredAtMs: nowMs,
      expiresAtMs: nowMs + handshakeLimits.halfOpenMs,
      isAnsweredAgain: false,
      receiver: undefined,
    };
    entries.set(id, halfOpen);
    this.#halfOpen.add(halfOpen);
    this.#host.transmit(from, accepted.auth2);
    return undefined;
  }

  /** What only the host's tables can say of a client whose papers are in order. */
  #whyRefuse(client: AdmissibleClient, unixMs: number): RefusalReason | undefined {
    const { claims } = client;
    const playerKey = playerKeyOf(client);
    if (claims !== undefined && this.#usedTickets.has(claims.ticketId)) return 'ticket-used';
    if (this.#halfOpen.isFullFor(playerKey)) return 'half-open-full';
    return this.#whyNoRoom({ ticket: claims, playerKey }, unixMs);
  }

  #whyNoRoom(
    { ticket, playerKey }: Pick<HalfOpen<Address>, 'ticket' | 'playerKey'>,
    unixMs: number,
  ): RefusalReason | undefined {
    const { lives } = this.#host;
    if (ticket !== undefined && this.#usedTickets.isFull(unixMs)) return 'connections-full';
    // Those that have ended and wait out their draining are connections too.
    if (lives.count >= this.#connectionsMax + handshakeLimits.halfOpenMax) {
      return 'connections-full';
    }
    const old = lives.ofPlayer(playerKey);
    if (old === undefined) {
      return lives.playerCount >= this.#connectionsMax ? 'connections-full' : undefined;
    }
    const isOlder = (ticket?.notBeforeMs ?? 0) < (old.ticket?.notBeforeMs ?? 0);
    return isOlder ? 'ticket-superseded' : undefined;
  }

  /** Other handshakes with this ticket may have been answered; they lead nowhere now. */
  #useTicket(ticket: TicketClaims, playerKey: string, unixMs: number): void {
    this.#usedTickets.add(ticket, unixMs);
    for (const other of this.#halfOpen.waitingOf(playerKey)) {
      if (equalBytes(other.ticket!.ticketId, ticket.ticketId)) this.#giveUp(other);
    }
  }

  #giveUp(halfOpen: HalfOpen<Address>): void {
    this.#halfOpen.settle(halfOpen);
    this.#host.entries.delete(halfOpen.setup.localConnectionId);
  }
}
