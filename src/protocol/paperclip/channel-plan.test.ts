import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSodiumCrypto } from '../../driver/crypto-sodium.ts';
import type { ChannelPlan } from '../link.ts';
import { channelPlanHash, planChannels } from './channel-plan.ts';

const crypto = createSodiumCrypto();

test('wire ids follow the sorted names, whatever order they were written in', () => {
  const plan: ChannelPlan = { state: 'unreliable-sequenced', moves: 'reliable-ordered' };
  assert.deepEqual(planChannels(plan), [
    { name: 'moves', mode: 'reliable-ordered', messageBytesMax: 262_144, compress: false },
    { name: 'state', mode: 'unreliable-sequenced', messageBytesMax: 8_960, compress: false },
  ]);
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

test('a plan that cannot be throws with the name of the channel', () => {
  const refuse = (plan: object, message: RegExp) =>
    assert.throws(() => planChannels(plan as ChannelPlan), message);
  refuse({}, /at least one/);
  refuse(Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`c${i}`, 'unreliable'])), /65/);
  refuse({ moves: 'reliable' }, /channels\.moves: mode/);
  refuse({ '': 'unreliable' }, /channel name/);
  refuse({ big: { mode: 'unreliable', messageBytesMax: 8_961 } }, /channels\.big/);
  refuse({ big: { mode: 'reliable-ordered', messageBytesMax: 0 } }, /channels\.big/);
});
