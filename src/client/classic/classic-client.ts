// A player's end of Paperclip 0: one UDP connection to a classic server, with a certificate of the
// player's own, and JSON messages both ways. Where the certificate and the server's address come
// from is the HTTP companion's business, not this file's.

import type { Json } from '../../base/json.ts';
import { decodeJsonMessage, encodeJsonMessage } from '../../codec/classic/json-message.ts';
import { errorName, flags } from '../../codec/classic/numbers.ts';
import { classicCrypto } from '../../driver/classic-crypto.ts';
import type {
  DatagramAddress,
  DatagramNetwork,
  HostAndPort,
} from '../../driver/datagram-network.ts';
import { clockMs } from '../../driver/drain-loop.ts';
import { udpNetwork } from '../../driver/udp.ts';
import { ClientEndpoint } from '../../protocol/classic/client-endpoint.ts';
import { Drain } from '../../protocol/classic/drain.ts';
import type { ClassicEnd, EndpointEvent } from '../../protocol/classic/output.ts';
import { type After, hostAfter } from '../after.ts';

export interface ClassicClientOptions {
  readonly server: HostAndPort;
  /** The player's, X.509 DER: at most 880 bytes, or it would not fit into a datagram. */
  readonly certificate: Uint8Array;
  /** Whether the server's certificate, X.509 DER, is good. A rejection counts as no. */
  readonly checkServer: (certificate: Uint8Array) => Promise<boolean>;
  /** What is no JSON is not told. */
  readonly onMessage: (message: unknown) => void;
  /** Once, after the connection was made. */
  readonly onEnd: (end: ClassicEnd) => void;
  /** Default: UDP. */
  readonly network?: DatagramNetwork;
  readonly after?: After;
}

/** No connection came about; `end` says why. */
export class ClassicConnectError extends Error {
  override readonly name = 'ClassicConnectError';
  readonly end: ClassicEnd;

  constructor(end: ClassicEnd) {
    super(`no connection to the classic server: ${endSentence(end)}`);
    this.end = end;
  }
}

export class ClassicClient {
  readonly #options: ClassicClientOptions;
  readonly #endpoint: ClientEndpoint<DatagramAddress>;
  readonly #drain: Drain<DatagramAddress>;
  readonly #connected = Promise.withResolvers<void>();
  readonly #gone = Promise.withResolvers<ClassicEnd>();
  readonly #closePort: () => Promise<void>;
  #isEstablished = false;

  /** Rejects with a `ClassicConnectError`. */
  static async connect(options: ClassicClientOptions): Promise<ClassicClient> {
    const early: Uint8Array[] = [];
    let handle = (bytes: Uint8Array): void => void early.push(bytes);
    const { port, peer } = await (options.network ?? udpNetwork).connect(
      options.server,
      (bytes, start, end) => handle(bytes.subarray(start, end)),
    );
    const send = (bytes: Uint8Array): void => port.send(bytes, bytes.length, peer);
    const client = new ClassicClient(options, peer, send, () => port.close());
    handle = (bytes) => client.#handleDatagram(peer, bytes);
    await client.#connected.promise;
    return client;
  }

  private constructor(
    options: ClassicClientOptions,
    peer: DatagramAddress,
    send: (bytes: Uint8Array) => void,
    closePort: () => Promise<void>,
  ) {
    this.#options = options;
    this.#closePort = closePort;
    this.#endpoint = new ClientEndpoint(classicCrypto, peer, options.certificate, clockMs());
    this.#drain = new Drain(this.#endpoint, {
      nowMs: clockMs,
      after: options.after ?? hostAfter,
      transmit: (_to, bytes) => send(bytes),
      onEvent: (_connection, event) => this.#handleEvent(event),
    });
    this.#drain.run();
  }

  get isOpen(): boolean {
    return this.#endpoint.isOpen;
  }

  /** RELIABLE, in order. False: too much waits already, and it was not taken; or all is over. */
  send(message: Json): boolean {
    if (!this.isOpen) return false;
    const isTaken = this.#endpoint.send(encodeJsonMessage(message), flags.reliable);
    this.#drain.run();
    return isTaken;
  }

  /** What was sent goes first. Resolves with the end, when the server knows or in a few seconds. */
  disconnect(): Promise<ClassicEnd> {
    this.#endpoint.disconnect(clockMs());
    this.#drain.run();
    return this.#gone.promise;
  }

  #handleDatagram(from: DatagramAddress, bytes: Uint8Array): void {
    this.#endpoint.handleDatagram(clockMs(), from, bytes);
    this.#drain.run();
  }

  #handleEvent(event: EndpointEvent<DatagramAddress>): void {
    switch (event.type) {
      case 'certificate':
        void this.#checkServer(event.certificate);
        return;
      case 'established':
        this.#isEstablished = true;
        this.#connected.resolve();
        return;
      case 'message': {
        const message = decodeJsonMessage(event.data);
        if (message.ok) this.#options.onMessage(message.value);
        return;
      }
      case 'ended':
        void this.#finish(event.end);
        return;
      default:
        event satisfies never;
    }
  }

  async #checkServer(certificate: Uint8Array): Promise<void> {
    const isValid = await this.#options.checkServer(certificate).catch(() => false);
    this.#endpoint.certificateChecked(clockMs(), isValid);
    this.#drain.run();
  }

  /** After this run, so that the last datagrams leave before the port goes. */
  async #finish(end: ClassicEnd): Promise<void> {
    await Promise.resolve();
    this.#drain.stop();
    await this.#closePort();
    this.#gone.resolve(end);
    if (this.#isEstablished) this.#options.onEnd(end);
    else this.#connected.reject(new ClassicConnectError(end));
  }
}

/** For people. */
export function endSentence(end: ClassicEnd): string {
  switch (end.kind) {
    case 'closed-here':
      return 'it was closed here';
    case 'closed-by-peer':
      return `the other side said ${errorName(end.code)}${end.text && ` (${end.text})`}`;
    case 'timed-out':
      return 'nothing was heard for too long';
    case 'unanswered':
      return 'a message was not acknowledged';
    case 'replaced':
      return 'a new connection took its place';
    case 'handshake-timed-out':
      return 'the server does not answer';
    case 'refused-here':
      return `the server could not be trusted (${errorName(end.code)})`;
    default:
      return end satisfies never;
  }
}
