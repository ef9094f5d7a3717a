// Who comes in: the host's answer to AUTH 1, from the first check to the half-open place that waits
// for a first packet, and what only the host's tables can say (room, used tickets, a player who is
// here already). The checks of bytes, keys and tickets are in `handshake-host.ts`. Under load
// (`load-gauge.ts`) a client shows a cookie first, and handshakes are rationed.
//
// It is NOT the data path: `host-endpoint.ts` finds the connection of a packet, and asks here only
// when a first packet has proven itself.

import { equalBytes, plainView, toHex } from '../../base/bytes.ts';
import { type Auth1, authLimits } from '../../codec/paperclip/auth.ts';
import type { Crypto } from '../crypto.ts';
import type { HandshakeLoad, TicketClaims } from '../link.ts';
import { AddressShares } from './address-shares.ts';
import { HostCookies } from './cookies.ts';
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
import type { HostClock } from './host-clock.ts';
import type { HostEndpointOptions } from './host-endpoint.ts';
import type { Live, LiveConnections } from './live-connections.ts';
import { LoadGauge } from './load-gauge.ts';
import type { TransportParameters } from './parameters.ts';
import type { RefusalReason } from './refusals.ts';
import { TicketKeys, UsedTickets } from './tickets.ts';
import { TokenBucket } from './token-bucket.ts';

/** What the endpoint shares: its connections by id, and its way out. */
export interface AdmissionHost<Address extends PeerAddress> {
  readonly entries: Map<number, HalfOpen<Address> | Live<Address>>;
  readonly lives: LiveConnections<Address>;
  readonly parameters: TransportParameters;
  readonly clock: HostClock;
  transmit(to: Address, bytes: Uint8Array): void;
}

export class Admission<Address extends PeerAddress> {
  readonly #crypto: Crypto;
  readonly #options: HostEndpointOptions;
  readonly #host: AdmissionHost<Address>;
  readonly #gate: HostGate;
  readonly #handshake: HostHandshake;
  readonly #connectionsMax: number;
  /** Of anyone, before a byte is looked at: what a flood may cost those who play. */
  readonly #looks: TokenBucket;
  /** Until then the event loop counts as late, and strangers can wait. */
  #lateUntilMs = Number.NEGATIVE_INFINITY;
  readonly #load: LoadGauge;
  readonly #cookies: HostCookies;
  readonly #shares = new AddressShares();
  /** Of all addresses together, under load. */
  readonly #answers: TokenBucket;
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
    this.#load = new LoadGauge(nowMs);
    this.#cookies = new HostCookies(crypto, nowMs);
    const { handshakesPerSecondMax, handshakesBurst, authPerSecondMax, authBurst } =
      handshakeLimits;
    this.#looks = new TokenBucket(authPerSecondMax, authBurst, nowMs);
    this.#answers = new TokenBucket(handshakesPerSecondMax, handshakesBurst, nowMs);
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

  get halfOpenCount(): number {
    return this.#halfOpen.waiting;
  }

  load(nowMs: number): HandshakeLoad {
    return {
      halfOpen: this.#halfOpen.waiting,
      isUnderLoad: this.#load.isUnderLoad(nowMs),
      engagedCount: this.#load.engagedCount,
      addressesRemembered: this.#shares.size,
    };
  }

  /** The driver was woken so much later than it asked to be. */
  handleDelay(nowMs: number, delayMs: number): void {
    const { authLateMs, authLateForMs } = handshakeLimits;
    if (delayMs >= authLateMs) this.#lateUntilMs = nowMs + authLateForMs;
    this.#load.handleDelay(nowMs, delayMs);
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

  handleAuth1(
    nowMs: number,
    from: Address,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): RefusalReason | undefined {
    // Not counted as a look: a flood of single bytes would use up those of the players.
    if (end - start !== authLimits.auth1Bytes) return 'wrong-length';
    const cost = nowMs < this.#lateUntilMs ? handshakeLimits.authLateLooks : 1;
    if (!this.#looks.take(nowMs, cost)) return 'auth-rate';
    // Not before: half of a flood ends above, and a view costs more than all of that.
    const datagram = plainView(bytes, start, end);
    const gated = this.#handshake.admitAuth1(nowMs, datagram);
    if (!gated.ok) return gated.error;
    const { fields, gateKey } = gated.value;
    this.#load.handleKnock(nowMs, this.#halfOpen.waiting);
    const isUnderLoad = this.#load.isUnderLoad(nowMs);
    // A cookie that nobody asked for is not looked at: it may be from before the load was over.
    const unproven = isUnderLoad ? this.#cookies.check(nowMs, from, datagram) : undefined;
    if (unproven !== undefined) {
      const { clientConnectionId } = fields;
      const retry = this.#cookies.retry(nowMs, from, gateKey, clientConnectionId, datagram);
      this.#host.transmit(from, retry);
      return unproven;
    }
    const auth1Key = toHex(datagram.subarray(authLimits.gateMacOffset, authLimits.cookieMacOffset));
    const known = this.#halfOpen.answerTo(auth1Key, from);
    if (known === 'elsewhere') return 'wrong-address';
    if (known !== undefined) {
      this.#host.transmit(from, known);
      return undefined;
    }
    if (this.#isClosing) return 'host-closing';
    if (this.#halfOpen.isFull) return 'half-open-full';
    if (isUnderLoad) {
      if (!this.#shares.take(nowMs, from.shareKey)) return 'address-share';
      if (!this.#answers.take(nowMs)) return 'handshake-rate';
    }
    return this.#answer(nowMs, from, auth1Key, fields, datagram);
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

  /** From here on it costs Diffie-Hellmans. */
  #answer(
    nowMs: number,
    from: Address,
    auth1Key: string,
    fields: Auth1,
    datagram: Uint8Array,
  ): RefusalReason | undefined {
    const unixMs = this.#options.unixTimeMs(nowMs);
    const read = this.#handshake.readAuth1(datagram, fields, unixMs);
    if (!read.ok) return this.#refuse(from, read.error);
    const { hello } = read.value;
    const reason = this.#whyRefuse(read.value, unixMs);
    if (reason !== undefined) return this.#refuse(from, { reason, hello });
    return this.#accept(nowMs, from, auth1Key, read.value, unixMs);
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
        hostClock: this.#host.clock,
        probesMtu: this.#options.probesMtu ?? false,
        ...(this.#options.congestion && { congestion: this.#options.congestion }),
        ...(this.#options.keyLimits && { keyLimits: this.#options.keyLimits }),
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
