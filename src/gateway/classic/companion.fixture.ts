// The companion on a whole platform in virtual time, behind a real HTTP port, and a client that can
// send what `fetch` cannot: a body with GET.

import { request } from 'node:http';
import fastify from 'fastify';
import rps from '../../../games/rps/rules.ts';
import type { ClassicAccounts } from '../../domain/account/classic-keys.ts';
import { type WordKeys, wordKeys } from '../../domain/account/classic-words.fixture.ts';
import { brawl, type TestPlatform, testPlatform } from '../../domain/test-platform.fixture.ts';
import { createCompanion } from './companion.ts';
import { LobbyIntents } from './lobby-intents.ts';

export interface Reply {
  readonly status: number;
  readonly text: string;
  /** Of an answer in JSON, else undefined. */
  readonly body: unknown;
  readonly headers: NodeJS.Dict<string | readonly string[]>;
}

export interface Asked {
  /** `name:password`, or `token:`. */
  readonly as?: string;
  readonly json?: unknown;
  /** Sent as it is. */
  readonly raw?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface CompanionWorld {
  readonly platform: TestPlatform;
  readonly classic: ClassicAccounts;
  readonly keys: WordKeys;
  readonly intents: LobbyIntents;
  /** `ask('GET /games/', { as: 'mario:secret' })`. */
  ask(what: string, asked?: Asked): Promise<Reply>;
  /** An account, by this wire; the password is `correct horse`. Resolves with its credentials. */
  account(name: string): Promise<string>;
  /** As the server ends: the companion first. */
  close(): Promise<void>;
}

export const password = 'correct horse';

export async function companionWorld(): Promise<CompanionWorld> {
  const keys = wordKeys();
  const platform = await testPlatform({ games: [brawl, rps], deps: { classic: keys } });
  const { classic, dispatcher } = platform.platform;
  if (classic === undefined) throw new Error('the platform has no classic accounts');
  const intents = new LobbyIntents();
  const companion = createCompanion({
    dispatcher,
    classic,
    intents,
    clock: platform.time,
    timers: platform.time,
    log: { debug() {}, info() {}, warn() {}, error: (event, fields) => failed(event, fields) },
    isTrustedProxy: (address) => address === '127.0.0.1',
    lobbyAddress: () => ['game.example', 5000],
    serverCertificate: () => Uint8Array.from({ length: 100 }, (_, at) => at),
  });
  const app = fastify();
  companion.mount(app);
  await app.listen({ host: '127.0.0.1', port: 0 });
  const bound = app.server.address();
  if (bound === null || typeof bound === 'string') throw new Error('no port');
  const ask = (what: string, asked: Asked = {}) => send(bound.port, what, asked);
  return {
    platform,
    classic,
    keys,
    intents,
    ask,
    account: async (name) => {
      const made = await ask('POST /auth/register', { json: { username: name, password } });
      if (made.status !== 201) throw new Error(`register ${name}: ${made.status} ${made.text}`);
      return `${name}:${password}`;
    },
    close: async () => {
      await companion.close();
      await app.close();
      await platform.close();
    },
  };
}

function failed(event: string, fields: unknown): never {
  throw new Error(`${event}: ${JSON.stringify(fields)}`);
}

function send(port: number, what: string, { as, json, raw, headers }: Asked): Promise<Reply> {
  const [method = '', path = ''] = what.split(' ');
  const body = raw ?? (json === undefined ? undefined : JSON.stringify(json));
  const { promise, resolve, reject } = Promise.withResolvers<Reply>();
  const outgoing = request(
    {
      host: '127.0.0.1',
      port,
      method,
      path,
      agent: false,
      headers: {
        ...(as === undefined ? {} : { authorization: `Basic ${btoa(as)}` }),
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
        ...headers,
      },
    },
    (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        text += part;
      });
      response.on('end', () => {
        const isJson = response.headers['content-type']?.startsWith('application/json') === true;
        resolve({
          status: response.statusCode ?? 0,
          text,
          body: isJson ? JSON.parse(text) : undefined,
          headers: response.headers,
        });
      });
    },
  );
  outgoing.on('error', reject);
  outgoing.end(body);
  return promise;
}
