// What the HTTP server has beside commands, over real sockets.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PaperclipError } from '../../contract/errors.ts';
import { raw, start, using } from './http-server.fixture.ts';

describe('HTTP for operators', () => {
  test(
    'is alive, and ready when nothing stands against it',
    using(async ({ url }) => {
      const health = await fetch(`${url}/health`);
      assert.deepEqual(await health.json(), { status: 'alive', version: '1.2.3' });
      const ready = await fetch(`${url}/ready`);
      assert.deepEqual([ready.status, await ready.json()], [200, { ready: true, reasons: [] }]);
    }),
  );

  test('is not ready while there are reasons, or when asking for them fails', async () => {
    const answers = [
      async () => ['no host has announced itself'],
      () => Promise.reject(new Error()),
    ];
    for (const readiness of answers) {
      const { url, gateway } = await start({ readiness });
      const response = await fetch(`${url}/ready`);
      const body = (await response.json()) as { readonly reasons: readonly string[] };
      assert.equal(response.status, 503);
      assert.equal(body.reasons.length, 1);
      await gateway.close();
    }
  });

  test('shows metrics to who may see them', async () => {
    const metrics = {
      contentType: 'text/plain; version=0.0.4',
      text: async () => 'up 1\n',
      allows: (token: string | undefined) => token === 'secret',
    };
    const { url, gateway } = await start({ metrics });
    assert.equal((await fetch(`${url}/metrics`)).status, 401);
    const headers = { authorization: 'Bearer secret' };
    const response = await fetch(`${url}/metrics`, { headers });
    assert.equal(await response.text(), 'up 1\n');
    assert.equal(response.headers.get('content-type'), metrics.contentType);
    await gateway.close();
  });

  test(
    'has no metrics page when it is given none',
    using(async ({ url }) => {
      assert.equal((await fetch(`${url}/metrics`)).status, 404);
    }),
  );

  test(
    'finishes the answer that is under way when it closes',
    using(async ({ url, platform, gateway }) => {
      const [asked, release] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      platform.answer = async () => {
        asked.resolve();
        await release.promise;
        return { games: [] };
      };
      const answer = fetch(`${url}/v1/games`);
      await asked.promise;
      const closed = gateway.close();
      release.resolve();
      assert.equal((await answer).status, 200);
      await closed;
    }),
  );
});

describe('the page at /', () => {
  test(
    'shows the games and what to type, with strangers’ text escaped',
    using(async ({ url, port, platform }) => {
      const game = { name: 'rps', title: '<b>Rock</b>', players: { min: 2, max: 4 } };
      platform.answer = () => ({ games: [game] });
      const page = await (await fetch(url)).text();
      assert.match(page, /&lt;b&gt;Rock&lt;\/b&gt;/);
      assert.match(page, /npm run paperclip -- play rps --server http:\/\/127\.0\.0\.1/);
      const evil = 'GET / HTTP/1.1\r\nHost: "><script>\r\nConnection: close\r\n\r\n';
      assert.doesNotMatch(await raw(port, evil), /<script>/);
    }),
  );

  test(
    'is there even when the list of games is not',
    using(async ({ url, platform }) => {
      platform.answer = () => {
        throw new PaperclipError('SHUTTING_DOWN');
      };
      const response = await fetch(url);
      assert.equal(response.status, 200);
      assert.match(await response.text(), /cannot be had at the moment/);
    }),
  );
});
