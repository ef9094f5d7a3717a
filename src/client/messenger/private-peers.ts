// The private connections of one client: where it listens, whom it waits for or dials, and the
// links that have come about, by the other's name. The server introduces; from then on it is not
// needed.

import { equalBytes, fromBase64Url, toBase64Url } from '../../base/bytes.ts';
import type { ByteStream } from '../../protocol/byte-stream.ts';
import type { Crypto, KeyPair } from '../../protocol/crypto.ts';
import type { After } from '../after.ts';
import { messengerClientLimits as limits } from './messenger-client-limits.ts';
import { PrivateLink, type PrivateLinkOptions } from './private-link.ts';

/** What the network is to a messenger; tests give one in memory. */
export interface PrivateNetwork {
  listen(
    onStream: (stream: ByteStream) => void,
  ): Promise<{ readonly port: number; close(): Promise<void> }>;
  dial(host: string, port: number): Promise<ByteStream>;
}

/** As the server introduces another client. */
export interface Introduction {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** base64url; undefined: it does not encrypt. */
  readonly key: string | undefined;
}

export interface PrivatePeersOptions {
  readonly network: PrivateNetwork;
  readonly crypto: Crypto;
  readonly after: After;
  /** False: as a client that has no cryptography. */
  readonly encrypts: boolean;
  readonly ownName: () => string;
  readonly onOpen: (name: string, isSealed: boolean) => void;
  readonly onText: (name: string, text: string) => void;
  /** Of a link that was open. Told: the other has ended it on purpose. */
  readonly onEnd: (name: string, wasTold: boolean) => void;
}

export class PrivatePeers {
  readonly #options: PrivatePeersOptions;
  readonly #keys: KeyPair;
  readonly #links = new Map<string, PrivateLink>();
  readonly #strangers = new Set<PrivateLink>();
  /** Introduced, and to connect to us. */
  readonly #expected = new Map<string, Introduction>();
  #listener: ReturnType<PrivateNetwork['listen']> | undefined;
  #isClosed = false;

  constructor(options: PrivatePeersOptions) {
    this.#options = options;
    this.#keys = options.crypto.x25519KeyPair();
  }

  get size(): number {
    return this.#links.size;
  }

  has(name: string): boolean {
    return this.#links.has(nameKey(name));
  }

  /** For the other: opens the port at the first time. Rejects when none can be had. */
  async address(): Promise<{ readonly port: number; readonly key: string | undefined }> {
    this.#listener ??= this.#options.network.listen((stream) => this.#accept(stream));
    const { port } = await this.#listener;
    const key = this.#options.encrypts ? toBase64Url(this.#keys.publicKey) : undefined;
    return { port, key };
  }

  /** The other will connect. */
  expect(other: Introduction): void {
    this.#expected.set(nameKey(other.name), other);
  }

  /** Rejects when no connection comes about. */
  async dial(other: Introduction): Promise<void> {
    const key = this.#keyOf(other);
    const stream = await this.#options.network.dial(other.host, other.port);
    if (this.#isClosed) {
      stream.destroy();
      return;
    }
    const admits: PrivateLinkOptions['admits'] = (name) => nameKey(name) === nameKey(other.name);
    PrivateLink.dial(stream, key, this.#linkOptions(other.name, admits));
  }

  /** False: there is no connection with this name. */
  say(name: string, text: string): boolean {
    return this.#links.get(nameKey(name))?.say(text) === true;
  }

  /** Tells the other. No `onEnd` comes for it. False: there was none. */
  end(name: string): boolean {
    const key = nameKey(name);
    this.#expected.delete(key);
    const link = this.#links.get(key);
    this.#links.delete(key);
    link?.close();
    return link !== undefined;
  }

  close(): void {
    this.#isClosed = true;
    for (const link of [...this.#links.values(), ...this.#strangers]) link.close();
    this.#links.clear();
    this.#listener?.then(
      (listener) => listener.close(),
      () => undefined,
    );
  }

  #accept(stream: ByteStream): void {
    const isExpected = this.#expected.size > 0 && this.#strangers.size < limits.privateStrangersMax;
    if (!isExpected || this.#isClosed) {
      stream.destroy();
      return;
    }
    const admits: PrivateLinkOptions['admits'] = (name, key, address) => {
      const other = this.#expected.get(nameKey(name));
      if (other === undefined) return false;
      const wanted = this.#keyOf(other);
      return wanted === undefined
        ? key === undefined && plainAddress(address) === plainAddress(other.host)
        : key !== undefined && equalBytes(key, wanted);
    };
    const link = PrivateLink.accept(stream, this.#linkOptions(undefined, admits));
    this.#strangers.add(link);
  }

  /** Sealed only when both can. */
  #keyOf({ key }: Introduction): Uint8Array | undefined {
    return this.#options.encrypts && key !== undefined ? fromBase64Url(key) : undefined;
  }

  #linkOptions(
    dialledName: string | undefined,
    admits: PrivateLinkOptions['admits'],
  ): PrivateLinkOptions {
    const { crypto, after, ownName, onOpen, onText, onEnd } = this.#options;
    const nameOf = (link: PrivateLink) => dialledName ?? link.otherName ?? '';
    return {
      crypto,
      ownName: ownName(),
      ownKeys: this.#keys,
      after,
      admits,
      onOpen: (link) => {
        const name = nameOf(link);
        this.#strangers.delete(link);
        this.#expected.delete(nameKey(name));
        this.#links.get(nameKey(name))?.close();
        this.#links.set(nameKey(name), link);
        onOpen(name, link.isSealed);
      },
      onText: (link, text) => onText(nameOf(link), text),
      onEnd: (link, wasTold) => {
        this.#strangers.delete(link);
        const name = nameOf(link);
        if (this.#links.get(nameKey(name)) === link) {
          this.#links.delete(nameKey(name));
          onEnd(name, wasTold);
        } else if (dialledName !== undefined && link.otherName === undefined && !this.#isClosed) {
          // It never opened: the other did not take us for whom we are.
          onEnd(dialledName, false);
        }
      },
    };
  }
}

/** Names are one whatever their case; what the server makes of it is its own. */
const nameKey = (name: string): string => name.normalize('NFKC').toLowerCase();

/** IPv4 over an IPv6 socket is IPv4. */
const plainAddress = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '');
