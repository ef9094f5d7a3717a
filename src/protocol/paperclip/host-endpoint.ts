// The accepting side without its socket: one port, many connections. It finds the connection of a
// datagram, hands AUTH 1 to `admission.ts`, and says when a client is truly there. Everything after
// the handshake is in `connection.ts`.
//
// Order of calls: `handleDatagram`, `handleTimeout` and commands as they come, and after each of
// them `poll` until it returns undefined.

import { datagramKind } from '../../codec/paperclip/auth.ts';
import { dataPacketDestination } from '../../codec/paperclip/packet.ts';
import type { Crypto, KeyPair } from '../crypto.ts';
import type { Deflate } from '../deflate.ts';
import type { HandshakeLoad, HostTime, LinkStats } from '../link.ts';
import { Admission } from './admission.ts';
import type { CongestionFactory } from './congestion.ts';
import { Connection } from './connection.ts';
import type { ConnectionMemory } from './connection-stats.ts';
import type { DropReason } from './drops.ts';
import { EndpointMemory } from './endpoint-memory.ts';
import {
  type EndpointOutput,
  localParameters,
  type ParameterOptions,
  type PeerAddress,
} from './endpoint-output.ts';
import { errorCodes } from './error-codes.ts';
import type { Gate } from './gate.ts';
import { type HalfOpen, proveFirstPacket } from './half-open.ts';
import { HostClock } from './host-clock.ts';
import { type Live, LiveConnections } from './live-connections.ts';
import type { MessageOptions } from './outbox.ts';
import type { EventOutput } from './output.ts';
import type { KeyLimits, PlannedChannel } from './parameters.ts';
import { RefusalCounts, type RefusalReason } from './refusals.ts';
import { type ConnectionObserver, withTrace } from './trace.ts';
import { VersionErrors } from './version-errors.ts';

export interface HostEndpointOptions {
  readonly keyPair: KeyPair;
  readonly protocolId: Uint8Array;
  readonly channels: readonly PlannedChannel[];
  readonly deflate: Deflate;
  readonly parameters?: ParameterOptions | undefined;
  /** Ed25519 public keys whose tickets open this host. Undefined: it is open to all who knock. */
  readonly platformKeys?: readonly Uint8Array[] | undefined;
  readonly connectionsMax?: number | undefined;
  readonly congestion?: CongestionFactory | undefined;
  /** Datagrams leave unfragmented or not at all: longer ones may be tried. */
  readonly probesMtu?: boolean | undefined;
  /** Default: those of `protocolLimits`. */
  readonly keyLimits?: KeyLimits | undefined;
  /** Asked once for each client that is truly there. */
  readonly observe?: ConnectionObserver | undefined;
  /** Tickets carry Unix time, and `nowMs` need not be that. */
  readonly unixTimeMs: (nowMs: number) => number;
}

export class HostEndpoint<Address extends PeerAddress> {
  readonly #entries = new Map<number, HalfOpen<Address> | Live<Address>>();
  readonly #lives = new LiveConnections<Address>((live) => this.#entries.delete(live.id));
  readonly #clock: HostClock;
  readonly #observe: ConnectionObserver | undefined;
  readonly #admission: Admission<Address>;
  readonly #outbox: EndpointOutput<Address>[] = [];
  readonly #memory = new EndpointMemory();
  readonly #refusals = new RefusalCounts();
  readonly #versionErrors = new VersionErrors();
  #timeoutDue = false;

  constructor(crypto: Crypto, options: HostEndpointOptions, nowMs: number) {
    this.#clock = new HostClock(options.unixTimeMs, nowMs);
    this.#observe = options.observe;
    const host = {
      clock: this.#clock,
      entries: this.#entries,
      lives: this.#lives,
      parameters: localParameters(crypto, options.channels, options.parameters ?? {}),
      transmit: (to: Address, bytes: Uint8Array) => this.#transmit(to, bytes),
    };
    this.#admission = new Admission(crypto, options, host, nowMs);
  }

