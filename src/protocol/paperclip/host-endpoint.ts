// The accepting side without its socket: one port, many connections. It finds the connection of a
// datagram, answers handshakes within the bounds of `half-open.ts`, and says when a client is
// truly there. The checks of the handshake are in `handshake-host.ts`, and everything after it in
// `connection.ts`.
//
// Order of calls: `handleDatagram`, `handleTimeout` and commands as they come, and after each of
// them `poll` until it returns undefined.

import { equalBytes, toHex } from '../../base/bytes.ts';
import { authLimits, datagramKind } from '../../codec/paperclip/auth.ts';
import { dataPacketDestination } from '../../codec/paperclip/packet.ts';
import type { Crypto, KeyPair } from '../crypto.ts';
import type { LinkStats, TicketClaims } from '../link.ts';
import { Connection } from './connection.ts';
import type { DropReason } from './drops.ts';
import {
  drawConnectionId,
  type EndpointOutput,
  localParameters,
  type ParameterOptions,
  type PeerAddress,
} from './endpoint-output.ts';
import { errorCodes } from './error-codes.ts';
import { derivedGate, fixedGate, type Gate, type HostGate, RotatingGate } from './gate.ts';
import { type HalfOpen, HalfOpenTable, proveFirstPacket } from './half-open.ts';
import {
  type AdmissibleClient,
  HostHandshake,
  playerKeyOf,
  type RefusedClient,
} from './handshake-host.ts';
import { handshakeLimits } from './handshake-limits.ts';
import { type Live, LiveConnections } from './live-connections.ts';
import type { MessageOptions } from './outbox.ts';
import type { PlannedChannel, TransportParameters } from './parameters.ts';
import { RefusalCounts, type RefusalReason } from './refusals.ts';
import { TicketKeys, UsedTickets } from './tickets.ts';
import { VersionErrors } from './version-errors.ts';

export interface HostEndpointOptions {
  readonly keyPair: KeyPair;
  readonly protocolId: Uint8Array;
  readonly channels: readonly PlannedChannel[];
  readonly parameters?: ParameterOptions | undefined;
  /** Ed25519 public keys whose tickets open this host. Undefined: it is open to all who knock. */
  readonly platformKeys?: readonly Uint8Array[] | undefined;
  readonly connectionsMax?: number | undefined;
  /** Tickets carry Unix time, and `nowMs` need not be that. */
  readonly unixTimeMs: (nowMs: number) => number;
}

export class HostEndpoint<Address extends PeerAddress> {
  readonly #crypto: Crypto;
  readonly #options: HostEndpointOptions;
  readonly #parameters: TransportParameters;
  readonly #gate: HostGate;
  readonly #handshake: HostHandshake;
  readonly #connectionsMax: number;
  readonly #entries = new Map<number, HalfOpen<Address> | Live<Address>>();
  readonly #halfOpen = new HalfOpenTable<Address>();
  readonly #usedTickets = new UsedTickets();
  readonly #lives = new LiveConnections<Address>((live) => this.#entries.delete(live.id));
  readonly #outbox: EndpointOutput<Address>[] = [];
  readonly #refusals = new RefusalCounts();
  readonly #versionErrors = new VersionErrors();
  #isClosing = false;
  #timeoutDue = false;

