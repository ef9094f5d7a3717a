import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Wakeable, WakeHeap } from './wake-heap.ts';

test('whatever is set, moved and deleted, the first is the one to be woken first', () => {
  const change = fc.record({ item: fc.nat({ max: 19 }), atMs: fc.option(fc.nat({ max: 50 })) });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 200 }), (changes) => {
      const heap = new WakeHeap<Wakeable>();
      const items = Array.from({ length: 20 }, () => ({ wakeIndex: -1 }));
      const model = new Map<number, number>();
      for (const { item, atMs } of changes) {
        if (atMs === null) {
          heap.delete(items[item]!);
          model.delete(item);
        } else {
          heap.set(items[item]!, atMs);
          model.set(item, atMs);
        }
        assert.equal(heap.length, model.size);
        assert.equal(heap.firstAtMs, Math.min(...model.values()));
        const first = heap.first && model.get(items.indexOf(heap.first));
        assert.equal(first ?? Infinity, heap.firstAtMs);
      }
    }),
  );
});
