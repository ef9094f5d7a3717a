// The Double Ratchet (https://signal.org/docs/specifications/doubleratchet/, section 3), without
// header encryption. It knows nothing of players, devices or the bytes around it.
//
// States are immutable JSON data: a call gives the next state, and a message that does not open
// gives none, so that a forged one changes nothing. Whoever encrypts keeps the new state BEFORE
// the message leaves: from the old one, the same key would seal twice.

import { concatBytes, utf8 } from '../../base/bytes.ts';
import { err, ok, type Result } from '../../base/result.ts';
import type { Crypto, KeyPair } from '../crypto.ts';
import { hkdfSha256 } from './hkdf.ts';
import { type KeyText, keyOf, keyText } from './key-text.ts';
import { ratchetHeaderBytes, sealedLimits, tagBytes } from './limits.ts';

export interface Chain {
  readonly key: KeyText;
  /** The number of its next message; at most 2^32 - 1. */
  readonly next: number;
}

export interface SkippedKey {
  readonly ratchetKey: KeyText;
  readonly number: number;
  readonly key: KeyText;
}

export interface RatchetState {
  readonly rootKey: KeyText;
  readonly ownSecret: KeyText;
  readonly remoteKey: KeyText | null;
  readonly sending: Chain | null;
  readonly receiving: Chain | null;
  /** Messages sent in the chain before the present one. */
  readonly previousLength: number;
  /** Of messages that did not come yet, oldest first. */
  readonly skipped: readonly SkippedKey[];
}

export interface RatchetHeader {
  readonly ratchetKey: Uint8Array;
  readonly previousLength: number;
  readonly number: number;
}

export type RatchetRefusal = 'replayed' | 'too-many-skipped' | 'not-authentic';

const rootInfo = utf8('paperclip sealed ratchet 1');
const numberMax = 2 ** 32 - 1;

/** Undefined when `remoteKey` is a low-order point. */
export function ratchetInitiator(
  crypto: Crypto,
  sharedSecret: Uint8Array,
  remoteKey: Uint8Array,
): RatchetState | undefined {
  const own = crypto.x25519KeyPair();
  const step = rootStep(crypto, sharedSecret, own, remoteKey);
  if (step === undefined) return undefined;
  return {
    rootKey: step.rootKey,
    ownSecret: keyText(own.secretKey),
    remoteKey: keyText(remoteKey),
    sending: { key: step.chainKey, next: 0 },
    receiving: null,
    previousLength: 0,
    skipped: [],
  };
}

/** `own` is the key that the initiator took for `remoteKey`: the signed prekey. */
export const ratchetResponder = (sharedSecret: Uint8Array, own: KeyPair): RatchetState => ({
  rootKey: keyText(sharedSecret),
  ownSecret: keyText(own.secretKey),
  remoteKey: null,
  sending: null,
  receiving: null,
  previousLength: 0,
  skipped: [],
});

export interface Encrypted {
  readonly state: RatchetState;
  readonly header: Uint8Array;
  readonly ciphertext: Uint8Array;
}

/** `associated` and the header are authenticated. Throws before the responder has received. */
export function ratchetEncrypt(
  crypto: Crypto,
  state: RatchetState,
  plain: Uint8Array,
  associated: Uint8Array,
): Encrypted {
  if (state.sending === null) throw new Error('the responder cannot send before it has received');
  if (state.sending.next >= numberMax) throw new RangeError('this chain is used up');
  const { messageKey, chain } = chainStep(crypto, state.sending);
  const header = encodeRatchetHeader({
    ratchetKey: crypto.x25519KeyPair(keyOf(state.ownSecret)).publicKey,
    previousLength: state.previousLength,
    number: state.sending.next,
  });
  const bound = concatBytes(associated, header);
  const ciphertext = new Uint8Array(plain.length + tagBytes);
  const key = crypto.aeadKey(keyOf(messageKey));
  key.seal(ciphertext, 0, plain, 0, plain.length, 0, bound, 0, bound.length);
  return { state: { ...state, sending: chain }, header, ciphertext };
}

export interface Decrypted {
  readonly state: RatchetState;
  readonly plain: Uint8Array;
  /** It came after a later one of its chain, or after its chain. */
  readonly isLate: boolean;
}

/** Costs at most twice `skippedPerChainMax` HMACs, whatever the header says. */
export function ratchetDecrypt(
  crypto: Crypto,
  state: RatchetState,
  header: RatchetHeader,
  ciphertext: Uint8Array,
  associated: Uint8Array,
): Result<Decrypted, RatchetRefusal> {
  const found = messageKeyFor(crypto, state, header);
  if (!found.ok) return found;
  const bound = concatBytes(associated, encodeRatchetHeader(header));
  const plain = new Uint8Array(Math.max(0, ciphertext.length - tagBytes));
  const end = crypto
    .aeadKey(keyOf(found.value.messageKey))
    .open(plain, 0, ciphertext, 0, ciphertext.length, 0, bound, 0, bound.length);
  if (end < 0) return err('not-authentic');
  return ok({ state: found.value.state, plain, isLate: found.value.isLate });
}

