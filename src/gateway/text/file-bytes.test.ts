import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { contractLimits } from '../../contract/limits.ts';
import {
  closed,
  FileWorld,
  fileOf,
  readAll,
  readThenBreak,
  sha256,
} from '../file-world.fixture.ts';
import { fileConnectionLimits } from './file-limits.ts';

const using = (run: (world: FileWorld) => Promise<void>) => async () => {
  const world = await FileWorld.start();
  try {
    await run(world);
  } finally {
    await world.close();
  }
};

const mib = 1024 * 1024;

describe('the bytes of a file over TCP', () => {
  test(
    'go from the sender to the receiver, whoever comes first',
    using(async (world) => {
      const file = fileOf(3 * mib);
      for (const first of ['S', 'R']) {
        const id = await world.transfer({ size: file.length, sha256: sha256(file) });
        const second = first === 'S' ? 'R' : 'S';
        const sockets = { [first]: world.connect(`${id}${first}`) };
        sockets[second] = world.connect(`${id}${second}`);
        sockets['S']!.end(file);
        assert.ok((await readAll(sockets['R']!)).equals(file));
        assert.deepEqual(world.done, { ok: true });
      }
    }),
  );

  test(
    'need no size: the file is what comes until the sender ends',
    using(async (world) => {
      const file = fileOf(100_000);
      const id = await world.transfer({ sha256: sha256(file) });
      const receiver = world.connect(`${id}R`);
      world.connect(`${id}S`).end(file);
      assert.ok((await readAll(receiver)).equals(file));
      assert.deepEqual(world.done, { ok: true });
    }),
  );

  test(
    'may look like the beginning of a question without being one',
    using(async (world) => {
      for (const text of ['@', '@?', '@?x', 'x@?\n']) {
        const id = await world.transfer({ size: text.length });
        const receiver = world.connect(`${id}R`);
        world.connect(`${id}S${text}`).end();
        assert.equal(String(await readAll(receiver)), text);
      }
    }),
  );

  test(
    'of which one was changed on the way never arrive whole',
    using(async (world) => {
      const file = fileOf(200_000);
      const id = await world.transfer({ size: file.length, sha256: sha256(file) });
      const receiver = world.connect(`${id}R`);
      const changed = Buffer.from(file);
      changed[100_000]! ^= 1;
      world.connect(`${id}S`).end(changed);
      assert.ok((await readAll(receiver)).length < file.length);
      assert.deepEqual(world.done, { ok: false, reason: 'checksum' });
    }),
  );

  test(
    'wait in bounded memory for a receiver who is slower than the sender',
    using(async (world) => {
      const file = fileOf(64 * mib);
      const id = await world.transfer({ size: file.length, sha256: sha256(file) });
      const { files } = world.platform.platform;
      const receiver = world.connect(`${id}R`);
      world.connect(`${id}S`).end(file);
      const hash = createHash('sha256');
      let most = 0;
      for await (const chunk of receiver) {
        hash.update(chunk);
        most = Math.max(most, files.heldBytes);
        await turns(4);
      }
      assert.equal(hash.digest('hex'), sha256(file));
      const { fileWindowBytes, fileAheadBytes } = contractLimits;
      assert.ok(most > fileWindowBytes, 'the receiver was too fast for this test');
      assert.ok(most <= fileWindowBytes + fileAheadBytes + mib, `${most} bytes held`);
    }),
  );
});

