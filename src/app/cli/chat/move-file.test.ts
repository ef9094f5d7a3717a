// The bytes of a file between two disks, over connections that break and from senders that lie.

import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { uploadFile } from '../../../client/index.ts';
import { FileWorld, fileOf, sha256 } from '../../../gateway/file-world.fixture.ts';
import { fileToSend, PartFile } from './disk-files.ts';
import { causeText } from './file-endings.ts';
import { type Moving, receiveToDisk, sendFromDisk } from './move-file.ts';

interface Ground {
  readonly world: FileWorld;
  readonly folder: string;
  moving(transferId: string, onBytes?: (bytesDone: number) => void): Moving;
}

const on = (run: (ground: Ground) => Promise<void>) => async () => {
  const folder = await mkdtemp(join(tmpdir(), 'paperclip-move-'));
  const world = await FileWorld.start();
  const moving: Ground['moving'] = (transferId, onBytes = () => undefined) => ({
    url: world.url.replace('/v1/files', ''),
    transferId,
    stop: new AbortController(),
    onBytes,
    wait: () => new Promise((go) => setImmediate(go)),
  });
  try {
    await run({ world, folder, moving });
  } finally {
    await world.close();
    await rm(folder, { recursive: true });
  }
};

const mebibyte = 1024 * 1024;
const offered = (bytes: Uint8Array) => ({ size: bytes.length, sha256: sha256(bytes) });
const failureOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'none',
    (cause: unknown) => causeText(cause, 'ann', false),
  );

test(
  'goes on where a broken connection left it, and has its name when it is whole',
  on(async ({ world, folder, moving }) => {
    const bytes = fileOf(5 * mebibyte + 7);
    await writeFile(join(folder, 'source'), bytes);
    const transferId = await world.transfer(offered(bytes));
    const part = await PartFile.open({ folder, name: 'it' }, bytes.length);
    let breaks = 0;
    const received = receiveToDisk(
      part,
      offered(bytes),
      moving(transferId, (done) => {
        if (breaks >= 2 || done < (breaks + 1) * mebibyte) return;
        breaks++;
        world.breakConnections();
      }),
    );
    const source = await fileToSend(join(folder, 'source'));
    await Promise.all([received, sendFromDisk(source, moving(transferId))]);
    assert.deepEqual([breaks, await received], [2, true]);
    assert.deepEqual(await readdir(folder), ['it.part', 'source']);
    assert.equal(await part.keep(), join(folder, 'it'));
    assert(bytes.equals(await readFile(join(folder, 'it'))));
    assert.deepEqual(await readdir(folder), ['it', 'source']);
  }),
);

test(
  'a wrong checksum and more bytes than offered are refused, and the part goes',
  on(async ({ world, folder, moving }) => {
    // The server is told neither, as if it was one that does not check.
    for (const [size, wanted] of [
      [3, /checksum is wrong\. What came was deleted/],
      [2, /length is not what ann offered\. What came was deleted/],
    ] as const) {
      const transferId = await world.transfer();
      const part = await PartFile.open({ folder, name: 'it' }, size);
      const expected = { size, sha256: sha256(Buffer.from('abd')) };
      const received = failureOf(receiveToDisk(part, expected, moving(transferId)));
      const sent = failureOf(uploadFile(new Blob(['abc']), moving(transferId)));
      assert.match(await received, wanted);
      await part.drop();
      const { files } = await world.mario.call('file.list');
      for (const { fileId } of files) await world.mario.call('file.cancel', { fileId });
      await sent;
      assert.deepEqual(await readdir(folder), []);
    }
  }),
);

test(
  'a name that comes into being meanwhile is not written over either',
  on(async ({ folder }) => {
    const part = await PartFile.open({ folder, name: 'a.txt' }, 5);
    const second = await PartFile.open({ folder, name: 'a.txt' }, 5);
    await writeFile(join(folder, 'a.txt'), 'mine');
    await part.write(Buffer.from('first'));
    await second.write(Buffer.from('other'));
    assert.equal(await part.keep(), join(folder, 'a (2).txt'));
    assert.equal(await second.keep(), join(folder, 'a (3).txt'));
    assert.equal(await readFile(join(folder, 'a.txt'), 'utf8'), 'mine');
    assert.equal(await readFile(join(folder, 'a (3).txt'), 'utf8'), 'other');
  }),
);

test(
  'what does not fit the disk is refused before it is taken',
  on(async ({ folder }) => {
    const huge = PartFile.open({ folder, name: 'a' }, Number.MAX_SAFE_INTEGER);
    await assert.rejects(huge, /has no room: .* are to come, and .* are free\./);
    assert.deepEqual(await readdir(folder), []);
  }),
);

test(
  'a file that changes after it was offered is not sent',
  on(async ({ world, folder, moving }) => {
    const path = join(folder, 'source');
    await writeFile(path, 'abc');
    const source = await fileToSend(path);
    const transferId = await world.transfer(offered(Buffer.from('abc')));
    await writeFile(path, 'abcdef');
    const failure = await failureOf(sendFromDisk(source, moving(transferId)));
    assert.equal(failure, 'it changed or went away meanwhile.');
  }),
);
