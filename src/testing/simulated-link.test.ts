import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../base/prng.ts';
import { type LinkConditions, SimulatedLink } from './simulated-link.ts';

/** Sends `count` datagrams, one per `everyMs`, and takes what comes out as [time, first byte]. */
function run(conditions: LinkConditions, count: number, everyMs = 1, seed = 1) {
  const link = new SimulatedLink(seededRandom('link', seed), conditions);
  const arrived: [number, number][] = [];
  for (let i = 0; i < count; i++) link.send(i * everyMs, Uint8Array.of(i & 255, i >> 8, 7, 7), 4);
  for (let atMs = link.nextAtMs; atMs < Number.POSITIVE_INFINITY; atMs = link.nextAtMs) {
    for (let d = link.receive(atMs); d !== undefined; d = link.receive(atMs)) {
      arrived.push([atMs, d[0]! + 256 * d[1]!]);
    }
  }
  return { link, arrived };
}

test('a good link delays and nothing else', () => {
  assert.deepEqual(run({ delayMs: 50 }, 3).arrived, [
    [50, 0],
    [51, 1],
    [52, 2],
  ]);
});

test('losses are as often as asked, and equal seeds lose the same', () => {
  const one = run({ loss: 0.2 }, 5000);
  assert.ok(Math.abs(one.link.counts.lost / 5000 - 0.2) < 0.03);
  assert.deepEqual(run({ loss: 0.2 }, 5000).arrived, one.arrived);
  assert.notDeepEqual(run({ loss: 0.2 }, 5000, 1, 2).arrived, one.arrived);
});

test('a burst loses neighbours', () => {
  const { link, arrived } = run({ burst: { enter: 0.01, leave: 0.2, loss: 1 } }, 10_000);
  const { lost } = link.counts;
  let gaps = 0;
  for (let i = 1; i < arrived.length; i++) if (arrived[i]![1] !== arrived[i - 1]![1] + 1) gaps += 1;
  assert.ok(lost / gaps > 3, `${lost} lost in ${gaps} gaps`);
});

test('jitter keeps the order, reordering does not', () => {
  const inOrder = (list: [number, number][]): boolean =>
    list.every(([, n], i) => i === 0 || n > list[i - 1]![1]);
  assert.equal(inOrder(run({ jitterMs: 50 }, 500).arrived), true);
  assert.equal(inOrder(run({ reorder: 0.1 }, 500).arrived), false);
});

test('a bottleneck spaces datagrams and drops what its queue cannot hold', () => {
  const { link, arrived } = run({ rateBytesPerSecond: 400, queueBytes: 20 }, 10, 0);
  assert.deepEqual(arrived.slice(0, 3), [
    [10, 0],
    [20, 1],
    [30, 2],
  ]);
  assert.deepEqual([arrived.length, link.counts.queueDrops], [5, 5]);
});

test('duplicates come twice and corruption changes one bit', () => {
  const twice = run({ duplicate: 1 }, 10);
  assert.equal(twice.arrived.length, 20);
  const link = new SimulatedLink(seededRandom('bits'), { corrupt: 1 });
  const bytes = new Uint8Array(8);
  link.send(0, bytes, 8);
  const ones = [...link.receive(0)!].map((byte) => byte.toString(2).replaceAll('0', '').length);
  assert.equal(
    ones.reduce((sum, count) => sum + count),
    1,
  );
  assert.deepEqual(bytes, new Uint8Array(8));
  assert.equal(link.counts.corrupted, 1);
});

test('what is longer than the path takes is lost, and nothing else', () => {
  const link = new SimulatedLink(seededRandom('mtu'), { mtuBytes: 100 });
  for (const length of [99, 100, 101]) link.send(0, new Uint8Array(length), length);
  assert.deepEqual([link.receive(0)?.length, link.receive(0)?.length], [99, 100]);
  assert.equal(link.receive(0), undefined);
  assert.equal(link.counts.tooLong, 1);
});
