// A host and clients of Paperclip 0 on a simulated network in virtual time: what each of them
// heard, and a place for datagrams that nobody proper would send.

import { utf8 } from '../../base/bytes.ts';
import {
  decodePacket,
  encodePacket,
  type Packet,
  type PacketHead,
} from '../../codec/classic/packet.ts';
import { classicCrypto } from '../../driver/classic-crypto.ts';
import type { LinkConditions } from '../../testing/simulated-link.ts';
import { type Transmit, VirtualNetwork, type VirtualNode } from '../../testing/virtual-network.ts';
import type { EcdhKeyPair } from './classic-crypto.ts';
import { ClientEndpoint } from './client-endpoint.ts';
import { HostEndpoint } from './host-endpoint.ts';
import type { CertificateVerdict, ClassicEnd, ClassicOutput } from './output.ts';
import { agree, type Session } from './session-key.ts';

export interface TestAddress {
  readonly key: string;
  readonly shareKey: string;
}

export const hostName = 'host';
export const hostCertificate = new Uint8Array(700).fill(0x48);
export const playerCertificate = (name: string): Uint8Array =>
  Uint8Array.from({ length: 820 }, (_, i) => name.charCodeAt(i % name.length));

const addressOf = (key: string): TestAddress => ({ key, shareKey: key.split(':')[0]! });

export interface ScriptedPeer {
  readonly stranger: Stranger;
  readonly keys: EcdhKeyPair;
  readonly session: Session;
  /** What the host calls its connection. */
  readonly number: number;
}

const nothing = new Uint8Array(0);

export const authPacket = (publicKey: Uint8Array, certificate?: Uint8Array): Packet => ({
  ...{ type: 'auth', flags: 0, sequenceId: 0, publicKey, data: nothing },
  ...(certificate && { certificate }),
});

export const finishedPacket = (finished: Uint8Array): Packet => ({
  ...{ type: 'ack', flags: 0, sequenceId: 1, ackId: 0, ackBits: 0, data: finished },
});

export const defaultPacket = (
  sequenceId: number,
  flags: number,
  data: Uint8Array,
  rest: Partial<PacketHead> = {},
): Packet => ({ ...rest, type: 'default', flags, sequenceId, data });

export const errorPacket = (sequenceId: number, code: number, text = ''): Packet => ({
  ...{ type: 'error', flags: 0, sequenceId, code, data: utf8(text) },
});

/** Polls one of the endpoints as a driver would. */
abstract class Station implements VirtualNode {
  readonly messages: { readonly connection: number; readonly data: Uint8Array }[] = [];
  readonly ends: ClassicEnd[] = [];
  readonly endedNumbers: number[] = [];
  /** By connection: what its certificate said. */
  readonly established = new Map<number, Uint8Array>();
  readonly checked: { readonly connection: number; readonly certificate: Uint8Array }[] = [];
  /** Undefined: nobody answers, yet. */
  verdict: CertificateVerdict | undefined = 'accepted';
  /** Datagrams that left, as packets. */
  readonly sent: Packet[] = [];

  abstract handleDatagram(nowMs: number, from: string, bytes: Uint8Array): void;
  abstract handleTimeout(nowMs: number): void;
  protected abstract poll(nowMs: number): ClassicOutput<TestAddress> | undefined;
  protected abstract check(nowMs: number, connection: number, verdict: CertificateVerdict): void;

  drain(nowMs: number, transmit: Transmit): number {
    let wakeAtMs = Infinity;
    for (let output = this.poll(nowMs); output !== undefined; output = this.poll(nowMs)) {
      if (output.kind === 'timeout') wakeAtMs = output.atMs;
      else if (output.kind === 'transmit') {
        const packet = decodePacket(output.bytes);
        if (!packet.ok) throw new Error('an endpoint made a malformed packet');
        this.sent.push(packet.value);
        transmit(output.to.key, output.bytes, output.bytes.length);
      } else this.#hear(nowMs, output);
    }
    return wakeAtMs;
  }

  #hear(
    nowMs: number,
    { connection, event }: Extract<ClassicOutput<TestAddress>, { readonly kind: 'event' }>,
  ): void {
    switch (event.type) {
      case 'certificate':
        this.checked.push({ connection, certificate: event.certificate });
        if (this.verdict !== undefined) this.check(nowMs, connection, this.verdict);
        return;
      case 'established':
        this.established.set(connection, event.certificate);
        return;
      case 'message':
        this.messages.push({ connection, data: event.data });
        return;
      case 'ended':
        this.ends.push(event.end);
        this.endedNumbers.push(connection);
        return;
      default:
        event satisfies never;
    }
  }
}

export class HostStation extends Station {
  readonly endpoint: HostEndpoint<TestAddress>;

