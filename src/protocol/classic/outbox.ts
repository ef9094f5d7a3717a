// What one side sends: ids given out in the order of leaving, a pace, and RELIABLE messages sent
// again until they are acknowledged (paper, section 3).
//
// One RELIABLE message at a time is on its way. Ids do not tell a receiver whether what it misses
// was RELIABLE, so this is what makes their order certain, even at the old peer, which takes
// packets as they come. The old one answers once in 0.1 s, so little would be gained by more.
//
// Sent again means the same bytes, after the measured round trip and its deviation, then twice as
// long each time; and after a limit the other end counts as gone.

import { Deque } from '../../base/ring.ts';
import { sequenceIds } from '../../codec/classic/packet.ts';
import { RttEstimator } from '../paperclip/rtt.ts';
import { classicLimits } from './limits.ts';

const {
  datagramQueueMax,
  giveUpMs,
  idsInFlightMax,
  resendMsMax,
  resendMsMin,
  sendBurst,
  sendPerSecond,
  sendQueueBytesMax,
  sendQueueMessagesMax,
} = classicLimits;

const paceMs = 1_000 / sendPerSecond;

interface Outgoing {
  /** With a place for the id, which is given when the first of them leaves. */
  readonly datagrams: readonly Uint8Array[];
  readonly bytes: number;
  id: number | undefined;
  /** The datagram to leave next. */
  next: number;
  isAcknowledged: boolean;
}

interface InFlight {
  readonly message: Outgoing;
  sentCount: number;
  /** When the last datagram of it left, and when that was the first time. */
  leftMs: number;
  firstLeftMs: number;
  /** Infinite while it is leaving. */
  resendAtMs: number;
}

export class Outbox {
  readonly #rtt = new RttEstimator();
  /** To leave as soon as the pace allows. */
  readonly #queue = new Deque<Outgoing>();
  #queuedDatagrams = 0;
  /** RELIABLE messages behind the one in flight. */
  readonly #waiting = new Deque<Outgoing>();
  #waitingBytes = 0;
  #inFlight: InFlight | undefined;
  #nextId: number;
  /** When the whole burst is there again (generic cell rate algorithm). */
  #restoredAtMs = 0;

  /** `handshakeRttMs`: where the handshake has measured one. */
  constructor(firstId: number, handshakeRttMs: number | undefined) {
    this.#nextId = firstId;
    if (handshakeRttMs !== undefined) this.#rtt.onSample(handshakeRttMs, 0);
  }

  get smoothedRttMs(): number {
    return this.#rtt.smoothedMs;
  }

  /** Every RELIABLE message has been acknowledged. */
  get isSettled(): boolean {
    return this.#inFlight === undefined && this.#waiting.length === 0;
  }

