// The order of what a client hears of games, and how often it is made.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseJson } from '../../base/json.ts';
import type { PlatformEvent } from '../../contract/events.ts';
import { silentMetrics } from '../../contract/telemetry.ts';
import { jsonLineCodec } from '../../protocol/lobby/json-line-codec.ts';
import type { LobbyCodec } from '../../protocol/lobby/lobby-codec.ts';
import { qdatastreamCodec } from '../../protocol/lobby/qdatastream-codec.ts';
import { turns } from '../line-client.fixture.ts';
import { GameBroadcasts, GameFeed } from './game-feed.ts';
import type { LobbyUser } from './lobby-user.ts';
import { NumberBook } from './number-book.ts';

/** Numbers are asked for by hand: each question waits until it is answered. */
class Clerk {
  readonly questions: PromiseWithResolvers<void>[] = [];
  readonly #numbers = new Map<string, number>();

  readonly call = async (_command: string, args: unknown) => {
    const question = Promise.withResolvers<void>();
    this.questions.push(question);
    await question.promise;
    const { players } = args as { readonly players: readonly string[] };
    return { numbers: players.map((playerId) => ({ playerId, number: this.#numberOf(playerId) })) };
  };

  #numberOf(id: string): number {
    const number = this.#numbers.get(id) ?? this.#numbers.size + 1;
    this.#numbers.set(id, number);
    return number;
  }
}

interface Desk {
  readonly numbers: NumberBook;
  readonly broadcasts: GameBroadcasts;
  readonly clerk: Clerk;
}

function desk(): Desk {
  const numbers = new NumberBook(100);
  return { numbers, broadcasts: new GameBroadcasts(numbers, silentMetrics), clerk: new Clerk() };
}

function listener({ clerk, ...shared }: Desk, codec: LobbyCodec, waitingMax = 100) {
  const heard: string[] = [];
  const problems: string[] = [];
  // Boundary: the one command that is asked here is answered as the table says.
  const user = {
    ...{ codec, isReady: true, name: 'ada', call: clerk.call },
    send: async () => {},
    postEncoded: (bytes: Uint8Array) => void heard.push(new TextDecoder().decode(bytes).trim()),
  } as unknown as LobbyUser;
  const feed = new GameFeed({
    ...{ user, ...shared, waitingMax },
    onFull: () => void problems.push('full'),
    onFailure: (cause) => void problems.push(String(cause)),
  });
  const take = (): readonly string[] => heard.splice(0);
  return { feed, problems, take };
}

const json = () => jsonLineCodec(parseJson);

const peer = (id: string) => ({ id, name: id.toUpperCase(), kind: 'account' as const });

const connect = (id: string): PlatformEvent => ({
  event: 'external.signal',
  data: { number: 1, signal: { kind: 'connect', peer: peer(id), offer: true } },
});

const hostGame: PlatformEvent = {
  event: 'external.signal',
  data: { number: 1, signal: { kind: 'host', map: 'm' } },
};

const connected = (id: string, number: number): string =>
  `{"command":"ConnectToPeer","args":["${id.toUpperCase()}",${number},true],"target":"game"}`;

const changed = (...ids: readonly string[]): PlatformEvent => ({
  event: 'external.changed',
  data: {
    game: {
      ...{ number: 1, title: 'T', mod: 'faf', map: 'm', visibility: 'public', hasPassword: false },
      ...{ enforceRatingRange: false, state: 'open', host: peer('a'), playersMax: 12, mods: [] },
      players: ids.map((id) => ({ player: peer(id), team: 1 })),
      ...{ teams: [1], hostedAt: '2026-01-01T00:00:00.000Z' },
    },
  },
});

test('what comes before the log-in is answered is heard after it, in order', async () => {
  const { feed, take } = listener(desk(), json());
  feed.handle(hostGame);
  await turns(5);
  assert.deepEqual(take(), []);
  feed.open();
  await turns(5);
  const host = '{"command":"HostGame","args":["m"],"target":"game"}';
  assert.deepEqual(take(), [host]);
  feed.handle(hostGame);
  assert.deepEqual(take(), [host], 'at once, when nothing waits');
});

test('what waits for a number holds back what comes after it', async () => {
  const shared = desk();
  const { feed, take } = listener(shared, json());
  feed.open();
  await turns(5);
  feed.handle(connect('b'));
  feed.handle(hostGame);
  feed.handle(connect('c'));
  assert.equal(shared.clerk.questions.length, 2);
  shared.clerk.questions[1]?.resolve();
  await turns(5);
  assert.deepEqual(take(), []);
  shared.clerk.questions[0]?.resolve();
  await turns(5);
  const heard = take();
  assert.deepEqual(
    heard.map((line) => JSON.parse(line).args[0]),
    ['B', 'm', 'C'],
  );
  feed.handle(connect('c'));
  assert.deepEqual(take(), [connected('c', 1)], 'a number that is known needs no question');
});

test('a question that fails costs its own message alone', async () => {
  const shared = desk();
  const { feed, take, problems } = listener(shared, json());
  feed.open();
  await turns(5);
  feed.handle(connect('b'));
  feed.handle(hostGame);
  shared.clerk.questions[0]?.reject(new Error('no'));
  await turns(5);
  assert.equal(take().length, 1);
  assert.deepEqual(problems, ['Error: no']);
});

test('too much that waits is said, and what is closed hears nothing', async () => {
  const shared = desk();
  const { feed, take, problems } = listener(shared, json(), 3);
  for (let i = 0; i < 3; i++) feed.handle(hostGame);
  assert.deepEqual(problems, ['full']);
  feed.close();
  feed.handle(hostGame);
  await turns(5);
  assert.deepEqual(take(), []);
});

test('a changed game is asked about once for all, and made once for each framing', async () => {
  const shared = desk();
  let encoded = 0;
  const counting = (codec: LobbyCodec): LobbyCodec => ({
    name: codec.name,
    createDecoder: (bytesMax) => codec.createDecoder(bytesMax),
    encode: (message) => {
      encoded++;
      return codec.encode(message);
    },
  });
  const codecs = [counting(json()), counting(qdatastreamCodec(parseJson))];
  const all = codecs.flatMap((codec) => [1, 2, 3].map(() => listener(shared, codec)));
  for (const { feed } of all) feed.open();
  await turns(5);
  const event = changed('a', 'b');
  for (const { feed } of all) feed.handle(event);
  assert.equal(shared.clerk.questions.length, 1);
  shared.clerk.questions[0]?.resolve();
  await turns(10);
  assert.deepEqual(
    all.map(({ take }) => take().length),
    [1, 1, 1, 1, 1, 1],
  );
  assert.equal(encoded, 2);
});

test('where the one who asked is gone, another asks, for all who are left', async () => {
  const shared = desk();
  const [first, second, third] = [1, 2, 3].map(() => listener(shared, json()));
  const all = [first, second, third].flatMap((one) => one ?? []);
  for (const { feed } of all) feed.open();
  await turns(5);
  const event = changed('a');
  for (const { feed } of all) feed.handle(event);
  first?.feed.close();
  shared.clerk.questions[0]?.reject(new Error('logged out'));
  await turns(10);
  assert.equal(shared.clerk.questions.length, 2);
  shared.clerk.questions[1]?.resolve();
  await turns(10);
  assert.deepEqual(first?.take(), []);
  for (const one of [second, third]) {
    const teams = JSON.parse(one?.take()[0] ?? '{}').teams_ids;
    assert.deepEqual(teams, [{ team_id: 1, player_ids: [1] }]);
  }
});
