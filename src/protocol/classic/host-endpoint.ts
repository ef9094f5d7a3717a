// The accepting side of Paperclip 0 without its socket: handshakes and connections of many
// addresses on one port. A datagram belongs to the connection of its address, and there is nothing
// else to know it by; so what a stranger sends never reaches a connection but by a forged address.
//
// Order of calls: `handleDatagram`, `handleTimeout` and commands as they come, and after each of
// them `poll` until it returns undefined. Numbers name connections from their `certificate` event
// on.

import { utf8 } from '../../base/bytes.ts';
import { Deque } from '../../base/ring.ts';
import { errorCodes, errorTexts, packetTypes } from '../../codec/classic/numbers.ts';
import { decodePacket, encodePacket, type Packet } from '../../codec/classic/packet.ts';
import type { PeerAddress } from '../paperclip/endpoint-output.ts';
import { TokenBucket } from '../paperclip/token-bucket.ts';
import { type Wakeable, WakeHeap } from '../paperclip/wake-heap.ts';
import type { ClassicCrypto } from './classic-crypto.ts';
import type { Connection } from './connection.ts';
import type { AuthPacket, HostHandshake } from './host-handshake.ts';
import { HostHandshakes, type Newcomer } from './host-handshakes.ts';
import { classicLimits } from './limits.ts';
import type { CertificateVerdict, ClassicEnd, ClassicOutput, Goodbye } from './output.ts';
import { type RefusalReason, Refusals } from './refusals.ts';

const { strangerErrorsBurst, strangerErrorsPerSecond } = classicLimits;

export interface HostEndpointOptions {
  /** The host's own, X.509 DER: asked for with each handshake, since it expires. */
  readonly certificate: () => Uint8Array;
  /** Default: that of `classicLimits`. */
  readonly connectionsMax?: number | undefined;
}

interface Live<Address extends PeerAddress> extends Wakeable {
  readonly kind: 'connection';
  readonly number: number;
  readonly address: Address;
  readonly connection: Connection;
  /** For its AUTH, if it comes again. */
  readonly handshake: HostHandshake;
}

export class HostEndpoint<Address extends PeerAddress> {
  readonly refusals = new Refusals();
  readonly #options: HostEndpointOptions;
  readonly #connectionsMax: number;
  readonly #handshakes: HostHandshakes<Address>;
  readonly #byAddress = new Map<string, Live<Address>>();
  readonly #byNumber = new Map<number, Live<Address>>();
  readonly #wake = new WakeHeap<Live<Address> | Newcomer<Address>>();
  readonly #touched = new Set<Live<Address>>();
  readonly #outputs = new Deque<ClassicOutput<Address>>();
  readonly #strangerErrors: TokenBucket;
  #nextNumber = 1;
  #isTimeoutDue = true;

  constructor(crypto: ClassicCrypto, options: HostEndpointOptions, nowMs: number) {
    this.#options = options;
    this.#connectionsMax = options.connectionsMax ?? classicLimits.connectionsMax;
    this.#handshakes = new HostHandshakes(crypto, nowMs);
    this.#strangerErrors = new TokenBucket(strangerErrorsPerSecond, strangerErrorsBurst, nowMs);
  }

  /** Established, and those whose end is not yet acknowledged. */
  get size(): number {
    return this.#byNumber.size;
  }

  get handshakes(): number {
    return this.#handshakes.size;
  }

  /** Messages are taken and given out. */
  isOpen(number: number): boolean {
    return this.#byNumber.get(number)?.connection.isOpen ?? false;
  }

  handleDatagram(nowMs: number, from: Address, bytes: Uint8Array): void {
    this.#isTimeoutDue = true;
    const refusal = this.#route(nowMs, from, bytes);
    if (refusal !== undefined) this.refusals.add(refusal);
  }

  handleTimeout(nowMs: number): void {
    this.#isTimeoutDue = true;
    for (let due = this.#wake.first; due !== undefined && this.#wake.firstAtMs <= nowMs; ) {
      this.#wake.delete(due);
      if (due.kind === 'handshake') this.#wakeHandshake(nowMs, due);
      else {
        due.connection.handleTimeout(nowMs);
        this.#touched.add(due);
      }
      due = this.#wake.first;
    }
  }

