// A message between `send` and its end, and the store that such records and their bytes come from.
// Records are pooled: a sender at a million messages a second must not leave a million records to
// the garbage collector. A record goes back when its last reference is dropped; references are the
// channel's, each resend's and each tracked packet's.
//
// Bytes are copied at `send` (the caller may reuse its buffer) into slabs that the messages of one
// connection share: a peer that acknowledges nothing must not hold the slabs of others.

import { varintLength, writeVarint } from '../../base/varint.ts';
import { protocolLimits } from './limits.ts';
import { MessageBundle } from './message-bundle.ts';

const slabBytes = 4 * 1024;
/** Longer messages get an array of their own. */
const sharedBytesMax = 2 * 1024;
/** The memory of so long a message comes a page at a time, and costs more than its copy. */
const largeBytesMin = 256 * 1024;
/** Bounds of a pool, which all connections of a host may share: 1, 3 and 6 MiB. */
const spareSlabsMax = 256;
const spareRecordsMax = 16_384;
const spareBundlesMax = 2048;

interface Slab {
  readonly bytes: Uint8Array;
  used: number;
  live: number;
}

export type MessageState = 'queued' | 'sent' | 'done';

const pieceAcked = 1;
const pieceAwaitsResend = 2;

export class OutgoingMessage {
  channel = 0;
  /** Index into `lanes`. */
  lane = 0;
  /** Given when the first byte is sent, so that a message given up before leaves no hole. */
  id = -1;
  /** Whose value this is, on a reliable-latest channel; its varint begins `bytes`. Else -1. */
  key = -1;
  /** The caller's name for it in `delivered` and `lost`, or -1. */
  handle = -1;
  queuedAtMs = 0;
  expiresAtMs = Number.POSITIVE_INFINITY;
  state: MessageState = 'queued';
  /** `bytes` are a deflate stream: the flag of every frame that carries them. */
  isCompressed = false;

  bytes: Uint8Array = new Uint8Array(0);
  start = 0;
  length = 0;

  /** 1, or the number of fragments. */
  count = 1;
  /** Pieces from here on were never sent. */
  nextPiece = 0;
  ackedPieces = 0;
  lastSentAtMs = 0;

  /** A redundant copy is to be sent. */
  awaitsCopy = false;
  /** Redundant copies in packets whose fate is open. */
  copiesInFlight = 0;

  /** The bundle that it was lost from, and is still to be acknowledged in. */
  bundle: MessageBundle | undefined;

  references = 0;
  slab: Slab | undefined;

  #singleFlags = 0;
  #flags: Uint8Array | undefined;

  /** A message over the size of one piece is cut into even ones. */
  cut(): void {
    const { fragmentBytes } = protocolLimits;
    this.count = this.length <= fragmentBytes ? 1 : Math.ceil(this.length / fragmentBytes);
    this.#singleFlags = 0;
    this.#flags = this.count === 1 ? undefined : new Uint8Array(this.count);
  }

  get isDone(): boolean {
    return this.state === 'done';
  }
  get idCount(): number {
    return 1;
  }

  isPieceAcked(piece: number): boolean {
    return (this.#get(piece) & pieceAcked) !== 0;
  }
  /** False when it was acknowledged before. */
  ackPiece(piece: number): boolean {
    if (this.isPieceAcked(piece)) return false;
    this.#set(piece, this.#get(piece) | pieceAcked);
    this.ackedPieces += 1;
    return true;
  }

  awaitsResend(piece: number): boolean {
    return (this.#get(piece) & pieceAwaitsResend) !== 0;
  }
  setAwaitsResend(piece: number, awaits: boolean): void {
    const others = this.#get(piece) & ~pieceAwaitsResend;
    this.#set(piece, awaits ? others | pieceAwaitsResend : others);
  }

  #get(piece: number): number {
    return this.#flags === undefined ? this.#singleFlags : this.#flags[piece]!;
  }
  #set(piece: number, flags: number): void {
    if (this.#flags === undefined) this.#singleFlags = flags;
    else this.#flags[piece] = flags;
  }
}

const noBytes = new Uint8Array(0);

/**
 * What is not in use, of all connections that share it. What was given back last is taken first: it
 * is still in the processor's caches. Nothing in here refers to a connection, or it would keep the
 * dead in memory.
 */
export class MessagePool {
  /** Taken and not given back: 0 when no connection is left. */
  lent = 0;

  readonly #records: OutgoingMessage[] = [];
  readonly #slabs: Slab[] = [];
  readonly #bundles: MessageBundle[] = [];