  gate(nowMs: number): Gate {
    return this.#admission.gate(nowMs);
  }

  /** Dropped datagrams by reason: those that no connection took, and those that one did. */
  get refusals(): Readonly<Record<RefusalReason | DropReason, number>> {
    return { ...this.#refusals.all, ...this.#lives.drops };
  }

  /** Handshakes answered and not proven. */
  get halfOpenCount(): number {
    return this.#admission.halfOpenCount;
  }

  load(nowMs: number): HandshakeLoad {
    return this.#admission.load(nowMs);
  }

  /** Established connections, those that are draining among them. */
  get connectionCount(): number {
    return this.#lives.count;
  }

  /** Undefined when there is no such connection, or no more. */
  stats(connection: number): LinkStats | undefined {
    return this.#live(connection)?.connection.stats();
  }

  /** Undefined when there is no such connection, or no more. */
  memory(connection: number): ConnectionMemory | undefined {
    return this.#live(connection)?.connection.memory;
  }

  /** What clients estimate: by this end's own clock, so without an error. */
  hostTime(nowMs: number): HostTime {
    return { unixMs: nowMs + this.#clock.offsetMs(nowMs), errorMs: 0 };
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
    this.#admission.handleTimeout(nowMs);
    this.#lives.handleTimeout(nowMs);
  }

  /** The driver was woken so much later than it asked to be: a sign of load. */
  handleDelay(nowMs: number, delayMs: number): void {
    this.#admission.handleDelay(nowMs, delayMs);
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
    this.#admission.close();
    for (const entry of [...this.#entries.values()]) {
      if (entry.state === 'live') this.close(nowMs, entry.id, code, reason);
    }
  }

  /** `poll` for a connection's events alone; undefined as well while something else comes first. */
  pollEvent(nowMs: number): Readonly<EventOutput> | undefined {
    return this.#outbox.length > 0 ? undefined : this.#lives.pollEvent(nowMs);
  }

  poll(nowMs: number): EndpointOutput<Address> | undefined {
    if (this.#outbox.length > 0) return this.#outbox.shift();
    const output = this.#lives.poll(nowMs);
    if (output !== undefined) return output;
    if (!this.#timeoutDue) return undefined;
    this.#timeoutDue = false;
    return {
      kind: 'timeout',
      atMs: Math.min(this.#lives.nextWakeMs, this.#admission.nextExpiryMs),
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
        return this.#admission.handleAuth1(nowMs, from, bytes, start, end);
      case 'error':
      case 'retry':
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
    if (entry.state === 'half-open') {
      if (from !== entry.address && from.key !== entry.address.key) return 'wrong-address';
      return this.#handleFirstPacket(nowMs, entry, bytes, start, end);
    }
    entry.connection.handleDatagram(nowMs, bytes, start, end, from);
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
    const setup = proveFirstPacket(nowMs, halfOpen, this.#memory, bytes, start, end);
    if (setup === undefined) return 'first-packet-failed';
    const { address } = halfOpen;
    const watched = withTrace({ ...setup, memory: this.#memory }, this.#observe, nowMs);
    const connection = new Connection(watched, nowMs, address);
    connection.handleDatagram(nowMs, bytes, start, end, address);
    const refused = this.#admission.settle(nowMs, halfOpen);
    const live: Live<Address> = {
      state: 'live',
      id: setup.localConnectionId,
      connection,
      address,
      playerKey: halfOpen.playerKey,
      ticket: halfOpen.ticket,
      isAnnounced: refused === undefined,
      isDirty: false,
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
    const replaced = errorCodes.REPLACED;
    this.#lives.seat(nowMs, live, replaced.code, replaced.sentence);
    const { publicKey, ticket } = halfOpen;
    const event = { type: 'established', address, publicKey, ticket } as const;
    this.#outbox.push({ kind: 'event', connection: live.id, event });
    return undefined;
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
}
