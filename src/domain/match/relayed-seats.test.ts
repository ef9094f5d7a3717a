// Both ends of a relayed seat, as a player meets them: commands in, events out, a real match on a
// real host between them.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { memoryBus } from '../../bus/memory/memory-bus.ts';
import type { PlatformEvent } from '../../contract/events.ts';
import { contractLimits as limits } from '../../contract/limits.ts';
import { defineGame, type Game, t } from '../../game/define-game.ts';
import { gameLimits } from '../../game/limits.ts';
import { BusTimeout, type PlatformBus } from '../bus.ts';
import type { SeatSink } from '../host/match-host.ts';
import { playingHost } from '../host/playing-host.fixture.ts';
import { refused } from '../rejects.fixture.ts';
import { brawl, melee, type TestPlayer, testPlatform } from '../test-platform.fixture.ts';

/** Seats add to a sum in turn; who says the last number wins. Refuses what is over 9. */
const sums = defineGame({
  name: 'sums',
  title: 'Sums',
  players: { min: 2, max: 2 },
  input: t.Object({ add: t.Integer() }),
  setup: () => ({ sum: 0, last: -1 }),
  refuse: (_state, _seat, { add }) => (add > 9 ? 'that is more than nine' : undefined),
  step: (state, inputs) =>
    inputs.reduce(({ sum }, { seat, input }) => ({ sum: sum + input.add, last: seat }), state),
  view: (state, seat) => ({ ...state, seat, padding: 'so that a change is the smaller message' }),
  outcome: ({ sum, last }) => (sum < 20 ? undefined : { ranking: [[last], [1 - last]] }),
});

/** The same, by the clock. */
const drum = defineGame({
  name: 'drum',
  title: 'Drum',
  players: { min: 2, max: 2 },
  tickHz: 10,
  input: t.Object({ add: t.Integer() }),
  setup: () => ({ sum: 0 }),
  step: (state, inputs) => inputs.reduce(({ sum }, { input }) => ({ sum: sum + input.add }), state),
  view: (state) => ({ ...state, padding: 'so that a change is the smaller message' }),
  outcome: () => undefined,
});

const views = (events: readonly PlatformEvent[]) =>
  events.flatMap(({ event, data }) => (event === 'match.view' ? [data] : []));
const losses = (events: readonly PlatformEvent[]) =>
  events.flatMap(({ event, data }) => (event === 'match.seat-lost' ? [data.reason] : []));

/** A match of two people on a playing host. Both have a connection; nobody has a seat so far. */
async function world(game: Game = sums, bus?: PlatformBus) {
  const p = await testPlatform({
    hosts: [],
    games: [sums, drum, brawl, melee],
    ...(bus !== undefined && { bus }),
  });
  const host = await playingHost(p, [sums, drum]);
  const [ann, bob] = [await p.register('ann'), await p.register('bob')];
  const [annHears, bobHears] = [ann.connect(), bob.connect()];
  const { id: lobbyId } = await ann.call('lobby.create', { game: game.name });
  await bob.call('lobby.join', { lobbyId });
  await ann.call('lobby.ready', { lobbyId, ready: true });
  const { matchId = '' } = await bob.call('lobby.ready', { lobbyId, ready: true });
  const add = (who: TestPlayer, number: unknown) =>
    who.call('match.input', { matchId, input: { add: number } });
  /** What is on the bus arrives, and the store gets on. */
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 5; turn += 1)
      await new Promise<void>((resolve) => setImmediate(resolve));
    await p.platform.settled();
  };
  const ended = async (): Promise<void> => {
    while ((await p.anyone('match.get', { matchId })).state !== 'ended') await settle();
  };
  const both = async (): Promise<void> => {
    await ann.call('match.attach', { matchId });
    await bob.call('match.attach', { matchId });
  };
  /** As a link does. */
  const link = (who: TestPlayer, seat: number) => {
    const fate: string[] = [];
    const sink: SeatSink = {
      send: (_channel, { kind }) => fate.push(kind),
      finish: () => fate.push('finish'),
      replaced: () => fate.push('replaced'),
    };
    const handle = host.matches.attach(matchId, seat, who.player.id, sink);
    assert.ok(handle.ok);
    return { fate, handle: handle.value };
  };
  return {
    ...{ p, host, ann, bob, annHears, bobHears, matchId, add, settle, ended, both, link },
    async [Symbol.asyncDispose]() {
      await p.close();
    },
  };
}

