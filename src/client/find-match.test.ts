// From "I want to play" to a match's id, against a lobby played by hand.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PaperclipError } from '../contract/errors.ts';
import type { EventData, EventName } from '../contract/events.ts';
import type { Lobby } from '../contract/schema.ts';
import { leaveWhenOpen } from './earlier-lobby.ts';
import { lobbyOf } from './fake-server.fixture.ts';
import { type FindMatchOptions, findMatch, type LobbyPort } from './find-match.ts';

interface Call {
  readonly name: string;
  readonly args: unknown;
}

/** Answers each command by the given function; what was called is in `calls`. */
class Table implements LobbyPort {
  readonly playerId = 'p_mario';
  readonly calls: Call[] = [];
  readonly #answer: (call: Call) => unknown;
  readonly #listeners = new Map<string, Set<(data: never) => void>>();
  readonly #waiting: { name: string; resolve: () => void }[] = [];
  #stream: ((state: 'again' | Error) => void) | undefined;

  constructor(answer: (call: Call) => unknown) {
    this.#answer = answer;
  }

  async call(name: string, args: unknown): Promise<never> {
    const call = { name, args };
    this.calls.push(call);
    for (const waiting of this.#waiting) if (waiting.name === name) waiting.resolve();
    const answer = this.#answer(call);
    if (answer instanceof Error) throw answer;
    return answer as never;
  }

  on<Name extends EventName>(name: Name, listener: (data: EventData<Name>) => void): () => void {
    const set = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, set);
    set.add(listener);
    return () => set.delete(listener);
  }

  onStream(listener: (state: 'again' | Error) => void): () => void {
    this.#stream = listener;
    return () => {
      this.#stream = undefined;
    };
  }

  push<Name extends EventName>(name: Name, data: EventData<Name>): void {
    for (const listener of this.#listeners.get(name) ?? []) {
      (listener as (data: EventData<Name>) => void)(data);
    }
  }

  stream(state: 'again' | Error): void {
    this.#stream?.(state);
  }

