// Whatever players, hosts and time do in whatever order, also at once: a lobby is never too full,
// its owner is one of its people, nobody is in two, none is without people, and what the store has
// is what the members see. A timed lobby does not outlive its time or its match, and a game has at
// most one party. A failing run prints its seed and its shortest sequence of actions.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PaperclipError } from '../../contract/errors.ts';
import type { Lobby } from '../../contract/schema.ts';
import {
  duel,
  melee,
  type TestPlatform,
  type TestPlayer,
  testPlatform,
} from '../test-platform.fixture.ts';
import type { LobbyRecord } from './lobby-rules.ts';

const playersCount = 6;
const player = fc.nat({ max: playersCount - 1 });
const game = fc.constantFrom('duel', 'melee');

/** Numbers choose among what is there when the action happens. */
const action = fc.oneof(
  fc.record({ do: fc.constant('create'), who: player, game, private: fc.boolean() }),
  fc.record({ do: fc.constant('quick'), who: player, game }),
  fc.record({
    do: fc.constant('timed'),
    who: player,
    game,
    startsInS: fc.integer({ min: 1, max: 60 }),
    playersMin: fc.integer({ min: 1, max: 4 }),
  }),
  fc.record({ do: fc.constant('party'), who: player, game }),
  fc.record({ do: fc.constant('join-party'), who: player, game }),
  fc.record({ do: fc.constant('join'), who: player, lobby: fc.nat() }),
  fc.record({ do: fc.constant('join-code'), who: player, lobby: fc.nat() }),
  fc.record({ do: fc.constant('leave'), who: player }),
  fc.record({ do: fc.constant('ready'), who: player, ready: fc.boolean() }),
  fc.record({ do: fc.constant('all-ready'), lobby: fc.nat() }),
  fc.record({ do: fc.constant('all-ready'), lobby: fc.nat() }),
  fc.record({ do: fc.constant('kick'), who: player, whom: player }),
  fc.record({ do: fc.constant('hand-over'), who: player, whom: player }),
  fc.record({ do: fc.constant('add-bot'), who: player }),
  fc.record({ do: fc.constant('end-match'), match: fc.nat() }),
  fc.record({ do: fc.constant('host'), matchesMax: fc.nat({ max: 2 }) }),
  fc.record({ do: fc.constant('wait'), seconds: fc.nat({ max: 70 }) }),
);

type Action = Partial<{
  who: number;
  whom: number;
  game: string;
  private: boolean;
  ready: boolean;
  lobby: number;
  match: number;
  matchesMax: number;
  seconds: number;
  startsInS: number;
  playersMin: number;
}> & { do: string };

/** A record whose answer is still being written when time has run past the host's patience. */
const foundBefore: [Action[][], number] = [
  [
    [{ do: 'create', who: 1, game: 'duel', private: false }],
    [
      { do: 'all-ready', lobby: 0 },
      { do: 'add-bot', who: 1 },
    ],
    [
      { do: 'wait', seconds: 5 },
      { do: 'end-match', match: 0 },
    ],
  ],
  286032510,
];

class Run {
  readonly #world: TestPlatform;
  readonly #players: readonly TestPlayer[];

  constructor(world: TestPlatform, players: readonly TestPlayer[]) {
    this.#world = world;
    this.#players = players;
  }

  /** What the rules refuse is fine; anything else that fails is not. */
  async act(one: Action): Promise<void> {
    try {
      await this.#act(one);
    } catch (error) {
      if (error instanceof PaperclipError && error.code !== 'INTERNAL') return;
      throw error;
    }
  }

