// One side of an established connection of Paperclip 0 (paper, sections 2, 3 and 5): it wires ids,
// pieces, order and sending together, answers heartbeats and ends. Who may come in is the
// endpoints'.
//
// Order of calls: as in `output.ts`. A packet has been decoded and comes from the peer's address;
// nothing in the old protocol proves more than that.

import { utf8, utf8Text } from '../../base/bytes.ts';
import { Deque } from '../../base/ring.ts';
import { ackBitsOf, ackedIds } from '../../codec/classic/ack-bits.ts';
import {
  errorCodes,
  errorTexts,
  flags,
  flagsMask,
  isConnectionError,
  isDisconnect,
} from '../../codec/classic/numbers.ts';
import {
  encodePacket,
  type Packet,
  type PacketBody,
  sequenceIds,
} from '../../codec/classic/packet.ts';
import { TokenBucket } from '../paperclip/token-bucket.ts';
import type { ClassicCrypto } from './classic-crypto.ts';
import { classicLimits } from './limits.ts';
import { OrderedInbox } from './ordered-inbox.ts';
import { Outbox } from './outbox.ts';
import type { ClassicEnd, ConnectionEvent, Goodbye } from './output.ts';
import { packMessage, unpackData } from './pipeline.ts';
import { Reassembly } from './reassembly.ts';
import type { ReceivedIds } from './received-ids.ts';

const { ackAgainMs, disconnectMs, errorTextCharactersMax, goneMs, lingerMs, pingMs, silentMs } =
  classicLimits;

export interface ConnectionSetup {
  readonly role: 'host' | 'client';
  readonly crypto: ClassicCrypto;
  readonly sessionKey: Uint8Array;
  /** The first id after the handshake. */
  readonly nextSequenceId: number;
  /** It knows the ids of the peer's handshake. */
  readonly received: ReceivedIds;
  readonly handshakeRttMs: number | undefined;
}

export type ConnectionOutput =
  | { readonly kind: 'transmit'; readonly bytes: Uint8Array }
  | { readonly kind: 'event'; readonly event: ConnectionEvent };

type State =
  | { readonly name: 'open' }
  /** Our disconnect is on its way. */
  | { readonly name: 'leaving'; readonly untilMs: number }
  /** The peer is acknowledged again if it did not hear that we know of the end. */
  | { readonly name: 'lingering'; readonly untilMs: number }
  | { readonly name: 'drained' };

export class Connection {
  readonly #setup: ConnectionSetup;
  readonly #received: ReceivedIds;
  readonly #reassembly = new Reassembly();
  readonly #inbox: OrderedInbox;
  readonly #outbox: Outbox;
  readonly #complaints: TokenBucket;
  readonly #outputs = new Deque<ConnectionOutput>();
  /** Ids to acknowledge, as numbers that only grow. */
  readonly #toAcknowledge = new Set<number>();
  #acknowledgedId = -1;
  #acknowledgedMs = 0;
  #state: State = { name: 'open' };
  #heardMs: number;
  #pingedMs = -Infinity;

  constructor(setup: ConnectionSetup, nowMs: number) {
    this.#setup = setup;
    this.#received = setup.received;
    this.#inbox = new OrderedInbox(setup.received, () => this.#reassembly.comingIds());
    this.#outbox = new Outbox(setup.nextSequenceId, setup.handshakeRttMs);
    this.#heardMs = nowMs;
    const { errorsPerSecond, errorsBurst } = classicLimits;
    this.#complaints = new TokenBucket(errorsPerSecond, errorsBurst, nowMs);
  }

  /** Messages are taken and given out. */
  get isOpen(): boolean {
    return this.#state.name === 'open';
  }

  /** `ended` has been said, and nothing more is to be sent. */
  get isDrained(): boolean {
    const hasSaidAll = this.#outputs.length === 0 && this.#toAcknowledge.size === 0;
    return this.#state.name === 'drained' && hasSaidAll;
  }

  get smoothedRttMs(): number {
    return this.#outbox.smoothedRttMs;
  }

