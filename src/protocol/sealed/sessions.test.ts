import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { utf8 } from '../../base/bytes.ts';
import { encodeKeyBundle } from './key-bundle.ts';
import { rotatePrekey } from './own-device.ts';
import { End, seededCrypto, twoEnds } from './sealed.fixture.ts';
import { peerDeviceOf, restartSessions, sealForDevice } from './sessions.ts';

const text = (said: string) => ({ text: said });
const refused = (why: string) => ({ refused: why });
const kindOf = (bytes: Uint8Array) => (bytes[1] === 1 ? 'initial' : 'normal');
const firstBaseKey = (end: End) => end.peer?.sessions[0]?.baseKey;
const sessionsOf = (end: End) => end.peer?.sessions.length;

test('messages are initial until the first answer, and normal from then on', () => {
  const [alice, bob] = twoEnds(1);
  const a0 = alice.seal('a0');
  const a1 = alice.seal('a1');
  assert.deepEqual([kindOf(a0), kindOf(a1)], ['initial', 'initial']);
  assert.deepEqual(bob.open(a1), text('a1'));
  assert.deepEqual(bob.open(a0), text('a0'));
  assert.equal(sessionsOf(bob), 1);
  const b0 = bob.seal('b0');
  assert.equal(kindOf(b0), 'normal');
  assert.deepEqual(alice.open(b0), text('b0'));
  assert.equal(kindOf(alice.seal('a2')), 'normal');
});

test('every message opens once', () => {
  const [alice, bob] = twoEnds(2);
  const a0 = alice.seal('a0');
  assert.deepEqual(bob.open(a0), text('a0'));
  assert.deepEqual(bob.open(a0), refused('replayed'));
  const b0 = bob.seal('b0');
  assert.deepEqual(alice.open(b0), text('b0'));
  assert.deepEqual(alice.open(b0), refused('replayed'));
  // Also when the session is gone, and only its beginning is remembered.
  assert.ok(bob.peer);
  bob.peer = { ...bob.peer, sessions: [] };
  assert.deepEqual(bob.open(a0), refused('replayed'));
});

test('a flipped bit in any byte of either kind is refused and changes nothing', () => {
  const [alice, bob] = twoEnds(3);
  for (const kind of ['initial', 'normal']) {
    const bytes = alice.seal('hello');
    assert.equal(kindOf(bytes), kind);
    const before = JSON.stringify(bob.peer);
    for (let at = 0; at < bytes.length; at++) {
      const bent = bytes.with(at, bytes[at]! ^ (1 << (at & 7)));
      assert.ok('refused' in bob.open(bent), `${kind} ${at}`);
    }
    assert.equal(JSON.stringify(bob.peer), before);
    assert.deepEqual(bob.open(bytes), text('hello'));
    assert.deepEqual(alice.open(bob.seal('yes')), text('yes'));
  }
});

test('a message is bound to its players and its devices', () => {
  const [alice, bob] = twoEnds(4);
  const a0 = alice.seal('a0');
  const asMallory = { ...bob.pairing, peerPlayer: 'mallory' };
  assert.deepEqual(bob.open(a0, asMallory), refused('not-authentic'));
  const forMallory = { ...bob.pairing, ownPlayer: 'mallory' };
  assert.deepEqual(bob.open(a0, forMallory), refused('not-authentic'));
  const carol = new End('carol', seededCrypto('carol'));
  const otherDevice = { ...bob.pairing, own: carol.own };
  assert.deepEqual(bob.open(a0, otherDevice), refused('other-device'));
  const otherPeer = { ...bob.pairing, peer: peerDeviceOf(carol.bundle) };
  assert.deepEqual(bob.open(a0, otherPeer), refused('other-device'));
  // Nor does a message come back to its sender.
  assert.deepEqual(alice.open(a0), refused('other-device'));
  assert.deepEqual(bob.open(a0), text('a0'));
});

test('a bundle that somebody else signed begins nothing', () => {
  const [alice, bob] = twoEnds(5);
  const bytes = alice.seal('a0');
  const carol = new End('carol', seededCrypto('carol'));
  bytes.set(encodeKeyBundle(carol.bundle), 34);
  assert.deepEqual(bob.open(bytes), refused('bad-bundle'));
  assert.throws(() => alice.seal('a1', carol.bundle), /not the peer/);
});