export function encodeRatchetHeader(header: RatchetHeader): Uint8Array {
  const bytes = new Uint8Array(ratchetHeaderBytes);
  const view = new DataView(bytes.buffer);
  bytes.set(header.ratchetKey);
  view.setUint32(32, header.previousLength);
  view.setUint32(36, header.number);
  return bytes;
}

/** Any 40 bytes are a header. */
export function decodeRatchetHeader(bytes: Uint8Array): RatchetHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return {
    ratchetKey: bytes.slice(0, 32),
    previousLength: view.getUint32(32),
    number: view.getUint32(36),
  };
}

interface Found {
  readonly state: RatchetState;
  readonly messageKey: KeyText;
  readonly isLate: boolean;
}

/** Section 3.5, RatchetDecrypt, up to the key. The state holds only if the message opens. */
function messageKeyFor(
  crypto: Crypto,
  before: RatchetState,
  header: RatchetHeader,
): Result<Found, RatchetRefusal> {
  const ratchetKey = keyText(header.ratchetKey);
  const kept = before.skipped.find(
    (one) => one.ratchetKey === ratchetKey && one.number === header.number,
  );
  if (kept !== undefined) {
    const skipped = before.skipped.filter((one) => one !== kept);
    return ok({ state: { ...before, skipped }, messageKey: kept.key, isLate: true });
  }
  let state = before;
  if (ratchetKey !== state.remoteKey) {
    const closed = skipTo(crypto, state, header.previousLength);
    if (closed === undefined) return err('too-many-skipped');
    const turned = turn(crypto, closed, header.ratchetKey);
    if (turned === undefined) return err('not-authentic');
    state = turned;
  }
  if (header.number < (state.receiving?.next ?? 0)) return err('replayed');
  const caughtUp = skipTo(crypto, state, header.number);
  if (caughtUp === undefined) return err('too-many-skipped');
  if (caughtUp.receiving === null || header.number >= numberMax) return err('not-authentic');
  const { messageKey, chain } = chainStep(crypto, caughtUp.receiving);
  return ok({ state: { ...caughtUp, receiving: chain }, messageKey, isLate: false });
}

/** Keep the keys of the receiving chain up to a number. Undefined when those are too many. */
function skipTo(crypto: Crypto, state: RatchetState, number: number): RatchetState | undefined {
  if (state.receiving === null || state.remoteKey === null) return state;
  let chain = state.receiving;
  if (number <= chain.next) return state;
  if (number - chain.next > sealedLimits.skippedPerChainMax) return undefined;
  const skipped = [...state.skipped];
  while (chain.next < number) {
    const step = chainStep(crypto, chain);
    skipped.push({ ratchetKey: state.remoteKey, number: chain.next, key: step.messageKey });
    chain = step.chain;
  }
  return { ...state, receiving: chain, skipped: skipped.slice(-sealedLimits.skippedKeysMax) };
}

/** The Diffie-Hellman ratchet: a receiving chain for the peer's new key, a sending one of ours. */
function turn(
  crypto: Crypto,
  state: RatchetState,
  remoteKey: Uint8Array,
): RatchetState | undefined {
  const present = crypto.x25519KeyPair(keyOf(state.ownSecret));
  const received = rootStep(crypto, keyOf(state.rootKey), present, remoteKey);
  if (received === undefined) return undefined;
  const own = crypto.x25519KeyPair();
  const sent = rootStep(crypto, keyOf(received.rootKey), own, remoteKey);
  if (sent === undefined) return undefined;
  return {
    rootKey: sent.rootKey,
    ownSecret: keyText(own.secretKey),
    remoteKey: keyText(remoteKey),
    sending: { key: sent.chainKey, next: 0 },
    receiving: { key: received.chainKey, next: 0 },
    previousLength: state.sending?.next ?? 0,
    skipped: state.skipped,
  };
}

/** KDF_RK of section 5.2. */
function rootStep(
  crypto: Crypto,
  rootKey: Uint8Array,
  own: KeyPair,
  remoteKey: Uint8Array,
): { readonly rootKey: KeyText; readonly chainKey: KeyText } | undefined {
  const shared = crypto.x25519(own.secretKey, remoteKey);
  if (shared === undefined) return undefined;
  const keys = hkdfSha256(crypto, rootKey, shared, rootInfo, 64);
  return { rootKey: keyText(keys.subarray(0, 32)), chainKey: keyText(keys.subarray(32)) };
}

/** KDF_CK of section 5.2. The message key seals once, so that it needs no nonce of its own. */
function chainStep(
  crypto: Crypto,
  chain: Chain,
): { readonly messageKey: KeyText; readonly chain: Chain } {
  const key = keyOf(chain.key);
  return {
    messageKey: keyText(crypto.hmacSha256(key, Uint8Array.of(1))),
    chain: { key: keyText(crypto.hmacSha256(key, Uint8Array.of(2))), next: chain.next + 1 },
  };
}
