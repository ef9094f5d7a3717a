import assert from 'node:assert/strict';
import test from 'node:test';
import type { Json } from '../base/json.ts';
import { gameLimits } from './limits.ts';
import { jsonBytes } from './plain-json.ts';
import { ViewStream } from './view-stream.ts';

const around = { tick: 1, lastSequence: 0 };
const plain = (value: Json) => ({ value, bytes: jsonBytes(value) });
const world = 'the same all the time, and longer than a change';

test('on a reliable channel each view is a change against the one before', () => {
  const stream = new ViewStream('reliable');
  const bases = [1, 2, 2, 3].map((x) => {
    const next = stream.next(0, plain({ x, world }), around);
    return next === undefined
      ? 'nothing'
      : `${next.channel} ${next.message.n} ${next.message.base}`;
  });
  assert.deepEqual(bases, ['reliable 1 0', 'reliable 2 1', 'nothing', 'reliable 3 2']);
});

test('a change that is no shorter than the view is sent as the view', () => {
  const stream = new ViewStream('reliable');
  stream.next(0, plain([1, 2, 3]), around);
  const next = stream.next(0, plain([4, 5, 6]), around);
  assert.deepEqual([next?.message.base, next?.message.full], [0, [4, 5, 6]]);
});

test('numbers go on after a new connection, and its first view is full and reliable', () => {
  const stream = new ViewStream('acknowledged');
  stream.next(0, plain({ x: 1, world }), around);
  stream.ack(1);
  stream.reset();
  const next = stream.next(1, plain({ x: 1, world }), around);
  assert.deepEqual([next?.channel, next?.message.n, next?.message.base], ['reliable', 2, 0]);
});

test('a decided input is told even when the view is the same', () => {
  const stream = new ViewStream('acknowledged');
  stream.next(0, plain({ x: 1, world }), around);
  stream.ack(1);
  assert.equal(stream.next(1, plain({ x: 1, world }), around), undefined);
  const next = stream.next(2, plain({ x: 1, world }), { ...around, lastSequence: 4 });
  assert.deepEqual([next?.message.delta, next?.message.lastSequence], [{}, 4]);
});

test('the views that are kept as bases are bounded in bytes', () => {
  const stream = new ViewStream('acknowledged');
  const bytes = 100_000;
  const large = (x: number) => plain({ x, world: 'x'.repeat(bytes) });
  stream.next(0, large(0), around);
  stream.ack(1);
  const most = Math.floor(gameLimits.viewHistoryBytesMax / bytes);
  for (let x = 1; x < most; x++) assert.equal(stream.next(x, large(x), around)?.message.base, 1);
  stream.next(most, large(most), around);
  // The acknowledged view was the oldest and had to go.
  assert.equal(stream.next(most + 1, large(most + 1), around)?.message.base, 0);
});

test('the end of a turn is told as the time that is left', () => {
  const stream = new ViewStream('reliable');
  const ends = (nowMs: number, turnEndsAtMs: number | undefined) =>
    stream.next(nowMs, plain(0), { ...around, turnEndsAtMs })?.message.turnEndsInMs;
  assert.deepEqual([ends(100, 600), ends(700, 650), ends(800, undefined)], [500, 0, undefined]);
});