  /** The answer to `certificate`; of one that is not waited for any more, it does nothing. */
  certificateChecked(nowMs: number, number: number, verdict: CertificateVerdict): void {
    const newcomer = this.#handshakes.get(number);
    if (!newcomer?.handshake.isChecking) return;
    this.#isTimeoutDue = true;
    this.#send(newcomer.address, this.#answer(nowMs, newcomer.handshake, verdict));
    this.#wake.set(newcomer, newcomer.handshake.nextTimeoutMs);
  }

  /** As `Connection.send`. Throws when there is no such connection. */
  send(number: number, data: Uint8Array, flags: number): boolean {
    const live = this.#byNumber.get(number);
    if (live === undefined) throw new Error('the connection is not open');
    this.#touch(live);
    return live.connection.send(data, flags);
  }

  /** As `Connection.disconnect`. */
  disconnect(nowMs: number, number: number, goodbye?: Goodbye): void {
    const live = this.#byNumber.get(number);
    if (live === undefined) return;
    this.#touch(live);
    live.connection.disconnect(nowMs, goodbye);
  }

  poll(nowMs: number): ClassicOutput<Address> | undefined {
    for (;;) {
      const output = this.#outputs.shift();
      if (output !== undefined) return output;
      const [live] = this.#touched;
      if (live === undefined) break;
      const ofConnection = live.connection.poll(nowMs);
      if (ofConnection === undefined) this.#settle(live);
      else if (ofConnection.kind === 'event') return { ...ofConnection, connection: live.number };
      else return { kind: 'transmit', to: live.address, bytes: ofConnection.bytes };
    }
    if (!this.#isTimeoutDue) return undefined;
    this.#isTimeoutDue = false;
    return { kind: 'timeout', atMs: this.#wake.firstAtMs };
  }

  #touch(live: Live<Address>): void {
    this.#isTimeoutDue = true;
    this.#touched.add(live);
  }

  #settle(live: Live<Address>): void {
    this.#touched.delete(live);
    if (live.connection.isDrained) this.#forget(live);
    else this.#wake.set(live, live.connection.nextTimeoutMs);
  }

  #forget(live: Live<Address>): void {
    this.#wake.delete(live);
    this.#byNumber.delete(live.number);
    if (this.#byAddress.get(live.address.key) === live) this.#byAddress.delete(live.address.key);
  }

