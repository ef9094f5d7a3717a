// The rules and the screen of a game, found by the game's name as `serve` finds them.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { findGame } from './game-files.ts';
import { UsageError } from './usage.ts';

const rules = (name: string): string => `
  import { defineGame, t } from 'paperclip/game';
  export const ${name} = defineGame({
    name: '${name}', title: '${name}', players: { min: 2, max: 2 }, input: t.Object({}),
    setup: () => ({}), step: (state) => state, view: () => ({}), outcome: () => undefined,
  });`;
const screen = `export default {
  prompt: 'a key', render: () => 'a screen of its own', choices: () => [], parse: () => undefined,
};`;

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'paperclip-games-'));
  mkdirSync(join(folder, 'duel'));
  writeFileSync(join(folder, 'duel/rules.ts'), rules('duel'));
  writeFileSync(join(folder, 'duel/terminal.ts'), screen);
  writeFileSync(join(folder, 'race.ts'), rules('race'));
  writeFileSync(join(folder, 'my-first-game.ts'), rules('chess'));
});
after(() => rmSync(folder, { recursive: true }));

const own = (text: string): boolean => text === 'a screen of its own';
const shown = async (name: string, path: string): Promise<string> => {
  const found = await findGame(name, [path]);
  assert.equal(found.game.name, name);
  return found.screen.render({}, { seat: 0, names: ['a', 'b'], width: 80, color: false });
};

test('in its folder with its screen, by the path of either', async () => {
  assert(own(await shown('duel', folder)));
  assert(own(await shown('duel', join(folder, 'duel'))));
});

test('in a file, of whatever name, by the path of the folder or of the file', async () => {
  assert(!own(await shown('race', folder)));
  assert(!own(await shown('race', join(folder, 'race.ts'))));
  assert(!own(await shown('chess', folder)));
});

test('among those that come with Paperclip, too', async () => {
  assert.equal((await findGame('rps', [])).game.title, 'Rock, paper, scissors');
  assert.equal((await findGame('rps', [folder])).game.title, 'Rock, paper, scissors');
});

test('what is nowhere, and a folder that is not there, are said in a sentence', async () => {
  const said = (text: RegExp) => (error: unknown) =>
    error instanceof UsageError && text.test(error.message);
  await assert.rejects(findGame('go', [folder]), said(/no game go \(looked in .*with --games/));
  await assert.rejects(findGame('../rps', [folder]), said(/no game \.\.\/rps/));
  await assert.rejects(findGame('go', [join(folder, 'no')]), said(/There is no folder of games/));
});
