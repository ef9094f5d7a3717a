import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { utf8, utf8Text } from '../../base/bytes.ts';
import type { Crypto } from '../crypto.ts';
import {
  decodeRatchetHeader,
  type Encrypted,
  type RatchetState,
  ratchetDecrypt,
  ratchetEncrypt,
  ratchetInitiator,
  ratchetResponder,
} from './double-ratchet.ts';
import { seededCrypto } from './sealed.fixture.ts';

type Sealed = Pick<Encrypted, 'header' | 'ciphertext'>;

const bound = utf8('bound');

/** One side; its state goes through JSON at every step. */
class Side {
  state: RatchetState;
  readonly crypto: Crypto;

  constructor(state: RatchetState, name = 'thief') {
    this.state = state;
    this.crypto = seededCrypto(name);
  }

  seal(text: string): Sealed {
    const { state, ...sealed } = ratchetEncrypt(this.crypto, this.state, utf8(text), bound);
    this.state = JSON.parse(JSON.stringify(state));
    return sealed;
  }

  open({ header, ciphertext }: Sealed, from: RatchetState = this.state): string {
    const before = JSON.stringify(from);
    const decoded = decodeRatchetHeader(header);
    const opened = ratchetDecrypt(this.crypto, from, decoded, ciphertext, bound);
    assert.equal(JSON.stringify(from), before);
    if (!opened.ok) return `refused: ${opened.error}`;
    this.state = JSON.parse(JSON.stringify(opened.value.state));
    return utf8Text(opened.value.plain) ?? '';
  }
}

function pairOf(seed: number): readonly [Side, Side] {
  const crypto = seededCrypto(seed);
  const secret = crypto.randomBytes(32);
  const keys = crypto.x25519KeyPair();
  const alice = ratchetInitiator(crypto, secret, keys.publicKey);
  assert.ok(alice);
  return [new Side(alice, 'alice'), new Side(ratchetResponder(secret, keys), 'bob')];
}

test('messages go both ways, many turns', () => {
  const [alice, bob] = pairOf(1);
  for (let turn = 0; turn < 20; turn++) {
    assert.equal(bob.open(alice.seal(`a${turn}`)), `a${turn}`);
    assert.equal(bob.open(alice.seal(`a${turn}'`)), `a${turn}'`);
    assert.equal(alice.open(bob.seal(`b${turn}`)), `b${turn}`);
  }
});

test('the responder cannot send before it has received', () => {
  const [, bob] = pairOf(1);
  assert.throws(() => bob.seal('too early'), /before it has received/);
});

test('messages that overtake each other all open, over turns, and once each', () => {
  const [alice, bob] = pairOf(2);
  const first = [0, 1, 2, 3].map((n) => alice.seal(`a${n}`));
  assert.equal(bob.open(first[2]!), 'a2');
  assert.equal(alice.open(bob.seal('b0')), 'b0');
  const second = [4, 5].map((n) => alice.seal(`a${n}`));
  assert.equal(bob.open(second[1]!), 'a5');
  assert.equal(bob.open(first[3]!), 'a3');
  assert.equal(bob.open(second[0]!), 'a4');
  assert.equal(bob.open(first[0]!), 'a0');
  assert.equal(bob.open(first[1]!), 'a1');
  assert.deepEqual(bob.state.skipped, []);
  for (const message of [...first, ...second]) assert.match(bob.open(message), /^refused/);
  assert.equal(bob.open(second[0]!), 'refused: replayed');
});

test('a message that is lost costs only itself', () => {
  const [alice, bob] = pairOf(3);
  alice.seal('lost');
  assert.equal(bob.open(alice.seal('a1')), 'a1');
  bob.seal('lost');
  assert.equal(alice.open(bob.seal('b1')), 'b1');
  assert.equal(bob.state.skipped.length, 1);
});

test('a message beyond the limit of skipped ones is refused, one at it opens', () => {
  for (const [lost, answer] of [
    [1000, 'here'],
    [1001, 'refused: too-many-skipped'],
  ] as const) {
    const [alice, bob] = pairOf(4);
    for (let n = 0; n < lost; n++) alice.seal('lost');
    assert.equal(bob.open(alice.seal('here')), answer);
    assert.equal(bob.state.skipped.length, lost === 1000 ? 1000 : 0);
  }
});

