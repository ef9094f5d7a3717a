import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Deque } from './ring.ts';

test('a deque answers as an array does, through every growth and wrap', () => {
  const step = fc.oneof(
    fc.record({ push: fc.nat(99) }),
    fc.constant('shift' as const),
    fc.constant('odd' as const),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const deque = new Deque<number>();
      let model: number[] = [];
      for (const action of steps) {
        if (action === 'shift') assert.equal(deque.shift(), model.shift());
        else if (action === 'odd') {
          deque.filter((item) => item % 2 === 1);
          model = model.filter((item) => item % 2 === 1);
        } else {
          deque.push(action.push);
          model.push(action.push);
        }
        assert.equal(deque.length, model.length);
        assert.equal(deque.peek(), model[0]);
        assert.equal(deque.at(model.length - 1), model.at(-1));
        assert.equal(deque.at(model.length), undefined);
      }
    }),
  );
});
