// Random histories of one external game: whatever players' programs say and whoever leaves when,
// those who are connected know each other, each pair once, and nobody else is spoken to.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { contractLimits as limits } from '../../contract/limits.ts';
import { connected, type ExternalRecord, externalView, memberOf } from './external-game.ts';
import { join, leave, receive, type Step } from './wiring.ts';

const names = ['a', 'b', 'c', 'd', 'e'] as const;
const person = (id: string) => ({ id, name: id, kind: 'account' as const });

const hosted: ExternalRecord = {
  ...{ number: 1, title: 'T', mod: 'faf', map: 'm', visibility: 'public', host: person('a') },
  ...{ enforceRatingRange: false, state: 'starting', members: [], places: new Map() },
  ...{ playersMax: 12, mods: [], hostedAtMs: 0, reports: new Map() },
};

type Action =
  | { readonly kind: 'join' | 'leave'; readonly who: string }
  | {
      readonly kind: 'say';
      readonly who: string;
      readonly command: string;
      readonly args: readonly unknown[];
    };

const who = fc.constantFrom(...names);
const said = (command: string, args: fc.Arbitrary<readonly unknown[]>) =>
  fc.record({ kind: fc.constant('say' as const), who, command: fc.constant(command), args });
const arriving = fc.constantFrom('Idle', 'Lobby', 'Nonsense');
const going = fc.constantFrom('Launching', 'Ended');

const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ kind: fc.constant('join' as const), who }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('leave' as const), who }) },
  { weight: 12, arbitrary: said('GameState', fc.tuple(arriving)) },
  { weight: 1, arbitrary: said('GameState', fc.tuple(going)) },
  { weight: 2, arbitrary: said('IceMsg', fc.tuple(who, fc.string())) },
  { weight: 2, arbitrary: said('GameEnded', fc.constant([])) },
  {
    weight: 2,
    arbitrary: said(
      'PlayerOption',
      fc.tuple(who, fc.constantFrom('Team', 'Army', 'Color', 'StartSpot'), fc.integer()),
    ),
  },
  { weight: 1, arbitrary: said('ClearSlot', fc.tuple(fc.integer({ min: 0, max: 3 }))) },
  { weight: 1, arbitrary: said('GameResult', fc.array(fc.anything(), { maxLength: 3 })) },
  { weight: 1, arbitrary: said('GameOption', fc.array(fc.anything(), { maxLength: 3 })) },
);

/** Who was told to connect to whom, and whether to begin. */
class Links {
  readonly #offers = new Map<string, boolean>();

  take(before: ExternalRecord, { told }: Step, from: string | undefined): void {
    for (const { to, signal } of told) {
      assert.ok(memberOf(before, to) !== undefined, `${to} is not in the game`);
      if (signal.kind === 'host') assert.equal(to, before.host.id);
      if (signal.kind === 'ice') assert.equal(signal.from.id, from);
      if (signal.kind === 'join') this.#add(to, signal.host.id, false);
      if (signal.kind === 'connect') this.#add(to, signal.peer.id, signal.offer);
      if (signal.kind === 'disconnect') {
        this.#offers.delete(`${to} ${signal.peer.id}`);
        this.#offers.delete(`${signal.peer.id} ${to}`);
      }
    }
  }

  #add(to: string, peer: string, offer: boolean): void {
    assert.notEqual(to, peer);
    assert.ok(!this.#offers.has(`${to} ${peer}`), `${to} was told of ${peer} before`);
    this.#offers.set(`${to} ${peer}`, offer);
  }

  /** One of each pair begins. */
  check(game: ExternalRecord): void {
    const ids = connected(game).map((member) => member.person.id);
    for (const one of ids) {
      for (const other of ids) {
        if (one >= other) continue;
        const offers = [this.#offers.get(`${one} ${other}`), this.#offers.get(`${other} ${one}`)];
        assert.deepEqual(offers.toSorted(), [false, true], `${one} and ${other}`);
      }
    }
  }
}

function stepOf(game: ExternalRecord, action: Action): Step | undefined {
  if (action.kind === 'say') return receive(game, action.who, action.command, action.args, 1);
  if (action.kind === 'leave') return leave(game, action.who, 'left');
  // What the service lets in.
  const isFree = memberOf(game, action.who) === undefined && game.state === 'open';
  if (!isFree) return undefined;
  const joined = join(game, person(action.who), 's');
  return { game: joined, told: [], gone: [], isVisible: false, outcome: 'taken' };
}

test('whatever is said, those who are connected know each other, each pair once', () => {
  const counts = { most: 0, closed: 0 };
  fc.assert(
    fc.property(fc.array(action, { size: 'max', maxLength: 80 }), (actions) => {
      const links = new Links();
      let game = join(hosted, person('a'), 's');
      for (const setUp of ['Idle', 'Lobby']) {
        const step = receive(game, 'a', 'GameState', [setUp], 0);
        links.take(game, step, 'a');
        game = step.game;
      }
      for (const one of actions) {
        const step = stepOf(game, one);
        if (step === undefined) continue;
        links.take(game, step, one.who);
        for (const { member } of step.gone) {
          assert.equal(memberOf(step.game, member.person.id), undefined);
        }
        const wasPlaying = game.state === 'playing' || game.state === 'closed';
        if (wasPlaying) assert.ok(step.told.every(({ signal }) => signal.kind === 'ice'));
        if (game.state === 'closed') assert.equal(step.game.state, 'closed');
        game = step.game;
        links.check(game);
        assert.ok(game.playersMax <= limits.externalMembersMax);
        assert.ok(externalView(game).players.length <= game.members.length);
        counts.most = Math.max(counts.most, connected(game).length);
      }
      if (game.state === 'closed') counts.closed++;
    }),
    { numRuns: 500 },
  );
  // A test of nothing but refusals would pass, too.
  assert.ok(counts.most >= 4 && counts.closed > 0, JSON.stringify(counts));
});
