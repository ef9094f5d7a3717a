// Where the peer is reached, and the proof that it is there: migration of clients as in RFC 9000
// section 9. An authentic packet with the newest number moves the connection to where it came from
// at once; until a challenge was answered from there, little is sent, the address of before stays
// in mind, and the first newest packet from that one undoes the move. So who copies, delays or
// replays packets from elsewhere turns datagrams away for a few probe time-outs at most.
//
// A client's peer does not move: its `Paths` has no address, and only answers challenges.

import { frameTypes } from '../../codec/paperclip/frame-table.ts';
import { pathDataBytes } from '../../codec/paperclip/frames.ts';
import type { Crypto } from '../crypto.ts';
import type { PeerAddress } from './endpoint-output.ts';
import { protocolLimits } from './limits.ts';

export interface PathParts {
  readonly crypto: Pick<Crypto, 'randomBytes' | 'equal'>;
  readonly sender: PathSender;
}

export interface PathSender {
  readonly loss: { readonly ptoMs: number };
  /** Datagrams leave for another machine or network from now on. */
  leaveHost(): void;
  /** The other machine or network is where the peer is: nothing learned before holds there. */
  resetPath(nowMs: number): void;
}

/** A frame that goes to one address alone, in a packet of its own. */
export interface PathFrame<Address> {
  readonly type: typeof frameTypes.pathChallenge | typeof frameTypes.pathResponse;
  readonly data: Uint8Array;
  readonly to: Address | undefined;
}

interface Path<Address> {
  /** The driver's newest object for it, so that the next packet is known without a comparison. */
  address: Address;
  isProven: boolean;
  /** Counted until it is proven: at most `amplificationMax` times the first is sent. */
  receivedBytes: number;
  sentBytes: number;
}

const never = Number.POSITIVE_INFINITY;
const noChallenge = new Uint8Array(0);

export class Paths<Address extends PeerAddress> {
  /** Addresses that were left for others, once those were proven. */
  changes = 0;

  readonly #parts: PathParts;
  #path: Path<Address> | undefined;
  /** The proven path of before, while the one in use is not. */
  #before: Path<Address> | undefined;
  /** Where the packet in hand came from. */
  #from: Address | undefined;
  /** PATH_RESPONSE, or our own knock. */
  readonly #waiting: PathFrame<Address>[] = [];
  /** What the path in use must answer. */
  #challenge: Uint8Array = noChallenge;
  #owesChallenge = false;
  #owesChallengeBefore = false;
  #challengesLeft = 0;
  #challengeEveryMs = 0;
  #dueAtMs = never;
  #changeCredit: number = protocolLimits.addressChangesMax;
  #changeCreditAtMs = 0;

  /** `address`: where the handshake has proven the peer to be. */
  constructor(parts: PathParts, address: Address | undefined) {
    this.#parts = parts;
    if (address !== undefined) {
      this.#path = { address, isProven: true, receivedBytes: 0, sentBytes: 0 };
    }
  }

  /** Where datagrams go. */
  get address(): Address | undefined {
    return this.#path?.address;
  }
  get isProven(): boolean {
    return this.#path?.isProven ?? true;
  }
  get timerAtMs(): number {
    return this.#dueAtMs;
  }

  /** How long the next datagram may be at most; the next challenge has its room beside it. */
  get allowedBytes(): number {
    const path = this.#path;
    if (path === undefined || path.isProven) return never;
    const reserved = this.#challengesLeft > 0 ? protocolLimits.pathPacketBytesMax : 0;
    return Math.max(0, roomOf(path) - reserved);
  }

  /** An authentic packet, before its frames. `isNewest`: no higher number came before it. */
  onPacket(nowMs: number, from: Address | undefined, bytes: number, isNewest: boolean): void {
    const path = this.#path;
    this.#from = from;
    if (path === undefined || from === undefined) return;
    if (isSame(from, path.address)) {
      path.address = from;
      if (!path.isProven) path.receivedBytes += bytes;
      return;
    }
    if (!isNewest) return;
    const before = this.#before;
    if (before !== undefined && isSame(from, before.address)) {
      this.#goBack(path, before);
    } else if (this.#mayChange(nowMs)) {
      this.#move(nowMs, path, from, bytes);
    }
  }

