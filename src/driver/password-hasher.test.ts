// Argon2id through the real library, at its smallest cost.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPasswordHasher } from './password-hasher.ts';

const small = { passes: 1, memoryBytes: 8192 };
const hasher = createPasswordHasher({ atOnce: 2, queuedMax: 64, ...small });

test('a password verifies against its own hash and no other does', async () => {
  const phc = await hasher.hash('correct horse');
  assert.match(phc, /^\$argon2id\$v=19\$m=8,t=1,p=1\$/);
  assert.equal(await hasher.verify(phc, 'correct horse'), true);
  for (const other of ['correct horsf', 'correct horse ', 'Correct horse', '', '\0']) {
    assert.equal(await hasher.verify(phc, other), false, JSON.stringify(other));
  }
});

test('two hashes of one password differ, and both verify', async () => {
  const [a, b] = await Promise.all([hasher.hash('päss wörd'), hasher.hash('päss wörd')]);
  assert.notEqual(a, b);
  assert.deepEqual(
    [await hasher.verify(a, 'päss wörd'), await hasher.verify(b, 'päss wörd')],
    [true, true],
  );
});

test('the parameters that are used by default are the stated ones', async () => {
  const strong = createPasswordHasher({ atOnce: 1, queuedMax: 0 });
  const phc = await strong.hash('x');
  assert.match(phc, /^\$argon2id\$v=19\$m=65536,t=2,p=1\$/);
  assert.equal(strong.needsRehash(phc), false);
});

test('a hash with lower parameters, or none, is to be made again', async () => {
  const stronger = createPasswordHasher({ atOnce: 1, queuedMax: 0, ...small, passes: 2 });
  const phc = await hasher.hash('x');
  assert.equal(hasher.needsRehash(phc), false);
  assert.equal(stronger.needsRehash(phc), true);
  assert.equal(hasher.needsRehash('plain text'), true);
});

test('what is no hash verifies nothing and throws nothing', async () => {
  const phc = await hasher.hash('x');
  const bad = ['', 'x', '$argon2id$', `${phc}x`.repeat(3), phc.slice(0, -4), '$argon2i$v=19$m=8'];
  for (const text of bad) assert.equal(await hasher.verify(text, 'x'), false, text);
});

test('beyond those that run and those that wait, the next is turned away', async () => {
  const narrow = createPasswordHasher({ atOnce: 1, queuedMax: 2, ...small });
  const taken = [narrow.hash('a'), narrow.hash('b'), narrow.hash('c')];
  await assert.rejects(narrow.hash('d'), { name: 'QueueFull' });
  for (const phc of await Promise.all(taken)) assert.match(phc, /^\$argon2id\$/);
  assert.match(await narrow.hash('e'), /^\$argon2id\$/);
});
