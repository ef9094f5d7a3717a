// The dialling side of Paperclip 0 without its socket: one handshake, then one connection.
//
// Order of calls: `handleDatagram`, `handleTimeout` and commands as they come, and after each of
// them (and once after construction) `poll` until it returns undefined. Its connection has the
// number 1.

import { utf8, utf8Text } from '../../base/bytes.ts';
import { Deque } from '../../base/ring.ts';
import {
  errorCodes,
  errorTexts,
  isConnectionError,
  isDisconnect,
  packetTypes,
} from '../../codec/classic/numbers.ts';
import { decodePacket, encodePacket, type Packet } from '../../codec/classic/packet.ts';
import type { PeerAddress } from '../paperclip/endpoint-output.ts';
import type { ClassicCrypto } from './classic-crypto.ts';
import { ClientHandshake } from './client-handshake.ts';
import type { Connection } from './connection.ts';
import { classicLimits } from './limits.ts';
import type { ClassicEnd, ClassicOutput, EndpointEvent } from './output.ts';
import { type RefusalReason, Refusals } from './refusals.ts';

const number = 1;

type State =
  | { readonly name: 'handshaking' }
  | { readonly name: 'connected'; readonly connection: Connection }
  | { readonly name: 'ended' };

export class ClientEndpoint<Address extends PeerAddress> {
  readonly refusals = new Refusals();
  readonly #host: Address;
  readonly #handshake: ClientHandshake;
  readonly #outputs = new Deque<ClassicOutput<Address>>();
  #hostCertificate = new Uint8Array(0);
  #state: State = { name: 'handshaking' };
  #isTimeoutDue = true;

  /** `certificate`: the player's, X.509 DER, short enough for one datagram of 1024 bytes. */
  constructor(crypto: ClassicCrypto, host: Address, certificate: Uint8Array, nowMs: number) {
    this.#host = host;
    this.#handshake = new ClientHandshake(crypto, certificate, nowMs);
    this.handleTimeout(nowMs);
  }

  /** Messages are taken and given out. */
  get isOpen(): boolean {
    return this.#state.name === 'connected' && this.#state.connection.isOpen;
  }