  async #act(one: Action): Promise<void> {
    const me = this.#players[one.who ?? 0]!;
    const whom = this.#players[one.whom ?? 0]!.player.id;
    const all = await this.#world.store.lobbies.all();
    const some = all[(one.lobby ?? 0) % Math.max(1, all.length)];
    const { lobbyId = 'none' } = await me.call('account.me');
    switch (one.do) {
      case 'create':
        return void (await me.call('lobby.create', { game: one.game!, private: one.private! }));
      case 'quick':
        return void (await me.call('lobby.quick', { game: one.game! }));
      case 'timed': {
        const { game, startsInS, playersMin } = one;
        const timed = { game: game!, startsInS: startsInS!, playersMin: playersMin! };
        return void (await me.call('lobby.create', timed));
      }
      case 'party':
        return void (await me.call('party.start', { game: one.game! }));
      case 'join-party':
        return void (await me.call('party.join', { game: one.game! }));
      case 'join':
        return void (await me.call('lobby.join', { lobbyId: some?.id ?? 'none' }));
      case 'join-code':
        return void (await me.call('lobby.join-code', { code: some?.code ?? 'NONE' }));
      case 'leave':
        return void (await me.call('lobby.leave', { lobbyId }));
      case 'ready':
        return void (await me.call('lobby.ready', { lobbyId, ready: one.ready! }));
      case 'all-ready': {
        const ids = some?.members.map(({ playerId }) => playerId) ?? [];
        const members = this.#players.filter(({ player: { id } }) => ids.includes(id));
        const ready = { lobbyId: some?.id ?? 'none', ready: true };
        await Promise.all(members.map((member) => member.call('lobby.ready', ready)));
        return;
      }
      case 'kick':
        return void (await me.call('lobby.kick', { lobbyId, playerId: whom }));
      case 'hand-over':
        return void (await me.call('lobby.hand-over', { lobbyId, playerId: whom }));
      case 'add-bot':
        return void (await me.call('lobby.add-bot', { lobbyId }));
      case 'end-match': {
        const { started } = this.#world.host('h1');
        const match = started[(one.match ?? 0) % Math.max(1, started.length)];
        if (match !== undefined) await this.#world.host('h1').end(match.matchId);
        return;
      }
      case 'host':
        return this.#world.host('h1').announce({ matchesMax: one.matchesMax! });
      default:
        return this.#world.advance((one.seconds ?? 0) * 1000);
    }
  }

  async check(): Promise<void> {
    // What was opened while time went by may be due already.
    await this.#world.time.advance(0, () => this.#world.platform.settled());
    await this.#world.platform.settled();
    const stored = await this.#world.store.lobbies.all();
    const seen = new Set<string>();
    for (const lobby of stored) {
      const { players } = lobby.game === 'duel' ? duel : melee;
      const people = lobby.members.filter(({ kind }) => kind !== 'bot');
      assert.ok(lobby.members.length <= players.max, 'never above max');
      assert.ok(people.length > 0, 'never without people');
      assert.ok(
        people.some(({ playerId }) => playerId === lobby.ownerId),
        'owner among them',
      );
      assert.equal(new Set(lobby.members.map(({ seat }) => seat)).size, lobby.members.length);
      assert.equal(lobby.state === 'playing', lobby.matchId !== undefined);
      assert.notEqual(lobby.state, 'starting', 'nothing is under way');
      for (const { playerId, name } of people) {
        assert.equal(seen.has(playerId), false, `${name} is in two lobbies`);
        seen.add(playerId);
      }
    }
    for (const one of this.#players) await this.#checkView(one, stored);
    await this.#checkTimed(stored);
  }

  async #checkTimed(stored: readonly LobbyRecord[]): Promise<void> {
    for (const { state, startsAtMs = Number.POSITIVE_INFINITY, members } of stored) {
      if (startsAtMs > this.#world.time.now()) continue;
      assert.equal(state, 'playing', 'at its time a lobby starts or closes');
      assert.ok(members.length >= 2, 'never with fewer than the game needs');
    }
    for (const { name } of [duel, melee]) {
      const parties = stored.filter((lobby) => lobby.party === true && lobby.game === name);
      assert.ok(parties.length <= 1, 'one party of a game');
      const { lobby, matchId } = await this.#world.anyone('party.get', { game: name });
      assert.deepEqual([lobby?.id, matchId], [parties[0]?.id, parties[0]?.matchId]);
    }
  }

  async #checkView(one: TestPlayer, stored: readonly LobbyRecord[]): Promise<void> {
    const { lobbyId } = await one.call('account.me');
    const mine = stored.find((lobby) =>
      lobby.members.some(({ playerId }) => playerId === one.player.id),
    );
    assert.equal(lobbyId, mine?.id, 'memory and store agree on where a player is');
    if (mine === undefined || lobbyId === undefined) return;
    const shown: Lobby = await one.call('lobby.get', { lobbyId });
    const { id, code, state, ownerId, settings, matchId, startsAtMs, playersMin = 1 } = mine;
    const { members } = shown;
    assert.deepEqual(
      { ...shown, members: undefined },
      {
        id,
        code,
        state,
        ownerId,
        settings,
        ...(matchId === undefined ? {} : { matchId }),
        members: undefined,
        game: mine.game,
        private: mine.private,
        playersMin: Math.max(2, playersMin),
        playersMax: mine.game === 'duel' ? 2 : 4,
        createdAt: new Date(mine.createdAtMs).toISOString(),
        ...(startsAtMs === undefined ? {} : { startsAt: new Date(startsAtMs).toISOString() }),
      },
    );
    assert.deepEqual(
      members,
      mine.members.toSorted((a, b) => a.seat - b.seat),
    );
  }
}

test('lobby invariants hold whatever happens, one by one and at once', async () => {
  // Bursts: the actions of one happen at the same time, then everything is checked.
  const burst: fc.Arbitrary<Action[]> = fc.array(action, { minLength: 1, maxLength: 5 });
  const bursts = fc.array(burst, { maxLength: 25 });
  await fc.assert(
    fc.asyncProperty(bursts, fc.nat(), async (script, seed) => {
      const limiter = { take: async () => 0 };
      const world = await testPlatform({ seed, deps: { limiter } });
      try {
        const players: TestPlayer[] = [];
        for (let i = 0; i < playersCount; i++) players.push(await world.register(`P${i}x`));
        for (const one of players.slice(3)) one.connect();
        const run = new Run(world, players);
        let elapsedS = 0;
        for (const burst of script) {
          elapsedS += burst.reduce((sum, { seconds = 0 }: Action) => sum + seconds, 0);
          // Longer than an access token lives would be another test.
          if (elapsedS >= 590) break;
          await Promise.all(burst.map((one) => run.act(one)));
          await run.check();
        }
      } finally {
        await world.close();
      }
    }),
    { numRuns: 60, examples: [foundBefore] },
  );
});
