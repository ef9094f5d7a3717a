// The host's end of a relayed seat against a platform that is the test's hands: what is sent when,
// and what a platform that is slow, forgetful or gone costs.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { memoryBus } from '../../bus/memory/memory-bus.ts';
import { contractLimits as limits } from '../../contract/limits.ts';
import { silentLog } from '../../contract/telemetry.ts';
import { defineGame, t } from '../../game/define-game.ts';
import { gameLimits } from '../../game/limits.ts';
import { platformAddress, type SeatNews, type StartMatch } from '../bus.ts';
import { VirtualTime } from '../virtual-time.fixture.ts';
import { MatchHost } from './match-host.ts';
import { SeatRelay } from './seat-relay.ts';

/** One player counts up; at 9 it is over. */
const count = defineGame({
  name: 'count',
  title: 'Count',
  players: { min: 1, max: 1 },
  input: t.Object({ by: t.Integer() }),
  setup: () => ({ at: 0 }),
  step: (state, inputs) => inputs.reduce(({ at }, { input }) => ({ at: at + input.by }), state),
  view: (state) => state,
  outcome: ({ at }) => (at < 9 ? undefined : { ranking: [[0]] }),
});

const start: StartMatch = {
  matchId: 'm1',
  game: 'count',
  settings: {},
  seed: 's',
  seats: [{ seat: 0, playerId: 'ann', name: 'Ann', bot: false }],
};
const seat = { matchId: 'm1', seat: 0, playerId: 'ann' };

type Hear = (relayId: string, news: SeatNews) => Promise<boolean>;

async function world(hear: Hear) {
  const time = new VirtualTime();
  const bus = memoryBus({ timers: time });
  const news: SeatNews[] = [];
  const host = new MatchHost({
    hostId: 'h1',
    games: new Map([['count', count]]),
    matchesMax: 9,
    clock: time,
    timers: time,
    bus,
    log: silentLog,
  });
  const relay = new SeatRelay({ hostId: 'h1', host, bus, clock: time });
  bus.serve('match.ended', platformAddress, async () => ({ stored: true }));
  bus.serve('seat.news', platformAddress, async (ask) => {
    news.push(ask.news);
    return { heard: await hear(ask.relayId, ask.news) };
  });
  host.start(start);
  const settle = async () => {
    for (let turn = 0; turn < 3; turn += 1)
      await new Promise<void>((resolve) => setImmediate(resolve));
  };
  const attach = (relayId: string) =>
    bus.request('seat.attach', 'h1', { relayId, ...seat }, limits.relayAnswerMs);
  const input = (n: number, by: number, relayId = 'r1') =>
    bus.request('seat.input', 'h1', { relayId, n, input: { by } }, limits.relayAnswerMs);
  /** What the platform heard, in short. */
  const heard = () =>
    news.map((one) => (one.kind === 'view' ? (one.view as { at: number }).at : one.why));
  return { time, bus, host, relay, settle, attach, input, heard };
}

const yes: Hear = async () => true;

describe('the host of a relayed seat', () => {
  test('while a view is not taken only the newest waits, and the last one waits for nobody', async () => {
    const taken: (() => void)[] = [];
    const hear: Hear = (_id, { kind }) =>
      kind === 'view' ? new Promise((resolve) => taken.push(() => resolve(true))) : yes('', lost);
    const w = await world(hear);
    await w.attach('r1');
    for (let n = 1; n <= 4; n += 1) await w.input(n, 1);
    await w.settle();
    assert.deepEqual(w.heard(), [0]);
    taken.shift()?.();
    await w.settle();
    assert.deepEqual(w.heard(), [0, 4]);
    await w.input(5, 1);
    assert.deepEqual(await w.input(6, 9), { kind: 'taken' });
    await w.settle();
    assert.deepEqual(w.heard(), [0, 4, 14, 'ended']);
    assert.equal(w.relay.seats, 0);
    assert.deepEqual(await w.input(7, 1), { kind: 'not-attached' });
  });

  test('an ask that is made again is answered again, and counts once', async () => {
    const w = await world(yes);
    assert.deepEqual(await w.attach('r1'), { attached: true });
    assert.deepEqual(await w.attach('r1'), { attached: true });
    assert.deepEqual(await w.input(1, 2), { kind: 'taken' });
    assert.deepEqual(await w.input(1, 2), { kind: 'taken' });
    assert.equal((await w.bus.request('seat.input', 'h1', bad, 1)).kind, 'refused');
    assert.equal((await w.bus.request('seat.input', 'h1', bad, 1)).kind, 'refused');
    await w.settle();
    assert.deepEqual(w.heard(), [0, 2]);
    assert.equal(w.relay.seats, 1);
  });

  test('a platform that takes no view in time has lost the seat', async () => {
    const w = await world(() => new Promise(() => undefined));
    await w.attach('r1');
    await w.settle();
    await w.time.advance(limits.relayedViewMs, w.settle);
    assert.deepEqual(w.heard(), [0, 'too-slow']);
    assert.equal(w.relay.seats, 0);
    await w.time.advance(gameLimits.reconnectGraceMs, w.settle);
    assert.equal(w.host.matchesRunning, 0);
  });

  test('a platform that knows no such relay frees the seat', async () => {
    const w = await world(async () => false);
    await w.attach('r1');
    await w.settle();
    assert.deepEqual(w.heard(), [0]);
    assert.equal(w.relay.seats, 0);
    await w.time.advance(gameLimits.reconnectGraceMs, w.settle);
    assert.equal(w.host.matchesRunning, 0);
  });

  test('a later relay takes the seat of an earlier one, which is told', async () => {
    const w = await world(yes);
    await w.attach('r1');
    await w.attach('r2');
    await w.settle();
    assert.deepEqual(w.heard(), [0, 'replaced', 0]);
    assert.deepEqual(await w.input(1, 1, 'r1'), { kind: 'not-attached' });
    assert.deepEqual(await w.input(1, 1, 'r2'), { kind: 'taken' });
  });

  test('a seat that cannot be is not kept', async () => {
    const w = await world(yes);
    const ask = { ...seat, relayId: 'r1' };
    const tries = [
      { ...ask, matchId: 'm2' },
      { ...ask, playerId: 'eve' },
      { ...ask, seat: 5 },
    ];
    const answers = await Promise.all(
      tries.map((one) => w.bus.request('seat.attach', 'h1', one, 1)),
    );
    assert.deepEqual(
      answers.map((answer) => answer.attached || answer.why),
      ['match-unknown', 'seat-not-yours', 'seat-not-yours'],
    );
    assert.equal(w.relay.seats, 0);
  });
});

const lost: SeatNews = { kind: 'lost', why: 'ended' };
const bad = { relayId: 'r1', n: 2, input: 'nothing of the kind' };
