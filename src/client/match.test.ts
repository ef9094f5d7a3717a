// A player's match over a host in this process: views, inputs, results, and connections that break.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { seededRandom } from '../base/prng.ts';
import { PaperclipError } from '../contract/errors.ts';
import type { MatchSummary } from '../contract/schema.ts';
import { defineGame, type Game, t } from '../game/define-game.ts';
import { errorCodes } from '../protocol/paperclip/error-codes.ts';
import { FakeHost } from './fake-host.fixture.ts';
import { joinMatch, type Match, type MatchOf, type MatchPort } from './match.ts';
import { playBot } from './play-bot.ts';

/** Each says numbers; first to ten in all wins. The bot says three. */
const sum = defineGame({
  name: 'sum',
  title: 'Sum',
  players: { min: 2, max: 2 },
  input: t.Object({ add: t.Integer({ minimum: 1, maximum: 5 }) }),
  setup: () => ({ sums: [0, 0], last: -1 }),
  step: (state, inputs) => {
    const sums = [...state.sums];
    for (const { seat, input } of inputs) sums[seat] = (sums[seat] ?? 0) + input.add;
    return { sums, last: inputs.at(-1)?.seat ?? state.last };
  },
  view: (state, seat) => ({ mine: state.sums[seat] ?? 0, theirs: state.sums[1 - seat] ?? 0 }),
  outcome: ({ sums: [a = 0, b = 0] }) =>
    Math.max(a, b) < 10 ? undefined : { ranking: a > b ? [[0], [1]] : [[1], [0]], score: [a, b] },
  refuse: (state, seat) => (state.last === seat ? 'it is not your turn' : undefined),
  bot: () => ({ add: 3 }),
});

const ticket = {
  matchId: 'm1',
  seat: 0,
  host: { address: '127.0.0.1', port: 1, publicKey: '', gateId: 0, gateKey: '' },
  ticket: '',
  expiresAt: '',
};

const stored = (more: Partial<MatchSummary>): MatchSummary => ({
  id: 'm1',
  game: 'sum',
  gameVersion: 1,
  state: 'ended',
  seats: [],
  settings: {},
  startedAt: '',
  ...more,
});

interface PortSetup {
  readonly ticket?: () => unknown;
  readonly match?: () => MatchSummary;
}

/** Timers run at once, but for those that only guard against silence. */
function portOf(host: FakeHost, setup: PortSetup = {}): MatchPort {
  return {
    call: async (name, args) => {
      if (name === 'match.ticket') {
        host.tickets.push((args as { clientPublicKey: string }).clientPublicKey);
        const answer = setup.ticket?.();
        if (answer instanceof Error) throw answer;
        return ticket as never;
      }
      assert.equal(name, 'match.get');
      return (setup.match ?? (() => stored({})))() as never;
    },
    on: () => () => undefined,
    after: (delayMs, run) => {
      if (delayMs <= 2_000) setImmediate(run);
      return () => undefined;
    },
  };
}

async function both(host: FakeHost): Promise<[MatchOf<typeof sum>, MatchOf<typeof sum>]> {
  const join = (seat: number) =>
    joinMatch(portOf(host), 'm1', sum as Game, { dialer: host.dialer(seat) });
  // Boundary: joined with the game whose types these are.
  return (await Promise.all([join(0), join(1)])) as [MatchOf<typeof sum>, MatchOf<typeof sum>];
}

const nextView = async <View>(match: Match<View>, fits: (view: View) => boolean): Promise<View> => {
  for await (const view of match.views) if (fits(view)) return view;
  throw new Error('the match ended first');
};

