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

test('a sender that wakes late with packets waiting makes up for it, within 20 ms', () => {
  const burst = (wakeAtMs: number): number => {
    const pacer = new Pacer(0, 1200);
    for (let i = 0; i < 10; i++) pacer.onSent(1200);
    assert.equal(pacer.readyAtMs(0, 6000), 0.2);
    let sent = 0;
    while (pacer.readyAtMs(wakeAtMs, 6000) === wakeAtMs) {
      pacer.onSent(1200);
      sent += 1;
    }
    return sent;
  };
  assert.deepEqual(
    [burst(0.2), burst(1), burst(10.2), burst(15.2), burst(500)],
    [1, 5, 50, 75, 100],
  );
});
