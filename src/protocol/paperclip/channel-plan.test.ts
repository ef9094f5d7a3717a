import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSodiumCrypto } from '../../driver/crypto-sodium.ts';
import type { ChannelPlan } from '../link.ts';
import { channelPlanHash, planChannels } from './channel-plan.ts';

const crypto = createSodiumCrypto();

test('wire ids follow the sorted names, whatever order they were written in', () => {
  const plan: ChannelPlan = { state: 'unreliable-sequenced', moves: 'reliable-ordered' };
  const planned = planChannels(plan);
  assert.deepEqual(
    planned.map(({ name, mode, messageBytesMax }) => [name, mode, messageBytesMax]),
    [
      ['moves', 'reliable-ordered', 262_144],
      ['state', 'unreliable-sequenced', 8_960],
    ],
  );
});

test('equal plans have equal hashes; another name, mode or limit has another', () => {
  const hash = (plan: ChannelPlan) => channelPlanHash(crypto, planChannels(plan)).join();
  const base = hash({ a: 'unreliable', b: 'reliable-ordered' });
  assert.equal(hash({ b: { mode: 'reliable-ordered' }, a: 'unreliable' }), base);
  assert.notEqual(hash({ a: 'unreliable', c: 'reliable-ordered' }), base);
  assert.notEqual(hash({ a: 'unreliable', b: 'reliable-unordered' }), base);
  assert.notEqual(
    hash({ a: 'unreliable', b: { mode: 'reliable-ordered', messageBytesMax: 9 } }),
    base,
  );
  const compressing = hash({ a: 'unreliable', b: { mode: 'reliable-ordered', compress: true } });
  assert.notEqual(compressing, base);
  assert.equal(hash({ a: 'unreliable', b: { mode: 'reliable-ordered', compress: false } }), base);
});

test('what a side decides for itself is not in the hash', () => {
  const hash = (plan: ChannelPlan) => channelPlanHash(crypto, planChannels(plan)).join();
  const chosen: ChannelPlan = {
    a: { mode: 'reliable-ordered', lane: 'bulk', weight: 7, redundancy: true },
  };
  assert.equal(hash(chosen), hash({ a: 'reliable-ordered' }));
});

test('a channel without a lane is in the one of its mode', () => {
  const modes = ['unreliable', 'unreliable-sequenced', 'reliable-unordered', 'reliable-ordered'];
  const plan = Object.fromEntries(modes.map((mode, i) => [`c${i}`, mode])) as ChannelPlan;
  const lanes = planChannels(plan).map(({ lane, weight }) => `${lane} ${weight}`);
  assert.deepEqual(lanes, ['state 1', 'state 1', 'reliable 1', 'reliable 1']);
});

test('a value leaves room for its key, and takes the lane of state', () => {
  assert.deepEqual(planChannels({ health: 'reliable-latest' }), [
    {
      name: 'health',
      mode: 'reliable-latest',
      messageBytesMax: 8_958,
      compress: false,
      lane: 'state',
      weight: 1,
      redundancy: false,
    },
  ]);
});

test('a plan that cannot be throws with the name of the channel', () => {
  const refuse = (plan: object, message: RegExp) =>
    assert.throws(() => planChannels(plan as ChannelPlan), message);
  refuse({}, /at least one/);
  // Boundary: what a program in plain JavaScript can leave out.
  refuse(undefined as unknown as object, /at least one/);
  refuse(Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`c${i}`, 'unreliable'])), /65/);
  refuse({ moves: 'reliable' }, /channels\.moves: mode/);
  refuse({ '': 'unreliable' }, /channel name/);
  refuse({ big: { mode: 'unreliable', messageBytesMax: 8_961 } }, /channels\.big/);
  refuse({ big: { mode: 'reliable-ordered', messageBytesMax: 0 } }, /channels\.big/);
  refuse({ chat: { mode: 'unreliable', lane: 'fast' } }, /channels\.chat: lane .* not fast/);
  refuse({ chat: { mode: 'unreliable', redundancy: true } }, /channels\.chat: redundancy/);
  refuse({ chat: { mode: 'reliable-ordered', redundancy: 1 } }, /channels\.chat: redundancy/);
  for (const weight of [0, 1.5, 101, Number.NaN, '2']) {
    refuse({ chat: { mode: 'unreliable', weight } }, /channels\.chat: weight/);
  }
});
