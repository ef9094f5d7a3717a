// The HTTP wire over real sockets: the contract of gateways, what HTTP adds to it, and what hostile
// requests get.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, test } from 'node:test';
import { errorTable, PaperclipError } from '../../contract/errors.ts';
import { contractLimits } from '../../contract/limits.ts';
import { type Answer, gatewayContract } from '../gateway-contract.suite.ts';
import { errorOf, post, raw, start, using } from './http-server.fixture.ts';
import { commandRoutes } from './routes.ts';

gatewayContract('http', async (platform) => {
  const { url, gateway } = await start({}, platform);
  return {
    async call(command, args, accessToken) {
      const route = commandRoutes.find(({ name }) => name === command)!;
      const rest = new Map(Object.entries(args as Record<string, unknown>));
      const path = route.row.http.path.replace(/:(\w+)/g, (_, member: string) => {
        const value = String(rest.get(member));
        rest.delete(member);
        return encodeURIComponent(value);
      });
      const { method } = route.row.http;
      const query = new URLSearchParams([...rest].map(([key, value]) => [key, String(value)]));
      const response = await fetch(`${url}${path}${method === 'GET' ? `?${query}` : ''}`, {
        method,
        headers: {
          ...(accessToken !== undefined && { authorization: `Bearer ${accessToken}` }),
          ...(method === 'POST' && { 'content-type': 'application/json' }),
        },
        ...(method === 'POST' && { body: JSON.stringify(Object.fromEntries(rest)) }),
      });
      const body = (await response.json()) as Extract<Answer, { error: unknown }>;
      const expected = body.error === undefined ? 200 : errorTable[body.error.code].httpStatus;
      assert.equal(response.status, expected);
      return body.error === undefined ? { result: body } : body;
    },
    close: () => gateway.close(),
  };
});

describe('HTTP answers', () => {
  test(
    'what must wait says how long in Retry-After',
    using(async ({ url, platform }) => {
      for (const [code, seconds] of [
        ['RATE_LIMITED', 3],
        ['ACCOUNT_LOCKED', 59.2],
      ] as const) {
        platform.answer = () => {
          throw new PaperclipError(code, { retryAfterS: seconds });
        };
        const response = await fetch(`${url}/v1/games`);
        assert.equal(response.status, errorTable[code].httpStatus);
        assert.equal(response.headers.get('retry-after'), String(Math.ceil(seconds)));
      }
    }),
  );

  test(
    'no answer is cached, sniffed or framed',
    using(async ({ url }) => {
      for (const path of ['/', '/v1/games', '/docs', '/nope', '/%zz']) {
        const { headers } = await fetch(url + path);
        assert.equal(headers.get('x-content-type-options'), 'nosniff', path);
        assert.match(headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/, path);
        assert.equal(headers.get('referrer-policy'), 'no-referrer', path);
      }
      assert.equal((await fetch(`${url}/v1/games`)).headers.get('cache-control'), 'no-store');
    }),
  );

  test(
    'a body is not needed where there are no arguments for it',
    using(async ({ url, platform }) => {
      const headers = { 'content-type': 'application/json' };
      for (const init of [{}, { body: '' }, { headers }, { headers, body: '{}' }]) {
        const response = await fetch(`${url}/v1/guests`, { method: 'POST', ...init });
        assert.notEqual(response.status, 400);
      }
      assert.deepEqual(
        platform.calls.map((call) => call.args),
        Array(platform.calls.length).fill({}),
      );
    }),
  );

  test(
    'query texts that read as the schema’s number become one, others stay for validation',
    using(async ({ url, platform }) => {
      for (const [text, value] of [
        ['7', 7],
        ['-1', -1],
        ['1.5', 1.5],
        ['1e3', '1e3'],
        ['0x10', '0x10'],
        ['seven', 'seven'],
        ['', ''],
        ['9'.repeat(400), '9'.repeat(400)],
      ] as const) {
        await fetch(`${url}/v1/lobbies?limit=${text}`);
        assert.deepEqual(platform.calls.at(-1)?.args, { limit: value });
      }
      await fetch(`${url}/v1/lobbies?game=7&limit=1&limit=2&__proto__=x`);
      assert.deepEqual(
        JSON.stringify(platform.calls.at(-1)?.args),
        '{"game":"7","limit":[1,2],"__proto__":"x"}'.replace('[1,2]', '["1","2"]'),
      );
    }),
  );

  test('behind a trusted proxy the caller’s own address counts', async () => {
    const started = await start({ isTrustedProxy: (address) => address === '127.0.0.1' });
    const headers = { 'x-forwarded-for': '198.51.100.9, 203.0.113.5' };
    await fetch(`${started.url}/v1/games`, { headers });
    assert.equal(started.platform.calls[0]?.origin.address, '203.0.113.5');
    await started.gateway.close();
  });
});

