// Texts over the bytes of a private connection, in one of two ways. Sealed: Noise IK, each frame
// two bytes of length (big-endian) and a Noise message, the first two of them the handshake. Plain:
// lines. Which of them a connection speaks shows in its first byte: a line begins with `{`, and a
// frame of the handshake with a zero.
//
// It knows no streams and no names. Order of calls: `handleBytes`, then `pollText` until undefined;
// what is to be sent comes through `transmit`. Once `isBroken`, nothing more comes.

import { concatBytes, utf8, utf8Text } from '../../base/bytes.ts';
import type { AeadKey, Crypto, KeyPair } from '../../protocol/crypto.ts';
import { LineReader } from '../../protocol/line/line-reader.ts';
import { NoiseHandshake } from '../../protocol/paperclip/noise.ts';
import { messengerClientLimits as limits } from './messenger-client-limits.ts';

export interface PrivateChannel {
  /** The other's static key, once it has proven it; undefined when nothing is sealed. */
  readonly remoteKey: Uint8Array | undefined;
  /** Texts can be sent. */
  readonly isReady: boolean;
  /** The other broke the rules, or somebody between the two did. */
  readonly isBroken: boolean;
  handleBytes(bytes: Uint8Array): void;
  pollText(): string | undefined;
  sendText(text: string): void;
}

export type Transmit = (bytes: Uint8Array) => void;

const openBrace = 0x7b;
export const speaksPlainly = (firstByte: number): boolean => firstByte === openBrace;

export class PlainChannel implements PrivateChannel {
  readonly remoteKey = undefined;
  readonly isReady = true;
  readonly #reader = new LineReader(limits.privateFrameBytesMax);
  readonly #transmit: Transmit;
  #isBroken = false;

  constructor(transmit: Transmit) {
    this.#transmit = transmit;
  }

  get isBroken(): boolean {
    return this.#isBroken;
  }

  handleBytes(bytes: Uint8Array): void {
    this.#reader.handleBytes(bytes);
  }

  pollText(): string | undefined {
    const event = this.#isBroken ? undefined : this.#reader.pollLine();
    if (event === undefined) return undefined;
    if (event.kind === 'line') return event.text;
    this.#isBroken = true;
    return undefined;
  }

  sendText(text: string): void {
    this.#transmit(utf8(`${text}\n`));
  }
}

const prologue = utf8('paperclip messenger private 1');
const tagBytes = 16;
const lengthBytes = 2;
/** Noise IK without payloads: 96 and 48 bytes. A stranger may have no more kept. */
const handshakeFrameBytesMax = 96;
const none = new Uint8Array(0);

interface Direction {
  readonly key: AeadKey;
  counter: number;
}

export class SealedChannel implements PrivateChannel {
  readonly #crypto: Crypto;
  readonly #transmit: Transmit;
  readonly #handshake: NoiseHandshake;
  readonly #isInitiator: boolean;
  #waiting: Uint8Array = none;
  #keys: { readonly out: Direction; readonly in: Direction } | undefined;
  #isBroken = false;

  /** The one that dials knows the other's key, and begins at once. */
  constructor(crypto: Crypto, own: KeyPair, remoteKey: Uint8Array | undefined, transmit: Transmit) {
    this.#crypto = crypto;
    this.#transmit = transmit;
    this.#isInitiator = remoteKey !== undefined;
    this.#handshake = new NoiseHandshake(crypto, {
      pattern: 'IK',
      role: this.#isInitiator ? 'initiator' : 'responder',
      prologue,
      staticKeys: own,
      ...(remoteKey !== undefined && { remoteStaticKey: remoteKey }),
    });
    if (this.#isInitiator) this.#writeHandshake();
  }

  get remoteKey(): Uint8Array | undefined {
    return this.#keys === undefined ? undefined : this.#handshake.remoteStaticKey;
  }

  get isReady(): boolean {
    return this.#keys !== undefined && !this.#isBroken;
  }

  get isBroken(): boolean {
    return this.#isBroken;
  }

  handleBytes(bytes: Uint8Array): void {
    this.#waiting = this.#waiting.length === 0 ? bytes : concatBytes(this.#waiting, bytes);
  }

  pollText(): string | undefined {
    while (!this.#isBroken) {
      const frame = this.#takeFrame();
      if (frame === undefined) return undefined;
      if (this.#keys !== undefined) return this.#open(frame, this.#keys.in);
      this.#readHandshake(frame);
    }
    return undefined;
  }

  sendText(text: string): void {
    if (this.#keys === undefined) throw new Error('the handshake has messages left');
    const plain = utf8(text);
    const sealed = new Uint8Array(plain.length + tagBytes);
    const { key, counter } = this.#keys.out;
    key.seal(sealed, 0, plain, 0, plain.length, counter, none, 0, 0);
    this.#keys.out.counter++;
    this.#writeFrame(sealed);
  }

  #takeFrame(): Uint8Array | undefined {
    const waiting = this.#waiting;
    if (waiting.length < lengthBytes) return undefined;
    const length = waiting[0]! * 256 + waiting[1]!;
    const lengthMax =
      this.#keys === undefined ? handshakeFrameBytesMax : limits.privateFrameBytesMax;
    // Longer than either side writes, or too short for its tag.
    if (length > lengthMax || length < tagBytes) {
      this.#isBroken = true;
      return undefined;
    }
    if (waiting.length < lengthBytes + length) return undefined;
    this.#waiting = waiting.subarray(lengthBytes + length);
    return waiting.subarray(lengthBytes, lengthBytes + length);
  }

  #open(frame: Uint8Array, direction: Direction): string | undefined {
    const plain = new Uint8Array(frame.length - tagBytes);
    const { key, counter } = direction;
    const end = key.open(plain, 0, frame, 0, frame.length, counter, none, 0, 0);
    direction.counter++;
    const text = end < 0 ? undefined : utf8Text(plain);
    if (text === undefined) this.#isBroken = true;
    return text;
  }

  #readHandshake(frame: Uint8Array): void {
    if (this.#handshake.readMessage(frame) === undefined) {
      this.#isBroken = true;
      return;
    }
    if (!this.#handshake.isDone) this.#writeHandshake();
    if (this.#isBroken) return;
    const { initiatorKey, responderKey } = this.#handshake.split();
    const [mine, theirs] = this.#isInitiator
      ? [initiatorKey, responderKey]
      : [responderKey, initiatorKey];
    this.#keys = {
      out: { key: this.#crypto.aeadKey(mine), counter: 0 },
      in: { key: this.#crypto.aeadKey(theirs), counter: 0 },
    };
  }

  #writeHandshake(): void {
    const message = this.#handshake.writeMessage(none);
    if (message === undefined) this.#isBroken = true;
    else this.#writeFrame(message);
  }

  #writeFrame(frame: Uint8Array): void {
    const head = Uint8Array.of(frame.length >> 8, frame.length & 255);
    this.#transmit(concatBytes(head, frame));
  }
}
