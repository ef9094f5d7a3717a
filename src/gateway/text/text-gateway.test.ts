// Every section of the text protocol, line by line, over streams in memory and over real sockets.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { carriers } from './counted-streams.fixture.ts';
import { textCodes } from './text-codes.ts';
import { TextWorld } from './text-world.fixture.ts';
import { transcripts } from './transcripts.fixture.ts';

for (const [name, makeCarrier] of Object.entries(carriers)) {
  describe(`the text protocol over ${name}`, () => {
    for (const { title, text, options } of transcripts) {
      test(title, async () => {
        await using world = await TextWorld.open(makeCarrier, options);
        await world.run(text);
      });
    }
  });
}

test('the transcripts provoke every code of the protocol, and no other', () => {
  const all = transcripts.map(({ text }) => text).join('\n');
  const provoked = [...all.matchAll(/ S< \w+ \{[^\n]*?"(?:code|reason)":(\d+)/g)];
  const numbers = new Set(provoked.map(([, number]) => Number(number)));
  assert.deepEqual(
    [...numbers].toSorted((a, b) => a - b),
    Object.values(textCodes).toSorted((a, b) => a - b),
  );
});
