// The old programs as docs/protocol/paperclip-0.md has them, either side: one datagram in 0.1 s,
// every RELIABLE packet repeated in turn until it is acknowledged, several of them on their way at
// once, packets handed on as they come and as often as they come, nothing of the handshake ever
// repeated.

import { concatBytes } from '../../base/bytes.ts';
import { ackBitsOf, ackedIds } from '../../codec/classic/ack-bits.ts';
import { flags } from '../../codec/classic/numbers.ts';
import { decodePacket, encodePacket, type Packet } from '../../codec/classic/packet.ts';
import { classicCrypto } from '../../driver/classic-crypto.ts';
import type { Transmit, VirtualNode } from '../../testing/virtual-network.ts';
import { authPacket, finishedPacket } from './classic-world.fixture.ts';
import { packMessage } from './pipeline.ts';
import { agree, type Session } from './session-key.ts';

const tickMs = 100;

export class OldPeer implements VirtualNode {
  /** All that was handed on, duplicates too. */
  readonly messages: Uint8Array[] = [];
  isConnected = false;
  readonly #role: 'server' | 'client';
  readonly #peer: string;
  readonly #certificate: Uint8Array;
  readonly #keys = classicCrypto.generateKeyPair();
  readonly #queue: { readonly bytes: Uint8Array; readonly reliableId: number | undefined }[] = [];
  readonly #unacknowledged = new Set<number>();
  readonly #received = new Set<number>();
  readonly #pieces = new Map<number, (Uint8Array | undefined)[]>();
  #session: Session | undefined;
  #nextId = 0;
  #nextTickMs = 0;

  constructor(role: 'server' | 'client', peer: string, certificate: Uint8Array) {
    this.#role = role;
    this.#peer = peer;
    this.#certificate = certificate;
    if (role === 'client') this.#say(authPacket(this.#keys.publicKey, certificate));
  }

  get sessionKey(): Uint8Array {
    return this.#session!.key;
  }

  send(data: Uint8Array, flagBits: number): void {
    const id = this.#nextId++;
    const isReliable = (flagBits & flags.reliable) !== 0;
    const message = { body: { type: 'default' }, flags: flagBits, data } as const;
    if (isReliable) this.#unacknowledged.add(id);
    for (const bytes of packMessage(classicCrypto, this.#session?.key, id, message)!) {
      this.#queue.push({ bytes, reliableId: isReliable ? id : undefined });
    }
  }

  handleDatagram(_nowMs: number, _from: string, bytes: Uint8Array): void {
    if (bytes.length > 1024) throw new Error('the old peer would cut this');
    const packet = decodePacket(bytes);
    if (!packet.ok) throw new Error('the old peer would fall over this');
    this.#handle(packet.value);
  }

  handleTimeout(): void {}

  drain(nowMs: number, transmit: Transmit): number {
    if (nowMs >= this.#nextTickMs) {
      this.#nextTickMs = nowMs + tickMs;
      const next = this.#queue.shift();
      if (next !== undefined) {
        transmit(this.#peer, next.bytes, next.bytes.length);
        const { reliableId } = next;
        if (reliableId !== undefined && this.#unacknowledged.has(reliableId))
          this.#queue.push(next);
      }
    }
    return this.#nextTickMs;
  }

  #handle(packet: Packet): void {
    switch (packet.type) {
      case 'auth':
        this.#handleAuth(packet.publicKey);
        return;
      case 'ack':
        if (packet.data.length > 0) this.#handleFinished(packet.data);
        for (const id of ackedIds(packet.ackId, packet.ackBits)) this.#acknowledged(id);
        return;
      case 'heartbeat':
        if (packet.isPing) this.#say({ ...packet, isPing: false });
        return;
      case 'error':
        return;
      case 'default':
        this.#handleMessage(packet);
        return;
      default:
        packet satisfies never;
    }
  }

  #handleAuth(publicKey: Uint8Array): void {
    if (this.#session !== undefined) return;
    this.#session = agree(classicCrypto, this.#keys, publicKey);
    if (this.#role === 'server') this.#say(authPacket(this.#keys.publicKey, this.#certificate));
    this.#say(finishedPacket(this.#session!.finished));
  }

  #handleFinished(data: Uint8Array): void {
    if (Buffer.compare(data, this.#session!.finished) === 0) this.isConnected = true;
  }

  #acknowledged(id: number): void {
    this.#unacknowledged.delete(id);
    const left = this.#queue.filter(({ reliableId }) => reliableId !== id);
    this.#queue.splice(0, this.#queue.length, ...left);
  }

  #handleMessage(packet: Packet): void {
    const { sequenceId, fragment, data } = packet;
    const pieces = this.#pieces.get(sequenceId) ?? [];
    if (fragment !== undefined) {
      this.#pieces.set(sequenceId, pieces);
      pieces[fragment.id] = data.slice();
      if (pieces.filter((piece) => piece !== undefined).length < fragment.count) return;
      this.#pieces.delete(sequenceId);
    }
    const parts = fragment === undefined ? [data] : pieces.filter((piece) => piece !== undefined);
    this.messages.push(concatBytes(...parts));
    if ((packet.flags & flags.reliable) === 0) return;
    this.#received.add(sequenceId);
    const ackBits = ackBitsOf(sequenceId, (id) => this.#received.has(id));
    const none = new Uint8Array(0);
    this.#say({ type: 'ack', flags: 0, sequenceId: 0, ackId: sequenceId, ackBits, data: none });
  }

  /** With the next id. */
  #say(packet: Packet): void {
    const bytes = encodePacket({ ...packet, sequenceId: this.#nextId++ });
    this.#queue.push({ bytes, reliableId: undefined });
  }
}