describe('a seat without a link', () => {
  test('two players play by commands and events to the stored end', async () => {
    await using w = await world();
    assert.deepEqual(await w.ann.call('match.attach', { matchId: w.matchId }), {
      matchId: w.matchId,
      game: 'sums',
      seat: 0,
      names: ['ann', 'bob'],
    });
    assert.equal((await w.bob.call('match.attach', { matchId: w.matchId })).seat, 1);
    for (const [who, number] of [
      [w.ann, 9],
      [w.bob, 9],
      [w.ann, 2],
    ] as const) {
      assert.deepEqual(await w.add(who, number), {});
      await w.settle();
    }
    await w.ended();
    const seen = views(w.bobHears.events);
    assert.deepEqual(
      seen.map(({ tick, view }) => [tick, (view as { sum: number }).sum]),
      [
        [0, 0],
        [1, 9],
        [2, 18],
        [3, 20],
      ],
    );
    assert.deepEqual(seen[1]?.view, {
      sum: 9,
      last: 0,
      seat: 1,
      padding: 'so that a change is the smaller message',
    });
    const { event, data } = w.bobHears.events.at(-1)!;
    assert.ok(event === 'match.ended');
    assert.deepEqual(
      data.match.seats.map(({ result }) => result),
      ['win', 'loss'],
    );
    assert.deepEqual(losses(w.bobHears.events), []);
    assert.equal(w.host.relay.seats, 0);
  });

  test('who has no connection for events gets no seat', async () => {
    await using w = await world();
    w.annHears.close();
    await refused(w.ann.call('match.attach', { matchId: w.matchId }), 'NOT_CONNECTED');
    await refused(w.ann.call('match.attach', { matchId: 'nowhere' }), 'MATCH_NOT_FOUND');
    const eve = await w.p.guest();
    eve.connect();
    await refused(eve.call('match.attach', { matchId: w.matchId }), 'NOT_IN_MATCH');
  });

  test('an input needs a seat, and a match that runs', async () => {
    await using w = await world();
    await refused(w.add(w.ann, 1), 'NOT_ATTACHED');
    await w.both();
    await Promise.all([w.add(w.ann, 9), w.add(w.ann, 9), w.add(w.ann, 9)]);
    await refused(w.add(w.bob, 1), 'MATCH_NOT_RUNNING');
    await w.ended();
    await refused(w.add(w.bob, 1), 'MATCH_NOT_RUNNING');
    await refused(w.ann.call('match.attach', { matchId: w.matchId }), 'MATCH_NOT_RUNNING');
    await refused(w.ann.call('match.input', { matchId: 'nowhere', input: {} }), 'MATCH_NOT_FOUND');
  });

  test('a refusal says what the game says', async () => {
    await using w = await world();
    await w.ann.call('match.attach', { matchId: w.matchId });
    assert.match(
      (await refused(w.add(w.ann, 1), 'INPUT_REFUSED')).message,
      /the match begins when everyone is here/,
    );
    await w.bob.call('match.attach', { matchId: w.matchId });
    assert.match(
      (await refused(w.add(w.ann, 10), 'INPUT_REFUSED')).message,
      /that is more than nine/,
    );
    assert.match((await refused(w.add(w.ann, 'one'), 'INPUT_REFUSED')).message, /add/);
    await refused(w.add(w.ann, 'x'.repeat(gameLimits.inputBytesMax)), 'INPUT_REFUSED');
    await w.add(w.ann, 1);
    await w.settle();
    assert.deepEqual(
      views(w.annHears.events).map(({ tick }) => tick),
      [0, 1],
    );
  });

  test('every input of a player who is too fast is answered', async () => {
    await using w = await world();
    await w.both();
    const burst = 2 * gameLimits.inputsPerSecond;
    for (let sent = 0; sent < burst; sent += 1) await w.add(w.ann, 0);
    assert.match((await refused(w.add(w.ann, 0), 'INPUT_REFUSED')).message, /wait a moment/);
    assert.match((await refused(w.add(w.ann, 0), 'INPUT_REFUSED')).message, /wait a moment/);
  });

  test('inputs that wait for each other are bounded', async () => {
    await using w = await world();
    await w.both();
    const sent = Array.from({ length: limits.relayedInputsQueuedMax + 3 }, () => w.add(w.ann, 0));
    const codes = (await Promise.allSettled(sent)).map((one) =>
      one.status === 'fulfilled' ? 'taken' : one.reason.code,
    );
    assert.equal(codes.filter((code) => code === 'BUSY').length, 3);
    assert.equal(codes.filter((code) => code === 'taken').length, limits.relayedInputsQueuedMax);
  });

  test('the same session may take its seat again: it gets the view, and loses nothing', async () => {
    await using w = await world();
    await w.both();
    await w.add(w.ann, 3);
    await w.settle();
    await w.ann.call('match.attach', { matchId: w.matchId });
    await w.add(w.ann, 4);
    await w.settle();
    const sumsSeen = views(w.annHears.events).map(({ view }) => (view as { sum: number }).sum);
    assert.deepEqual(sumsSeen, [0, 3, 3, 7]);
    assert.deepEqual(losses(w.annHears.events), []);
    assert.equal(w.host.relay.seats, 2);
  });

  test('a seat taken twice at once is one seat', async () => {
    await using w = await world();
    await Promise.all([w.both(), w.both()]);
    await w.settle();
    assert.equal(w.host.relay.seats, 2);
    assert.deepEqual(losses(w.annHears.events), []);
    await w.add(w.ann, 1);
    await w.settle();
    assert.equal(views(w.annHears.events).at(-1)?.tick, 1);
  });

  test('another session of the player takes the seat, and the first is told', async () => {
    await using w = await world();
    await w.both();
    const session = await w.p.anyone('account.login', {
      name: 'ann',
      password: 'correct horse',
    });
    const first: TestPlayer = { ...w.ann };
    const firstSession = w.ann.session;
    w.ann.session = session;
    const again = w.ann.connect();
    await w.ann.call('match.attach', { matchId: w.matchId });
    await w.settle();
    assert.deepEqual(losses(w.annHears.events), ['replaced']);
    await w.add(w.ann, 1);
    await w.settle();
    assert.equal(views(again.events).at(-1)?.tick, 1);
    assert.equal(views(w.annHears.events).at(-1)?.tick, 0);
    w.ann.session = firstSession;
    await refused(w.add(first, 1), 'NOT_ATTACHED');
  });

  test('a link takes the seat from the events, and the events take it from the link', async () => {
    await using w = await world();
    await w.both();
    const { fate, handle } = w.link(w.ann, 0);
    await w.settle();
    assert.deepEqual(losses(w.annHears.events), ['replaced']);
    await refused(w.add(w.ann, 1), 'NOT_ATTACHED');
    handle.receive({ kind: 'input', sequence: 7, input: { add: 1 } });
    await w.ann.call('match.attach', { matchId: w.matchId });
    assert.equal(fate.at(-1), 'replaced');
    // The numbers of its inputs go on where the link's stopped.
    await w.add(w.ann, 1);
    await w.settle();
    assert.equal(views(w.annHears.events).at(-1)?.tick, 2);
  });

  test('the grace time starts when the last connection of the session is gone', async () => {
    await using w = await world();
    await w.both();
    const second = w.ann.connect();
    w.annHears.close();
    await w.add(w.ann, 1);
    second.close();
    await w.settle();
    assert.equal(w.host.relay.seats, 1);
    await w.p.advance(gameLimits.reconnectGraceMs / 2);
    await w.host.announce();
    // In time: the match goes on.
    const third = w.ann.connect();
    await refused(w.add(w.ann, 1), 'NOT_ATTACHED');
    await w.ann.call('match.attach', { matchId: w.matchId });
    await w.settle();
    assert.equal(views(third.events).at(-1)?.tick, 1);
    third.close();
    await w.settle();
    await w.p.advance(gameLimits.reconnectGraceMs);
    await w.ended();
    const { reason, seats } = await w.p.anyone('match.get', { matchId: w.matchId });
    assert.equal(reason, 'forfeit');
    assert.equal(seats[1]?.result, 'win');
  });

  test('who leaves has given up at once, without a grace time', async () => {
    await using w = await world();
    await refused(w.ann.call('match.leave', { matchId: w.matchId }), 'NOT_ATTACHED');
    await w.both();
    const sent = w.add(w.bob, 3);
    await w.bob.call('match.leave', { matchId: w.matchId });
    assert.deepEqual(await sent, {});
    await w.ended();
    const { reason, seats } = await w.p.anyone('match.get', { matchId: w.matchId });
    assert.equal(reason, 'forfeit');
    assert.deepEqual(
      seats.map(({ result }) => result),
      ['win', 'loss'],
    );
    assert.equal(w.host.relay.seats, 0);
    await refused(w.ann.call('match.leave', { matchId: w.matchId }), 'MATCH_NOT_RUNNING');
    await refused(w.ann.call('match.leave', { matchId: 'nowhere' }), 'MATCH_NOT_FOUND');
  });

  test('who leaves a host that is silent is told so', async () => {
    await using w = await world();
    await w.both();
    w.host.relay.close();
    await refused(w.ann.call('match.leave', { matchId: w.matchId }), 'HOST_SILENT');
  });

  test('a host that dies is told before the end, and inputs say that the match is over', async () => {
    await using w = await world();
    await w.both();
    await w.host.die();
    await w.ended();
    assert.deepEqual(losses(w.annHears.events), ['host-gone']);
    assert.deepEqual(
      w.annHears.events.map(({ event }) => event).filter((event) => event.startsWith('match.')),
      ['match.placed', 'match.view', 'match.seat-lost', 'match.ended'],
    );
    await refused(w.add(w.ann, 1), 'MATCH_NOT_RUNNING');
  });

  test('a host that serves nothing and is not known to be gone is silent', async () => {
    await using w = await world();
    await w.both();
    w.host.relay.close();
    await refused(w.add(w.ann, 1), 'HOST_SILENT');
    await refused(w.ann.call('match.attach', { matchId: w.matchId }), 'HOST_SILENT');
    await refused(w.add(w.ann, 1), 'NOT_ATTACHED');
  });

  test('an input whose answer was lost is asked about again, and counts once', async () => {
    const inner = memoryBus();
    let lost = 0;
    const bus: PlatformBus = {
      append: inner.append,
      follow: inner.follow,
      compact: inner.compact,
      publish: (topic, message) => inner.publish(topic, message),
      subscribe: (topic, handle) => inner.subscribe(topic, handle),
      serve: (topic, as, answer) => inner.serve(topic, as, answer),
      request: async (topic, to, ask, timeoutMs) => {
        const answer = await inner.request(topic, to, ask, timeoutMs);
        if (topic === 'seat.input' && lost++ === 0) throw new BusTimeout('lost on the way');
        return answer;
      },
    };
    await using w = await world(sums, bus);
    await w.both();
    await w.add(w.ann, 1);
    await w.add(w.ann, 1);
    await w.settle();
    assert.equal(lost, 3);
    const { tick, view } = views(w.annHears.events).at(-1)!;
    assert.deepEqual([tick, (view as { sum: number }).sum], [2, 2]);
  });

  test('a connection that goes while its seat is taken gets none', async () => {
    await using w = await world();
    const attached = w.ann.call('match.attach', { matchId: w.matchId });
    while (w.host.relay.seats === 0) await Promise.resolve();
    w.annHears.close();
    await refused(attached, 'NOT_CONNECTED');
    await w.settle();
    assert.equal(w.host.relay.seats, 0);
  });

  test('a real-time game: inputs count at the next tick, still views are not repeated', async () => {
    await using w = await world(drum);
    await w.both();
    await w.add(w.ann, 2);
    await w.add(w.ann, 3);
    for (let tick = 0; tick < 10; tick += 1) {
      await w.p.time.advance(100, w.settle);
    }
    const seen = views(w.bobHears.events).map(({ view }) => (view as { sum: number }).sum);
    assert.deepEqual(seen, [0, 5]);
  });
});
