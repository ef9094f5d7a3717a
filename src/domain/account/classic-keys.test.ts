// Keys and certificates of the classic wire, with keys that are words and certificates that say
// whose word signed them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utf8, utf8Text } from '../../base/bytes.ts';
import { contractLimits as limits } from '../../contract/limits.ts';
import { refused } from '../rejects.fixture.ts';
import { type TestPlatform, type TestPlayer, testPlatform } from '../test-platform.fixture.ts';
import type { ClassicAccounts } from './classic-keys.ts';
import {
  type Claims,
  claimsCertificate,
  type WordKeys,
  wordKeys,
} from './classic-words.fixture.ts';

const dayMs = 24 * 3600 * 1000;
const address = '192.0.2.9';
const wire = { wire: 'classic', address };

interface World extends TestPlatform {
  readonly classic: ClassicAccounts;
  readonly keys: WordKeys;
  /** From now on for a day, if not said otherwise. */
  certificate(claims: Partial<Claims>): Uint8Array;
  numberOf(player: TestPlayer): Promise<number>;
}

const withWorld = (behaviour: string, run: (world: World) => Promise<void>) =>
  test(behaviour, async () => {
    const keys = wordKeys();
    const world = await testPlatform({
      deps: { classic: keys, adminNameKeys: new Set(['root2']) },
    });
    const { classic } = world.platform;
    assert.ok(classic !== undefined);
    const now = () => world.time.now();
    try {
      await run({
        ...world,
        classic,
        keys,
        certificate: (claims) =>
          claimsCertificate({
            signedWith: 'public 1 of correct horse',
            fromMs: now(),
            toMs: now() + dayMs,
            ...claims,
          }),
        numberOf: async (player) => {
          const { numbers } = await player.call('player.numbers', { players: [player.player.id] });
          return numbers[0]!.number;
        },
      });
    } finally {
      await world.close();
    }
  });

const originOf = ({ session: { accessToken } }: TestPlayer) => ({ ...wire, accessToken });

withWorld('an account has one key, made with the password it was first shown', async (world) => {
  const { classic, keys } = world;
  const ada = await world.register('Ada');
  assert.equal(await classic.encryptedKey(originOf(ada)), undefined);
  const both = [classic.keepKey(originOf(ada), 'ｐw'), classic.keepKey(originOf(ada), 'other')];
  await Promise.all(both);
  await classic.keepKey(originOf(ada), 'later');
  assert.equal(keys.made, 1);
  assert.equal(utf8Text((await classic.encryptedKey(originOf(ada)))!), 'private 1 of ｐw');
});

withWorld('who has no account has no key, and a full queue is BUSY', async (world) => {
  const { classic, keys } = world;
  const [ada, guest] = [await world.register('Ada'), await world.guest('gus')];
  await refused(classic.keepKey(wire, 'pw'), 'UNAUTHENTICATED');
  await refused(classic.encryptedKey({ ...wire, accessToken: 'x' }), 'UNAUTHENTICATED');
  await refused(classic.keepKey(originOf(guest), 'pw'), 'FORBIDDEN');
  keys.isFull = true;
  await refused(classic.keepKey(originOf(ada), 'pw'), 'BUSY');
  keys.isFull = false;
  await classic.keepKey(originOf(ada), 'pw');
  assert.equal(keys.made, 1);
});

withWorld(
  'a certificate that the account’s key signed is that account, and signs in',
  async (w) => {
    const ada = await w.register('Ada');
    await w.classic.keepKey(originOf(ada), 'correct horse');
    const account = await w.numberOf(ada);
    const certificate = w.certificate({ account });
    assert.deepEqual(await w.classic.check(certificate, wire), {
      accountNumber: account,
      isValid: true,
    });
    const session = await w.classic.signIn(certificate, wire);
    assert.equal(session.player.name, 'Ada');
    const { accessToken } = session;
    const { sessions } = await w.platform.dispatcher.call(
      { ...wire, accessToken },
      'session.list',
      {},
    );
    assert.equal(sessions.find(({ current }) => current)?.wire, 'classic');
    await w.platform.settled();
    const { logins } = await ada.call('account.logins');
    assert.deepEqual(logins.map(({ wire: over, outcome }) => `${over} ${outcome}`).sort(), [
      'classic ok',
      'test registered',
    ]);
  },
);

