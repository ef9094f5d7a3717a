// The UDP side of Paperclip 0 as a server: datagrams in, players and their messages out. It knows
// no socket, account or game: the owner hands it what arrives, and the application says whose
// certificate is good and what messages mean.

import type { Json } from '../../base/json.ts';
import { encodeJsonMessage } from '../../codec/classic/json-message.ts';
import { flags } from '../../codec/classic/numbers.ts';
import type { Timers } from '../../domain/ports.ts';
import type { ClassicCrypto } from '../../protocol/classic/classic-crypto.ts';
import { Drain } from '../../protocol/classic/drain.ts';
import { HostEndpoint } from '../../protocol/classic/host-endpoint.ts';
import type {
  CertificateVerdict,
  ClassicEnd,
  EndpointEvent,
  Goodbye,
} from '../../protocol/classic/output.ts';
import { type RefusalReason, refusalReasons } from '../../protocol/classic/refusals.ts';
import type { PeerAddress } from '../../protocol/paperclip/endpoint-output.ts';

/** A player's connection, from `onJoin` to `onLeave`. */
export interface ClassicPeer {
  /** X.509 DER, as `check` accepted it. */
  readonly certificate: Uint8Array;
  /** Its IP address, where it has one. */
  readonly host: string;
  /**
   * RELIABLE, in order. One who does not acknowledge, so that too much waits, is disconnected.
   * Without effect after the end. Throws a RangeError on more than 251,940 bytes.
   */
  send(message: Json): void;
  /** What was sent goes first; `onLeave` follows. Default: ERROR 2.1 without a text. */
  disconnect(goodbye?: Goodbye): void;
}

export interface ClassicApplication {
  /** Asked for each newcomer, with its IP address; a rejection turns it away as `invalid`. */
  check(certificate: Uint8Array, host: string): Promise<CertificateVerdict>;
  onJoin(peer: ClassicPeer): void;
  /** The bytes are the receiver's; they need not be JSON. */
  onMessage(peer: ClassicPeer, message: Uint8Array): void;
  /** Once, last. */
  onLeave(peer: ClassicPeer, end: ClassicEnd): void;
}

export interface ClassicUdpServerOptions<Address extends PeerAddress> {
  readonly crypto: ClassicCrypto;
  /** The server's own, X.509 DER. */
  readonly certificate: () => Uint8Array;
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
  readonly timers: Timers;
  readonly transmit: (to: Address, bytes: Uint8Array) => void;
  readonly application: ClassicApplication;
  /** `check` rejected. */
  readonly onError: (cause: unknown) => void;
}

export class ClassicUdpServer<Address extends PeerAddress> {
  readonly #options: ClassicUdpServerOptions<Address>;
  readonly #endpoint: HostEndpoint<Address>;
  readonly #drain: Drain<Address>;
  readonly #peers = new Map<number, ClassicPeer>();
  #closed: (() => void) | undefined;

  constructor(options: ClassicUdpServerOptions<Address>) {
    const { crypto, certificate, nowMs, timers, transmit } = options;
    this.#options = options;
    this.#endpoint = new HostEndpoint(crypto, { certificate }, nowMs());
    this.#drain = new Drain(this.#endpoint, {
      nowMs,
      after: (delayMs, run) => timers.after(delayMs, run),
      transmit,
      onEvent: (connection, event) => this.#handleEvent(connection, event),
    });
  }

  /** Players that are connected. */
  get size(): number {
    return this.#peers.size;
  }

  /** Newcomers whose handshake is not over. */
  get handshakes(): number {
    return this.#endpoint.handshakes;
  }

  /** Datagrams dropped since the start, by reason. */
  refusals(): Readonly<Record<RefusalReason, number>> {
    const counts = refusalReasons.map((reason) => [reason, this.#endpoint.refusals.count(reason)]);
    // Boundary: the keys are all the reasons there are.
    return Object.fromEntries(counts) as Record<RefusalReason, number>;
  }

  /** The bytes are the caller's again afterwards. */
  handleDatagram(from: Address, bytes: Uint8Array): void {
    if (this.#closed !== undefined && this.size === 0) return;
    this.#endpoint.handleDatagram(this.#options.nowMs(), from, bytes);
    this.#drain.run();
  }

  /** Tells every player, and waits until they know or their time is over. */
  async close(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#closed = resolve;
    for (const peer of this.#peers.values()) peer.disconnect();
    this.#finishIfEmpty();
    await promise;
    this.#drain.stop();
  }

  #handleEvent(connection: number, event: EndpointEvent<Address>): void {
    const { application } = this.#options;
    const peer = this.#peers.get(connection);
    switch (event.type) {
      case 'certificate':
        void this.#check(connection, event.certificate, hostOf(event.address));
        return;
      case 'established':
        this.#join(connection, event.certificate, hostOf(event.address));
        return;
      case 'message':
        if (peer !== undefined) application.onMessage(peer, event.data);
        return;
      case 'ended':
        this.#peers.delete(connection);
        if (peer !== undefined) application.onLeave(peer, event.end);
        this.#finishIfEmpty();
        return;
      default:
        event satisfies never;
    }
  }

  async #check(connection: number, certificate: Uint8Array, host: string): Promise<void> {
    const { application, nowMs, onError } = this.#options;
    let verdict: CertificateVerdict = 'invalid';
    try {
      verdict = this.#closed === undefined ? await application.check(certificate, host) : 'full';
    } catch (cause) {
      onError(cause);
    }
    this.#endpoint.certificateChecked(nowMs(), connection, verdict);
    this.#drain.run();
  }

  #join(connection: number, certificate: Uint8Array, host: string): void {
    const disconnect = (goodbye?: Goodbye): void => {
      this.#endpoint.disconnect(this.#options.nowMs(), connection, goodbye);
      this.#drain.run();
    };
    const peer: ClassicPeer = {
      certificate,
      host,
      send: (message) => {
        if (!this.#peers.has(connection) || !this.#endpoint.isOpen(connection)) return;
        const isTaken = this.#endpoint.send(connection, encodeJsonMessage(message), flags.reliable);
        if (!isTaken) disconnect();
        this.#drain.run();
      },
      disconnect,
    };
    this.#peers.set(connection, peer);
    if (this.#closed === undefined) this.#options.application.onJoin(peer);
    else disconnect();
  }

  #finishIfEmpty(): void {
    if (this.size === 0) this.#closed?.();
  }
}

const hostOf = ({ host, key }: PeerAddress): string => host ?? key;
