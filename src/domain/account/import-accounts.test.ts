// Accounts out of a file, as a ledger: the lines, and what became of them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../base/prng.ts';
import { openSqliteStore } from '../../store/open.ts';
import { FakePasswords, type TestPlatform, testPlatform } from '../test-platform.fixture.ts';
import { importAccounts } from './import-accounts.ts';

const seeded = seededRandom('import accounts', 1);
const random = { bytes: (length: number) => Uint8Array.from({ length }, () => seeded.below(256)) };

async function* each(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines;
}

async function imported(world: TestPlatform, ...lines: readonly string[]) {
  const problems: string[] = [];
  const summary = await importAccounts(each(lines), {
    store: world.store.accounts,
    passwords: world.passwords,
    clock: world.time,
    random,
    atOnce: 3,
    onProblem: ({ lineNumber, text }) => problems.push(`${lineNumber} ${text}`),
  });
  return { summary, problems };
}

const withPlatform = (behaviour: string, run: (world: TestPlatform) => Promise<void>) =>
  test(behaviour, async () => {
    const world = await testPlatform();
    try {
      await run(world);
    } finally {
      await world.close();
    }
  });

withPlatform('imported accounts log in, with passwords however short', async (world) => {
  const { summary, problems } = await imported(
    world,
    'hans falcon*solo',
    'yoda\t  wise@!\r',
    '',
    'vader x',
  );
  assert.deepEqual(problems, []);
  assert.deepEqual(summary, { lines: 4, imported: 3, malformed: 0, duplicates: 0, existing: 0 });
  for (const [name, password] of [
    ['Hans', 'falcon*solo'],
    ['yoda', 'wise@!'],
    ['vader', 'x'],
  ]) {
    await world.anyone('account.login', { name, password });
  }
});

withPlatform('what is no account is named with its line, and the rest goes in', async (world) => {
  const { summary, problems } = await imported(
    world,
    '\ufeffhans falcon*solo',
    'nopassword',
    'HANS other',
    'Ben Kenobi secret',
    '?! secret',
    'admin secret',
    `luke ${'x'.repeat(129)}`,
    'lei\ufffd secret',
    'r2d2 beep',
  );
  assert.deepEqual(problems, [
    '2 has no password',
    '3 HANS stands in line 1 already; that one counts',
    '4 has more than a name and a password with a space between',
    '5 has no fitting name: 2 to 24 letters, digits, _ . or - between them',
    '6 has a reserved name, admin',
    '7 has a password of more than 128 characters',
    '8 is not UTF-8',
  ]);
  assert.deepEqual(summary, { lines: 9, imported: 2, malformed: 6, duplicates: 1, existing: 0 });
  assert.ok(!problems.join().includes('secret'));
});

withPlatform('a second run imports nothing twice and changes no password', async (world) => {
  await imported(world, 'hans one', 'yoda two');
  const hashed = world.passwords.hashed;
  const { summary, problems } = await imported(world, 'hans other', 'yoda two', 'luke three');
  assert.deepEqual(summary, { lines: 3, imported: 1, malformed: 0, duplicates: 0, existing: 2 });
  assert.equal(problems[0], '1 hans has an account already; it is left as it is');
  assert.equal(world.passwords.hashed, hashed + 1);
  await world.anyone('account.login', { name: 'hans', password: 'one' });
});

withPlatform('a guest gives the name up, as when somebody registers it', async (world) => {
  const gus = await world.anyone('account.guest', { name: 'gus', exact: true });
  const { summary } = await imported(world, 'gus secret');
  assert.equal(summary.imported, 1);
  await world.anyone('account.login', { name: 'gus', password: 'secret' });
  assert.match((await world.store.accounts.byId(gus.player.id))?.name ?? '', /^gus#\d+$/);
});

test('a failure ends the import, and no more are hashed at once than was said', async (t) => {
  const store = await openSqliteStore({ file: ':memory:' });
  t.after(() => store.close());
  const passwords = new FakePasswords();
  let [running, most] = [0, 0];
  const counting = {
    hash: async (password: string) => {
      most = Math.max(most, ++running);
      await new Promise(setImmediate);
      running--;
      if (password === 'bad') throw new Error('no memory');
      return passwords.hash(password);
    },
    verify: passwords.verify.bind(passwords),
    needsRehash: passwords.needsRehash.bind(passwords),
  };
  const lines = Array.from({ length: 40 }, (_, at) => `user${at} ${at === 30 ? 'bad' : 'good'}`);
  const work = importAccounts(each(lines), {
    store: store.accounts,
    passwords: counting,
    clock: { now: () => 0 },
    random,
    atOnce: 4,
    onProblem: () => {},
  });
  await assert.rejects(work, /no memory/);
  assert.ok(most <= 4);
  assert.ok(passwords.hashed >= 25);
});