  /**
   * For a side that has moved itself: a packet that leaves past a full window, and shows the peer
   * the address that it comes from. The answer says no more than any packet.
   */
  knock(): void {
    if (this.#waiting.length >= protocolLimits.pathFramesMax) return;
    const data = this.#parts.crypto.randomBytes(pathDataBytes);
    this.#waiting.push({ type: frameTypes.pathChallenge, data, to: this.#path?.address });
  }

  onChallenge(packet: Uint8Array, start: number): void {
    if (this.#waiting.length >= protocolLimits.pathFramesMax) return;
    const data = packet.slice(start, start + pathDataBytes);
    this.#waiting.push({ type: frameTypes.pathResponse, data, to: this.#from });
  }

  /** It counts only from the path that was asked. */
  onResponse(nowMs: number, packet: Uint8Array, start: number): void {
    const path = this.#path;
    const before = this.#before;
    if (path === undefined || path.isProven || before === undefined) return;
    if (this.#from === undefined || !isSame(this.#from, path.address)) return;
    const data = packet.subarray(start, start + pathDataBytes);
    if (!this.#parts.crypto.equal(data, this.#challenge)) return;
    path.isProven = true;
    this.#before = undefined;
    this.#stopChallenges();
    this.changes += 1;
    if (!isSameHost(before.address, path.address)) this.#parts.sender.resetPath(nowMs);
  }

  handleTimeout(nowMs: number): void {
    const path = this.#path;
    const before = this.#before;
    if (this.#dueAtMs > nowMs || path === undefined || before === undefined) return;
    if (this.#challengesLeft > 0) {
      this.#askBoth(nowMs);
      return;
    }
    this.#goBack(path, before);
    this.#refuseChanges(nowMs);
  }

  /** The next frame that goes to one address alone, if one is owed. */
  shift(): PathFrame<Address> | undefined {
    if (this.#waiting.length > 0) return this.#waiting.shift();
    if (this.#owesChallenge || this.#owesChallengeBefore) return this.#nextChallenge();
    return undefined;
  }

  /** A datagram has left for `to`. */
  onSent(to: Address | undefined, bytes: number): void {
    const path = this.#path;
    if (path === undefined || path.isProven || to === undefined) return;
    if (isSame(to, path.address)) path.sentBytes += bytes;
  }

  #move(nowMs: number, path: Path<Address>, to: Address, bytes: number): void {
    if (path.isProven) this.#before = path;
    this.#path = { address: to, isProven: false, receivedBytes: bytes, sentBytes: 0 };
    const isOtherHost = !isSameHost(path.address, to);
    // RFC 9000 section 8.2.4: the time that the new path takes is not known.
    const unknownMs = isOtherHost ? protocolLimits.initialRttMs * 3 : 0;
    this.#challenge = this.#parts.crypto.randomBytes(pathDataBytes);
    const { pathProofPtos, pathProofMsMin, pathChallenges } = protocolLimits;
    const proofMs = pathProofPtos * Math.max(this.#parts.sender.loss.ptoMs, unknownMs);
    this.#challengesLeft = pathChallenges;
    this.#challengeEveryMs = Math.max(pathProofMsMin, proofMs) / pathChallenges;
    this.#askBoth(nowMs);
    if (isOtherHost) this.#parts.sender.leaveHost();
  }

  #nextChallenge(): PathFrame<Address> | undefined {
    const type = frameTypes.pathChallenge;
    const path = this.#path;
    const before = this.#before;
    if (path === undefined || before === undefined) return undefined;
    if (this.#owesChallenge && roomOf(path) >= protocolLimits.pathPacketBytesMax) {
      this.#owesChallenge = false;
      return { type, data: this.#challenge, to: path.address };
    }
    if (!this.#owesChallengeBefore) return undefined;
    this.#owesChallengeBefore = false;
    // What it answers does not matter: any newest packet from there undoes the move.
    return { type, data: this.#parts.crypto.randomBytes(pathDataBytes), to: before.address };
  }

  /** The old one as well (RFC 9000 section 9.3.3): a peer that is still there answers it. */
  #askBoth(nowMs: number): void {
    this.#challengesLeft -= 1;
    this.#dueAtMs = nowMs + this.#challengeEveryMs;
    this.#owesChallenge = true;
    this.#owesChallengeBefore = true;
  }

  #goBack(path: Path<Address>, before: Path<Address>): void {
    this.#path = before;
    this.#before = undefined;
    this.#stopChallenges();
    if (!isSameHost(path.address, before.address)) this.#parts.sender.leaveHost();
  }

  #stopChallenges(): void {
    this.#challenge = noChallenge;
    this.#challengesLeft = 0;
    this.#dueAtMs = never;
    this.#owesChallenge = false;
    this.#owesChallengeBefore = false;
  }

  #refuseChanges(nowMs: number): void {
    const { addressChangeMs, addressChangeAfterFailureMs } = protocolLimits;
    this.#changeCredit = 1 - addressChangeAfterFailureMs / addressChangeMs;
    this.#changeCreditAtMs = nowMs;
  }

  #mayChange(nowMs: number): boolean {
    const { addressChangesMax, addressChangeMs } = protocolLimits;
    const more = (nowMs - this.#changeCreditAtMs) / addressChangeMs;
    this.#changeCredit = Math.min(addressChangesMax, this.#changeCredit + more);
    this.#changeCreditAtMs = nowMs;
    if (this.#changeCredit < 1) return false;
    this.#changeCredit -= 1;
    return true;
  }
}

/** Bytes that may go to a path that is not proven. */
const roomOf = ({ receivedBytes, sentBytes }: Path<unknown>): number =>
  protocolLimits.amplificationMax * receivedBytes - sentBytes;

const isSame = (a: PeerAddress, b: PeerAddress): boolean => a === b || a.key === b.key;

const isSameHost = (a: PeerAddress, b: PeerAddress): boolean =>
  a.host !== undefined && a.host === b.host;