describe('a connection that breaks', () => {
  test(
    'is gone on with by the receiver at its offset',
    using(async (world) => {
      const file = fileOf(8 * mib);
      const id = await world.transfer({ size: file.length, sha256: sha256(file) });
      world.connect(`${id}S`).end(file);
      const first = await readThenBreak(world.connect(`${id}R`), mib);
      const second = await readThenBreak(world.connect(`${id}R@${first.length}\n`), mib);
      const had = first.length + second.length;
      const rest = await readAll(world.connect(`${id}R@${had}\n`));
      assert.ok(Buffer.concat([first, second, rest]).equals(file));
      assert.deepEqual(world.done, { ok: true });
    }),
  );

  test(
    'is gone on with by the sender where the server says',
    using(async (world) => {
      const file = fileOf(2 * mib);
      const id = await world.transfer({ size: file.length, sha256: sha256(file) });
      const received = readAll(world.connect(`${id}R`));
      // It ends in order and too early, as a program does that is killed.
      const first = world.connect(`${id}S`);
      first.end(file.subarray(0, 700_000));
      await closed(first);
      const sender = world.connect(`${id}S@?\n`);
      const [answer] = (await once(sender, 'data')) as [Buffer];
      assert.equal(String(answer), '@700000\n');
      sender.end(file.subarray(700_000));
      assert.ok((await received).equals(file));
      assert.deepEqual(world.done, { ok: true });
    }),
  );

  test(
    'is no reason to begin a file again, or to go on elsewhere',
    using(async (world) => {
      const file = fileOf(1_000);
      const id = await world.transfer({ size: 2_000 });
      const first = world.connect(`${id}S`);
      first.end(file);
      await closed(first);
      await closed(world.connect(`${id}Sfrom the beginning`));
      await closed(world.connect(`${id}R@1001\n`));
      await closed(world.connect(`${id}R@-1\n`));
      assert.equal(world.platform.platform.files.stat(id)?.taken, 1_000);
      assert.equal(world.done, undefined);
    }),
  );

  test(
    'without a word of where to go on means the beginning',
    using(async (world) => {
      const file = fileOf(1_000);
      const id = await world.transfer();
      world.connect(`${id}S`).write(file);
      await readThenBreak(world.connect(`${id}R`), 1_000);
      const again = world.connect(`${id}R`);
      const [bytes] = await Promise.all([
        once(again, 'data'),
        once(again, 'connect').then(async () => {
          await turns(20);
          world.timers.advance(fileConnectionLimits.offsetWithinMs);
        }),
      ]);
      assert.deepEqual(bytes, [file]);
    }),
  );
});

describe('a transfer that is cancelled', () => {
  test(
    'cuts both sides off',
    using(async (world) => {
      const file = fileOf(100_000);
      const { fileId } = await world.mario.call('file.offer', {
        to: world.luigi.player.id,
        name: 'a',
        size: 200_000,
      });
      const { transferId: id = '' } = await world.luigi.call('file.answer', {
        fileId,
        accept: true,
      });
      const receiver = world.connect(`${id}R`);
      const sender = world.connect(`${id}S`);
      sender.write(file);
      await once(receiver, 'data');
      await world.luigi.call('file.cancel', { fileId });
      await Promise.all([closed(receiver), closed(sender)]);
      assert.deepEqual(world.done, { ok: false, reason: 'cancelled' });
      assert.equal(world.platform.platform.files.heldBytes, 0);
    }),
  );
});

describe('a stranger on the files port', () => {
  for (const [what, hello] of [
    ['another protocol', 'GET / HTTP/1.1\r\n\r\n'],
    ['an id that is none', '00000000-0000-4000-8000-000000000000S'],
    ['nonsense', 'x'.repeat(100_000)],
    ['nothing but zeros', Buffer.alloc(100_000)],
  ] as const) {
    test(
      `is closed at once for ${what}`,
      using((world) => closed(world.connect(hello))),
    );
  }

  for (const [what, hello] of [
    ['nothing', ''],
    ['half an id', '00000000-0000-4000'],
  ] as const) {
    test(
      `is closed at the deadline for ${what}`,
      using(async (world) => {
        const socket = world.connect(hello);
        await once(socket, 'connect');
        await turns(20);
        assert.equal(world.timers.count, 1);
        world.timers.advance(fileConnectionLimits.helloWithinMs);
        await closed(socket);
        assert.equal(world.timers.count, 0);
      }),
    );
  }

  test(
    'who has an id and is silent ends with the transfer',
    using(async (world) => {
      const id = await world.transfer({ size: 10 });
      const socket = world.connect(`${id}S`);
      await once(socket, 'connect');
      while (world.timers.count > 0) await turns(1);
      await world.platform.advance(contractLimits.fileAbsenceS * 1000);
      await closed(socket);
      assert.deepEqual(world.done, { ok: false, reason: 'receiver-gone' });
    }),
  );
});

/** So many turns of the event loop: what is on its way over loopback arrives meanwhile. */
async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((done) => setImmediate(done));
}