  /** `ended` has been said and nothing more will be sent: the socket may go. */
  get isDrained(): boolean {
    if (this.#outputs.length > 0) return false;
    if (this.#state.name === 'connected') return this.#state.connection.isDrained;
    return this.#state.name === 'ended';
  }

  handleDatagram(nowMs: number, from: Address, bytes: Uint8Array): void {
    this.#isTimeoutDue = true;
    const refusal = this.#route(nowMs, from, bytes);
    if (refusal !== undefined) this.refusals.add(refusal);
  }

  handleTimeout(nowMs: number): void {
    this.#isTimeoutDue = true;
    if (this.#state.name === 'handshaking' && nowMs >= this.#handshake.endsAtMs) {
      this.#end({ kind: 'handshake-timed-out' });
    }
    if (this.#state.name === 'ended') return;
    for (const bytes of this.#handshake.handleTimeout(nowMs)) this.#send(bytes);
    if (this.#state.name === 'connected') this.#state.connection.handleTimeout(nowMs);
  }

  /** The answer to `certificate`. */
  certificateChecked(nowMs: number, isValid: boolean): void {
    if (this.#state.name !== 'handshaking') return;
    this.#isTimeoutDue = true;
    if (!isValid) {
      this.#refuse(errorCodes.certificateInvalid, errorTexts.certificateInvalid);
      return;
    }
    const finished = this.#handshake.accept(nowMs);
    if (finished !== undefined) this.#send(finished);
    this.#connectIfDone(nowMs);
  }

  /** As `Connection.send`. */
  send(data: Uint8Array, flags: number): boolean {
    if (this.#state.name !== 'connected') throw new Error('the connection is not open');
    this.#isTimeoutDue = true;
    return this.#state.connection.send(data, flags);
  }

  disconnect(nowMs: number): void {
    this.#isTimeoutDue = true;
    if (this.#state.name === 'connected') this.#state.connection.disconnect(nowMs);
    if (this.#state.name === 'handshaking') {
      this.#tell(errorCodes.clientDisconnect, errorTexts.clientDisconnect);
      this.#end({ kind: 'closed-here', isAcknowledged: false });
    }
  }

  poll(nowMs: number): ClassicOutput<Address> | undefined {
    const output = this.#outputs.shift();
    if (output !== undefined) return output;
    if (this.#state.name === 'connected') {
      const ofConnection = this.#state.connection.poll(nowMs);
      if (ofConnection?.kind === 'event') return { ...ofConnection, connection: number };
      if (ofConnection !== undefined) {
        return { kind: 'transmit', to: this.#host, bytes: ofConnection.bytes };
      }
    }
    if (!this.#isTimeoutDue) return undefined;
    this.#isTimeoutDue = false;
    return { kind: 'timeout', atMs: this.#nextTimeoutMs };
  }

  get #nextTimeoutMs(): number {
    switch (this.#state.name) {
      case 'handshaking':
        return Math.min(this.#handshake.nextTimeoutMs, this.#handshake.endsAtMs);
      case 'connected':
        if (!this.#state.connection.isOpen) return this.#state.connection.nextTimeoutMs;
        return Math.min(this.#handshake.nextTimeoutMs, this.#state.connection.nextTimeoutMs);
      case 'ended':
        return Infinity;
      default:
        return this.#state satisfies never;
    }
  }

  #route(nowMs: number, from: Address, bytes: Uint8Array): RefusalReason | undefined {
    if (from !== this.#host && from.key !== this.#host.key) return 'wrong-address';
    const decoded = decodePacket(bytes);
    const state = this.#state;
    if (!decoded.ok) {
      const type = packetTypes[(bytes[0] ?? 0) & 15];
      if (state.name === 'connected') {
        state.connection.complain(nowMs, type && { type }, decoded.error);
      }
      return 'malformed';
    }
    const packet = decoded.value;
    if (packet.type === 'auth') {
      this.#handleAuth(nowMs, packet);
      return undefined;
    }
    if (state.name === 'connected') {
      // Not the acknowledgement that belongs to the handshake, which the host may be repeating.
      if (packet.type !== 'ack' || packet.data.length === 0) this.#handshake.settle();
      state.connection.handlePacket(nowMs, packet);
      return undefined;
    }
    if (state.name === 'ended') return undefined;
    return this.#handleBefore(nowMs, packet);
  }

  /** AUTH, ACK and ERROR are all that is taken before the handshake is done. */
  #handleBefore(nowMs: number, packet: Packet): RefusalReason | undefined {
    if (packet.type === 'ack') {
      this.#handshake.handleAck(packet);
      this.#connectIfDone(nowMs);
      return undefined;
    }
    if (packet.type !== 'error') return 'stranger';
    const { code, data } = packet;
    if (!isConnectionError(code) && !isDisconnect(code)) return undefined;
    const text = (utf8Text(data) ?? '').slice(0, classicLimits.errorTextCharactersMax);
    this.#end({ kind: 'closed-by-peer', code, text });
    return undefined;
  }

  #handleAuth(nowMs: number, packet: Extract<Packet, { readonly type: 'auth' }>): void {
    if (this.#state.name === 'ended') return;
    const next = this.#handshake.handleAuth(nowMs, packet);
    if (next === undefined) return;
    if (next === 'check') {
      const certificate = packet.certificate!.slice();
      this.#hostCertificate = certificate;
      this.#say({ type: 'certificate', address: this.#host, certificate });
    } else if (typeof next === 'number') {
      this.#refuse(
        next,
        next === errorCodes.certificateInvalid ? errorTexts.certificateInvalid : '',
      );
    } else this.#send(next);
  }

  #connectIfDone(nowMs: number): void {
    const connection = this.#handshake.result(nowMs);
    if (connection === undefined) return;
    if (connection === 'wrong') {
      this.refusals.add('wrong-finished');
      this.#refuse(errorCodes.finishInvalid, errorTexts.finishInvalid);
      return;
    }
    this.#state = { name: 'connected', connection };
    this.#say({ type: 'established', address: this.#host, certificate: this.#hostCertificate });
  }

  #refuse(code: number, text: string): void {
    this.#tell(code, text);
    this.#end({ kind: 'refused-here', code });
  }

  #tell(code: number, text: string): void {
    const error = { type: 'error', flags: 0, sequenceId: 2, code, data: utf8(text) } as const;
    this.#send(encodePacket(error));
  }

  #end(end: ClassicEnd): void {
    this.#state = { name: 'ended' };
    this.#say({ type: 'ended', end });
  }

  #say(event: EndpointEvent<Address>): void {
    this.#outputs.push({ kind: 'event', connection: number, event });
  }

  #send(bytes: Uint8Array): void {
    this.#outputs.push({ kind: 'transmit', to: this.#host, bytes });
  }
}
