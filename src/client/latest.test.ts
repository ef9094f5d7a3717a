// A value that changes, read as a sequence.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Latest } from './latest.ts';

test('a slow reader gets the newest value and skips the ones before', async () => {
  const latest = new Latest<number>();
  const reader = latest[Symbol.asyncIterator]();
  latest.set(1);
  assert.equal((await reader.next()).value, 1);
  latest.set(2);
  latest.set(3);
  assert.equal((await reader.next()).value, 3);
  const waiting = reader.next();
  latest.set(4);
  assert.equal((await waiting).value, 4);
});

test('the last value comes before the end, also to a reader who starts after it', async () => {
  const latest = new Latest<string>();
  latest.set('last');
  latest.end();
  latest.set('too late');
  const read: string[] = [];
  for await (const value of latest) read.push(value);
  assert.deepEqual(read, ['last']);
});

test('every reader has a place of its own', async () => {
  const latest = new Latest<number>();
  latest.set(1);
  const [a, b] = [latest[Symbol.asyncIterator](), latest[Symbol.asyncIterator]()];
  assert.equal((await a.next()).value, 1);
  latest.set(2);
  assert.equal((await b.next()).value, 2);
  assert.equal((await a.next()).value, 2);
});

test('an end with an error throws it after the last value', async () => {
  const latest = new Latest<number>();
  const reader = latest[Symbol.asyncIterator]();
  latest.set(1);
  latest.end(new Error('lost'));
  assert.equal((await reader.next()).value, 1);
  await assert.rejects(reader.next(), /lost/);
});