describe('a match', () => {
  test('shows views, takes inputs and gives both players the same result', async () => {
    const [a, b] = await both(new FakeHost({ game: sum as Game }));
    assert.deepEqual(
      a.players.map(({ name, seat }) => [name, seat]),
      [
        ['player 0', 0],
        ['player 1', 1],
      ],
    );
    a.send({ add: 5 });
    await nextView(b, ({ theirs }) => theirs === 5);
    b.send({ add: 1 });
    await nextView(a, ({ theirs }) => theirs === 1);
    a.send({ add: 5 });
    assert.deepEqual(await a.result, {
      reason: 'outcome',
      outcome: { ranking: [[0], [1]], score: [10, 1] },
      mine: 'win',
    });
    assert.equal((await b.result).mine, 'loss');
    const views: unknown[] = [];
    for await (const view of b.views) views.push(view);
    assert.deepEqual(views, [{ mine: 1, theirs: 10 }]);
    assert.equal(b.linkState, 'ended');
    b.send({ add: 1 });
  });

  test('tells that the host does not answer, and that it does again', async () => {
    const host = new FakeHost({ game: sum as Game });
    const [a] = await both(host);
    const states: string[] = [];
    a.on('link', (state) => states.push(state));
    host.link(0).onInterrupted?.();
    assert.equal(a.linkState, 'interrupted');
    host.link(0).onResumed?.();
    assert.deepEqual(states, ['interrupted', 'open']);
  });

  test('tells which input was refused, and why', async () => {
    const [a] = await both(new FakeHost({ game: sum as Game }));
    const refused = Promise.withResolvers<unknown>();
    a.on('refused', refused.resolve);
    await nextView(a, () => true);
    a.send({ add: 1 });
    a.send({ add: 2 });
    assert.deepEqual(await refused.promise, {
      sequence: 2,
      code: 'rules',
      message: 'it is not your turn',
    });
    await a.leave();
  });

  test('refuses an input that does not fit the schema before it leaves', async () => {
    const [a, b] = await both(new FakeHost({ game: sum as Game }));
    assert.throws(() => a.send({ add: 6 }), TypeError);
    await Promise.all([a.leave(), b.leave()]);
  });

  test('can be given up: the other one wins', async () => {
    const [a, b] = await both(new FakeHost({ game: sum as Game }));
    await nextView(a, () => true);
    await a.leave();
    assert.equal((await a.result).reason, 'forfeit');
    assert.equal((await b.result).mine, 'win');
  });

  test('of another game, or another version of it, is left with a reason', async () => {
    const host = new FakeHost({ game: sum as Game, bots: [1] });
    const join = (game: Game | string) =>
      joinMatch(portOf(host), 'm1', game, { dialer: host.dialer(0) });
    await assert.rejects(join('chess'), { code: 'WRONG_GAME' });
    const newer = defineGame({ ...sum, version: 2 });
    await assert.rejects(join(newer as Game), { code: 'MATCH_UNREADABLE' });
  });

  test('is played by its bot when asked to', async () => {
    const host = new FakeHost({ game: sum as Game, bots: [1] });
    const match = await joinMatch(portOf(host), 'm1', sum as Game, { dialer: host.dialer(0) });
    playBot(match, sum as Game, { seed: 's', after: portOf(host).after, thinkMs: 1 });
    match.on('view', () => host.advance(1_000));
    assert.equal((await match.result).reason, 'outcome');
  });
});

