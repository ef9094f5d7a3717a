import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../base/prng.ts';
import { ReceivedIds } from './received-ids.ts';

test('nothing before the first id is new, and everything after it is, once', () => {
  const ids = new ReceivedIds(0);
  const before = ids.expand(65_535);
  assert.ok(ids.has(before));
  const first = ids.expand(0);
  assert.equal(ids.has(first), false);
  ids.add(first, true);
  assert.ok(ids.has(first));
  assert.ok(ids.hasReliable(0));
  assert.equal(ids.hasReliable(65_535), false);
});

test('an id of which a piece was seen has not come', () => {
  const ids = new ReceivedIds(10);
  ids.see(ids.expand(12));
  assert.deepEqual(
    [10, 11, 12, 13].map((id) => ids.has(ids.expand(id))),
    [false, false, false, false],
  );
});

test('the newer of two ids is ahead by less than half the circle', () => {
  const ids = new ReceivedIds(0);
  ids.add(ids.expand(100), false);
  const newest = ids.newest;
  assert.equal(ids.expand(101) - newest, 1);
  assert.equal(ids.expand(99) - newest, -1);
  assert.equal(ids.expand(100 + 32_767) - newest, 32_767);
  assert.ok(ids.expand((100 - 32_700 + 65_536) % 65_536) < newest);
});

test('over many rounds of the circle, ids that came are known and others are not, seed 5', () => {
  const random = seededRandom(5);
  const ids = new ReceivedIds(65_000);
  const came = new Set<number>();
  let newest = ids.newest;
  for (let i = 0; i < 20_000; i++) {
    const id = Math.max(65_536 + 65_000, newest + random.below(61) - 20);
    const expanded = ids.expand(id % 65_536);
    assert.equal(expanded, id);
    assert.equal(ids.has(id), came.has(id), `${id}`);
    const isReliable = random.chance(0.5);
    if (!came.has(id)) {
      ids.add(id, isReliable);
      came.add(id);
      assert.equal(ids.hasReliable(id % 65_536), isReliable);
    }
    newest = Math.max(newest, id);
  }
  assert.ok(newest > 3 * 65_536);
});