describe('HTTP refuses', () => {
  test(
    'unknown paths with 404, and wrong methods with 405 and the right ones',
    using(async ({ url }) => {
      assert.deepEqual(await errorOf(await fetch(`${url}/v1/nope`)), {
        status: 404,
        code: 'UNKNOWN_COMMAND',
        command: 'GET /v1/nope',
      });
      const wrong = await fetch(`${url}/v1/lobbies/abc/members/me`, { method: 'PATCH' });
      assert.equal(wrong.status, 405);
      assert.equal(wrong.headers.get('allow'), 'DELETE');
      assert.equal((await errorOf(wrong))['code'], 'UNKNOWN_COMMAND');
      assert.equal((await fetch(`${url}/health`, { method: 'POST' })).status, 405);
    }),
  );

  test(
    'bodies that are not JSON, not UTF-8, too deep, or reach for a prototype, naming the body',
    using(async ({ url, platform }) => {
      const bad: [string | Uint8Array<ArrayBuffer>, string][] = [
        ['{bad', 'is not valid JSON'],
        [Uint8Array.of(0x7b, 0xff, 0x7d), 'is not UTF-8'],
        ['['.repeat(9_000), 'is nested deeper than 32 levels'],
        ['{"__proto__":{"kind":"admin"}}', 'has a member named __proto__ or constructor.prototype'],
        ['[]', 'must be a JSON object'],
        ['"text"', 'must be a JSON object'],
      ];
      for (const [body, problem] of bad) {
        const response = await post(`${url}/v1/accounts`, body);
        const expected = { status: 400, code: 'BAD_REQUEST', field: 'body', problem };
        assert.deepEqual(await errorOf(response), expected);
      }
      assert.equal(platform.calls.length, 0);
    }),
  );

  test(
    'a body over the limit with 413, whether it says its length or not',
    using(async ({ url, port, platform }) => {
      const huge = JSON.stringify({ name: 'x'.repeat(contractLimits.httpBodyBytesMax) });
      assert.equal((await errorOf(await post(`${url}/v1/accounts`, huge)))['status'], 413);
      const chunk = `1000\r\n${' '.repeat(0x1000)}\r\n`;
      const text = await raw(
        port,
        'POST /v1/accounts HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n',
        `Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(17)}`,
      );
      assert.match(text, /^HTTP\/1.1 413 .*is larger than 65536 bytes/s);
      assert.equal(platform.calls.length, 0);
    }),
  );

  test(
    'other media types with 415, so that a foreign page’s form cannot call',
    using(async ({ url, platform }) => {
      for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'nonsense']) {
        const answer = await errorOf(await post(`${url}/v1/accounts`, '{}', type));
        assert.deepEqual([answer['status'], answer['field']], [415, 'content-type'], type);
      }
      assert.equal(platform.calls.length, 0);
    }),
  );

  test(
    'an argument in two places, a query where a body belongs, and another scheme than Bearer',
    using(async ({ url, platform }) => {
      const twice = await post(`${url}/v1/lobbies/abc/ready`, '{"lobbyId":"x","ready":true}');
      assert.equal((await errorOf(twice))['field'], 'lobbyId');
      const query = await post(`${url}/v1/lobbies/abc/ready?ready=true`, '{}');
      assert.equal((await errorOf(query))['field'], 'ready');
      const headers = { authorization: 'Basic bWFyaW86c2VjcmV0' };
      const basic = await errorOf(await fetch(`${url}/v1/me`, { headers }));
      assert.deepEqual([basic['status'], basic['field']], [400, 'authorization']);
      assert.equal(platform.calls.length, 0);
    }),
  );

  test(
    'broken URLs and what is not HTTP, with the same error body',
    using(async ({ url, port }) => {
      assert.deepEqual(await errorOf(await fetch(`${url}/v1/lobbies/%zz`)), {
        status: 400,
        code: 'BAD_REQUEST',
        field: 'path',
        problem: 'has a broken % escape',
      });
      assert.match(await raw(port, 'nonsense\r\n\r\n'), /^HTTP\/1.1 400 .*"code":"BAD_REQUEST"/s);
      const long = `GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`;
      assert.match(await raw(port, long), /^HTTP\/1.1 431 .*are too large together/s);
    }),
  );

  test('headers that trickle in, after their time', async () => {
    const limits = { headersTimeoutMs: 20, requestTimeoutMs: 40, timeoutCheckMs: 10 };
    const { port, gateway } = await start({ limits });
    const head = await raw(port, 'GET /v1/games HTTP/1.1\r\nX: ');
    assert.match(head, /^HTTP\/1.1 408 .*came too slowly/s);
    const body = await raw(
      port,
      'POST /v1/accounts HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n',
      'Content-Length: 10\r\n\r\n{"na',
    );
    assert.match(body, /^HTTP\/1.1 408 /);
    await gateway.close();
  });

  test('connections beyond its number', async () => {
    const { port, gateway } = await start({ limits: { connectionsMax: 1 } });
    const first = connect(port, '127.0.0.1');
    await once(first, 'connect');
    assert.equal(await raw(port, 'GET /health HTTP/1.1\r\nHost: x\r\n\r\n'), '');
    first.destroy();
    await gateway.close();
  });
});

describe('HTTP across origins', () => {
  const origin = 'https://game.example';

  test(
    'says nothing to browsers of other origins by default',
    using(async ({ url }) => {
      const response = await fetch(`${url}/v1/games`, { headers: { origin } });
      assert.equal(response.headers.get('access-control-allow-origin'), null);
      assert.equal((await fetch(`${url}/v1/games`, { method: 'OPTIONS' })).status, 405);
    }),
  );

  test(
    'lets named origins in, and only those',
    using(
      async ({ url }) => {
        const allowed = await fetch(`${url}/v1/lobbies`, {
          method: 'OPTIONS',
          headers: { origin },
        });
        assert.equal(allowed.status, 204);
        assert.equal(allowed.headers.get('access-control-allow-origin'), origin);
        assert.match(allowed.headers.get('access-control-allow-headers') ?? '', /Authorization/);
        assert.equal(allowed.headers.get('access-control-allow-credentials'), null);
        const other = await fetch(`${url}/v1/games`, {
          headers: { origin: 'https://evil.example' },
        });
        assert.equal(other.headers.get('access-control-allow-origin'), null);
        assert.equal(other.headers.get('vary'), 'Origin');
      },
      { corsOrigins: [origin] },
    ),
  );
});
