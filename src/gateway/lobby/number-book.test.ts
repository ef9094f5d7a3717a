import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contractLimits } from '../../contract/limits.ts';
import { type AskNumbers, NumberBook } from './number-book.ts';

/** `p7` has the number 7; what was asked for is in the list. */
function asking() {
  const asked: (readonly string[])[] = [];
  const ask: AskNumbers = async (_command, { players }) => {
    asked.push(players);
    const known = players.filter((id) => id.startsWith('p'));
    return { numbers: known.map((playerId) => ({ playerId, number: Number(playerId.slice(1)) })) };
  };
  return { asked, ask };
}

test('a number is asked for once, and nobody has none', async () => {
  const { asked, ask } = asking();
  const book = new NumberBook(10);
  assert.deepEqual(
    [...(await book.of(['p1', 'nobody', 'p2', 'p1'], ask))],
    [
      ['p1', 1],
      ['p2', 2],
    ],
  );
  assert.deepEqual(
    [...(await book.of(['p2', 'p3'], ask))],
    [
      ['p2', 2],
      ['p3', 3],
    ],
  );
  assert.deepEqual(asked, [['p1', 'nobody', 'p2'], ['p3']]);
});

test('many are asked for in as many commands as it takes, and are all answered', async () => {
  const { asked, ask } = asking();
  const atOnce = contractLimits.playerNumbersAtOnceMax;
  const ids = Array.from({ length: 2 * atOnce + 1 }, (_, i) => `p${i + 1}`);
  // More than it remembers.
  const found = await new NumberBook(atOnce).of(ids, ask);
  assert.equal(found.size, ids.length);
  assert.deepEqual(
    asked.map(({ length }) => length),
    [atOnce, atOnce, 1],
  );
});

test('past its bound the oldest is asked for again', async () => {
  const { asked, ask } = asking();
  const book = new NumberBook(2);
  for (const id of ['p1', 'p2', 'p3']) await book.of([id], ask);
  asked.length = 0;
  await book.of(['p3', 'p2', 'p1'], ask);
  assert.deepEqual(asked, [['p1']]);
});

test('a refusal is whose who asks, and what came before it stays known', async () => {
  const { asked, ask } = asking();
  const book = new NumberBook(10);
  await book.of(['p1'], ask);
  const refuse: AskNumbers = async () => {
    throw new Error('refused');
  };
  await assert.rejects(book.of(['p1', 'p2'], refuse), /refused/);
  assert.equal((await book.of(['p1'], refuse)).get('p1'), 1);
  assert.equal(asked.length, 1);
});
