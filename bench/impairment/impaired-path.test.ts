import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Direction, ImpairedPath, type PathConditions } from './impaired-path.ts';

const clear = { delayMs: 50 };

function pathOf(conditions: Partial<PathConditions>): ImpairedPath {
  return new ImpairedPath({ toHost: clear, toClient: clear, seed: 1, ...conditions }, 0);
}

/** One byte of payload says which datagram it is. */
function send(path: ImpairedPath, atMs: number, value: number, bytes = 100, flow = 0): void {
  const datagram = new Uint8Array(bytes).fill(value);
  path.send('toHost', atMs, flow, datagram, 0, bytes);
}

function received(path: ImpairedPath, direction: Direction, byMs: number): number[] {
  const values: number[] = [];
  for (;;) {
    const one = path.receive(direction, byMs);
    if (one === undefined) return values;
    values.push(one.bytes.at(-1)!);
  }
}

describe('impaired path', () => {
  test('what is sent comes out whole after the delay, on the other side only', () => {
    const path = pathOf({});
    const flow = path.addFlow('one');
    path.send('toHost', 10, flow, Uint8Array.of(9, 1, 2, 3, 9), 1, 4);
    assert.equal(path.nextAtMs, 60);
    assert.equal(path.receive('toHost', 59.9), undefined);
    assert.equal(path.receive('toClient', 60), undefined);
    const one = path.receive('toHost', 60);
    assert.deepEqual([...(one?.bytes.subarray(28) ?? [])], [1, 2, 3]);
    assert.equal(one?.flow, flow);
  });

  test('the share that is lost is the one asked for, and the same for the same seed', () => {
    const arrivals = () => {
      const path = pathOf({ toHost: { loss: 0.05 }, seed: 7 });
      path.addFlow('one');
      for (let i = 0; i < 20_000; i++) send(path, i, i & 0xff, 12);
      return received(path, 'toHost', 30_000);
    };
    const first = arrivals();
    assert.ok(Math.abs(first.length / 20_000 - 0.95) < 0.005, `${first.length} arrived`);
    assert.deepEqual(arrivals(), first);
  });

  test('without reordering, jitter keeps the order', () => {
    const path = pathOf({ toHost: { delayMs: 20, jitterMs: 15 } });
    path.addFlow('one');
    for (let i = 0; i < 200; i++) send(path, i, i);
    assert.deepEqual(
      received(path, 'toHost', 1000),
      Array.from({ length: 200 }, (_, i) => i),
    );
  });

  test('a queue that is full drops what comes, headers counted', () => {
    // 1,000 bytes per millisecond; a datagram of 972 bytes and its header takes one millisecond.
    const path = pathOf({ toHost: { rateBytesPerSecond: 1e6, queueBytes: 5_000 } });
    path.addFlow('one');
    for (let i = 0; i < 8; i++) send(path, 0, i, 972);
    assert.deepEqual(received(path, 'toHost', 4.99), [0, 1, 2, 3]);
    assert.deepEqual(received(path, 'toHost', 100), [4]);
    const { toHost } = path.report();
    assert.equal(toHost.queueDrops, 3);
    assert.deepEqual(toHost.queueMsPerInterval, [5]);
  });

  test('flows share the path and are counted apart', () => {
    const path = pathOf({ toHost: { rateBytesPerSecond: 1e6, queueBytes: 1e6 } });
    const [a, b] = [path.addFlow('a'), path.addFlow('b')];
    for (let i = 0; i < 300; i++) send(path, 0, 1, 972, i % 3 === 0 ? a : b);
    received(path, 'toHost', 1000);
    const { flows } = path.report().toHost;
    assert.deepEqual(
      flows.map(({ name, sentDatagrams, deliveredBytes }) => [name, sentDatagrams, deliveredBytes]),
      [
        ['a', 100, 97_200],
        ['b', 200, 194_400],
      ],
    );
    // The bottleneck lets through about 100 datagrams in each interval of 100 ms.
    const perInterval = flows[1]!.deliveredPerInterval.map((bytes) => Math.round(bytes / 972));
    assert.equal(perInterval.length, 4);
    for (const count of perInterval.slice(0, 3)) assert.ok(count >= 65 && count <= 67, `${count}`);
  });
});