  async called(name: string): Promise<void> {
    if (this.calls.some((call) => call.name === name)) return;
    await new Promise<void>((resolve) => this.#waiting.push({ name, resolve }));
  }

  get listeners(): number {
    return [...this.#listeners.values()].reduce((sum, set) => sum + set.size, 0);
  }

  names(): string[] {
    return this.calls.map(({ name }) => name);
  }
}

const waiting = lobbyOf('l1', 'mario');
const ready: Lobby = {
  ...waiting,
  members: waiting.members.map((member) => ({ ...member, ready: true })),
};
const placed = { matchId: 'm1', lobbyId: 'l1', game: 'rps' };

/** A lobby that takes everybody and in which saying ready works. */
const friendly = ({ name }: Call): unknown => (name === 'lobby.ready' ? ready : waiting);

describe('the lobby is entered by the opponent', () => {
  const entries: [FindMatchOptions, Call][] = [
    [{}, { name: 'lobby.quick', args: { game: 'rps' } }],
    [{ against: 'anyone' }, { name: 'lobby.quick', args: { game: 'rps' } }],
    [
      { against: 'anyone', settings: { firstTo: 1 } },
      { name: 'lobby.create', args: { game: 'rps', settings: { firstTo: 1 } } },
    ],
    [{ against: 'friend' }, { name: 'lobby.create', args: { game: 'rps', private: true } }],
    [{ against: { code: ' k7q2 ' } }, { name: 'lobby.join-code', args: { code: 'K7Q2' } }],
    [{ against: { lobby: 'l1' } }, { name: 'lobby.join', args: { lobbyId: 'l1' } }],
  ];
  for (const [options, expected] of entries) {
    test(JSON.stringify(options), async () => {
      const table = new Table(friendly);
      const found = findMatch(table, 'rps', options);
      await table.called('lobby.ready');
      table.push('match.placed', placed);
      assert.equal((await found).matchId, 'm1');
      assert.deepEqual(table.calls[0], expected);
      assert.equal(table.listeners, 0);
    });
  }

  test('with bots in every seat that must be taken', async () => {
    const table = new Table((call) =>
      call.name === 'game.list'
        ? { games: [{ name: 'rps', players: { min: 3, max: 4 } }] }
        : friendly(call),
    );
    const found = findMatch(table, 'rps', { against: 'bot' });
    await table.called('lobby.ready');
    table.push('match.placed', placed);
    await found;
    const args = { game: 'rps', private: true, bots: 2 };
    assert.deepEqual(table.calls[1], { name: 'lobby.create', args });
  });
});

describe('a player who still sits in an earlier lobby', () => {
  const taken = new PaperclipError('ALREADY_IN_LOBBY', { lobby: 'l0' });
  const earlier = lobbyOf('l0', 'mario', { code: 'K7Q2' });

  test('leaves it and enters the wanted one', async () => {
    let sits = true;
    const table = new Table((call) => {
      if (call.name === 'lobby.quick' && sits) return taken;
      if (call.name === 'lobby.get') return earlier;
      if (call.name === 'lobby.leave') sits = false;
      return friendly(call);
    });
    const found = findMatch(table, 'rps', {});
    await table.called('lobby.ready');
    assert.deepEqual(table.calls[2], { name: 'lobby.leave', args: { lobbyId: 'l0' } });
    table.push('match.placed', placed);
    assert.equal((await found).lobbyId, 'l1');
  });

  test('keeps the seat when that is the wanted lobby', async () => {
    for (const against of [{ code: 'k7q2' }, { lobby: 'l0' }]) {
      const table = new Table(({ name }) => {
        if (name.startsWith('lobby.join')) return taken;
        return name === 'lobby.ready' ? { ...ready, id: 'l0' } : earlier;
      });
      const found = findMatch(table, 'rps', { against });
      await table.called('lobby.ready');
      table.push('match.placed', { ...placed, lobbyId: 'l0' });
      assert.deepEqual(await found, { matchId: 'm1', lobbyId: 'l0' });
      assert(!table.names().includes('lobby.leave'));
    }
  });

  test('is refused while the match of that lobby runs', async () => {
    const started = new PaperclipError('LOBBY_STARTED', { lobby: 'l0' });
    const playing = { ...earlier, state: 'playing' };
    const table = new Table(({ name }) =>
      name === 'lobby.quick' ? taken : name === 'lobby.get' ? playing : started,
    );
    await assert.rejects(findMatch(table, 'rps', {}), taken);
  });
});

describe('the lobby of a match that is over', () => {
  const never = () => () => undefined;
  const started = new PaperclipError('LOBBY_STARTED', { lobby: 'l1' });

  test('is left when it is open again', async () => {
    const table = new Table(() => ({}));
    const left = leaveWhenOpen(table, never, 'l1');
    table.push('lobby.changed', { lobby: { ...ready, state: 'playing' } });
    table.push('lobby.changed', { lobby: lobbyOf('l2', 'mario') });
    assert.deepEqual(table.calls, []);
    table.push('lobby.changed', { lobby: waiting });
    await left;
    assert.deepEqual(table.calls, [{ name: 'lobby.leave', args: { lobbyId: 'l1' } }]);
    assert.equal(table.listeners, 0);
  });

  test('is tried again and again without events, and not for ever', async () => {
    const table = new Table(() => started);
    await leaveWhenOpen(
      table,
      (_delayMs, run) => {
        run();
        return () => undefined;
      },
      'l1',
    );
    assert.equal(table.calls.length, 40);
  });

  test('is forgotten when the server is away', async () => {
    const table = new Table(() => new Error('no server'));
    const left = leaveWhenOpen(table, never, 'l1');
    table.push('lobby.changed', { lobby: waiting });
    await left;
    assert.equal(table.calls.length, 1);
  });
});

describe('in the lobby', () => {
  test('every state is shown, and other lobbies’ events are not ours', async () => {
    const table = new Table(friendly);
    const seen: string[] = [];
    const onLobby = ({ id, state }: Lobby) => seen.push(`${id} ${state}`);
    const found = findMatch(table, 'rps', { onLobby });
    await table.called('lobby.ready');
    table.push('lobby.changed', { lobby: lobbyOf('l2', 'mario') });
    table.push('match.placed', { ...placed, lobbyId: 'l2', matchId: 'm2' });
    table.push('lobby.removed', { lobbyId: 'l2', reason: 'kicked' });
    table.push('lobby.changed', { lobby: { ...ready, state: 'starting' } });
    table.push('match.placed', placed);
    assert.equal((await found).matchId, 'm1');
    assert.deepEqual(new Set(seen), new Set(['l1 open', 'l1 starting']));
  });

  test('a lobby that already plays needs no event', async () => {
    const table = new Table(({ name }) =>
      name === 'lobby.ready' ? { ...ready, state: 'playing', matchId: 'm7' } : waiting,
    );
    assert.deepEqual(await findMatch(table, 'rps', {}), { matchId: 'm7', lobbyId: 'l1' });
  });

  test('a failed start is answered by saying ready again', async () => {
    const table = new Table(friendly);
    const found = findMatch(table, 'rps', {});
    await table.called('lobby.ready');
    // The answer to the first ready must have been taken.
    await new Promise((resolve) => setImmediate(resolve));
    table.push('lobby.changed', { lobby: waiting });
    table.push('match.placed', placed);
    await found;
    assert.equal(table.names().filter((name) => name === 'lobby.ready').length, 2);
  });

  test('a start between our look and our word is no error', async () => {
    const table = new Table(({ name }) =>
      name === 'lobby.ready' ? new PaperclipError('LOBBY_STARTED', { lobby: 'l1' }) : waiting,
    );
    const found = findMatch(table, 'rps', {});
    await table.called('lobby.ready');
    table.push('match.placed', placed);
    assert.equal((await found).matchId, 'm1');
  });

  test('after a gap in the events it looks again', async () => {
    const table = new Table((call) =>
      call.name === 'lobby.get' ? { ...ready, state: 'playing', matchId: 'm3' } : friendly(call),
    );
    const found = findMatch(table, 'rps', {});
    await table.called('lobby.ready');
    table.stream('again');
    assert.equal((await found).matchId, 'm3');
  });
});

describe('the lobby is left', () => {
  const failing = async (break_: (table: Table) => void, answer = friendly): Promise<Error> => {
    const table = new Table(answer);
    const found = findMatch(table, 'rps', {});
    const failed = found.then(
      () => new Error('found a match'),
      (error: Error) => error,
    );
    await table.called('lobby.ready');
    break_(table);
    const error = await failed;
    assert.equal(table.names().at(-1), 'lobby.leave');
    assert.equal(table.listeners, 0);
    return error;
  };
  const codeOf = (error: Error): unknown => ('code' in error ? error.code : error.message);

  test('when the owner kicked the player', async () => {
    const error = await failing((table) =>
      table.push('lobby.removed', { lobbyId: 'l1', reason: 'kicked' }),
    );
    assert.equal(codeOf(error), 'KICKED');
  });

  test('when it closed', async () => {
    const error = await failing((table) =>
      table.push('lobby.removed', { lobbyId: 'l1', reason: 'closed' }),
    );
    assert.equal(codeOf(error), 'LOBBY_GONE');
  });

  test('when it was gone after a gap in the events', async () => {
    const error = await failing(
      (table) => table.stream('again'),
      (call) =>
        call.name === 'lobby.get'
          ? new PaperclipError('LOBBY_NOT_FOUND', { lobby: 'l1' })
          : friendly(call),
    );
    assert.equal(codeOf(error), 'LOBBY_GONE');
  });

  test('when no host has room', async () => {
    const error = await failing(
      () => undefined,
      ({ name }) => (name === 'lobby.ready' ? new PaperclipError('SERVER_FULL') : waiting),
    );
    assert.equal(codeOf(error), 'SERVER_FULL');
  });

  test('when the event stream ended for good', async () => {
    const gone = new PaperclipError('REFRESH_REUSED');
    assert.equal(await failing((table) => table.stream(gone)), gone);
  });

  test('when the caller does not want to wait any more', async () => {
    const abort = new AbortController();
    const table = new Table(friendly);
    const found = findMatch(table, 'rps', { signal: abort.signal });
    await table.called('lobby.ready');
    abort.abort(new Error('enough'));
    await assert.rejects(found, /enough/);
    assert.equal(table.names().at(-1), 'lobby.leave');
  });

  test('and not even entered when that was so before', async () => {
    const table = new Table(friendly);
    const signal = AbortSignal.abort(new Error('enough'));
    await assert.rejects(findMatch(table, 'rps', { signal }), /enough/);
    assert.deepEqual(table.calls, []);
  });
});