test('a normal message without its session is refused', () => {
  const [alice, bob] = twoEnds(6);
  bob.open(alice.seal('a0'));
  alice.open(bob.seal('b0'));
  bob.peer = peerDeviceOf(alice.bundle);
  assert.deepEqual(bob.open(alice.seal('a1')), refused('no-session'));
});

test('both begin at once: both sides go on with the same session', () => {
  for (let seed = 0; seed < 20; seed++) {
    const [alice, bob] = twoEnds(`both ${seed}`);
    const [a0, a1] = [alice.seal('a0'), alice.seal('a1')];
    const [b0, b1] = [bob.seal('b0'), bob.seal('b1')];
    for (const [end, bytes, said] of [
      [alice, b0, 'b0'],
      [alice, b1, 'b1'],
      [bob, a1, 'a1'],
      [bob, a0, 'a0'],
    ] as const) {
      assert.deepEqual(end.open(bytes), text(said));
    }
    assert.equal(firstBaseKey(alice), firstBaseKey(bob));
    assert.deepEqual(bob.open(alice.seal('a2')), text('a2'));
    assert.deepEqual(alice.open(bob.seal('b2')), text('b2'));
    assert.equal(firstBaseKey(alice), firstBaseKey(bob));
    assert.equal(kindOf(alice.seal('a3')), 'normal');
    assert.equal(kindOf(bob.seal('b3')), 'normal');
  }
});

test('an initial message that was long under way parts the sides for one message only', () => {
  let parted = 0;
  for (let seed = 0; seed < 20; seed++) {
    const [alice, bob] = twoEnds(`parted ${seed}`);
    const a0 = alice.seal('a0');
    const late = bob.seal('late');
    assert.deepEqual(bob.open(a0), text('a0'));
    assert.deepEqual(alice.open(bob.seal('b0')), text('b0'));
    assert.deepEqual(alice.open(late), text('late'));
    if (firstBaseKey(alice) !== firstBaseKey(bob)) parted++;
    assert.deepEqual(bob.open(alice.seal('a1')), text('a1'));
    assert.equal(firstBaseKey(alice), firstBaseKey(bob));
    assert.deepEqual(alice.open(bob.seal('b1')), text('b1'));
  }
  assert.ok(parted > 0);
});

test('who lost the sessions begins again, and is understood', () => {
  const [alice, bob] = twoEnds(7);
  bob.open(alice.seal('a0'));
  alice.open(bob.seal('b0'));
  const late = alice.seal('late');
  alice.peer = peerDeviceOf(bob.bundle);
  assert.deepEqual(alice.open(bob.seal('lost')), refused('no-session'));
  assert.deepEqual(bob.open(alice.seal('a1')), text('a1'));
  assert.deepEqual(bob.open(late), text('late'));
  assert.deepEqual(bob.open(alice.seal('a2')), text('a2'));
  assert.deepEqual(alice.open(bob.seal('b1')), text('b1'));
  assert.equal(firstBaseKey(alice), firstBaseKey(bob));
});

test('a restart on request begins a new session at once and keeps the others to read', () => {
  const [alice, bob] = twoEnds(8);
  bob.open(alice.seal('a0'));
  alice.open(bob.seal('b0'));
  const old = firstBaseKey(alice);
  alice.peer = restartSessions(alice.crypto, alice.pairing, bob.bundle)!;
  assert.deepEqual(alice.open(bob.seal('under way')), text('under way'));
  assert.notEqual(firstBaseKey(alice), old);
  const a1 = alice.seal('a1');
  assert.equal(kindOf(a1), 'initial');
  assert.deepEqual(bob.open(a1), text('a1'));
  assert.deepEqual(alice.open(bob.seal('b1')), text('b1'));
  assert.equal(firstBaseKey(alice), firstBaseKey(bob));
});

test('four sessions are kept, and a device begins 64 with the prekeys we hold', () => {
  const [alice, bob] = twoEnds(9);
  for (let n = 0; n < 64; n++) {
    alice.peer = peerDeviceOf(bob.bundle);
    assert.deepEqual(bob.open(alice.seal(`${n}`)), text(`${n}`));
    assert.equal(sessionsOf(bob), Math.min(n + 1, 4));
  }
  alice.peer = peerDeviceOf(bob.bundle);
  assert.deepEqual(bob.open(alice.seal('one more')), refused('too-many-starts'));
  // New prekeys make room, when the last of the old ones is dropped.
  for (let n = 0; n < 4; n++) bob.own = rotatePrekey(bob.crypto, bob.own);
  alice.peer = peerDeviceOf(bob.bundle);
  assert.deepEqual(bob.open(alice.seal('again')), text('again'));
  assert.equal(bob.peer?.starts.length, 1);
});

