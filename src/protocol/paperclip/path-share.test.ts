import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PathShare } from './path-share.ts';

test('of what is ours of a path, probes tell: little arrives of a large flow, all of a small', () => {
  const share = new PathShare();
  const probe = (measured: number, after: number): boolean | undefined => {
    share.begin(measured, measured);
    return share.judge(after, 1.1, 2, true);
  };
  for (let i = 0; i < 8; i++) probe(1000, 1000);
  assert.ok(share.part > 0.99, 'alone');
  for (let i = 0; i < 8; i++) probe(1000, 1050);
  assert.ok(Math.abs(share.part - 0.5) < 0.01, 'one of two');
  for (let i = 0; i < 8; i++) probe(1000, 1090);
  assert.ok(share.part < 0.11, 'one of ten');
});

test('a probe that worked is worth a larger one, until one does not', () => {
  const share = new PathShare();
  share.beginSeries();
  share.begin(1000, 1000);
  assert.equal(share.extra(0.1), 0.1);
  // Not yet all of it: wait. More than half: another, at once.
  assert.equal(share.judge(1020, 1.1, 0.5, true), undefined);
  assert.equal(share.judge(1070, 1.1, 0.9, true), true);
  assert.equal(share.extra(0.1), 0.2);
  share.begin(1070, 1070);
  assert.equal(share.judge(1250, 1.2, 0.5, true), true);
  assert.equal(share.extra(0.1), 0.25);
  share.begin(1250, 1250);
  assert.equal(share.judge(1300, 1.25, 1.4, true), false);
  assert.equal(share.judge(1500, 1.25, 1.5, true), false);
});

test('a probe that a queue stops is the last, however much of it arrived', () => {
  const share = new PathShare();
  share.begin(1000, 1000);
  assert.equal(share.judge(1100, 1.1, 0.5, false), undefined);
  assert.equal(share.judge(1100, 1.1, 1.3, false), false);
  assert.equal(share.part, 0.25);
});

test('the larger the part, the more of it is given away, but beside others no more than half', () => {
  const share = new PathShare();
  assert.equal(share.yieldMost(false), 0.15);
  for (let i = 0; i < 20; i++) {
    share.begin(1000, 1000);
    share.judge(1000, 1.1, 2, true);
  }
  assert.ok(share.yieldMost(false) > 0.299);
  assert.equal(share.yieldMost(true), 0.15);
});

test('a queue that stood and is gone was left by others, once', () => {
  const share = new PathShare();
  assert.equal(share.isLeftByOthers(0.5), false);
  assert.equal(share.isLeftByOthers(5), false);
  assert.equal(share.isLeftByOthers(2), false);
  assert.equal(share.isLeftByOthers(1), true);
  assert.equal(share.isLeftByOthers(1), false);
});

test('a probe that adds nothing to what was measured says that nothing arrived', () => {
  for (const measured of [1100, 1500]) {
    const share = new PathShare();
    share.begin(measured, 1000);
    assert.equal(share.judge(measured, 1.1, 2, true), false);
    assert.equal(share.part, 0.75);
  }
});
