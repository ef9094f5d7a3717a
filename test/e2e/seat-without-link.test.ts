// A match between a player who has only a WebSocket and one who has a link: a real server with its
// host in a thread, one plays by commands and events, the other by the client over UDP.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import rps, { type RpsView } from '../../games/rps/rules.ts';
import { serve } from '../../src/app/server/index.ts';
import { connect, type Lobby } from '../../src/client/index.ts';
import type { PlatformEvent } from '../../src/contract/events.ts';

/** What any program with a WebSocket can do: commands with ids, answers by id, events in order. */
class Console {
  readonly #socket: WebSocket;
  readonly #answers = new Map<number, (answer: { result?: unknown; error?: unknown }) => void>();
  #lastId = 0;
  onEvent: (event: PlatformEvent) => void = () => undefined;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => {
      const message = JSON.parse(String(data));
      if ('event' in message) this.onEvent(message);
      else this.#answers.get(message.id)?.(message);
    });
  }

  static async open(url: string): Promise<Console> {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/ws`);
    await new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve);
      socket.addEventListener('error', reject);
    });
    return new Console(socket);
  }

  /** The result, or the error's body. */
  async ask(message: object): Promise<Record<string, unknown>> {
    const id = ++this.#lastId;
    const { promise, resolve } = Promise.withResolvers<{ result?: unknown; error?: unknown }>();
    this.#answers.set(id, resolve);
    this.#socket.send(JSON.stringify({ id, ...message }));
    const { result, error } = await promise;
    // Boundary: both are objects in every answer of the platform.
    return (result ?? error) as Record<string, unknown>;
  }

  call(command: string, args: object = {}): Promise<Record<string, unknown>> {
    return this.ask({ command, args });
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#socket.addEventListener('close', resolve));
    this.#socket.close();
    await closed;
  }
}

test('a player by WebSocket and a player by UDP play to the end, which the history shows', async () => {
  await using server = await serving();
  await using ben = await connect(server.url, { register: { name: 'ben', password } });
  const opened = Promise.withResolvers<string>();
  const onLobby = ({ code }: Lobby) => opened.resolve(code ?? '');
  const settings = { firstTo: 2 };
  const joining = ben.play(rps, { against: 'friend', settings, onLobby });

  const ann = await Console.open(server.url);
  const { accessToken } = await ann.call('account.register', { name: 'ann', password });
  await ann.ask({ auth: accessToken });
  const placed = Promise.withResolvers<string>();
  const ended = Promise.withResolvers<PlatformEvent>();
  const answers: Promise<unknown>[] = [];
  let round = 0;
  ann.onEvent = ({ event, data }) => {
    if (event === 'match.placed') placed.resolve(data.matchId);
    if (event === 'match.ended') ended.resolve({ event, data });
    if (event !== 'match.view') return;
    const view = data.view as RpsView;
    if (view.yourChoice !== null || view.isOver || view.round <= round) return;
    round = view.round;
    const args = { matchId: data.matchId, input: { choice: 'paper' } };
    answers.push(ann.call('match.input', args));
  };
  const { id: lobbyId } = await ann.call('lobby.join-code', { code: await opened.promise });
  await ann.call('lobby.ready', { lobbyId, ready: true });
  const matchId = await placed.promise;
  const early = await ann.call('match.input', { matchId, input: { choice: 'paper' } });
  assert.equal(early['code'], 'NOT_ATTACHED');
  const attached = await ann.call('match.attach', { matchId });
  const names = attached['names'] as string[];
  assert.deepEqual([attached['game'], names.toSorted()], ['rps', ['ann', 'ben']]);
  const wrong = await ann.call('match.input', { matchId, input: { choice: 'lizard' } });
  assert.equal(wrong['code'], 'INPUT_REFUSED');

  const match = await joining;
  for await (const view of match.views) {
    if (view.yourChoice === null && match.undecided === 0) match.send({ choice: 'rock' });
  }
  assert.equal((await match.result).mine, 'loss');
  const end = await ended.promise;
  assert.ok(end.event === 'match.ended');
  assert.deepEqual(await Promise.all(answers), [{}, {}]);
  assert.deepEqual(end.data.match.seats.map(({ name, result }) => [name, result]).toSorted(), [
    ['ann', 'win'],
    ['ben', 'loss'],
  ]);
  const { matches } = await ben.call('match.history', { player: 'ann' });
  assert.deepEqual(matches, [end.data.match]);
  const late = await ann.call('match.input', { matchId, input: { choice: 'paper' } });
  assert.equal(late['code'], 'MATCH_NOT_RUNNING');
  await ann.close();
});

const password = 'correct horse';

async function serving() {
  const server = await serve({
    data: ':memory:',
    port: 0,
    udpPort: 0,
    hosts: 1,
    logLevel: 'silent',
    shutdownGraceMs: 0,
  });
  return { url: server.url, [Symbol.asyncDispose]: () => server.close() };
}