  takeRecord(): OutgoingMessage {
    this.lent += 1;
    return this.#records.pop() ?? new OutgoingMessage();
  }
  giveRecord(record: OutgoingMessage): void {
    this.lent -= 1;
    record.bundle = undefined;
    if (this.#records.length < spareRecordsMax) this.#records.push(record);
  }

  takeSlab(): Slab {
    this.lent += 1;
    return this.#slabs.pop() ?? { bytes: new Uint8Array(slabBytes), used: 0, live: 0 };
  }
  giveSlab(slab: Slab): void {
    this.lent -= 1;
    slab.used = 0;
    if (this.#slabs.length < spareSlabsMax) this.#slabs.push(slab);
  }

  takeBundle(): MessageBundle {
    this.lent += 1;
    return this.#bundles.pop() ?? new MessageBundle();
  }
  giveBundle(bundle: MessageBundle): void {
    this.lent -= 1;
    bundle.forget();
    if (this.#bundles.length < spareBundlesMax) this.#bundles.push(bundle);
  }
}

/** One connection's. */
export class MessageStore {
  readonly #pool: MessagePool;
  /** With room for more; undefined while no message of its is left. */
  #slab: Slab | undefined;
  /** Of a large message that has gone, for the next, while there are others: they follow soon. */
  #spareLarge: Uint8Array | undefined;
  #largeLive = 0;

  constructor(pool = new MessagePool()) {
    this.#pool = pool;
  }

  /** A record with one reference, the caller's, and a copy of the bytes, behind the key if any. */
  create(channel: number, message: Uint8Array, key = -1): OutgoingMessage {
    const record = this.#pool.takeRecord();
    record.channel = channel;
    record.id = -1;
    record.handle = -1;
    record.expiresAtMs = Number.POSITIVE_INFINITY;
    record.state = 'queued';
    record.key = key;
    record.length = message.length + (key < 0 ? 0 : varintLength(key));
    record.nextPiece = 0;
    record.ackedPieces = 0;
    record.awaitsCopy = false;
    record.copiesInFlight = 0;
    record.bundle = undefined;
    record.references = 1;
    record.cut();
    this.#copy(record, message);
    return record;
  }

  /** The bytes are not needed any more, though the record still may be. */
  dropBytes(record: OutgoingMessage): void {
    const { slab, bytes } = record;
    record.bytes = noBytes;
    record.slab = undefined;
    if (slab === undefined) {
      if (bytes.length >= largeBytesMin) this.#dropLarge(bytes);
      return;
    }
    slab.live -= 1;
    if (slab.live > 0) return;
    if (slab === this.#slab) this.#slab = undefined;
    this.#pool.giveSlab(slab);
  }

  release(record: OutgoingMessage): void {
    record.references -= 1;
    if (record.references > 0) return;
    if (record.slab !== undefined || record.bytes !== noBytes) this.dropBytes(record);
    this.#pool.giveRecord(record);
  }

  /** An empty one with one reference, the caller's. It is to be begun. */
  createBundle(): MessageBundle {
    const bundle = this.#pool.takeBundle();
    bundle.references = 1;
    return bundle;
  }

  /** Message `i` of a bundle as one of its own, with one reference. */
  fromBundle(bundle: MessageBundle, i: number): OutgoingMessage {
    const start = bundle.startOf(i);
    const bytes = bundle.bytes.subarray(start, start + bundle.lengthOf(i, i + 1));
    const record = this.create(bundle.channel, bytes);
    record.queuedAtMs = bundle.queuedAtMs(i);
    return record;
  }

  releaseBundle(bundle: MessageBundle): void {
    bundle.references -= 1;
    if (bundle.references === 0) this.#pool.giveBundle(bundle);
  }

  #copy(record: OutgoingMessage, message: Uint8Array): void {
    const { key, length } = record;
    if (length > sharedBytesMax) {
      record.bytes = length < largeBytesMin ? new Uint8Array(length) : this.#takeLarge(length);
      record.start = 0;
      record.slab = undefined;
    } else this.#share(record, length);
    const { bytes, start } = record;
    bytes.set(message, key < 0 ? start : writeVarint(bytes, start, key));
  }

  /** It may be longer, but not by much. */
  #takeLarge(length: number): Uint8Array {
    const spare = this.#spareLarge;
    this.#spareLarge = undefined;
    this.#largeLive += 1;
    const fits = spare !== undefined && spare.length >= length && spare.length <= 2 * length;
    return fits ? spare : new Uint8Array(length);
  }

  #dropLarge(bytes: Uint8Array): void {
    this.#largeLive -= 1;
    this.#spareLarge = this.#largeLive > 0 ? bytes : undefined;
  }

  #share(record: OutgoingMessage, length: number): void {
    let slab = this.#slab;
    if (slab === undefined || slab.bytes.length - slab.used < length) {
      slab = this.#pool.takeSlab();
      this.#slab = slab;
    }
    record.bytes = slab.bytes;
    record.start = slab.used;
    record.slab = slab;
    slab.used += length;
    slab.live += 1;
  }
}
