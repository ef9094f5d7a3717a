import assert from 'node:assert/strict';
import { test } from 'node:test';
import { impairDatagrams } from './impairment.ts';

const datagram = new Uint8Array(1);

test('equal seeds lose the same datagrams, near to the given share', () => {
  const fates = (seed: number) => {
    const impair = impairDatagrams({ loss: 0.05, seed });
    return Array.from({ length: 2_000 }, () => impair(datagram));
  };
  assert.deepEqual(fates(7), fates(7));
  assert.notDeepEqual(fates(7), fates(8));
  const lost = fates(7).filter((fate) => fate === 'drop').length;
  assert.ok(lost > 60 && lost < 140, `${lost} of 2000`);
});

test('delay is the given one, and jitter comes on top', () => {
  const steady = impairDatagrams({ delayMs: 40 });
  assert.equal(steady(datagram), 40);
  const shaky = impairDatagrams({ delayMs: 40, jitterMs: 10, seed: 1 });
  const delays = Array.from({ length: 200 }, () => Number(shaky(datagram)));
  assert.ok(Math.min(...delays) >= 40 && Math.max(...delays) < 50);
  assert.ok(new Set(delays).size > 100);
});

test('an impairment that cannot be throws with its name', () => {
  assert.throws(() => impairDatagrams({ loss: 1.1 }), /impair\.loss/);
  assert.throws(() => impairDatagrams({ delayMs: -1 }), /impair\.delayMs/);
  assert.throws(() => impairDatagrams({ jitterMs: Number.NaN }), /impair\.jitterMs/);
});
