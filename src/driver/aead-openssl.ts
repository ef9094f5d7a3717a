// ChaCha20-Poly1305 of the OpenSSL that is linked into Node, called through koffi with addresses.
// A sealed packet of 1200 bytes takes 0.9 us this way and 1.5 us through sodium-native, whose
// binding alone is 0.35 us; node:crypto takes 5 us, for it makes a cipher object per packet. A
// forged one costs no more here than a good one, and an exception there.
//
// Everything about pointers of keys and packets stands here; those of hashes are in
// `sha256-openssl.ts`. It is NOT everywhere: `opensslAead` says undefined where koffi has no binary
// or the program shows no OpenSSL, and where it does not seal as another one does; then that one
// serves.

import { createRequire } from 'node:module';
import { equalBytes } from '../base/bytes.ts';
import type { AeadKey } from '../protocol/crypto.ts';
import { keyBytes, nonceBytes, requireLength, tagBytes, writeNonce } from './crypto-bytes.ts';

const EVP_CTRL_AEAD_GET_TAG = 0x10;
const EVP_CTRL_AEAD_SET_TAG = 0x11;

/** Of 8 KiB. */
const keysPerChunk = 256;

type Pointer = number;

/** Of <openssl/evp.h>; they return 1 when all is well. */
interface Calls {
  addressOf(memory: ArrayBufferLike): Pointer;
  newContext(): Pointer;
  fetchCipher(name: string): Pointer;
  /** A null cipher or key leaves the context's as it is. */
  encryptInit(ctx: Pointer, cipher: Pointer, engine: 0, key: Pointer, nonce: Pointer): number;
  encryptUpdate(ctx: Pointer, out: Pointer, outBytes: Pointer, from: Pointer, n: number): number;
  encryptFinal(ctx: Pointer, out: Pointer, outBytes: Pointer): number;
  decryptInit(ctx: Pointer, cipher: Pointer, engine: 0, key: Pointer, nonce: Pointer): number;
  decryptUpdate(ctx: Pointer, out: Pointer, outBytes: Pointer, from: Pointer, n: number): number;
  decryptFinal(ctx: Pointer, out: Pointer, outBytes: Pointer): number;
  control(ctx: Pointer, what: number, n: number, at: Pointer): number;
}

export type MakeKey = (key: Uint8Array) => AeadKey;

/** Undefined where it cannot be, or does not seal as `reference` does. Nothing of it is freed. */
export function opensslAead(reference: MakeKey): MakeKey | undefined {
  try {
    const machine = new Machine(loadCalls());
    const aeadKey = (key: Uint8Array) => new OpensslAeadKey(machine, key);
    return agrees(aeadKey, reference) ? aeadKey : undefined;
  } catch {
    return undefined;
  }
}

function loadCalls(): Calls {
  const koffi: typeof import('koffi').default = createRequire(import.meta.url)('koffi');
  // The program itself, and the libraries it is linked with.
  const program = koffi.load(null);
  const init = 'uint64_t, uint64_t, uint64_t, uint64_t, uint64_t';
  const update = 'uint64_t, uint64_t, uint64_t, uint64_t, int';
  const fetch = program.func('uint64_t EVP_CIPHER_fetch(uint64_t, const char *, uint64_t)');
  const newContext = program.func('uint64_t EVP_CIPHER_CTX_new()');
  return {
    addressOf: (memory) => Number(koffi.address(new Uint8Array(memory))),
    newContext: () => Number(newContext()),
    fetchCipher: (name) => Number(fetch(0, name, 0)),
    encryptInit: program.func(`int EVP_EncryptInit_ex(${init})`),
    encryptUpdate: program.func(`int EVP_EncryptUpdate(${update})`),
    encryptFinal: program.func('int EVP_EncryptFinal_ex(uint64_t, uint64_t, uint64_t)'),
    decryptInit: program.func(`int EVP_DecryptInit_ex(${init})`),
    decryptUpdate: program.func(`int EVP_DecryptUpdate(${update})`),
    decryptFinal: program.func('int EVP_DecryptFinal_ex(uint64_t, uint64_t, uint64_t)'),
    control: program.func('int EVP_CIPHER_CTX_ctrl(uint64_t, int, int, uint64_t)'),
  };
}

/**
 * Keys where OpenSSL finds them, in memory that is used again: copied from objects for each packet,
 * they would be read twice. A key's place is free once its object has been collected.
 */
