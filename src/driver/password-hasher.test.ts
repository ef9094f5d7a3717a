// Argon2id through the real libraries, at its smallest cost.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Argon2, nodeArgon2, sodiumArgon2 } from './argon2.ts';
import { createPasswordHasher } from './password-hasher.ts';
import { loadSodium } from './sodium.ts';

const small = { passes: 1, memoryBytes: 8192 };

function passwordContract(library: string, argon2: Argon2): void {
  const run = (what: string, body: () => Promise<void>) => test(`${library}: ${what}`, body);
  const hasher = createPasswordHasher({ atOnce: 2, queuedMax: 64, ...small, argon2 });

  run('a password verifies against its own hash and no other does', async () => {
    const phc = await hasher.hash('correct horse');
    assert.match(phc, /^\$argon2id\$v=19\$m=8,t=1,p=1\$/);
    assert.equal(await hasher.verify(phc, 'correct horse'), true);
    for (const other of ['correct horsf', 'correct horse ', 'Correct horse', '', '\0']) {
      assert.equal(await hasher.verify(phc, other), false, JSON.stringify(other));
    }
  });

  run('two hashes of one password differ, and both verify', async () => {
    const [a, b] = await Promise.all([hasher.hash('päss wörd'), hasher.hash('päss wörd')]);
    assert.notEqual(a, b);
    assert.deepEqual(
      [await hasher.verify(a, 'päss wörd'), await hasher.verify(b, 'päss wörd')],
      [true, true],
    );
  });

  run('the parameters that are used by default are the stated ones', async () => {
    const strong = createPasswordHasher({ atOnce: 1, queuedMax: 0, argon2 });
    const phc = await strong.hash('x');
    assert.match(phc, /^\$argon2id\$v=19\$m=65536,t=2,p=1\$/);
    assert.equal(strong.needsRehash(phc), false);
  });

  run('a hash with lower parameters, or none, is to be made again', async () => {
    const stronger = createPasswordHasher({ atOnce: 1, queuedMax: 0, ...small, passes: 2, argon2 });
    const phc = await hasher.hash('x');
    assert.equal(hasher.needsRehash(phc), false);
    assert.equal(stronger.needsRehash(phc), true);
    assert.equal(hasher.needsRehash('plain text'), true);
  });

  run('what is no hash verifies nothing and throws nothing', async () => {
    const phc = await hasher.hash('x');
    const bad = ['', 'x', '$argon2id$', `${phc}x`.repeat(3), phc.slice(0, -4), '$argon2i$v=19$m=8'];
    for (const text of bad) assert.equal(await hasher.verify(text, 'x'), false, text);
  });

  run('a cost that cannot be, or is beyond reason, verifies nothing', async () => {
    const phc = await hasher.hash('x');
    for (const cost of ['m=7,t=1', 'm=8,t=0', 'm=99999999,t=1', 'm=8,t=999']) {
      assert.equal(await hasher.verify(phc.replace('m=8,t=1', cost), 'x'), false, cost);
    }
  });
}

const { sodium: library, problem } = loadSodium();
const sodium = library && sodiumArgon2(library);
const node = nodeArgon2();

if (sodium === undefined) test('libsodium', { skip: `it does not load: ${problem}` }, () => {});
else passwordContract('libsodium', sodium);

if (node === undefined) test('node:crypto', { skip: 'this Node has no Argon2' }, () => {});
else passwordContract('node:crypto', node);

if (sodium !== undefined && node !== undefined) {
  test('what one library wrote the other verifies', async () => {
    const cost = { passes: 1, memoryBytes: 8192 };
    const password = new TextEncoder().encode('correct horse');
    for (const [one, other] of [
      [sodium, node],
      [node, sodium],
    ] as const) {
      const phc = await one.hash(password, cost);
      assert.equal(await other.verify(phc, password), true);
      assert.equal(await other.verify(phc, password.subarray(1)), false);
    }
  });
}

test('beyond those that run and those that wait, the next is turned away', async () => {
  const narrow = createPasswordHasher({ atOnce: 1, queuedMax: 2, ...small });
  const taken = [narrow.hash('a'), narrow.hash('b'), narrow.hash('c')];
  await assert.rejects(narrow.hash('d'), { name: 'QueueFull' });
  for (const phc of await Promise.all(taken)) assert.match(phc, /^\$argon2id\$/);
  assert.match(await narrow.hash('e'), /^\$argon2id\$/);
});
