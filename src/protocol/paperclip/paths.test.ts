import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { frameTypes } from '../../codec/paperclip/frame-table.ts';
import type { PeerAddress } from './endpoint-output.ts';
import { protocolLimits } from './limits.ts';
import { type PathFrame, Paths } from './paths.ts';

const ptoMs = 400;
const packetBytes = protocolLimits.pathPacketBytesMax;

const at = (key: string): PeerAddress => ({ key, host: key.split(':')[0] });
const home = at('home:1');

/** A host's paths, and what it hears and says; `deliver` takes packets in the order of numbers. */
function world() {
  const log: string[] = [];
  let drawn = 0;
  const paths = new Paths<PeerAddress>(
    {
      crypto: {
        randomBytes: (length) => new Uint8Array(length).fill(++drawn),
        equal: (a, b) => Buffer.compare(a, b) === 0,
      },
      sender: {
        loss: { ptoMs },
        leaveHost: () => log.push('other host'),
        resetPath: () => log.push('other host proven'),
      },
    },
    home,
  );
  return {
    paths,
    log,
    hear: (nowMs: number, from: PeerAddress, bytes = 100) =>
      paths.onPacket(nowMs, from, bytes, true),
    /** All that is owed, sent. */
    say: (): PathFrame<PeerAddress>[] => {
      const frames: PathFrame<PeerAddress>[] = [];
      for (let frame = paths.shift(); frame !== undefined; frame = paths.shift()) {
        paths.onSent(frame.to, packetBytes);
        frames.push(frame);
      }
      return frames;
    },
  };
}

const words = (frames: readonly PathFrame<PeerAddress>[]): string[] =>
  frames.map(({ type, to, data }) => {
    const what = type === frameTypes.pathChallenge ? 'challenge' : 'response';
    return `${what} ${data[0]} to ${to?.key}`;
  });

test('the newest packet from another port moves the path, and its answer proves it', () => {
  const { paths, log, hear, say } = world();
  hear(0, at('home:2'));
  assert.equal(paths.address?.key, 'home:2');
  assert.equal(paths.isProven, false);
  const frames = say();
  assert.deepEqual(words(frames), ['challenge 1 to home:2', 'challenge 2 to home:1']);
  hear(50, at('home:2'));
  paths.onResponse(50, frames[0]!.data, 0);
  assert.deepEqual([paths.isProven, paths.changes, paths.timerAtMs], [true, 1, Infinity]);
  assert.equal(paths.allowedBytes, Infinity);
  assert.deepEqual(log, []);
});

test('another host is told at once, and again when it is proven', () => {
  const { paths, log, hear, say } = world();
  hear(0, at('cell:1'));
  assert.deepEqual(log, ['other host']);
  const [challenge] = say();
  hear(50, at('cell:1'));
  paths.onResponse(50, challenge!.data, 0);
  assert.deepEqual(log, ['other host', 'other host proven']);
});

test('a packet that is not the newest moves nothing', () => {
  const { paths, say } = world();
  paths.onPacket(0, at('home:2'), 100, false);
  assert.equal(paths.address, home);
  assert.deepEqual(say(), []);
});

test('three times what came goes out before the proof, the next challenge within it', () => {
  const { paths, hear, say } = world();
  hear(0, at('home:2'), 100);
  assert.equal(say().length, 2);
  assert.equal(paths.allowedBytes, 300 - 2 * packetBytes);
  paths.onSent(paths.address, paths.allowedBytes);
  assert.equal(paths.allowedBytes, 0);
  hear(1, at('home:2'), 50);
  assert.equal(paths.allowedBytes, 150);
  // What goes elsewhere does not count.
  paths.onSent(home, 1000);
  assert.equal(paths.allowedBytes, 150);
});

test('a response counts only with the right data, and from the address that was asked', () => {
  const { paths, hear, say } = world();
  hear(0, at('home:2'));
  const [ours, before] = say();
  hear(1, at('home:2'));
  paths.onResponse(1, before!.data, 0);
  paths.onResponse(1, new Uint8Array(8), 0);
  assert.equal(paths.isProven, false);
  paths.onPacket(2, at('home:3'), 100, false);
  paths.onResponse(2, ours!.data, 0);
  assert.equal(paths.isProven, false);
  hear(3, at('home:2'));
  paths.onResponse(3, ours!.data, 0);
  assert.equal(paths.isProven, true);
});

test('without an answer, challenges repeat, and after three PTOs the path of before is back', () => {
  const { paths, hear, say } = world();
  hear(0, at('home:2'), 1000);
  const asked: string[] = [];
  let lastMs = 0;
  while (!paths.isProven) {
    asked.push(...words(say()).filter((text) => text.endsWith('home:2')));
    lastMs = paths.timerAtMs;
    paths.handleTimeout(lastMs);
    assert.ok(paths.timerAtMs > lastMs);
  }
  assert.deepEqual(asked, new Array(6).fill('challenge 1 to home:2'));
  assert.equal(Math.round(lastMs), 3 * ptoMs);
  assert.deepEqual([paths.address, paths.changes], [home, 0]);
  // And who could not prove it gets no other turn soon.
  hear(lastMs + 100, at('home:2'));
  assert.equal(paths.address, home);
  hear(lastMs + protocolLimits.addressChangeAfterFailureMs + 1, at('home:2'));
  assert.equal(paths.address?.key, 'home:2');
});

