import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import type { CommandArgs } from '../../contract/commands.ts';
import { contractLimits } from '../../contract/limits.ts';
import { refused } from '../rejects.fixture.ts';
import {
  type TestPlatform,
  type TestPlatformOptions,
  type TestPlayer,
  testPlatform,
} from '../test-platform.fixture.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

interface World {
  readonly platform: TestPlatform;
  readonly mario: TestPlayer;
  readonly luigi: TestPlayer;
  /** What a player hears of files, without the ids of these. */
  readonly heard: (player: TestPlayer) => object[];
  readonly offer: (change?: Partial<CommandArgs<'file.offer'>>) => Promise<string>;
}

const using = (run: (world: World) => Promise<void>, options?: TestPlatformOptions) => async () => {
  const platform = await testPlatform(options);
  const mario = await platform.register('mario');
  const luigi = await platform.register('luigi');
  const events = new Map([mario, luigi].map((one) => [one, one.connect().events]));
  try {
    await run({
      platform,
      mario,
      luigi,
      heard: (player) =>
        (events.get(player)?.splice(0) ?? []).flatMap(({ event, data }) => {
          if (!event.startsWith('file.')) return [];
          const {
            fileId: _,
            transferId: __,
            from: ___,
            by: ____,
            ...rest
          } = {
            fileId: 0,
            transferId: 0,
            from: 0,
            by: 0,
            ...data,
          };
          return [{ event, ...rest }];
        }),
      offer: async (change = {}) =>
        (await mario.call('file.offer', { to: 'luigi', name: 'a.txt', ...change })).fileId,
    });
  } finally {
    await platform.close();
  }
};

/** Sends and receives it all. */
function carry(platform: TestPlatform, transferId: string, text: string): string {
  const { files } = platform.platform;
  let got = '';
  files.openSink(transferId, 0, {
    write: (bytes) => {
      got += Buffer.from(bytes).toString();
    },
    bufferedBytes: 0,
    closed() {},
  });
  const source = files.openSource(transferId, 0, { resume() {}, closed() {} });
  if (typeof source === 'string') throw new Error(source);
  source.push(Buffer.from(text));
  source.finish();
  return got;
}