class KeyMemory {
  readonly #addressOf: Calls['addressOf'];
  readonly #chunks: Uint8Array[] = [];
  /** Of each chunk. */
  readonly #addresses: Pointer[] = [];
  readonly #free: number[] = [];
  readonly #collected = new FinalizationRegistry<number>((place) => this.#give(place));

  constructor(addressOf: Calls['addressOf']) {
    this.#addressOf = addressOf;
  }

  /** A place with these bytes, for as long as `owner` lives. */
  take(owner: object, key: Uint8Array): number {
    if (this.#free.length === 0) this.#grow();
    const place = this.#free.pop()!;
    this.#bytesAt(place).set(key);
    this.#collected.register(owner, place);
    return place;
  }

  pointerTo(place: number): Pointer {
    return this.#addresses[Math.floor(place / keysPerChunk)]! + (place % keysPerChunk) * keyBytes;
  }

  /** Nothing of the key is left in memory. */
  #give(place: number): void {
    this.#bytesAt(place).fill(0);
    this.#free.push(place);
  }

  #bytesAt(place: number): Uint8Array {
    const start = (place % keysPerChunk) * keyBytes;
    return this.#chunks[Math.floor(place / keysPerChunk)]!.subarray(start, start + keyBytes);
  }

  #grow(): void {
    const first = this.#chunks.length * keysPerChunk;
    const chunk = new Uint8Array(keysPerChunk * keyBytes);
    this.#chunks.push(chunk);
    this.#addresses.push(this.#addressOf(chunk.buffer));
    for (let i = keysPerChunk - 1; i >= 0; i--) this.#free.push(first + i);
  }
}

/**
 * One context per direction serves all keys, so that none has to be freed: a key is written into
 * the context when it was another one's turn before.
 */
class Machine {
  readonly calls: Calls;
  readonly sealContext: Pointer;
  readonly openContext: Pointer;
  sealingKey: OpensslAeadKey | undefined;
  openingKey: OpensslAeadKey | undefined;
  readonly keys: KeyMemory;
  /** Nonce and a place for lengths that nobody reads, where OpenSSL finds them. */
  readonly nonceAt: Pointer;
  readonly lengthAt: Pointer;
  readonly #memory = new ArrayBuffer(64);
  readonly #nonce = new DataView(this.#memory, 0, nonceBytes);
  /** Where buffers begin: they do not move while they live. */
  readonly #addresses = new WeakMap<ArrayBufferLike, Pointer>();
  #lastBuffer: ArrayBufferLike | undefined;
  #lastAddress: Pointer = 0;

