// The SQLite store in memory and in a file, against the suite of all stores; and what opening a
// file can meet.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import type { Store } from '../domain/store.ts';
import { endedMatchStoreSuite } from './ended-match.suite.ts';
import { externalStoreSuite } from './external.suite.ts';
import { openSqliteStore } from './open.ts';
import { peopleStoreSuite } from './people.suite.ts';
import { lobbyOf, playerNamed, type StoreUnderTest, sessionOf, storeSuite } from './store.suite.ts';
import type { StoreErrorCode } from './store-error.ts';

async function inMemory(): Promise<StoreUnderTest> {
  const store = await openSqliteStore({ file: ':memory:' });
  return { store, close: () => store.close() };
}

async function inFile(): Promise<StoreUnderTest> {
  const folder = mkdtempSync(join(tmpdir(), 'paperclip-store-'));
  const file = join(folder, 'test.db');
  let store: Store = await openSqliteStore({ file });
  return {
    store,
    reopen: async () => {
      await store.close();
      store = await openSqliteStore({ file });
      return store;
    },
    close: async () => {
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
}

storeSuite('memory', false, inMemory);
storeSuite('file', true, inFile);
peopleStoreSuite('memory', inMemory);
endedMatchStoreSuite('memory', inMemory);
peopleStoreSuite('file', inFile);
externalStoreSuite('memory', inMemory);
externalStoreSuite('file', inFile);

const withFolder = (behaviour: string, run: (file: string) => Promise<void>) =>
  test(behaviour, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'paperclip-store-'));
    try {
      await run(join(folder, 'test.db'));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

const refusedWith = (code: StoreErrorCode, words: RegExp) => (error: unknown) => {
  const { name, code: had, message } = error as { name: string; code: string; message: string };
  assert.deepEqual([name, had], ['StoreError', code], message);
  assert.match(message, words);
  return true;
};

withFolder('a file that is no database is refused and left as it is', async (file) => {
  const text = 'dear diary, '.repeat(1000);
  writeFileSync(file, text);
  await assert.rejects(
    openSqliteStore({ file }),
    refusedWith('not-a-database', /is not a SQLite database. Choose another file/),
  );
  assert.equal(readFileSync(file, 'utf8'), text);
});

withFolder('a damaged database is refused', async (file) => {
  const store = await openSqliteStore({ file });
  for (let i = 0; i < 200; i++) {
    await store.accounts.add(playerNamed(`p${i}`), sessionOf(playerNamed(`p${i}`)));
  }
  await store.close();
  const bytes = readFileSync(file);
  bytes.fill(0xa5, 8192, bytes.length - 4096);
  writeFileSync(file, bytes);
  await assert.rejects(openSqliteStore({ file }), refusedWith('corrupt', /backup/));
});

withFolder('a folder that is not there is named', async (file) => {
  await assert.rejects(
    openSqliteStore({ file: join(file, 'nowhere', 'test.db') }),
    refusedWith('cannot-open', /Check that its folder exists/),
  );
});

withFolder('one server has a file to itself, and leaves it when it ends', async (file) => {
  const store = await openSqliteStore({ file });
  const second = openSqliteStore({ file, lockTimeoutMs: 10 });
  await assert.rejects(second, refusedWith('locked', /in use by another process/));
  const other = `
    const Database = require('better-sqlite3');
    try { new Database(process.argv[1], { timeout: 10 }).prepare('select * from players').all(); }
    catch (error) { console.log(error.code); }`;
  const { stdout } = spawnSync(process.execPath, ['-e', other, file], { encoding: 'utf8' });
  assert.equal(stdout, 'SQLITE_BUSY\n');
  await store.close();
  await (await openSqliteStore({ file })).close();
});

/** What the migrations after the second one made. */
const madeLater = {
  tables: [
    'classic_keys',
    'player_numbers',
    'logins',
    'sanctions',
    'friendships',
    'blocks',
    'visits',
    'messages',
    'inboxes',
    'conversations',
    'device_keys',
    'counters',
  ],
  columns: {
    lobbies: ['starts_at_ms', 'players_min', 'party'],
    sessions: ['wire', 'address'],
    players: ['digest_hash'],
  },
};

withFolder('a file from before timed lobbies and friends comes along', async (file) => {
  const store = await openSqliteStore({ file });
  await store.lobbies.save(lobbyOf('l1', 'Ada', 'Bob'));
  await store.close();
  const db = new Database(file);
  for (const table of madeLater.tables) db.exec(`drop table ${table}`);
  for (const [table, columns] of Object.entries(madeLater.columns)) {
    for (const column of columns) db.exec(`alter table ${table} drop column ${column}`);
  }
  db.exec(`delete from kysely_migration where name >= '0003'`);
  db.close();
  const again = await openSqliteStore({ file });
  assert.deepEqual(await again.lobbies.all(), [lobbyOf('l1', 'Ada', 'Bob')]);
  assert.deepEqual(await again.friends.ofPlayer('id-Ada'), []);
  await again.close();
});

withFolder('a file of a newer version is refused and left as it is', async (file) => {
  await (await openSqliteStore({ file })).close();
  const db = new Database(file);
  db.exec(`insert into kysely_migration values ('9999-later', '2030-01-01')`);
  db.close();
  await assert.rejects(
    openSqliteStore({ file }),
    refusedWith('newer-version', /written by a newer version of Paperclip \(9999-later\)/),
  );
});

withFolder(
  'a full disk refuses the write, keeps what is there, and goes on after',
  async (file) => {
    const store = await openSqliteStore({ file, pagesMax: 120 });
    const added: string[] = [];
    let refusal: unknown;
    for (let i = 0; refusal === undefined && i < 10_000; i++) {
      const player = playerNamed(`player with a long name ${i}`);
      await store.accounts.add(player, sessionOf(player)).then(
        () => added.push(player.id),
        (error: unknown) => {
          refusal = error;
        },
      );
    }
    assert.ok(refusedWith('disk-full', /disk is full/)(refusal));
    const group = Array.from({ length: 50 }, (_, i) => playerNamed(`p${i}`.padEnd(2000, 'x')));
    const outcomes = await Promise.allSettled(
      group.map((player) => store.accounts.add(player, sessionOf(player))),
    );
    for (const [i, { status }] of outcomes.entries()) {
      const isThere = (await store.accounts.byId(group[i]!.id)) !== undefined;
      assert.equal(isThere, status === 'fulfilled');
    }
    assert.ok(outcomes.some(({ status }) => status === 'rejected'));
    await store.close();
    const again = await openSqliteStore({ file });
    for (const id of added) assert.notEqual(await again.accounts.byId(id), undefined);
    await again.close();
  },
);
