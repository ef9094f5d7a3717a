import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { systemStreamDigest } from '../../app/server/system-ports.ts';
import { seededRandom } from '../../base/prng.ts';
import { VirtualTime } from '../virtual-time.fixture.ts';
import type { FileSideEnd, FileSink, FileSinkUser, FileSource } from './file-bytes.ts';
import { TransferRelay } from './transfer-relay.ts';

const limits = { windowBytes: 4_000, aheadBytes: 500, absenceMs: 60_000, idleMs: 300_000 };

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

function bytesOf(length: number, seed = 1): Uint8Array {
  const random = seededRandom('file', seed);
  return Uint8Array.from({ length }, () => random.below(256));
}

/** A receiver that takes what it is written only when the test lets it. */
class Taker implements FileSinkUser {
  readonly got: number[] = [];
  bufferedBytes = 0;
  bufferedMost = 0;
  end: FileSideEnd | undefined;
  sink: FileSink | undefined;
  readonly #waiting: Uint8Array[] = [];
  readonly isSlow: boolean;

  constructor(isSlow = false) {
    this.isSlow = isSlow;
  }

  write(bytes: Uint8Array): void {
    this.#waiting.push(bytes);
    this.bufferedBytes += bytes.length;
    this.bufferedMost = Math.max(this.bufferedMost, this.bufferedBytes);
    if (!this.isSlow) this.take();
  }

  take(): void {
    for (const bytes of this.#waiting.splice(0)) this.got.push(...bytes);
    this.bufferedBytes = 0;
    this.sink?.drained();
  }

  closed(end: FileSideEnd): void {
    this.end = end;
  }
}

class World {
  readonly time = new VirtualTime();
  readonly ends: string[] = [];
  readonly sourceEnds: string[] = [];
  readonly relay: TransferRelay;
  resumed = 0;

  constructor(offer: { readonly size?: number; readonly sha256?: string } = {}) {
    this.relay = new TransferRelay({
      size: offer.size,
      sha256: offer.sha256,
      bytesMax: 100_000,
      createHash: systemStreamDigest.sha256,
      timers: this.time,
      limits,
      onEnd: (end) => this.ends.push(end),
    });
  }

  source(offset: number | 'anywhere' = 0): FileSource {
    const source = this.relay.openSource(offset === 'anywhere' ? undefined : offset, {
      resume: () => void this.resumed++,
      closed: (end) => void this.sourceEnds.push(end),
    });
    if (typeof source === 'string') throw new Error(source);
    return source;
  }