  get nextTimeoutMs(): number {
    const leavesAtMs = this.#queue.length > 0 ? this.#paceAtMs : Infinity;
    return Math.min(leavesAtMs, this.#inFlight?.resendAtMs ?? Infinity);
  }

  /** False: too many wait already. */
  sendReliable(datagrams: readonly Uint8Array[]): boolean {
    const message = outgoing(datagrams);
    const isFull =
      this.#waiting.length >= sendQueueMessagesMax ||
      this.#waitingBytes + message.bytes > sendQueueBytesMax;
    if (isFull) return false;
    this.#waiting.push(message);
    this.#waitingBytes += message.bytes;
    this.#startNext();
    return true;
  }

  /** False: it was dropped, for the pace or for ids that could not be told apart any more. */
  sendUnreliable(datagrams: readonly Uint8Array[]): boolean {
    if (this.#idsInFlight >= idsInFlightMax) return false;
    if (this.#queuedDatagrams + datagrams.length > datagramQueueMax) return false;
    this.#enqueue(outgoing(datagrams));
    return true;
  }

  /** An id for a packet that leaves at once; undefined when ids have run out, as above. */
  takeId(): number | undefined {
    // Twice as many: an acknowledgement is what gets the other side to acknowledge.
    if (this.#idsInFlight >= 2 * idsInFlightMax - 1) return undefined;
    return this.#nextId++ % sequenceIds;
  }

  handleAck(nowMs: number, acked: readonly number[]): void {
    const inFlight = this.#inFlight;
    if (inFlight === undefined) return;
    const { message, sentCount, leftMs } = inFlight;
    if (message.id === undefined || !acked.includes(message.id % sequenceIds)) return;
    // Karn: after a second sending nobody knows which was acknowledged.
    if (sentCount === 1) this.#rtt.onSample(nowMs - leftMs, 0);
    message.isAcknowledged = true;
    this.#inFlight = undefined;
    this.#startNext();
  }

  /** `gave-up`: the peer has not acknowledged a message in all that time. */
  handleTimeout(nowMs: number): 'gave-up' | undefined {
    const inFlight = this.#inFlight;
    if (inFlight === undefined || nowMs < inFlight.resendAtMs) return undefined;
    if (nowMs >= inFlight.firstLeftMs + giveUpMs) return 'gave-up';
    inFlight.resendAtMs = Infinity;
    inFlight.message.next = 0;
    this.#enqueue(inFlight.message);
    return undefined;
  }

  /** The next datagram that may leave now. */
  poll(nowMs: number): Uint8Array | undefined {
    for (let message = this.#queue.peek(); message !== undefined; message = this.#queue.peek()) {
      if (message.isAcknowledged) {
        this.#queuedDatagrams -= message.datagrams.length - message.next;
        this.#queue.shift();
        continue;
      }
      if (this.#paceAtMs > nowMs) return undefined;
      this.#restoredAtMs = Math.max(this.#restoredAtMs, nowMs) + paceMs;
      return this.#leave(nowMs, message);
    }
    return undefined;
  }

  get #paceAtMs(): number {
    return this.#restoredAtMs - (sendBurst - 1) * paceMs;
  }

  get #idsInFlight(): number {
    const oldest = this.#inFlight?.message.id;
    return oldest === undefined ? 0 : this.#nextId - oldest;
  }

  #leave(nowMs: number, message: Outgoing): Uint8Array {
    message.id ??= this.#nextId++;
    const datagram = message.datagrams[message.next]!;
    writeSequenceId(datagram, message.id % sequenceIds);
    message.next += 1;
    this.#queuedDatagrams -= 1;
    if (message.next === message.datagrams.length) {
      this.#queue.shift();
      if (this.#inFlight?.message === message) this.#armResend(nowMs, this.#inFlight);
    }
    return datagram;
  }

  #armResend(nowMs: number, inFlight: InFlight): void {
    if (inFlight.sentCount === 0) inFlight.firstLeftMs = nowMs;
    const onceMs = Math.max(resendMsMin, this.#rtt.ptoMs(0));
    inFlight.leftMs = nowMs;
    inFlight.resendAtMs = nowMs + Math.min(resendMsMax, onceMs * 2 ** inFlight.sentCount);
    inFlight.sentCount += 1;
  }

  #startNext(): void {
    if (this.#inFlight !== undefined) return;
    const message = this.#waiting.shift();
    if (message === undefined) return;
    this.#waitingBytes -= message.bytes;
    this.#inFlight = { message, sentCount: 0, leftMs: 0, firstLeftMs: 0, resendAtMs: Infinity };
    this.#enqueue(message);
  }

  #enqueue(message: Outgoing): void {
    this.#queue.push(message);
    this.#queuedDatagrams += message.datagrams.length;
  }
}

function outgoing(datagrams: readonly Uint8Array[]): Outgoing {
  let bytes = 0;
  for (const { length } of datagrams) bytes += length;
  return { datagrams, bytes, id: undefined, next: 0, isAcknowledged: false };
}

function writeSequenceId(datagram: Uint8Array, id: number): void {
  datagram[4] = id >> 8;
  datagram[5] = id & 255;
}