  constructor(calls: Calls) {
    this.calls = calls;
    this.keys = new KeyMemory(calls.addressOf);
    this.nonceAt = calls.addressOf(this.#memory);
    this.lengthAt = this.nonceAt + nonceBytes + 4;
    const cipher = calls.fetchCipher('ChaCha20-Poly1305');
    this.sealContext = calls.newContext();
    this.openContext = calls.newContext();
    if (cipher === 0 || this.sealContext === 0 || this.openContext === 0) throw new Error('none');
    calls.encryptInit(this.sealContext, cipher, 0, 0, 0);
    calls.decryptInit(this.openContext, cipher, 0, 0, 0);
  }

  /** Of the byte `offset` in `bytes`. A buffer given away in the meantime has no length. */
  addressOf(name: string, bytes: Uint8Array, offset: number, end: number): Pointer {
    if (!(offset >= 0 && offset <= end && end <= bytes.length)) {
      throw new RangeError(`${name} has no room for bytes ${offset} to ${end}`);
    }
    const { buffer } = bytes;
    if (buffer !== this.#lastBuffer) this.#remember(buffer);
    return this.#lastAddress + bytes.byteOffset + offset;
  }

  setNonce(counter: number): void {
    writeNonce(this.#nonce, counter);
  }

  #remember(buffer: ArrayBufferLike): void {
    let address = this.#addresses.get(buffer);
    if (address === undefined) {
      address = this.calls.addressOf(buffer);
      this.#addresses.set(buffer, address);
    }
    this.#lastBuffer = buffer;
    this.#lastAddress = address;
  }
}

class OpensslAeadKey implements AeadKey {
  readonly #machine: Machine;
  readonly #place: number;

  constructor(machine: Machine, key: Uint8Array) {
    requireLength('key', key, keyBytes);
    this.#machine = machine;
    this.#place = machine.keys.take(this, key);
  }

  seal(
    out: Uint8Array,
    outStart: number,
    plain: Uint8Array,
    plainStart: number,
    plainEnd: number,
    counter: number,
    associated: Uint8Array,
    associatedStart: number,
    associatedEnd: number,
  ): number {
    const machine = this.#machine;
    const { calls, sealContext: ctx, lengthAt } = machine;
    const length = plainEnd - plainStart;
    const outEnd = outStart + length + tagBytes;
    const outAt = machine.addressOf('out', out, outStart, outEnd);
    const plainAt = machine.addressOf('plain', plain, plainStart, plainEnd);
    const associatedAt = machine.addressOf(
      'associated',
      associated,
      associatedStart,
      associatedEnd,
    );
    const associatedLength = associatedEnd - associatedStart;
    machine.setNonce(counter);
    const isOk =
      calls.encryptInit(ctx, 0, 0, this.#keyAtFor('seal'), machine.nonceAt) === 1 &&
      (associatedLength === 0 ||
        calls.encryptUpdate(ctx, 0, lengthAt, associatedAt, associatedLength) === 1) &&
      (length === 0 || calls.encryptUpdate(ctx, outAt, lengthAt, plainAt, length) === 1) &&
      calls.encryptFinal(ctx, outAt + length, lengthAt) === 1 &&
      calls.control(ctx, EVP_CTRL_AEAD_GET_TAG, tagBytes, outAt + length) === 1;
    if (!isOk) throw new Error('OpenSSL did not seal the packet');
    return outEnd;
  }

  open(
    out: Uint8Array,
    outStart: number,
    sealed: Uint8Array,
    sealedStart: number,
    sealedEnd: number,
    counter: number,
    associated: Uint8Array,
    associatedStart: number,
    associatedEnd: number,
  ): number {
    const length = sealedEnd - sealedStart - tagBytes;
    if (length < 0) return -1;
    const machine = this.#machine;
    const { calls, openContext: ctx, lengthAt } = machine;
    const outEnd = outStart + length;
    const outAt = machine.addressOf('out', out, outStart, outEnd);
    const sealedAt = machine.addressOf('sealed', sealed, sealedStart, sealedEnd);
    const associatedAt = machine.addressOf(
      'associated',
      associated,
      associatedStart,
      associatedEnd,
    );
    const associatedLength = associatedEnd - associatedStart;
    machine.setNonce(counter);
    const isOk =
      calls.decryptInit(ctx, 0, 0, this.#keyAtFor('open'), machine.nonceAt) === 1 &&
      calls.control(ctx, EVP_CTRL_AEAD_SET_TAG, tagBytes, sealedAt + length) === 1 &&
      (associatedLength === 0 ||
        calls.decryptUpdate(ctx, 0, lengthAt, associatedAt, associatedLength) === 1) &&
      (length === 0 || calls.decryptUpdate(ctx, outAt, lengthAt, sealedAt, length) === 1) &&
      calls.decryptFinal(ctx, outAt + length, lengthAt) === 1;
    return isOk ? outEnd : -1;
  }

  /** Null when the context has this key already. */
  #keyAtFor(direction: 'seal' | 'open'): Pointer {
    const machine = this.#machine;
    if (direction === 'seal') {
      if (machine.sealingKey === this) return 0;
      machine.sealingKey = this;
    } else {
      if (machine.openingKey === this) return 0;
      machine.openingKey = this;
    }
    return machine.keys.pointerTo(this.#place);
  }
}

/** Bytes as `reference` makes them, at a counter that fills its bytes; and forgery is seen. */
function agrees(aeadKey: MakeKey, reference: MakeKey): boolean {
  const key = Uint8Array.from({ length: keyBytes }, (_, i) => i);
  const counter = 0x1f_0203_0405_0607;
  const plain = Uint8Array.from({ length: 150 }, (_, i) => i);
  const expected = new Uint8Array(plain.length + tagBytes);
  const sealed = new Uint8Array(expected.length);
  reference(key).seal(expected, 0, plain, 0, plain.length, counter, plain, 3, 12);
  const aead = aeadKey(key);
  aead.seal(sealed, 0, plain, 0, plain.length, counter, plain, 3, 12);
  if (!equalBytes(sealed, expected)) return false;
  const opened = new Uint8Array(plain.length);
  if (aead.open(opened, 0, sealed, 0, sealed.length, counter, plain, 3, 12) < 0) return false;
  if (!equalBytes(opened, plain)) return false;
  sealed[0]! ^= 1;
  return aead.open(opened, 0, sealed, 0, sealed.length, counter, plain, 3, 12) === -1;
}