test('of another host the round trip is not known, and it gets more time', () => {
  const { paths, hear } = world();
  hear(0, at('cell:1'), 1000);
  while (!paths.isProven) paths.handleTimeout(paths.timerAtMs);
  hear(3 * 3 * protocolLimits.initialRttMs - 1, at('cell:1'));
  assert.equal(paths.address, home);
});

test('a newest packet from the path of before undoes the move', () => {
  const { paths, log, hear, say } = world();
  hear(0, at('thief:1'));
  const [challenge] = say();
  hear(10, home);
  assert.deepEqual([paths.address, paths.isProven], [home, true]);
  assert.deepEqual(log, ['other host', 'other host']);
  // The challenge is void, even if it finds its way.
  hear(11, at('thief:1'));
  paths.onResponse(11, challenge!.data, 0);
  assert.equal(paths.isProven, false);
});

test('a second move before the proof still goes back to the proven path', () => {
  const { paths, hear, say } = world();
  hear(0, at('home:2'));
  say();
  hear(10, at('home:3'));
  assert.deepEqual(words(say()), ['challenge 3 to home:3', 'challenge 4 to home:1']);
  while (!paths.isProven) paths.handleTimeout(paths.timerAtMs);
  assert.equal(paths.address, home);
});

test('changes of address have a rate', () => {
  const { paths, hear, say } = world();
  let moves = 0;
  for (let ms = 0; ms < 1000; ms++) {
    const before = paths.address;
    hear(ms, at(`home:${ms + 2}`));
    if (paths.address !== before) moves += 1;
    assert.ok(say().length <= 2);
  }
  assert.equal(moves, protocolLimits.addressChangesMax + 1000 / protocolLimits.addressChangeMs - 1);
});

test('challenges are answered to where they came from, a few at a time', () => {
  const { paths, say } = world();
  paths.onPacket(0, at('elsewhere:1'), 100, false);
  for (let i = 1; i <= 6; i++) paths.onChallenge(new Uint8Array(9).fill(i), 1);
  assert.deepEqual(words(say()), [
    'response 1 to elsewhere:1',
    'response 2 to elsewhere:1',
    'response 3 to elsewhere:1',
    'response 4 to elsewhere:1',
  ]);
});

test('a client answers challenges, and has no address that could move', () => {
  const { log } = world();
  const parts = {
    crypto: { randomBytes: () => assert.fail(), equal: () => assert.fail() },
    sender: {
      loss: { ptoMs },
      leaveHost: () => log.push('moved'),
      resetPath: () => log.push('moved'),
    },
  };
  const paths = new Paths<PeerAddress>(parts, undefined);
  paths.onPacket(0, undefined, 100, true);
  paths.onChallenge(new Uint8Array(8).fill(7), 0);
  paths.onResponse(0, new Uint8Array(8), 0);
  assert.equal(paths.shift()?.data[0], 7);
  assert.equal(paths.shift(), undefined);
  assert.deepEqual(
    [paths.address, paths.allowedBytes, paths.timerAtMs],
    [undefined, Infinity, Infinity],
  );
  assert.deepEqual(log, []);
});

test('whatever comes from wherever: the bound holds, and there is always a proven way back', () => {
  const step = fc.record({
    waitMs: fc.constantFrom(0, 1, 20, 200),
    from: fc.constantFrom('home:1', 'home:2', 'cell:1', 'cell:2', 'thief:1'),
    bytes: fc.integer({ min: 23, max: 1200 }),
    isNewest: fc.boolean(),
    answers: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { paths } = world();
      const came = new Map<string, number>();
      const went = new Map<string, number>();
      const proven = new Set(['home:1']);
      const add = (sums: Map<string, number>, key: string, bytes: number) =>
        sums.set(key, (sums.get(key) ?? 0) + bytes);
      let heardOf = new Map<string, Uint8Array>();
      let nowMs = 0;
      for (const { waitMs, from, bytes, isNewest, answers } of steps) {
        nowMs += waitMs;
        for (; paths.timerAtMs <= nowMs; paths.handleTimeout(nowMs));
        paths.onPacket(nowMs, at(from), bytes, isNewest);
        add(came, from, bytes);
        const asked = heardOf.get(from);
        if (answers && asked !== undefined) paths.onResponse(nowMs, asked, 0);
        if (paths.isProven) {
          proven.add(paths.address!.key);
          heardOf = new Map();
        }
        for (let frame = paths.shift(); frame !== undefined; frame = paths.shift()) {
          paths.onSent(frame.to, packetBytes);
          add(went, frame.to!.key, packetBytes);
          heardOf.set(frame.to!.key, frame.data);
        }
        const more = Math.min(1200, paths.allowedBytes);
        if (more >= protocolLimits.packetBytesMin) {
          paths.onSent(paths.address, more);
          add(went, paths.address!.key, more);
        }
        for (const [key, sum] of went) {
          if (!proven.has(key)) assert.ok(sum <= 3 * came.get(key)!, `${sum} bytes to ${key}`);
        }
      }
      while (!paths.isProven) paths.handleTimeout(paths.timerAtMs);
      assert.ok(proven.has(paths.address!.key));
    }),
  );
});
