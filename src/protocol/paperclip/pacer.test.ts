import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pacer } from './pacer.ts';

test('ten packets may leave at once, the eleventh waits for its bytes', () => {
  const pacer = new Pacer(0, 1200);
  for (let i = 0; i < 10; i++) {
    assert.equal(pacer.readyAtMs(0, 120), 0);
    pacer.onSent(1200);
  }
  assert.equal(pacer.readyAtMs(0, 120), 10);
  assert.equal(pacer.readyAtMs(4, 120), 10);
  assert.equal(pacer.readyAtMs(10, 120), 10);
});

test('a long silence gives no more than one burst', () => {
  const pacer = new Pacer(0, 1200);
  for (let i = 0; i < 10; i++) pacer.onSent(1200);
  for (let i = 0; i < 10; i++) {
    assert.equal(pacer.readyAtMs(60_000, 120), 60_000);
    pacer.onSent(1200);
  }
  assert.ok(pacer.readyAtMs(60_000, 120) > 60_000);
});

test('a fast path bursts two milliseconds of its rate, within 256 packets', () => {
  const pacer = new Pacer(0, 1200);
  let sent = 0;
  while (pacer.readyAtMs(1000, 1e9) === 1000 && sent < 1000) {
    pacer.onSent(1200);
    sent += 1;
  }
  assert.equal(sent, 256);
});

test('what was sent without asking is paid back', () => {
  const pacer = new Pacer(0, 1200);
  for (let i = 0; i < 12; i++) pacer.onSent(1200);
  assert.equal(pacer.readyAtMs(0, 1200), 3);
});