  sink(taker: Taker, offset = 0): Taker {
    const sink = this.relay.openSink(offset, taker);
    if (typeof sink === 'string') throw new Error(sink);
    taker.sink = sink;
    return taker;
  }
}

const nobody = { resume() {}, closed() {} };

describe('the bytes of a file', () => {
  test('pass from source to sink, and both are told when all of them have', () => {
    const file = bytesOf(1_000);
    const world = new World({ size: 1_000, sha256: sha256(file) });
    const taker = world.sink(new Taker());
    const source = world.source();
    assert.equal(source.push(file.subarray(0, 400)), true);
    source.push(file.subarray(400));
    assert.deepEqual(taker.got, [...file]);
    assert.deepEqual([taker.end, world.sourceEnds, world.ends], ['done', ['done'], ['done']]);
  });

  test('wait for a sink that comes later, and the source is held meanwhile', () => {
    const file = bytesOf(900);
    const world = new World();
    const source = world.source();
    assert.equal(source.push(file.subarray(0, 450)), true);
    assert.equal(source.push(file.subarray(450)), false);
    const taker = world.sink(new Taker());
    assert.equal(world.resumed, 1);
    source.finish();
    assert.deepEqual(taker.got, [...file]);
    assert.deepEqual(world.ends, ['done']);
  });

  test('hold a source back whose sink is slow, and never wait in larger numbers', () => {
    const file = bytesOf(20_000);
    const world = new World({ size: file.length, sha256: sha256(file) });
    const taker = world.sink(new Taker(true));
    const source = world.source();
    let mayPush = true;
    for (let at = 0; at < file.length; at += 100) {
      if (!mayPush) {
        const before = world.resumed;
        taker.take();
        assert.equal(world.resumed, before + 1);
      }
      mayPush = source.push(file.subarray(at, at + 100));
      // A window is at most a block longer than it says.
      const windowMost = limits.windowBytes * (9 / 8);
      assert.ok(world.relay.heldBytes <= windowMost + limits.aheadBytes + 100);
    }
    taker.take();
    assert.deepEqual(taker.got, [...file]);
    assert.ok(taker.bufferedMost <= limits.aheadBytes + 100);
  });

  test('cost nothing before the first of them and nothing after a failure', () => {
    const world = new World();
    world.sink(new Taker());
    assert.equal(world.relay.heldBytes, 0);
    world.source().push(bytesOf(10));
    assert.equal(world.relay.heldBytes, limits.windowBytes / 8);
    world.relay.fail('cancelled');
    assert.equal(world.relay.heldBytes, 0);
  });

  test('of an empty file are none, and it is done as soon as both are there', () => {
    const world = new World({ size: 0, sha256: sha256(new Uint8Array(0)) });
    world.source();
    assert.deepEqual(world.sourceEnds, ['done']);
    const taker = world.sink(new Taker());
    assert.deepEqual([taker.end, world.ends], ['done', ['done']]);
  });

  test('with a wrong checksum never arrive whole', () => {
    const file = bytesOf(1_000);
    const world = new World({ size: 1_000, sha256: sha256(file) });
    const taker = world.sink(new Taker());
    const source = world.source();
    source.push(file.subarray(0, 600));
    const changed = file.slice(600);
    changed[7]! ^= 1;
    assert.equal(source.push(changed), false);
    assert.equal(taker.got.length, 600);
    assert.deepEqual(
      [taker.end, world.sourceEnds, world.ends],
      ['checksum', ['checksum'], ['checksum']],
    );
  });

  test('of a file without a size are checked when the source says that it was all', () => {
    const file = bytesOf(700);
    for (const [sent, end] of [
      [file, 'done'],
      [file.subarray(1), 'checksum'],
    ] as const) {
      const world = new World({ sha256: sha256(file) });
      world.sink(new Taker());
      const source = world.source();
      source.push(sent);
      source.finish();
      assert.deepEqual(world.ends, [end]);
    }
  });

  test('are too many or too few where the size says so, and too many for the server', () => {
    const more = new World({ size: 10 });
    more.source().push(bytesOf(11));
    assert.deepEqual(more.ends, ['size']);
    const fewer = new World({ size: 10 });
    const source = fewer.source();
    source.push(bytesOf(9));
    source.finish();
    assert.deepEqual(fewer.ends, ['size']);
    const huge = new World();
    huge.sink(new Taker());
    huge.source().push(bytesOf(100_001));
    assert.deepEqual(huge.ends, ['size']);
  });
});

describe('a side that is cut off', () => {
  test('goes on where it was: the source where the relay is', () => {
    const file = bytesOf(1_000);
    const world = new World({ size: 1_000, sha256: sha256(file) });
    const taker = world.sink(new Taker());
    const first = world.source();
    first.push(file.subarray(0, 300));
    first.detach();
    assert.equal(world.relay.openSource(299, nobody), 'offset');
    assert.equal(world.relay.openSource(0, nobody), 'offset');
    const second = world.source('anywhere');
    assert.equal(second.offset, 300);
    assert.equal(first.push(file.subarray(300)), false);
    second.push(file.subarray(300));
    assert.deepEqual(taker.got, [...file]);
  });

  test('goes on where it was: the sink anywhere in the window, and nowhere else', () => {
    const file = bytesOf(10_000);
    const world = new World();
    world.sink(new Taker());
    const source = world.source();
    for (let at = 0; at < 9_000; at += 100) source.push(file.subarray(at, at + 100));
    const earliest = world.relay.replayFrom;
    assert.equal(earliest, 9_000 - limits.windowBytes + limits.aheadBytes);
    assert.equal(world.relay.openSink(earliest - 1, new Taker()), 'offset');
    assert.equal(world.relay.openSink(9_001, new Taker()), 'offset');
    const taker = world.sink(new Taker(), earliest);
    source.push(file.subarray(9_000));
    source.finish();
    assert.deepEqual(taker.got, [...file.subarray(earliest)]);
  });

  test('is replaced by the one that comes for it', () => {
    const world = new World();
    const [old, next] = [new Taker(), new Taker()];
    world.sink(old);
    world.source().push(bytesOf(10));
    world.sink(next, 10);
    world.source(10);
    assert.deepEqual([old.end, next.end, world.sourceEnds], ['replaced', undefined, ['replaced']]);
  });

  test('may fetch the end again after all has been passed on, until it is released', () => {
    const file = bytesOf(100);
    const world = new World({ size: 100 });
    world.sink(new Taker());
    world.source().push(file);
    const again = world.sink(new Taker(), 40);
    assert.deepEqual([again.got, again.end], [[...file.subarray(40)], 'done']);
    assert.deepEqual(world.ends, ['done']);
    world.relay.release();
    assert.equal(world.relay.heldBytes, 0);
  });

  for (const [missing, reason] of [
    ['both', 'expired'],
    ['source', 'sender-gone'],
    ['sink', 'receiver-gone'],
  ] as const) {
    test(`and does not come back ends it: ${missing} missing is ${reason}`, async () => {
      const world = new World();
      if (missing === 'sink') world.source();
      if (missing === 'source') world.sink(new Taker());
      await world.time.advance(limits.absenceMs - 1);
      assert.deepEqual(world.ends, []);
      await world.time.advance(1);
      assert.deepEqual(world.ends, [reason]);
      assert.equal(world.time.armedCount, 0);
    });
  }

  test('and had ended in order with too few bytes was wrong about the size', async () => {
    const world = new World({ size: 10 });
    world.sink(new Taker());
    const source = world.source();
    source.push(bytesOf(9));
    source.endOfStream();
    assert.deepEqual(world.ends, []);
    await world.time.advance(limits.absenceMs);
    assert.deepEqual(world.ends, ['size']);
  });

  test('never while it moves, and for so long while it does not', async () => {
    const world = new World();
    world.sink(new Taker());
    const source = world.source();
    for (let i = 0; i < 5; i++) {
      await world.time.advance(limits.idleMs - 1);
      source.push(bytesOf(1));
    }
    assert.deepEqual(world.ends, []);
    await world.time.advance(2 * limits.idleMs);
    assert.deepEqual(world.ends, ['expired']);
  });
});

test('whatever is cut off when, what arrives is what was sent', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = seededRandom('relay', seed);
    const file = bytesOf(random.below(20_000), seed);
    const hasSize = random.below(2) === 0;
    const world = new World({
      ...(hasSize && { size: file.length }),
      sha256: sha256(file),
    });
    let source: FileSource | undefined;
    let mayPush = true;
    let taker: Taker | undefined;
    const got: number[] = [];
    /** What was written and not taken is lost with the connection, as in a kernel. */
    const dropSink = () => {
      taker?.sink?.detach();
      got.push(...(taker?.got ?? []));
      taker = undefined;
    };
    for (let steps = 0; world.ends.length === 0; steps++) {
      assert.ok(steps < 20_000, `seed ${seed}: it does not end`);
      const resumedBefore = world.resumed;
      const choice = random.below(20);
      if (choice === 0) {
        source?.detach();
        source = undefined;
      } else if (choice === 1) dropSink();
      else if (choice < 6) taker?.take();
      else if (taker === undefined) taker = world.sink(new Taker(true), got.length);
      else if (source === undefined && !world.relay.isComplete) {
        source = world.source('anywhere');
        mayPush = true;
      } else if (source !== undefined && mayPush && !world.relay.isComplete) {
        const at = world.relay.taken;
        const chunk = file.subarray(at, at + 1 + random.below(300));
        if (chunk.length === 0) source.finish();
        else mayPush = source.push(chunk);
      }
      if (world.resumed > resumedBefore) mayPush = true;
    }
    taker?.take();
    dropSink();
    assert.deepEqual(world.ends, ['done'], `seed ${seed}`);
    assert.ok(Buffer.from(got).equals(file), `seed ${seed}: other bytes`);
  }
});