withWorld('a second sign-in ends the first, and no session of another wire', async (world) => {
  const ada = await world.register('Ada');
  await world.classic.keepKey(originOf(ada), 'correct horse');
  const certificate = world.certificate({ account: await world.numberOf(ada) });
  const mine = ada.connect();
  const calls = Array.from({ length: 40 }, () => world.classic.signIn(certificate, wire));
  // More at once than may wait are refused, and nothing is lost by that.
  const taken = (await Promise.allSettled(calls)).filter(({ status }) => status === 'fulfilled');
  assert.ok(taken.length >= 1 && taken.length < calls.length);
  for (let i = 0; i < limits.sessionsPerPlayerMax; i++) {
    await world.classic.signIn(certificate, wire);
  }
  const { sessions } = await ada.call('session.list');
  assert.deepEqual(sessions.map((session) => session.wire).sort(), ['classic', 'test']);
  const ended = mine.events.filter(({ event }) => event === 'session.ended');
  assert.deepEqual(ended, []);
});

withWorld('one that another key signed, or that names nobody, is worth nothing', async (world) => {
  const [ada, bob] = [await world.register('Ada'), await world.register('Bob', 'battery staple')];
  await world.classic.keepKey(originOf(ada), 'correct horse');
  const [a, b] = [await world.numberOf(ada), await world.numberOf(bob)];
  const bad: readonly Uint8Array[] = [
    // Bob has no key yet.
    world.certificate({ account: b }),
    world.certificate({ account: a, signedWith: 'public 2 of battery staple' }),
    world.certificate({ account: a, signedWith: 'server' }),
    world.certificate({ account: 4711 }),
    world.certificate({}),
    utf8('junk'),
    new Uint8Array(0),
  ];
  for (const certificate of bad) {
    assert.equal((await world.classic.check(certificate, wire)).isValid, false);
    await refused(world.classic.signIn(certificate, wire), 'UNAUTHENTICATED');
  }
  await world.classic.keepKey(originOf(bob), 'battery staple');
  const bobs = world.certificate({ account: b, signedWith: 'public 2 of battery staple' });
  assert.equal((await world.classic.signIn(bobs, wire)).player.name, 'Bob');
});

withWorld('a server’s certificate is valid and signs nobody in', async (world) => {
  const certificate = world.certificate({ signedWith: 'server' });
  assert.deepEqual(await world.classic.check(certificate, wire), {
    accountNumber: undefined,
    isValid: true,
  });
  await refused(world.classic.signIn(certificate, wire), 'UNAUTHENTICATED');
});

withWorld('a certificate is good in its time alone, and that is about a day', async (world) => {
  const ada = await world.register('Ada');
  await world.classic.keepKey(originOf(ada), 'correct horse');
  const account = await world.numberOf(ada);
  const now = world.time.now();
  const isGood = async (fromMs: number, toMs: number) =>
    (await world.classic.check(world.certificate({ account, fromMs, toMs }), wire)).isValid;
  assert.equal(await isGood(now - dayMs, now), true);
  assert.equal(await isGood(now - dayMs - 1, now - 1), false);
  assert.equal(await isGood(now + 60_000, now + dayMs), true);
  assert.equal(await isGood(now + 60_001, now + dayMs), false);
  assert.equal(await isGood(now, now + dayMs + 60_000), true);
  assert.equal(await isGood(now, now + dayMs + 60_001), false);
});

withWorld(
  'a banned account’s certificate is not valid, and says why at the door',
  async (world) => {
    const [ada, root] = [await world.register('Ada'), await world.register('Root2')];
    await world.classic.keepKey(originOf(ada), 'correct horse');
    const certificate = world.certificate({ account: await world.numberOf(ada) });
    await root.call('admin.sanction', { player: 'Ada', kind: 'ban', reason: 'castle' });
    assert.equal((await world.classic.check(certificate, wire)).isValid, false);
    await refused(world.classic.signIn(certificate, wire), 'BANNED');
    await root.call('admin.pardon', { player: 'Ada', kind: 'ban' });
    assert.equal((await world.classic.check(certificate, wire)).isValid, true);
  },
);

withWorld('one address has so many certificates checked, and others go on', async (world) => {
  for (let i = 0; i < limits.classicCertificatesOfAddressMax; i++) {
    await world.classic.check(utf8('junk'), wire);
  }
  await refused(world.classic.check(utf8('junk'), wire), 'RATE_LIMITED');
  await refused(world.classic.signIn(utf8('junk'), wire), 'RATE_LIMITED');
  const elsewhere = { wire: 'classic', address: '192.0.2.10' };
  assert.equal((await world.classic.check(utf8('junk'), elsewhere)).isValid, false);
  await world.advance(limits.classicCertificatesWindowS * 1000);
  assert.equal((await world.classic.check(utf8('junk'), wire)).isValid, false);
});