describe('a file', () => {
  test(
    'is offered, accepted and carried, and both hear of it',
    using(async ({ platform, mario, luigi, heard, offer }) => {
      const text = 'hello';
      const fileId = await offer({
        name: '../.a.txt',
        size: 5,
        sha256: sha256(text).toUpperCase(),
      });
      assert.deepEqual(heard(luigi), [
        { event: 'file.offered', name: 'a.txt', size: 5, sha256: sha256(text) },
      ]);
      const { transferId = '' } = await luigi.call('file.answer', { fileId, accept: true });
      assert.match(transferId, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-/);
      assert.deepEqual(heard(mario), [{ event: 'file.answered', accepted: true }]);
      const [row] = (await mario.call('file.list')).files;
      assert.deepEqual([row?.state, row?.bytesDone, row?.transferId], ['accepted', 0, transferId]);
      assert.equal(carry(platform, transferId, text), text);
      for (const one of [mario, luigi]) {
        assert.deepEqual(heard(one), [{ event: 'file.done', ok: true }]);
        assert.deepEqual((await one.call('file.list')).files, []);
      }
    }),
  );

  test(
    'can be refused, and then is no more',
    using(async ({ mario, luigi, heard, offer }) => {
      const fileId = await offer();
      assert.deepEqual(await luigi.call('file.answer', { fileId, accept: false }), {});
      assert.deepEqual(heard(mario), [{ event: 'file.answered', accepted: false }]);
      await refused(luigi.call('file.answer', { fileId, accept: true }), 'FILE_NOT_FOUND');
    }),
  );

  test(
    'is offered to somebody else who is here, may be written to, and it is not too large',
    using(
      async ({ platform, mario, luigi, offer }) => {
        await refused(offer({ to: 'mario' }), 'TO_YOURSELF');
        await refused(offer({ to: 'nobody' }), 'PLAYER_NOT_FOUND');
        await platform.register('peach');
        await refused(offer({ to: 'peach' }), 'PLAYER_OFFLINE');
        await refused(offer({ size: 1_001 }), 'FILE_TOO_LARGE');
        await offer({ size: 1_000 });
        await refused(offer({ sha256: 'abc' }), 'BAD_REQUEST');
        await refused(offer({ name: '../..' }), 'BAD_REQUEST');
        await luigi.call('block.add', { player: 'mario' });
        await refused(offer(), 'BLOCKED');
        assert.equal((await mario.call('file.list')).files.length, 0);
      },
      { deps: { fileBytesMax: 1_000 } },
    ),
  );

  test(
    'is answered once, and only by its receiver',
    using(async ({ mario, luigi, offer }) => {
      const fileId = await offer();
      await refused(mario.call('file.answer', { fileId, accept: true }), 'FILE_NOT_FOUND');
      await luigi.call('file.answer', { fileId, accept: true });
      await refused(luigi.call('file.answer', { fileId, accept: true }), 'FILE_ANSWERED');
    }),
  );

  test(
    'goes under an id that its receiver chose, unless another one does',
    using(async ({ platform, luigi, offer }) => {
      const transferId = '0B5E3A4E-5D0F-4C43-9B1C-2F6F1F3F9A11';
      const wish = { accept: true, transferId };
      const given = await luigi.call('file.answer', { fileId: await offer(), ...wish });
      assert.equal(given.transferId, transferId.toLowerCase());
      assert.equal(platform.platform.files.stat(transferId)?.name, 'a.txt');
      const second = await offer();
      await refused(luigi.call('file.answer', { fileId: second, ...wish }), 'BAD_REQUEST');
      await luigi.call('file.answer', { fileId: second, accept: true });
    }),
  );

  for (const who of ['mario', 'luigi'] as const) {
    test(
      `is ended by ${who === 'mario' ? 'its sender' : 'its receiver'}, and by nobody else`,
      using(async (world) => {
        const { platform, luigi, heard, offer } = world;
        const peach = await platform.register('peach');
        const fileId = await offer();
        const { transferId = '' } = await luigi.call('file.answer', { fileId, accept: true });
        await refused(peach.call('file.cancel', { fileId }), 'FILE_NOT_FOUND');
        await world[who].call('file.cancel', { fileId });
        const { files } = platform.platform;
        assert.equal(files.stat(transferId), undefined);
        const over = { event: 'file.done', ok: false, reason: 'cancelled' };
        assert.deepEqual(heard(world.mario).at(-1), over);
        assert.deepEqual(heard(luigi).at(-1), over);
      }),
    );
  }

  test(
    'is ended by a block in either direction',
    using(async ({ mario, luigi, heard, offer }) => {
      await luigi.call('file.answer', { fileId: await offer(), accept: true });
      await offer();
      heard(luigi);
      await mario.call('block.add', { player: 'luigi' });
      const over = { event: 'file.done', ok: false, reason: 'blocked' };
      assert.deepEqual(heard(luigi), [over, over]);
    }),
  );

  test(
    'expires when nobody answers, and when nobody comes',
    using(async ({ platform, luigi, heard, offer }) => {
      await offer();
      await platform.advance(contractLimits.fileOfferS * 1000);
      const expired = { event: 'file.done', ok: false, reason: 'expired' };
      assert.deepEqual(heard(luigi).at(-1), expired);
      await luigi.call('file.answer', { fileId: await offer(), accept: true });
      await platform.advance(contractLimits.fileAbsenceS * 1000);
      assert.deepEqual(heard(luigi).at(-1), expired);
    }),
  );
});

describe('open files', () => {
  test(
    'are so many of a player, and so many transfers in all; what ends makes room',
    using(async ({ platform, mario, luigi, offer }) => {
      const ids: string[] = [];
      for (let i = 0; i < contractLimits.filesOfPlayerMax; i++) ids.push(await offer());
      await refused(offer(), 'FILES_FULL');
      await mario.call('file.cancel', { fileId: ids[0] ?? '' });
      await offer();
      const open = await Promise.all(
        ids.slice(1).map((fileId) => luigi.call('file.answer', { fileId, accept: true })),
      );
      assert.ok(open.length < contractLimits.fileTransfersMax);
      assert.equal(platform.platform.files.heldBytes, 0);
    }),
  );

  test(
    'hold memory only while bytes move and a little after',
    using(async ({ platform, luigi, offer }) => {
      const { files } = platform.platform;
      const fileId = await offer();
      const { transferId = '' } = await luigi.call('file.answer', { fileId, accept: true });
      assert.equal(files.heldBytes, 0);
      carry(platform, transferId, 'hello');
      assert.equal(files.heldBytes, 64 * 1024);
      assert.equal(files.stat(transferId)?.isComplete, true);
      await platform.advance(contractLimits.fileLingerS * 1000);
      assert.equal(files.heldBytes, 0);
      assert.equal(files.stat(transferId), undefined);
    }),
  );

  test('end with the server', async () => {
    const platform = await testPlatform();
    const [mario, luigi] = [await platform.register('mario'), await platform.register('luigi')];
    const { events } = luigi.connect();
    await mario.call('file.offer', { to: 'luigi', name: 'a' });
    await platform.close();
    const last = events.at(-1);
    assert.ok(last?.event === 'file.done' && last.data.reason === 'shutdown');
  });
});
