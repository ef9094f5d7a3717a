// One private connection between two clients: over a byte stream, sealed where both gave the
// server a key, and plain otherwise. Each says its name first; then both may speak, and either may
// end it.
//
// Sealed, a name counts only with the key that the server introduced for it. Plain, it counts with
// the address that the server named, which proves little: see docs/messenger.md.

import { parseJson } from '../../base/json.ts';
import { encodeMessage, messageOf, messageTypes } from '../../codec/messenger/messages.ts';
import { contractLimits } from '../../contract/limits.ts';
import type { ByteStream } from '../../protocol/byte-stream.ts';
import type { Crypto, KeyPair } from '../../protocol/crypto.ts';
import type { After } from '../after.ts';
import { messengerClientLimits as limits } from './messenger-client-limits.ts';
import {
  PlainChannel,
  type PrivateChannel,
  SealedChannel,
  speaksPlainly,
} from './private-channel.ts';

export interface PrivateLinkOptions {
  readonly crypto: Crypto;
  readonly ownName: string;
  readonly ownKeys: KeyPair;
  readonly after: After;
  /** Whether the other may be who it says; asked once. `key`: proven; undefined: plain. */
  readonly admits: (name: string, key: Uint8Array | undefined, address: string) => boolean;
  readonly onOpen: (link: PrivateLink) => void;
  readonly onText: (link: PrivateLink, text: string) => void;
  /** Once, also when it was never open. Told: the other said that it ends it. */
  readonly onEnd: (link: PrivateLink, wasTold: boolean) => void;
}

export class PrivateLink {
  readonly #stream: ByteStream;
  readonly #options: PrivateLinkOptions;
  readonly #cancelDeadline: () => void;
  /** Unknown before the first byte of who dialled. */
  #channel: PrivateChannel | undefined;
  #speaksFirst = false;
  #hasSaidName = false;
  #otherName: string | undefined;
  #wasTold = false;

  /** With the other's key, or plainly when it has none. */
  static dial(
    stream: ByteStream,
    remoteKey: Uint8Array | undefined,
    options: PrivateLinkOptions,
  ): PrivateLink {
    const link = new PrivateLink(stream, options);
    link.#speaksFirst = true;
    link.#channel =
      remoteKey === undefined
        ? new PlainChannel(link.#transmit)
        : new SealedChannel(options.crypto, options.ownKeys, remoteKey, link.#transmit);
    link.#goOn(link.#channel);
    return link;
  }

  static accept(stream: ByteStream, options: PrivateLinkOptions): PrivateLink {
    return new PrivateLink(stream, options);
  }

  private constructor(stream: ByteStream, options: PrivateLinkOptions) {
    this.#stream = stream;
    this.#options = options;
    this.#cancelDeadline = options.after(limits.privateHelloWithinMs, () => stream.destroy());
    stream.onData = (bytes) => this.#handleBytes(bytes);
    stream.onClose = () => {
      this.#cancelDeadline();
      options.onEnd(this, this.#wasTold);
    };
  }

  /** Undefined before the link is open. */
  get otherName(): string | undefined {
    return this.#otherName;
  }

  get isSealed(): boolean {
    return this.#channel?.remoteKey !== undefined;
  }

  /** False: it is not open, or the text is longer than a message may be. */
  say(text: string): boolean {
    const isOpen = this.#otherName !== undefined && this.#stream.isOpen;
    if (!isOpen || text.length > contractLimits.messageCharactersMax) return false;
    this.#channel?.sendText(encodeMessage(messageTypes.PRIVATE, text));
    return this.#stream.isOpen;
  }

  /** Tells the other, if there is one. */
  close(): void {
    if (this.#otherName !== undefined && this.#stream.isOpen) {
      this.#channel?.sendText(encodeMessage(messageTypes.PRIVATE_STOPPED, null));
    }
    this.#stream.end();
  }

  readonly #transmit = (bytes: Uint8Array): void => {
    this.#stream.write(bytes);
  };

  #handleBytes(bytes: Uint8Array): void {
    const { crypto, ownKeys } = this.#options;
    if (!this.#stream.isOpen || bytes.length === 0) return;
    this.#channel ??= speaksPlainly(bytes[0]!)
      ? new PlainChannel(this.#transmit)
      : new SealedChannel(crypto, ownKeys, undefined, this.#transmit);
    this.#channel.handleBytes(bytes);
    this.#goOn(this.#channel);
  }

  #goOn(channel: PrivateChannel): void {
    for (;;) {
      const text = channel.pollText();
      if (this.#speaksFirst) this.#sayName(channel);
      if (text === undefined) break;
      this.#handleText(channel, text);
      if (!this.#stream.isOpen) return;
    }
    if (channel.isBroken) this.#stream.destroy();
  }

  #sayName(channel: PrivateChannel): void {
    if (this.#hasSaidName || !channel.isReady) return;
    this.#hasSaidName = true;
    channel.sendText(encodeMessage(messageTypes.START_PRIVATE, this.#options.ownName));
  }

  #handleText(channel: PrivateChannel, text: string): void {
    const parsed = parseJson(text);
    const { type, content } = (parsed.ok ? messageOf(parsed.value) : undefined) ?? {};
    if (this.#otherName === undefined) {
      const isName = type === messageTypes.START_PRIVATE && typeof content === 'string';
      if (isName) this.#handleName(channel, content);
      else this.#stream.destroy();
    } else if (type === messageTypes.PRIVATE && isMessage(content)) {
      this.#options.onText(this, content);
    } else if (type === messageTypes.PRIVATE_STOPPED) {
      this.#wasTold = true;
      this.#stream.end();
    } else this.#stream.destroy();
  }

  #handleName(channel: PrivateChannel, name: string): void {
    const { admits, onOpen } = this.#options;
    if (!admits(name, channel.remoteKey, this.#stream.remoteAddress)) {
      this.#stream.destroy();
      return;
    }
    this.#cancelDeadline();
    this.#sayName(channel);
    this.#otherName = name;
    onOpen(this);
  }
}

const isMessage = (content: unknown): content is string =>
  typeof content === 'string' && content.length <= contractLimits.messageCharactersMax;