  constructor(connectionsMax: number | undefined) {
    super();
    const options = { certificate: () => hostCertificate, connectionsMax };
    this.endpoint = new HostEndpoint<TestAddress>(classicCrypto, options, 0);
  }

  handleDatagram(nowMs: number, from: string, bytes: Uint8Array): void {
    this.endpoint.handleDatagram(nowMs, addressOf(from), bytes);
  }
  handleTimeout(nowMs: number): void {
    this.endpoint.handleTimeout(nowMs);
  }
  protected poll(nowMs: number): ClassicOutput<TestAddress> | undefined {
    return this.endpoint.poll(nowMs);
  }
  protected check(nowMs: number, connection: number, verdict: CertificateVerdict): void {
    this.endpoint.certificateChecked(nowMs, connection, verdict);
  }
}

export class ClientStation extends Station {
  readonly endpoint: ClientEndpoint<TestAddress>;

  constructor(name: string, nowMs: number) {
    super();
    const host = addressOf(hostName);
    this.endpoint = new ClientEndpoint(classicCrypto, host, playerCertificate(name), nowMs);
  }
  handleDatagram(nowMs: number, from: string, bytes: Uint8Array): void {
    this.endpoint.handleDatagram(nowMs, addressOf(from), bytes);
  }
  handleTimeout(nowMs: number): void {
    this.endpoint.handleTimeout(nowMs);
  }
  protected poll(nowMs: number): ClassicOutput<TestAddress> | undefined {
    return this.endpoint.poll(nowMs);
  }
  protected check(nowMs: number, _connection: number, verdict: CertificateVerdict): void {
    this.endpoint.certificateChecked(nowMs, verdict === 'accepted');
  }
}

/** Sends what it is told to, byte by byte as given, and keeps what comes. */
export class Stranger implements VirtualNode {
  readonly heard: Packet[] = [];
  readonly #toSend: Uint8Array[] = [];

  queue(datagram: Uint8Array | Packet): void {
    this.#toSend.push(datagram instanceof Uint8Array ? datagram : encodePacket(datagram));
  }
  handleDatagram(_nowMs: number, _from: string, bytes: Uint8Array): void {
    const packet = decodePacket(bytes);
    if (packet.ok) this.heard.push(packet.value);
  }
  handleTimeout(): void {}
  drain(_nowMs: number, transmit: Transmit): number {
    for (const bytes of this.#toSend.splice(0)) transmit(hostName, bytes, bytes.length);
    return Infinity;
  }

  /** The codes of all errors, in order. */
  get errors(): readonly number[] {
    return this.heard.flatMap((packet) => (packet.type === 'error' ? [packet.code] : []));
  }
}

export class ClassicWorld {
  readonly network: VirtualNetwork;
  readonly host: HostStation;

  constructor(
    seed: number | string,
    conditions: LinkConditions = { delayMs: 20 },
    connectionsMax?: number,
  ) {
    this.host = new HostStation(connectionsMax);
    this.network = new VirtualNetwork(seed, conditions);
    this.network.add(hostName, this.host);
  }

  client(address: string): ClientStation {
    const client = new ClientStation(address, this.network.nowMs);
    this.network.add(address, client);
    return client;
  }

  /** A client whose handshake is done on both sides. */
  connected(address: string, withinMs = 60_000): ClientStation {
    const before = this.host.established.size;
    const client = this.client(address);
    const isDone = () => client.established.size > 0 && this.host.established.size > before;
    if (!this.network.runUntil(isDone, withinMs)) throw new Error(`${address} did not connect`);
    return client;
  }

  stranger(address: string): Stranger {
    const stranger = new Stranger();
    this.network.add(address, stranger);
    return stranger;
  }

  /** A peer that has done its handshake by hand, and sends what it is told from then on. */
  scripted(address: string): ScriptedPeer {
    const stranger = this.stranger(address);
    const keys = classicCrypto.generateKeyPair();
    this.say(address, stranger, authPacket(keys.publicKey, playerCertificate(address)));
    const auth = stranger.heard.find((packet) => packet.type === 'auth');
    if (auth?.type !== 'auth') throw new Error('the host did not answer');
    const session = agree(classicCrypto, keys, auth.publicKey)!;
    this.say(address, stranger, finishedPacket(session.finished));
    stranger.heard.length = 0;
    return { stranger, keys, session, number: this.newest };
  }

  /** Lets the stranger's datagrams arrive and be answered. */
  say(address: string, stranger: Stranger, ...datagrams: readonly (Uint8Array | Packet)[]): void {
    for (const datagram of datagrams) stranger.queue(datagram);
    this.network.touch(address);
    this.network.runFor(100);
  }

  /** The newest connection of the host. */
  get newest(): number {
    return Math.max(...this.host.established.keys());
  }
}
