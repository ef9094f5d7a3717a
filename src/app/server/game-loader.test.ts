// Finding games in real folders.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { test } from 'node:test';
import { ConfigError } from './config-error.ts';
import { loadGames } from './game-loader.ts';

const gameModule = resolve(import.meta.dirname, '../../game/index.ts');
const game = (name: string, exported = 'game') => `
  import { defineGame, t } from ${JSON.stringify(gameModule)};
  export const ${exported} = defineGame({
    name: '${name}', title: '${name}', players: { min: 2, max: 2 }, input: t.Object({}),
    setup: () => ({}), step: (state) => state, view: () => ({}), outcome: () => undefined,
  });`;

type Files = Readonly<Record<string, string>>;

const withFiles = (files: Files, run: (folder: string) => Promise<void>) => async () => {
  const folder = mkdtempSync(join(tmpdir(), 'paperclip-games-'));
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    await run(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
};

const namesIn = async (...folders: readonly string[]) =>
  (await loadGames(folders)).map(({ name }) => name);

const refused = (folders: readonly string[], sentence: RegExp) =>
  assert.rejects(
    loadGames(folders),
    (error) => error instanceof ConfigError && sentence.test(error.message),
  );

test(
  'games are NAME/rules.ts and files that define one, in the order of their names',
  withFiles(
    {
      'zebra/rules.ts': game('zebra'),
      'zebra/terminal.ts': 'throw new Error("a screen is not loaded");',
      'ant.ts': game('ant'),
      'fox.js': game('fox'),
      'ant.test.ts': 'throw new Error("defineGame in a test is not loaded");',
      'server.ts': 'throw new Error("a program is not loaded");',
      'notes.md': 'defineGame',
      'empty/readme.md': '',
    },
    async (folder) => {
      assert.deepEqual(await namesIn(folder), ['ant', 'fox', 'zebra']);
      assert.deepEqual(await namesIn(join(folder, 'zebra')), ['zebra']);
      assert.deepEqual(await namesIn(join(folder, 'ant.ts'), join(folder, 'zebra')), [
        'ant',
        'zebra',
      ]);
    },
  ),
);

test('the games that come with the server load', async () => {
  const names = await namesIn(resolve(import.meta.dirname, '../../../games'));
  assert.deepEqual(names, ['guess', 'rps']);
});

test(
  'one game exported twice is one, two games of one name are refused with both files',
  withFiles(
    {
      'a/a.ts': `${game('ant')} export default game;`,
      'a/b.ts': "export { game } from './a.ts'; // defineGame",
      'b/other.ts': game('ant'),
    },
    async (folder) => {
      assert.deepEqual(await namesIn(join(folder, 'a')), ['ant']);
      await refused(
        [join(folder, 'a'), join(folder, 'b')],
        /Two games are called ant: one in .*a\.ts, one in .*other\.ts\. Rename one\./,
      );
    },
  ),
);

test(
  'what cannot be used is refused with its file and the reason',
  withFiles(
    {
      'none/readme.md': '',
      'broken/bad/rules.ts': 'export const x = ;',
      'throws/bad.ts': 'throw new Error("defineGame: no luck");',
      'silent/rules.ts': 'export const x = 1;',
      'faulty/rules.ts': game('Not A Name'),
      'missing/rules.ts': "import './not-there.ts';",
    },
    async (folder) => {
      await refused([join(folder, 'nowhere')], /There is no folder of games .*nowhere/);
      await refused([join(folder, 'none')], /There is no game in .*none.*NAME\/rules\.ts/);
      await refused([join(folder, 'broken')], /The game in .*rules\.ts cannot be loaded\. /);
      await refused(
        [join(folder, 'throws')],
        /bad\.ts cannot be loaded\. Error: defineGame: no luck/,
      );
      await refused([join(folder, 'silent')], /rules\.ts exports no game/);
      await refused([join(folder, 'faulty')], /cannot be loaded\. TypeError: .*name/);
      await refused([join(folder, 'missing')], /cannot be loaded\. .*not-there/);
    },
  ),
);

test(
  'paperclip/game is this program’s in a folder that lies in no project',
  withFiles(
    { 'duel.ts': game('duel').replace(JSON.stringify(gameModule), "'paperclip/game'") },
    async (folder) => assert.deepEqual(await namesIn(folder), ['duel']),
  ),
);
