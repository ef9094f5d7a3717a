import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { describe, test } from 'node:test';
import { FileWorld, type FileWorldOptions, fileOf, sha256 } from '../file-world.fixture.ts';
import { errorOf } from './http-server.fixture.ts';

const using =
  (run: (world: FileWorld) => Promise<void>, options?: FileWorldOptions) => async () => {
    const world = await FileWorld.start(options);
    try {
      await run(world);
    } finally {
      await world.close();
    }
  };

const mib = 1024 * 1024;

const put = (url: string, body: Uint8Array, headers: Record<string, string> = {}) =>
  fetch(url, { method: 'PUT', body: new Uint8Array(body), headers });

const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer());

describe('the bytes of a file over HTTP', () => {
  test(
    'go from PUT to GET, with a name, a length and a digest',
    using(async (world) => {
      const file = fileOf(5 * mib);
      const offer = { size: file.length, sha256: sha256(file) };
      const url = `${world.url}/${await world.transfer(offer, 'Über "x".txt')}`;
      const sent = put(url, file);
      const answer = await fetch(url);
      assert.equal(answer.status, 200);
      const { headers } = answer;
      assert.equal(headers.get('content-length'), String(file.length));
      assert.equal(
        headers.get('content-disposition'),
        "attachment; filename*=UTF-8''%C3%9Cber%20_x_.txt",
      );
      const digest = Buffer.from(sha256(file), 'hex').toString('base64');
      assert.equal(headers.get('repr-digest'), `sha-256=:${digest}:`);
      assert.equal(headers.get('x-content-type-options'), 'nosniff');
      assert.ok((await bytesOf(answer)).equals(file));
      assert.deepEqual(await (await sent).json(), { offset: file.length, complete: true });
      assert.deepEqual(world.done, { ok: true });
    }),
  );

  test(
    'may be none',
    using(async (world) => {
      const url = `${world.url}/${await world.transfer({ size: 0 })}`;
      const received = fetch(url).then(bytesOf);
      assert.equal((await put(url, new Uint8Array(0))).status, 200);
      assert.equal((await received).length, 0);
    }),
  );

  test(
    'of which one was changed on the way never arrive whole, with a size or without',
    using(async (world) => {
      const file = fileOf(300_000);
      const changed = Buffer.from(file);
      changed[299_999]! ^= 1;
      for (const size of [{ size: file.length }, {}]) {
        const url = `${world.url}/${await world.transfer({ ...size, sha256: sha256(file) })}`;
        const received = assert.rejects(fetch(url).then(bytesOf));
        const sent = await put(url, changed);
        assert.deepEqual(await errorOf(sent), {
          status: 409,
          code: 'FILE_FAILED',
          reason: 'checksum',
        });
        await received;
        assert.deepEqual(world.done, { ok: false, reason: 'checksum' });
      }
    }),
  );

  test(
    'are gone on with by the receiver from an offset',
    using(async (world) => {
      const file = fileOf(6 * mib);
      const url = `${world.url}/${await world.transfer({ size: file.length })}`;
      const sent = put(url, file);
      const first = await fetch(url);
      const part: Uint8Array[] = [];
      let had = 0;
      for await (const chunk of first.body ?? []) {
        part.push(chunk);
        had += chunk.length;
        if (had > mib) break;
      }
      const rest = await fetch(url, { headers: { range: `bytes=${had}-` } });
      assert.equal(rest.status, 206);
      assert.equal(
        rest.headers.get('content-range'),
        `bytes ${had}-${file.length - 1}/${file.length}`,
      );
      assert.ok(Buffer.concat([...part, await bytesOf(rest)]).equals(file));
      assert.equal((await sent).status, 200);
      const past = await fetch(url, { headers: { range: `bytes=${file.length}-` } });
      assert.equal(past.headers.get('content-range'), `bytes */${file.length}`);
      const { status, code } = await errorOf(past);
      assert.deepEqual([status, code], [416, 'FILE_RANGE_GONE']);
    }),
  );

  test(
    'are gone on with by the sender where HEAD says, and nowhere else',
    using(async (world) => {
      const file = fileOf(10_000);
      const url = `${world.url}/${await world.transfer({ size: file.length, sha256: sha256(file) })}`;
      const received = fetch(url).then(bytesOf);
      const part = await put(url, file.subarray(0, 4_000), { 'upload-complete': '?0' });
      assert.deepEqual(await part.json(), { offset: 4_000, complete: false });
      const wrong = await put(url, file, { 'upload-offset': '3999' });
      assert.deepEqual(await errorOf(wrong), {
        status: 409,
        code: 'FILE_OFFSET_WRONG',
        offset: 4_000,
      });
      const head = await fetch(url, { method: 'HEAD' });
      assert.deepEqual(
        ['upload-offset', 'upload-complete', 'upload-length'].map((name) => head.headers.get(name)),
        ['4000', '?0', '10000'],
      );
      const rest = await put(url, file.subarray(4_000), { 'upload-offset': '4000' });
      assert.deepEqual(await rest.json(), { offset: 10_000, complete: true });
      assert.equal(rest.headers.get('upload-complete'), '?1');
      assert.ok((await received).equals(file));
    }),
  );

  test(
    'are gone on with after a sender who was cut off',
    using(async (world) => {
      const file = fileOf(100_000);
      const url = `${world.url}/${await world.transfer({ size: file.length, sha256: sha256(file) })}`;
      const received = fetch(url).then(bytesOf);
      const cut = request(url, { method: 'PUT', headers: { 'content-length': file.length } });
      cut.on('error', () => {});
      cut.write(file.subarray(0, 50_000));
      const { files } = world.platform.platform;
      const id = url.slice(-36);
      while (files.stat(id)?.taken !== 50_000) await new Promise((done) => setImmediate(done));
      cut.destroy();
      const rest = await put(url, file.subarray(50_000), { 'upload-offset': '50000' });
      assert.equal(rest.status, 200);
      assert.ok((await received).equals(file));
    }),
  );

  test(
    'may take longer than other requests',
    using(
      async (world) => {
        const url = `${world.url}/${await world.transfer({ size: 4 })}`;
        const slow = request(url, { method: 'PUT', headers: { 'content-length': 4 } });
        slow.write('ab');
        const answered = once(slow, 'response');
        // Another request of the same length in time is cut off: then this one was looked at too.
        const other = request(`${world.url.replace('files', 'guests')}`, {
          method: 'POST',
          headers: { 'content-length': 4, 'content-type': 'application/json' },
        });
        other.write('{');
        const [late] = await once(other, 'response');
        assert.equal(late.statusCode, 408);
        other.on('error', () => {}).destroy();
        slow.end('cd');
        const received = fetch(url).then(bytesOf);
        const [answer] = await answered;
        assert.equal(answer.statusCode, 200);
        assert.equal(String(await received), 'abcd');
      },
      { httpLimits: { requestTimeoutMs: 50, headersTimeoutMs: 50, timeoutCheckMs: 10 } },
    ),
  );
});

