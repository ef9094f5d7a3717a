// The host's memory of handshakes it has answered: which AUTH 1 got which AUTH 2, and which of
// those clients have still to prove, with a first authentic data packet, that they are there.
// Noise IK's first message can be replayed, so until then nothing counts: no seat, no ticket.
//
// Bounded in count, per player, and in time. Entries end in the order in which they began.

import type { TicketClaims } from '../link.ts';
import type { EndpointMemory } from './endpoint-memory.ts';
import type { PeerAddress } from './endpoint-output.ts';
import { handshakeLimits } from './handshake-limits.ts';
import { KeySchedule, type KeyTiming } from './key-schedule.ts';
import { PacketReceiver } from './packet-receiver.ts';
import type { ConnectionSetup } from './parameters.ts';

export interface HalfOpen<Address extends PeerAddress> {
  readonly state: 'half-open';
  /**
   * Where AUTH 1 came from when it was new, and AUTH 2 went. Who can seal a packet has read AUTH 2
   * there; of any other address nothing is proven, and it may be a victim's.
   */
  readonly address: Address;
  /** The gate MAC as text: equal for equal AUTH 1 only. */
  readonly auth1Key: string;
  readonly auth2: Uint8Array;
  readonly setup: ConnectionSetup;
  /** Who may have one live connection: the player of a match, or a static key. */
  readonly playerKey: string;
  readonly ticket: TicketClaims | undefined;
  readonly publicKey: Uint8Array;
  readonly answeredAtMs: number;
  readonly expiresAtMs: number;
  /** AUTH 1 came more than once, so that nobody knows which AUTH 2 the client answers. */
  isAnsweredAgain: boolean;
  /** Made for the first datagram that claims to be a packet, and kept for all that do. */
  receiver: PacketReceiver | undefined;
}

/** Before the first packet no key is changed. */
const nothingKnown: KeyTiming = { ptoMs: 0, largestAcked: -1 };

/** Undefined: not the client's. A forged packet costs one AEAD. */
export function proveFirstPacket(
  nowMs: number,
  halfOpen: HalfOpen<PeerAddress>,
  memory: EndpointMemory,
  bytes: Uint8Array,
  start: number,
  end: number,
): ConnectionSetup | undefined {
  const { setup, answeredAtMs, isAnsweredAgain } = halfOpen;
  halfOpen.receiver ??= new PacketReceiver(
    { ...setup, memory },
    new KeySchedule(setup, nowMs, nothingKnown),
  );
  if (!halfOpen.receiver.open(nowMs, bytes, start, end)) return undefined;
  // Karn: only the packet that the client sent at once measures the path.
  if (isAnsweredAgain || halfOpen.receiver.packetNumber > 0) return setup;
  return { ...setup, handshakeRttMs: nowMs - answeredAtMs };
}

interface Answer<Address extends PeerAddress> {
  readonly halfOpen: HalfOpen<Address>;
  /** False once it is established or given up: then only the answer is kept. */
  isWaiting: boolean;
}

export class HalfOpenTable<Address extends PeerAddress> {
  readonly #answers = new Map<string, Answer<Address>>();
  readonly #waitingByPlayer = new Map<string, HalfOpen<Address>[]>();
  #waiting = 0;

  /** Handshakes without a first data packet. */
  get waiting(): number {
    return this.#waiting;
  }

  /** When the next one is due to be forgotten; Infinity: never. */
  get nextExpiryMs(): number {
    for (const { halfOpen } of this.#answers.values()) return halfOpen.expiresAtMs;
    return Infinity;
  }

  /**
   * The AUTH 2 that this very AUTH 1 got. `elsewhere`: for another address, and only that one may
   * read it, or the first packet would not prove where the client is.
   */
  answerTo(auth1Key: string, from: Address): Uint8Array | 'elsewhere' | undefined {
    const halfOpen = this.#answers.get(auth1Key)?.halfOpen;
    if (halfOpen === undefined) return undefined;
    if (halfOpen.address.key !== from.key) return 'elsewhere';
    halfOpen.isAnsweredAgain = true;
    return halfOpen.auth2;
  }

  /** Asked before any Diffie-Hellman. */
  get isFull(): boolean {
    return (
      this.#waiting >= handshakeLimits.halfOpenMax ||
      this.#answers.size >= handshakeLimits.halfOpenMax + handshakeLimits.connectionsMax
    );
  }

  isFullFor(playerKey: string): boolean {
    return this.waitingOf(playerKey).length >= handshakeLimits.halfOpenPerPlayerMax;
  }

  add(halfOpen: HalfOpen<Address>): void {
    this.#answers.set(halfOpen.auth1Key, { halfOpen, isWaiting: true });
    this.#waiting++;
    const { playerKey } = halfOpen;
    this.#waitingByPlayer.set(playerKey, [...this.waitingOf(playerKey), halfOpen]);
  }

  /** It is established or given up. Its AUTH 2 stays known for the rest of its time. */
  settle(halfOpen: HalfOpen<Address>): void {
    const answer = this.#answers.get(halfOpen.auth1Key);
    if (answer === undefined || !answer.isWaiting) return;
    answer.isWaiting = false;
    this.#waiting--;
    const { playerKey } = halfOpen;
    const left = this.waitingOf(playerKey).filter((other) => other !== halfOpen);
    if (left.length === 0) this.#waitingByPlayer.delete(playerKey);
    else this.#waitingByPlayer.set(playerKey, left);
  }

  /** Those that still wait under one player's name: at most `halfOpenPerPlayerMax`. */
  waitingOf(playerKey: string): readonly HalfOpen<Address>[] {
    return this.#waitingByPlayer.get(playerKey) ?? [];
  }

  /** Forgets what is past its time, and says which of those never came. */
  expire(nowMs: number): readonly HalfOpen<Address>[] {
    const gone: HalfOpen<Address>[] = [];
    for (const [key, { halfOpen, isWaiting }] of this.#answers) {
      if (nowMs < halfOpen.expiresAtMs) break;
      if (isWaiting) gone.push(halfOpen);
      this.settle(halfOpen);
      this.#answers.delete(key);
    }
    return gone;
  }
}