describe('a lost connection', () => {
  test('is made again with a new ticket and a new key, and the match goes on', async () => {
    const host = new FakeHost({ game: sum as Game });
    const [a, b] = await both(host);
    const states: string[] = [];
    a.on('link', (state) => states.push(state));
    const back = Promise.withResolvers<void>();
    b.on('player', ({ seat, status }) => seat === 0 && status === 'here' && back.resolve());
    host.link(0).cut({ kind: 'timed-out' });
    await back.promise;
    a.send({ add: 4 });
    await nextView(b, ({ theirs }) => theirs === 4);
    assert.deepEqual(states, ['lost', 'open']);
    assert.equal(new Set(host.tickets).size, 3);
    assert.equal(a.stats.reconnects, 1);
    await a.leave();
  });

  test('does not lose an input that was under way', async () => {
    const host = new FakeHost({ game: sum as Game });
    const [a, b] = await both(host);
    await nextView(a, () => true);
    host.link(0).deaf = true;
    a.send({ add: 4 });
    host.link(0).cut({ kind: 'timed-out' });
    await nextView(b, ({ theirs }) => theirs === 4);
    await a.leave();
  });

  test('keeps the order of inputs: what is sent on the new link waits for those before it', async () => {
    const heard: number[] = [];
    const order = defineGame({
      ...sum,
      refuse: () => undefined,
      step: (state, inputs) => {
        for (const { input } of inputs) heard.push(input.add);
        return sum.step(state, inputs, {
          random: seededRandom(1),
          tick: 1,
          elapsedMs: 0,
          timedOut: false,
          left: [],
        });
      },
    });
    const host = new FakeHost({ game: order as Game });
    const [a, b] = await both(host);
    await nextView(a, () => true);
    host.link(0).deaf = true;
    a.send({ add: 4 });
    a.on('link', (state) => state === 'open' && a.send({ add: 1 }));
    host.link(0).cut({ kind: 'timed-out' });
    await nextView(b, ({ theirs }) => theirs === 5);
    assert.deepEqual(heard, [4, 1]);
    await a.leave();
  });

  test('does not bring back an input that was meant for an earlier turn', async () => {
    const host = new FakeHost({ game: sum as Game });
    const [a, b] = await both(host);
    await Promise.all([nextView(a, () => true), nextView(b, () => true)]);
    host.link(0).deaf = true;
    a.send({ add: 4 });
    b.send({ add: 1 });
    await nextView(a, ({ theirs }) => theirs === 1);
    const back = Promise.withResolvers<void>();
    b.on('player', ({ seat, status }) => seat === 0 && status === 'here' && back.resolve());
    host.link(0).cut({ kind: 'timed-out' });
    await back.promise;
    a.send({ add: 2 });
    const view = await nextView(b, ({ theirs }) => theirs > 0);
    assert.deepEqual(view, { mine: 1, theirs: 2 });
    await a.leave();
  });

  test('is tried again when the host or the server cannot be reached', async () => {
    const host = new FakeHost({ game: sum as Game, bots: [1] });
    let failures = 0;
    let asked = 0;
    const dialer = host.dialer(0, () =>
      failures-- > 0 ? new Error('no route to host') : undefined,
    );
    const port = portOf(host, {
      ticket: () => (asked++ === 1 ? new PaperclipError('BUSY') : undefined),
    });
    const match = await joinMatch(port, 'm1', sum as Game, { dialer });
    const back = Promise.withResolvers<void>();
    match.on('link', (state) => state === 'open' && back.resolve());
    failures = 3;
    host.link(0).cut({ kind: 'timed-out' });
    await back.promise;
    assert.equal(asked, 6);
    await match.leave();
  });

  test('to a match that ended meanwhile gives the stored result', async () => {
    const host = new FakeHost({ game: sum as Game, bots: [1] });
    let running = true;
    const seat = (at: number, place: number, result: 'win' | 'loss') =>
      ({
        seat: at,
        playerId: `p${at}`,
        name: '',
        kind: 'account',
        place,
        result,
        score: at,
      }) as const;
    let looks = 0;
    const port = portOf(host, {
      ticket: () =>
        running ? undefined : new PaperclipError('MATCH_NOT_RUNNING', { match: 'm1' }),
      match: () =>
        looks++ === 0
          ? stored({ state: 'running' })
          : stored({ reason: 'forfeit', seats: [seat(0, 2, 'loss'), seat(1, 1, 'win')] }),
    });
    const match = await joinMatch(port, 'm1', sum as Game, { dialer: host.dialer(0) });
    running = false;
    host.link(0).cut({ kind: 'timed-out' });
    assert.deepEqual(await match.result, {
      reason: 'forfeit',
      outcome: { ranking: [[1], [0]], score: [0, 1] },
      mine: 'loss',
    });
  });

  test('is not fought over with another connection of the same player', async () => {
    const host = new FakeHost({ game: sum as Game, bots: [1] });
    const match = await joinMatch(portOf(host), 'm1', sum as Game, { dialer: host.dialer(0) });
    const code = errorCodes.REPLACED.code;
    host.link(0).cut({ kind: 'closed-by-peer', code, reason: 'replaced' });
    await assert.rejects(match.result, { code: 'SEAT_TAKEN' });
    await assert.rejects(
      nextView(match, () => false),
      { code: 'SEAT_TAKEN' },
    );
  });

  test('that never comes back ends with the reason, after a bounded number of tries', async () => {
    const host = new FakeHost({ game: sum as Game, bots: [1] });
    let down = false;
    let dials = 0;
    const dialer = host.dialer(0, () => {
      dials++;
      return down ? new Error('no route to host') : undefined;
    });
    const match = await joinMatch(portOf(host), 'm1', sum as Game, { dialer });
    down = true;
    host.link(0).cut({ kind: 'timed-out' });
    await assert.rejects(match.result, /no route to host/);
    assert(dials < 30);
  });
});

describe('a host that does not speak the protocol', () => {
  test('is left with a reason', async () => {
    const host = new FakeHost({ game: sum as Game, bots: [1] });
    const match = await joinMatch(portOf(host), 'm1', sum as Game, { dialer: host.dialer(0) });
    host.link(0).deliver('reliable', new TextEncoder().encode('{"kind":"nonsense"}'));
    await assert.rejects(match.result, { code: 'MATCH_UNREADABLE' });
  });
});