describe('a request for a file', () => {
  test(
    'with an unknown or ended transfer finds nothing',
    using(async (world) => {
      const url = `${world.url}/00000000-0000-4000-8000-000000000000`;
      assert.deepEqual(await errorOf(await put(url, Buffer.from('x'))), {
        status: 404,
        code: 'FILE_NOT_FOUND',
      });
      assert.equal((await fetch(url)).status, 404);
      assert.equal((await fetch(url, { method: 'HEAD' })).status, 404);
      const wrong = await fetch(url, { method: 'DELETE' });
      assert.deepEqual([wrong.status, wrong.headers.get('allow')], [405, 'GET, HEAD, PUT']);
    }),
  );

  test(
    'with an offset that is no number is refused, and the transfer goes on',
    using(async (world) => {
      const url = `${world.url}/${await world.transfer({ size: 1 })}`;
      const answer = await put(url, Buffer.from('x'), { 'upload-offset': '-1' });
      assert.equal(answer.status, 400);
      const received = fetch(url).then(bytesOf);
      assert.equal((await put(url, Buffer.from('x'))).status, 200);
      assert.equal(String(await received), 'x');
    }),
  );

  test(
    'that is cancelled fails on both sides',
    using(async (world) => {
      const url = `${world.url}/${await world.transfer({ size: 2 * mib })}`;
      const { files } = await world.luigi.call('file.list');
      const slow = request(url, { method: 'PUT', headers: { 'content-length': 2 * mib } });
      slow.write(Buffer.alloc(mib));
      const answered = once(slow, 'response');
      const answer = await fetch(url);
      await world.luigi.call('file.cancel', { fileId: files[0]?.fileId ?? '' });
      await assert.rejects(bytesOf(answer));
      const [refused] = await answered;
      assert.equal(refused.statusCode, 409);
      slow.on('error', () => {}).destroy();
      assert.deepEqual(world.done, { ok: false, reason: 'cancelled' });
    }),
  );
});