  /**
   * 1. It is a packet. 2. AUTH goes to its handshake, or starts one. 3. An ACK may be the Finished
   * of a handshake. 4. All else is for the address's connection.
   */
  #route(nowMs: number, from: Address, bytes: Uint8Array): RefusalReason | undefined {
    const live = this.#byAddress.get(from.key);
    const decoded = decodePacket(bytes);
    if (!decoded.ok) {
      this.#complain(nowMs, from, bytes, decoded.error);
      return 'malformed';
    }
    const packet = decoded.value;
    if (packet.type === 'auth') return this.#handleAuth(nowMs, from, packet);
    for (const newcomer of packet.type === 'ack' ? this.#handshakes.at(from) : []) {
      const finished = newcomer.handshake.readFinished(packet);
      if (finished === 'right') {
        this.#establish(nowMs, newcomer, packet);
        return undefined;
      }
      if (finished === 'wrong' && live === undefined) {
        this.#tellStranger(nowMs, from, errorCodes.finishInvalid, errorTexts.finishInvalid);
        return 'wrong-finished';
      }
    }
    if (live === undefined) return 'stranger';
    live.connection.handlePacket(nowMs, packet);
    this.#touch(live);
    return undefined;
  }

  #handleAuth(nowMs: number, from: Address, auth: AuthPacket): RefusalReason | undefined {
    const live = this.#byAddress.get(from.key);
    const known = [...this.#handshakes.at(from), ...(live ? [live] : [])].find(({ handshake }) =>
      handshake.isOf(auth),
    );
    if (known !== undefined) {
      this.#send(from, known.handshake.repeat(nowMs));
      return undefined;
    }
    if (auth.certificate === undefined || auth.certificate.length === 0) {
      const { certificateInvalid } = errorCodes;
      this.#tellStranger(nowMs, from, certificateInvalid, errorTexts.certificateInvalid);
      return 'invalid-auth';
    }
    // A new key from a connected address takes that one's place and needs no new one.
    if (live === undefined && this.size >= this.#connectionsMax) {
      this.#tellStranger(nowMs, from, errorCodes.noSpace, errorTexts.noSpace);
      return 'connections-full';
    }
    const newcomer = this.#handshakes.start(nowMs, from, auth, this.#nextNumber);
    if (typeof newcomer === 'string') return newcomer;
    this.#nextNumber += 1;
    const { certificate, nextTimeoutMs } = newcomer.handshake;
    this.#wake.set(newcomer, nextTimeoutMs);
    this.#outputs.push({
      kind: 'event',
      connection: newcomer.number,
      event: { type: 'certificate', address: from, certificate },
    });
    return undefined;
  }

  #answer(
    nowMs: number,
    handshake: HostHandshake,
    verdict: CertificateVerdict,
  ): readonly Uint8Array[] {
    const { connection, certificateInvalid, noSpace } = errorCodes;
    switch (verdict) {
      case 'accepted': {
        const answer = handshake.accept(nowMs, this.#options.certificate());
        if (answer !== undefined) return answer;
        this.refusals.add('invalid-auth');
        return handshake.refuse(nowMs, connection, '');
      }
      case 'invalid':
        return handshake.refuse(nowMs, certificateInvalid, errorTexts.certificateInvalid);
      case 'full':
        return handshake.refuse(nowMs, noSpace, errorTexts.noSpace);
      default:
        return verdict satisfies never;
    }
  }

  /** Only now does a connection that the address had before end. */
  #establish(nowMs: number, newcomer: Newcomer<Address>, finished: Packet): void {
    const { address, number, handshake } = newcomer;
    const before = this.#byAddress.get(address.key);
    if (before === undefined && this.size >= this.#connectionsMax) {
      this.#send(address, handshake.refuse(nowMs, errorCodes.noSpace, errorTexts.noSpace));
      return;
    }
    this.#wake.delete(newcomer);
    this.#handshakes.delete(newcomer);
    if (before !== undefined) this.#replace(before);
    const connection = handshake.connect(nowMs, finished);
    const live: Live<Address> = {
      kind: 'connection',
      number,
      address,
      connection,
      handshake,
      wakeIndex: -1,
    };
    this.#byAddress.set(address.key, live);
    this.#byNumber.set(number, live);
    this.#touched.add(live);
    const { certificate } = handshake;
    const event = { type: 'established', address, certificate } as const;
    this.#outputs.push({ kind: 'event', connection: number, event });
  }

  #replace(live: Live<Address>): void {
    const end: ClassicEnd = { kind: 'replaced' };
    live.connection.abandon(end);
    this.#byAddress.delete(live.address.key);
    this.#touch(live);
  }

  #wakeHandshake(nowMs: number, newcomer: Newcomer<Address>): void {
    const { handshake } = newcomer;
    if (nowMs >= handshake.endsAtMs) {
      this.#handshakes.delete(newcomer);
      return;
    }
    this.#send(newcomer.address, handshake.handleTimeout(nowMs));
    this.#wake.set(newcomer, handshake.nextTimeoutMs);
  }

  #complain(nowMs: number, from: Address, about: Uint8Array, code: number): void {
    const live = this.#byAddress.get(from.key);
    const type = packetTypes[(about[0] ?? 0) & 15];
    if (live !== undefined) {
      live.connection.complain(nowMs, type && { type }, code);
      this.#touch(live);
    } else if (type !== 'error') this.#tellStranger(nowMs, from, code, '');
  }

  #tellStranger(nowMs: number, to: Address, code: number, text: string): void {
    if (!this.#strangerErrors.take(nowMs)) return;
    const error = { type: 'error', flags: 0, sequenceId: 0, code, data: utf8(text) } as const;
    this.#send(to, [encodePacket(error)]);
  }

  #send(to: Address, datagrams: readonly Uint8Array[]): void {
    for (const bytes of datagrams) this.#outputs.push({ kind: 'transmit', to, bytes });
  }
}