  constructor(crypto: Crypto, options: HostEndpointOptions, nowMs: number) {
    this.#crypto = crypto;
    this.#options = options;
    this.#parameters = localParameters(crypto, options.channels, options.parameters ?? {});
    this.#connectionsMax = options.connectionsMax ?? handshakeLimits.connectionsMax;
    const { platformKeys, keyPair, protocolId } = options;
    this.#gate =
      platformKeys === undefined
        ? fixedGate(derivedGate(crypto, keyPair.publicKey))
        : new RotatingGate(crypto, nowMs);
    this.#handshake = new HostHandshake(crypto, {
      keyPair,
      protocolId,
      parameters: this.#parameters,
      gate: this.#gate,
      ticketKeys: platformKeys && new TicketKeys(crypto, platformKeys),
    });
  }

  gate(nowMs: number): Gate {
    return this.#gate.current(nowMs);
  }

  /** Dropped datagrams by reason: those that no connection took, and those that one did. */
  get refusals(): Readonly<Record<RefusalReason | DropReason, number>> {
    return { ...this.#refusals.all, ...this.#lives.drops };
  }

  /** Handshakes answered and not proven. */
  get halfOpenCount(): number {
    return this.#halfOpen.waiting;
  }

  /** Established connections, those that are draining among them. */
  get connectionCount(): number {
    return this.#lives.count;
  }

  /** Undefined when there is no such connection, or no more. */
  stats(connection: number): LinkStats | undefined {
    return this.#live(connection)?.connection.stats();
  }

  isOpen(connection: number): boolean {
    return this.#live(connection)?.connection.isOpen ?? false;
  }

  handleDatagram(
    nowMs: number,
    from: Address,
    bytes: Uint8Array,
    start = 0,
    end = bytes.length,
  ): void {
    this.#timeoutDue = true;
    const refusal = this.#route(nowMs, from, bytes, start, end);
    if (refusal !== undefined) this.#refusals.add(refusal);
  }

  handleTimeout(nowMs: number): void {
    this.#timeoutDue = true;
    for (const gone of this.#halfOpen.expire(nowMs)) {
      this.#entries.delete(gone.setup.localConnectionId);
    }
    this.#lives.handleTimeout(nowMs);
  }

  /** Throws when there is no such connection. */
  send(
    nowMs: number,
    connection: number,
    channel: number,
    message: Uint8Array,
    options?: MessageOptions,
  ): boolean {
    const live = this.#live(connection);
    if (live === undefined) throw new Error('the link is not open');
    this.#touch(live);
    return live.connection.send(nowMs, channel, message, options);
  }

  flush(nowMs: number, connection: number): void {
    const live = this.#live(connection);
    if (live === undefined) return;
    this.#touch(live);
    live.connection.flush(nowMs);
  }

  close(nowMs: number, connection: number, code: number, reason: string): void {
    const live = this.#live(connection);
    if (live === undefined) return;
    this.#touch(live);
    live.connection.close(nowMs, code, reason);
  }

  /** Closes every connection, and answers no handshake any more. */
  closeAll(nowMs: number, code: number, reason: string): void {
    this.#isClosing = true;
    for (const entry of [...this.#entries.values()]) {
      if (entry.state === 'live') this.close(nowMs, entry.id, code, reason);
      else this.#giveUp(entry);
    }
  }

  poll(nowMs: number): EndpointOutput<Address> | undefined {
    const waiting = this.#outbox.shift();
    if (waiting !== undefined) return waiting;
    const output = this.#lives.poll(nowMs);
    if (output !== undefined) return output;
    if (!this.#timeoutDue) return undefined;
    this.#timeoutDue = false;
    return {
      kind: 'timeout',
      atMs: Math.min(this.#lives.nextWakeMs, this.#halfOpen.nextExpiryMs),
    };
  }

  #route(
    nowMs: number,
    from: Address,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): RefusalReason | undefined {
    if (end - start < 1) return 'too-short';
    const kind = datagramKind(bytes[start]!);
    switch (kind) {
      case 'data':
        return this.#handleData(nowMs, from, bytes, start, end);
      case 'auth':
        return this.#handleAuth1(nowMs, from, bytes.subarray(start, end));
      case 'error':
        // Nothing that a host waits for; and an ERROR never gets an answer.
        return 'unexpected-answer';
      case 'unknown-version': {
        const answer = this.#versionErrors.answerTo(nowMs, end - start);
        if (answer !== undefined) this.#transmit(from, answer);
        return kind;
      }
      case 'unknown-type':
        return kind;
      default:
        return kind satisfies never;
    }
  }

  #handleData(
    nowMs: number,
    from: Address,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): RefusalReason | undefined {
    const id = dataPacketDestination(bytes, start, end);
    if (id < 0) return 'too-short';
    const entry = this.#entries.get(id);
    if (entry === undefined) return 'unknown-connection';
    // Here migration will begin: an authentic packet with the newest number from a new address.
    if (from !== entry.address && from.key !== entry.address.key) return 'wrong-address';
    if (entry.state === 'half-open') {
      return this.#handleFirstPacket(nowMs, entry, bytes, start, end);
    }
    entry.connection.handleDatagram(nowMs, bytes, start, end);
    this.#lives.touch(entry);
    return undefined;
  }

  /** An authentic one proves that the client holds the keys, and where it is: now it counts. */
  #handleFirstPacket(
    nowMs: number,
    halfOpen: HalfOpen<Address>,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): RefusalReason | undefined {
    const setup = proveFirstPacket(nowMs, halfOpen, bytes, start, end);
    if (setup === undefined) return 'first-packet-failed';
    const connection = new Connection(setup, nowMs);
    connection.handleDatagram(nowMs, bytes, start, end);
    this.#halfOpen.settle(halfOpen);
    const unixMs = this.#options.unixTimeMs(nowMs);
    const refused = this.#whyNoRoom(halfOpen, unixMs);
    const live: Live<Address> = {
      state: 'live',
      id: setup.localConnectionId,
      connection,
      address: halfOpen.address,
      playerKey: halfOpen.playerKey,
      ticket: halfOpen.ticket,
      isAnnounced: refused === undefined,
      isDirty: false,
      wakeAtMs: Infinity,
      wakeIndex: -1,
    };
    this.#entries.set(live.id, live);
    this.#lives.add(live);
    if (refused !== undefined) {
      const { code, sentence } =
        refused === 'ticket-superseded' ? errorCodes.REPLACED : errorCodes.NO_SPACE;
      connection.close(nowMs, code, sentence);
      return refused;
    }
    if (halfOpen.ticket !== undefined) this.#useTicket(halfOpen.ticket, live.playerKey, unixMs);
    const replaced = errorCodes.REPLACED;
    this.#lives.seat(nowMs, live, replaced.code, replaced.sentence);
    const { address, publicKey, ticket } = halfOpen;
    const event = { type: 'established', address, publicKey, ticket } as const;
    this.#outbox.push({ kind: 'event', connection: live.id, event });
    return undefined;
  }

  /** Other handshakes with this ticket may have been answered; they lead nowhere now. */
  #useTicket(ticket: TicketClaims, playerKey: string, unixMs: number): void {
    this.#usedTickets.add(ticket, unixMs);
    for (const other of this.#halfOpen.waitingOf(playerKey)) {
      if (equalBytes(other.ticket!.ticketId, ticket.ticketId)) this.#giveUp(other);
    }
  }

  #handleAuth1(nowMs: number, from: Address, datagram: Uint8Array): RefusalReason | undefined {
    const auth1 = this.#handshake.admitAuth1(nowMs, datagram);
    if (!auth1.ok) return auth1.error;
    const auth1Key = toHex(datagram.subarray(authLimits.gateMacOffset, authLimits.cookieMacOffset));
    const known = this.#halfOpen.answerTo(auth1Key);
    if (known !== undefined) {
      this.#transmit(from, known);
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

  #refuse(to: Address, { reason, hello }: RefusedClient): RefusalReason {
    const answer = hello && this.#handshake.refuse(hello, reason);
    if (answer !== undefined) this.#transmit(to, answer);
    return reason;
  }

  #accept(
    nowMs: number,
    from: Address,
    auth1Key: string,
    client: AdmissibleClient,
    unixMs: number,
  ): RefusalReason | undefined {
    const id = drawConnectionId(this.#crypto, (taken) => this.#entries.has(taken));
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
        local: this.#parameters,
        remote: client.remote,
        localConnectionId: id,
        remoteConnectionId: client.hello.clientConnectionId,
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
    this.#entries.set(id, halfOpen);
    this.#halfOpen.add(halfOpen);
    this.#transmit(from, accepted.auth2);
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
    if (ticket !== undefined && this.#usedTickets.isFull(unixMs)) return 'connections-full';
    // Those that have ended and wait out their draining are connections too.
    if (this.#lives.count >= this.#connectionsMax + handshakeLimits.halfOpenMax) {
      return 'connections-full';
    }
    const old = this.#lives.ofPlayer(playerKey);
    if (old === undefined) {
      return this.#lives.playerCount >= this.#connectionsMax ? 'connections-full' : undefined;
    }
    const isOlder = (ticket?.notBeforeMs ?? 0) < (old.ticket?.notBeforeMs ?? 0);
    return isOlder ? 'ticket-superseded' : undefined;
  }

  #transmit(to: Address, bytes: Uint8Array): void {
    this.#outbox.push({ kind: 'transmit', to, bytes, length: bytes.length });
  }

  #touch(live: Live<Address>): void {
    this.#timeoutDue = true;
    this.#lives.touch(live);
  }

  #live(connection: number): Live<Address> | undefined {
    const entry = this.#entries.get(connection);
    return entry?.state === 'live' ? entry : undefined;
  }

  #giveUp(halfOpen: HalfOpen<Address>): void {
    this.#halfOpen.settle(halfOpen);
    this.#entries.delete(halfOpen.setup.localConnectionId);
  }
}