test('of the keys of missing messages the oldest go first', () => {
  const [alice, bob] = pairOf(5);
  const sent = Array.from({ length: 2_100 }, (_, n) => alice.seal(`a${n}`));
  assert.equal(bob.open(sent[1_000]!), 'a1000');
  assert.equal(bob.open(sent[2_001]!), 'a2001');
  assert.equal(bob.state.skipped.length, 2_000);
  assert.equal(bob.open(sent[2_099]!), 'a2099');
  assert.equal(bob.state.skipped.length, 2_000);
  assert.equal(bob.open(sent[96]!), 'refused: replayed');
  assert.equal(bob.open(sent[97]!), 'a97');
});

test('a flipped bit anywhere is refused and changes nothing', () => {
  const [alice, bob] = pairOf(6);
  assert.equal(bob.open(alice.seal('a')), 'a');
  const { header, ciphertext } = alice.seal('b');
  const before = JSON.stringify(bob.state);
  for (let at = 0; at < header.length; at++) {
    const bent = header.with(at, header[at]! ^ (1 << (at & 7)));
    // One bit of a point's last byte does not count on the curve, but it is authenticated.
    assert.match(bob.open({ header: bent, ciphertext }), /^refused/, `header ${at}`);
  }
  for (let at = 0; at < ciphertext.length; at++) {
    const bent = ciphertext.with(at, ciphertext[at]! ^ 1);
    assert.equal(bob.open({ header, ciphertext: bent }), 'refused: not-authentic');
  }
  assert.equal(bob.open({ header, ciphertext: new Uint8Array(3) }), 'refused: not-authentic');
  const low = new Uint8Array(40);
  assert.equal(bob.open({ header: low, ciphertext }), 'refused: not-authentic');
  assert.equal(JSON.stringify(bob.state), before);
  assert.equal(bob.open({ header, ciphertext }), 'b');
});

test('forward secrecy: a stolen state opens nothing that was opened before', () => {
  const [alice, bob] = pairOf(7);
  const old = ['a0', 'a1'].map((text) => alice.seal(text));
  for (const message of old) bob.open(message);
  const reply = bob.seal('b0');
  alice.open(reply);
  const later = alice.seal('a2');
  bob.open(later);
  for (const state of [bob.state, alice.state]) {
    const thief = new Side(state);
    for (const message of [...old, reply, later]) {
      assert.match(thief.open(message, state), /^refused/);
    }
    const text = JSON.stringify(state);
    assert.equal(text.includes('skipped":[]'), true);
  }
});

test('post-compromise security: after a round trip a stolen state opens nothing new', () => {
  const [alice, bob] = pairOf(8);
  bob.open(alice.seal('a0'));
  alice.open(bob.seal('b0'));
  const stolen = bob.state;
  const thief = new Side(stolen);
  // What comes in the present turn is the thief's, too.
  const a1 = alice.seal('a1');
  assert.equal(thief.open(a1, stolen), 'a1');
  bob.open(a1);
  // Bob's next key is one that the thief has not seen; Alice answers to that.
  alice.open(bob.seal('b1'));
  const a2 = alice.seal('a2');
  assert.match(thief.open(a2, stolen), /^refused/);
  thief.open(a1, stolen);
  assert.match(thief.open(a2), /^refused/);
  assert.equal(bob.open(a2), 'a2');
});

test('any schedule of sends, losses, repetitions and disorder opens what a model says', () => {
  const action = fc.record({
    kind: fc.constantFrom('send' as const, 'send' as const, 'deliver' as const, 'drop' as const),
    from: fc.nat(1),
    at: fc.nat(),
    isKept: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
      const sides = pairOf(9);
      const inFlight: { readonly text: string; readonly sealed: Sealed }[][] = [[], []];
      const opened = new Set<string>();
      let canAnswer = false;
      for (const [step, { kind, from, at, isKept }] of actions.entries()) {
        const queue = inFlight[from]!;
        if (kind === 'send') {
          if (from === 1 && !canAnswer) continue;
          const text = `${from}:${step}`;
          queue.push({ text, sealed: sides[from]!.seal(text) });
        } else if (queue.length > 0) {
          const index = at % queue.length;
          const { text, sealed } = queue[index]!;
          if (kind === 'deliver') {
            const got = sides[1 - from]!.open(sealed);
            if (opened.has(text)) assert.match(got, /^refused/);
            else assert.equal(got, text);
            opened.add(text);
            canAnswer ||= from === 0;
          }
          if (!isKept) queue.splice(index, 1);
        }
      }
    }),
    { numRuns: 200, seed: 20_261_130 },
  );
});