test('a prekey is good until the fourth after it, and a newer one is used', () => {
  const [alice, bob] = twoEnds(10);
  const stale = bob.bundle;
  const early = alice.seal('early', stale);
  for (let n = 0; n < 3; n++) bob.own = rotatePrekey(bob.crypto, bob.own);
  const a1 = alice.seal('a1', stale);
  bob.own = rotatePrekey(bob.crypto, bob.own);
  assert.deepEqual(bob.open(early), refused('unknown-prekey'));
  assert.deepEqual(bob.open(a1), refused('unknown-prekey'));
  // Nothing was answered: the newer bundle begins a session that can be read.
  assert.deepEqual(bob.open(alice.seal('a2')), text('a2'));
  // And an old bundle that the server shows again begins none.
  const a3 = alice.seal('a3', stale);
  assert.deepEqual(bob.open(a3), text('a3'));
  assert.equal(sessionsOf(bob), 1);
});

test('a bundle with a point of low order gives nothing', () => {
  const [alice, bob] = twoEnds(11);
  const low = { ...bob.bundle, prekey: new Uint8Array(32) };
  assert.equal(sealForDevice(alice.crypto, alice.pairing, low, utf8('a')), undefined);
  assert.equal(restartSessions(alice.crypto, alice.pairing, low), undefined);
});

test('a player id that is empty or too long is the caller’s mistake', () => {
  const [alice, bob] = twoEnds(12);
  for (const peerPlayer of ['', 'p'.repeat(256)]) {
    const pairing = { ...alice.pairing, peerPlayer };
    assert.throws(
      () => sealForDevice(alice.crypto, pairing, bob.bundle, utf8('a')),
      /peerPlayer must be 1 to 255 bytes/,
    );
  }
});

test('any schedule, with lost states and restarts: what opens is what was sent, once', () => {
  const action = fc.record({
    kind: fc.constantFrom(
      'send' as const,
      'send' as const,
      'deliver' as const,
      'deliver' as const,
      'drop' as const,
      'rotate' as const,
      'restart' as const,
    ),
    from: fc.nat(1),
    at: fc.nat(),
    isKept: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(action, { maxLength: 50 }), fc.nat(), (actions, seed) => {
      const ends = twoEnds(`schedule ${seed}`);
      const inFlight: { readonly said: string; readonly bytes: Uint8Array }[][] = [[], []];
      const opened = new Set<string>();
      // Four sessions and four prekeys are kept: within that, everything opens.
      let restarts = 0;
      let rotations = 0;
      for (const [step, { kind, from, at, isKept }] of actions.entries()) {
        const [end, other] = from === 0 ? [ends[0], ends[1]] : [ends[1], ends[0]];
        const queue = inFlight[from]!;
        if (kind === 'send') {
          queue.push({ said: `${from}:${step}`, bytes: end.seal(`${from}:${step}`) });
        } else if (kind === 'rotate' && rotations < 3) {
          rotations++;
          end.own = rotatePrekey(end.crypto, end.own);
        } else if (kind === 'restart' && restarts < 1) {
          restarts++;
          end.peer = restartSessions(end.crypto, end.pairing, other.bundle)!;
        } else if ((kind === 'deliver' || kind === 'drop') && queue.length > 0) {
          const { said, bytes } = queue[at % queue.length]!;
          if (kind === 'deliver') {
            const got = other.open(bytes);
            if (opened.has(said)) assert.ok('refused' in got, 'opened twice');
            else if (rotations === 0) assert.deepEqual(got, text(said));
            else assert.ok('refused' in got || got.text === said);
            if ('text' in got) opened.add(said);
          }
          if (!isKept) queue.splice(at % queue.length, 1);
        }
      }
      // Whatever happened, two messages that arrive bring both to one session.
      assert.deepEqual(ends[1].open(ends[0].seal('ping')), text('ping'));
      assert.deepEqual(ends[0].open(ends[1].seal('pong')), text('pong'));
      assert.deepEqual(ends[1].open(ends[0].seal('ping')), text('ping'));
      assert.equal(firstBaseKey(ends[0]), firstBaseKey(ends[1]));
    }),
    { numRuns: 150, seed: 20_261_130 },
  );
});
