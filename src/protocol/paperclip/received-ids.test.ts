import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { protocolLimits } from './limits.ts';
import { ReceivedIds } from './received-ids.ts';

test('it agrees with a set, and its floor is the first id that is missing', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(80), { maxLength: 120 }), (order) => {
      const received = new ReceivedIds();
      const model = new Set<number>();
      for (const id of order) {
        assert.equal(received.has(id), model.has(id));
        if (!received.has(id)) received.add(id);
        model.add(id);
        while (model.has(received.floor)) assert.fail('the floor was received');
        for (let below = 0; below < received.floor; below++) assert.ok(model.has(below));
      }
    }),
  );
});

test('the span moves with the floor and reuses its bits', () => {
  const received = new ReceivedIds();
  const span = protocolLimits.messageSpanMax;
  for (let id = 0; id < 2.5 * span; id += 2) {
    received.add(id + 1);
    assert.equal(received.has(id), false);
    received.add(id);
    assert.equal(received.floor, id + 2);
  }
  assert.equal(received.isInSpan(received.floor + span - 1), true);
  assert.equal(received.isInSpan(received.floor + span), false);
});