  get nextTimeoutMs(): number {
    switch (this.#state.name) {
      case 'drained':
        return Infinity;
      case 'lingering':
        return this.#state.untilMs;
      case 'leaving':
        return Math.min(this.#state.untilMs, this.#outbox.nextTimeoutMs);
      case 'open':
        return Math.min(
          this.#outbox.nextTimeoutMs,
          this.#inbox.nextTimeoutMs,
          this.#reassembly.nextTimeoutMs,
          Math.max(this.#heardMs + silentMs, this.#pingedMs + pingMs),
          this.#heardMs + goneMs,
        );
      default:
        return this.#state satisfies never;
    }
  }

  /**
   * False: too much waits already, and it was not taken; for a message without RELIABLE that is a
   * loss like others. Throws on a closed connection, and on a message that 255 pieces cannot hold.
   */
  send(data: Uint8Array, flagBits: number): boolean {
    if (!this.isOpen) throw new Error('the connection is not open');
    if (data.length > classicLimits.messageBytesMax) throw new RangeError('message is too long');
    const message = { body: { type: 'default' }, flags: flagBits & flagsMask, data } as const;
    const datagrams = packMessage(this.#setup.crypto, this.#setup.sessionKey, 0, message);
    if (datagrams === undefined) throw new RangeError('message is too long');
    if (flagBits & flags.reliable) return this.#outbox.sendReliable(datagrams);
    return this.#outbox.sendUnreliable(datagrams);
  }

  /**
   * RELIABLE messages that were sent go first, then the peer is told and waited for; `ended` comes
   * within `disconnectMs`. Default: the 2.x of this side.
   */
  disconnect(nowMs: number, goodbye: Goodbye = this.#goodbye()): void {
    if (!this.isOpen) return;
    this.#state = { name: 'leaving', untilMs: nowMs + disconnectMs };
    const { code, text } = goodbye;
    const data = utf8(text);
    // Sent again until it is acknowledged, either way. An older server that knows the client no
    // more dies of an ERROR with RELIABLE, and one without does it no harm.
    const flagBits = this.#setup.role === 'host' ? flags.reliable : 0;
    const body = { type: 'error', code, flags: flagBits, sequenceId: 0, data } as const;
    this.#outbox.sendReliable([encodePacket(body)]);
  }

  /** Nothing more is said to the peer. */
  abandon(end: ClassicEnd): void {
    if (this.#state.name === 'open' || this.#state.name === 'leaving') {
      this.#end(end, { name: 'drained' });
    }
    this.#state = { name: 'drained' };
  }

  /** Not for AUTH, which is the endpoint's. */
  handlePacket(nowMs: number, packet: Packet): void {
    if (this.#state.name === 'drained') return;
    this.#heardMs = nowMs;
    if (packet.sequenceId >= sequenceIds) {
      this.complain(nowMs, packet, errorCodes.sequenceId);
      return;
    }
    const id = this.#received.expand(packet.sequenceId);
    const isReliable = (packet.flags & flags.reliable) !== 0;
    const wantsAck = isReliable || this.#isGoodbye(packet);
    if (this.#received.has(id)) {
      if (wantsAck) this.#acknowledgeAgain(nowMs, id);
      return;
    }
    const joined = packet.fragment ? this.#reassembly.add(nowMs, id, packet) : undefined;
    if (joined?.kind === 'refused') {
      this.complain(nowMs, packet, joined.code);
      return;
    }
    if (joined?.kind === 'waiting') {
      this.#inbox.handleId(nowMs, id, false);
      this.#received.see(id);
      return;
    }
    const { crypto, sessionKey } = this.#setup;
    const data = unpackData(crypto, sessionKey, joined?.packet ?? packet);
    if (!data.ok) {
      this.complain(nowMs, packet, data.error);
      return;
    }
    this.#inbox.handleId(nowMs, id, true);
    this.#received.add(id, isReliable);
    if (wantsAck) this.#toAcknowledge.add(id);
    this.#handleBody(nowMs, id, packet, data.value);
    if (this.isOpen) this.#giveOut(this.#inbox.release(nowMs));
  }

  /** Tells the peer what was wrong with its packet: not too often, and never about an ERROR. */
  complain(nowMs: number, about: Pick<PacketBody, 'type'> | undefined, code: number): void {
    if (about?.type === 'error' || !this.#complaints.take(nowMs)) return;
    this.#transmit({ type: 'error', code }, new Uint8Array(0));
  }

  handleTimeout(nowMs: number): void {
    const state = this.#state;
    if (state.name === 'lingering' && nowMs >= state.untilMs) this.#state = { name: 'drained' };
    if (state.name === 'leaving' && nowMs >= state.untilMs) this.#leaveUnheard();
    if (state.name !== 'open' && state.name !== 'leaving') return;
    if (this.#outbox.handleTimeout(nowMs) === 'gave-up') this.abandon({ kind: 'unanswered' });
    if (!this.isOpen) return;
    this.#reassembly.handleTimeout(nowMs);
    this.#giveOut(this.#inbox.release(nowMs));
    if (nowMs >= this.#heardMs + goneMs) this.abandon({ kind: 'timed-out' });
    else if (nowMs >= Math.max(this.#heardMs + silentMs, this.#pingedMs + pingMs)) {
      this.#pingedMs = nowMs;
      this.#transmit({ type: 'heartbeat', isPing: true }, new Uint8Array(0));
    }
  }

  poll(nowMs: number): ConnectionOutput | undefined {
    if (this.#toAcknowledge.size > 0) this.#acknowledge(nowMs);
    const output = this.#outputs.shift();
    if (output !== undefined) return output;
    if (this.#state.name !== 'open' && this.#state.name !== 'leaving') return undefined;
    const bytes = this.#outbox.poll(nowMs);
    return bytes && { kind: 'transmit', bytes };
  }

  #handleBody(nowMs: number, id: number, packet: Packet, data: Uint8Array): void {
    switch (packet.type) {
      case 'default':
        if (packet.flags & flags.reliable) this.#inbox.handleMessage(id, data.slice());
        else if (this.isOpen)
          this.#tell({ type: 'message', data: data.slice(), isReliable: false });
        return;
      case 'ack':
        this.#handleAck(nowMs, ackedIds(packet.ackId, packet.ackBits));
        return;
      case 'heartbeat':
        if (packet.isPing) this.#transmit({ type: 'heartbeat', isPing: false }, new Uint8Array(0));
        return;
      case 'error':
        this.#handleError(nowMs, packet.code, data);
        return;
      case 'auth':
        return;
      default:
        packet satisfies never;
    }
  }

  #handleAck(nowMs: number, ids: readonly number[]): void {
    this.#outbox.handleAck(nowMs, ids);
    if (this.#state.name === 'leaving' && this.#outbox.isSettled) {
      this.#end({ kind: 'closed-here', isAcknowledged: true }, { name: 'drained' });
    }
  }

  /** ERROR 3.x is a complaint about a packet: what was RELIABLE is sent again anyhow. */
  #handleError(nowMs: number, code: number, data: Uint8Array): void {
    if (!isDisconnect(code) && !isConnectionError(code)) return;
    if (this.#state.name === 'leaving') {
      this.#end({ kind: 'closed-here', isAcknowledged: true }, { name: 'drained' });
    }
    if (!this.isOpen) return;
    this.#giveOut(this.#inbox.flush());
    if (code === errorCodes.serverDisconnect && this.#setup.role === 'client') {
      const answer = this.#goodbye();
      this.#transmit({ type: 'error', code: answer.code }, utf8(answer.text));
    }
    const text = (utf8Text(data) ?? '').slice(0, errorTextCharactersMax);
    const lingering: State = { name: 'lingering', untilMs: nowMs + lingerMs };
    this.#end({ kind: 'closed-by-peer', code, text }, lingering);
  }

  #leaveUnheard(): void {
    const { code, text } = this.#goodbye();
    this.#transmit({ type: 'error', code }, utf8(text));
    this.#end({ kind: 'closed-here', isAcknowledged: false }, { name: 'drained' });
  }

  /** Of a client that leaves: acknowledged though it has no RELIABLE. */
  #isGoodbye(packet: Packet): boolean {
    if (this.#setup.role !== 'host' || this.#state.name === 'leaving') return false;
    return packet.type === 'error' && isDisconnect(packet.code);
  }

  #goodbye(): Goodbye {
    return this.#setup.role === 'host'
      ? { code: errorCodes.serverDisconnect, text: '' }
      : { code: errorCodes.clientDisconnect, text: errorTexts.clientDisconnect };
  }

  #end(end: ClassicEnd, state: State): void {
    this.#state = state;
    this.#tell({ type: 'ended', end });
  }

  #giveOut(messages: readonly Uint8Array[]): void {
    for (const data of messages) this.#tell({ type: 'message', data, isReliable: true });
  }

  #tell(event: ConnectionEvent): void {
    this.#outputs.push({ kind: 'event', event });
  }

  #acknowledgeAgain(nowMs: number, id: number): void {
    const isJustDone = id === this.#acknowledgedId && nowMs < this.#acknowledgedMs + ackAgainMs;
    if (!isJustDone) this.#toAcknowledge.add(id);
  }

  /** Of all that came since: each ACK speaks for its id and the sixteen before. */
  #acknowledge(nowMs: number): void {
    for (const id of [...this.#toAcknowledge].sort((a, b) => b - a)) {
      if (!this.#toAcknowledge.delete(id)) continue;
      const ackId = id % sequenceIds;
      const ackBits = ackBitsOf(ackId, (onWire) => this.#received.hasReliable(onWire));
      for (const acked of ackedIds(ackId, ackBits)) {
        this.#toAcknowledge.delete(id - ((ackId - acked + sequenceIds) % sequenceIds));
      }
      this.#acknowledgedId = id;
      this.#acknowledgedMs = nowMs;
      this.#transmit({ type: 'ack', ackId, ackBits }, new Uint8Array(0));
    }
  }

  /** At once, without flags, before all that waits. */
  #transmit(body: PacketBody, data: Uint8Array): void {
    const sequenceId = this.#outbox.takeId();
    if (sequenceId === undefined) return;
    this.#outputs.push({
      kind: 'transmit',
      bytes: encodePacket({ ...body, flags: 0, sequenceId, data }),
    });
  }
}
