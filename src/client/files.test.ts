import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { FileWorld, fileOf, sha256 } from '../gateway/file-world.fixture.ts';
import { downloadFile, type RunningHash, uploadFile } from './files.ts';

const using = (run: (world: FileWorld) => Promise<void>) => async () => {
  const world = await FileWorld.start();
  try {
    await run(world);
  } finally {
    await world.close();
  }
};

const mib = 1024 * 1024;
const wait = () => new Promise<void>((go) => setImmediate(go));
const serverOf = (world: FileWorld) => world.url.replace('/v1/files', '');

function createSha256(): RunningHash {
  const hash = createHash('sha256');
  return { update: (bytes) => void hash.update(bytes), finish: () => hash.digest('hex') };
}

describe('a file between two clients', () => {
  test(
    'arrives and is verified, also over connections that break, with progress on both sides',
    using(async (world) => {
      const file = fileOf(10 * mib);
      const transferId = await world.transfer({ size: file.length, sha256: sha256(file) });
      const common = { url: serverOf(world), transferId, wait };
      const sent: number[] = [];
      const got: Uint8Array[] = [];
      let breaks = 0;
      let done = 0;
      const [, downloaded] = await Promise.all([
        uploadFile(new Blob([new Uint8Array(file)]), {
          ...common,
          attemptsMax: 50,
          onProgress: (bytes) => sent.push(bytes),
        }),
        downloadFile({
          ...common,
          attemptsMax: 50,
          createHash: createSha256,
          write: (bytes) => void got.push(bytes),
          onProgress: (bytes, size) => {
            assert.ok(bytes > done && size === file.length);
            done = bytes;
            if (breaks >= 3 || done < (breaks + 1) * 2 * mib) return;
            breaks++;
            world.breakConnections();
          },
        }),
      ]);
      assert.equal(breaks, 3);
      assert.deepEqual(downloaded, { bytes: file.length, isVerified: true });
      assert.ok(Buffer.concat(got).equals(file));
      assert.equal(sent.at(-1), file.length);
      assert.deepEqual(world.done, { ok: true });
    }),
  );

  test(
    'that is not what its sender said is refused by the receiver too',
    using(async (world) => {
      const transferId = await world.transfer({ size: 3 });
      const common = { url: serverOf(world), transferId, wait };
      const received = downloadFile({
        ...common,
        sha256: sha256(Buffer.from('abd')),
        createHash: createSha256,
        write() {},
      });
      const [, refused] = await Promise.allSettled([
        uploadFile(new Blob(['abc']), common),
        received,
      ]);
      assert.ok(refused.status === 'rejected' && refused.reason.code === 'FILE_FAILED');
    }),
  );

  test(
    'of an unknown transfer is given up at once, and of an absent server after some attempts',
    using(async (world) => {
      const transferId = '00000000-0000-4000-8000-000000000000';
      const blob = new Blob(['abc']);
      const unknown = uploadFile(blob, { url: serverOf(world), transferId, wait });
      await assert.rejects(unknown, { code: 'FILE_NOT_FOUND' });
      let waits = 0;
      const absent = uploadFile(blob, {
        url: 'http://127.0.0.1:1',
        transferId,
        attemptsMax: 3,
        wait: async () => void waits++,
      });
      await assert.rejects(absent, { code: 'SERVER_UNREACHABLE' });
      assert.equal(waits, 2);
    }),
  );
});
