import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { silentLog } from '../../contract/telemetry.ts';
import { defineGame, t } from '../../game/define-game.ts';
import type { HostMessage, MatchRecord } from '../../game/messages.ts';
import { type Bus, BusTimeout, type StartMatch } from '../bus.ts';
import { MatchHost, type SeatHandle, type SeatSink } from './match-host.ts';

/** Whoever says a number first wins with it. */
const duel = defineGame({
  name: 'duel',
  title: 'Duel',
  players: { min: 2, max: 2 },
  input: t.Object({ say: t.Integer() }),
  setup: () => ({ winner: -1 }),
  step: (state, inputs) => ({ winner: inputs[0]?.seat ?? state.winner }),
  view: (state) => state,
  outcome: ({ winner }) => (winner < 0 ? undefined : { ranking: [[winner], [1 - winner]] }),
  bot: () => ({ say: 1 }),
});

const ask: StartMatch = {
  matchId: 'm1',
  game: 'duel',
  settings: {},
  seed: 'seed',
  seats: [
    { seat: 0, playerId: 'ann', name: 'Ann', bot: false },
    { seat: 1, playerId: 'bob', name: 'Bob', bot: false },
  ],
};

interface Sink extends SeatSink {
  readonly got: HostMessage[];
  readonly fate: string[];
}

function sink(): Sink {
  const got: HostMessage[] = [];
  const fate: string[] = [];
  return {
    got,
    fate,
    send: (_channel, message) => got.push(message),
    finish: () => fate.push('finish'),
    replaced: () => fate.push('replaced'),
  };
}

/** A host in virtual time, with a platform that stores unless `failures` are left. */
function world({ matchesMax = 2, failures = 0, earlyMs = 0 } = {}) {
  let nowMs = 1_000;
  let failuresLeft = failures;
  const due: { atMs: number; run: () => void }[] = [];
  const stored: MatchRecord[] = [];
  const bus: Bus = {
    publish() {},
    subscribe: () => () => {},
    serve: () => () => {},
    async request(_topic, _to, message) {
      if (failuresLeft-- > 0) throw new BusTimeout('nobody answered');
      if ('record' in message) stored.push(message.record);
      return { stored: true } as never;
    },
  };
  const host = new MatchHost({
    hostId: 'h1',
    games: new Map([['duel', duel]]),
    matchesMax,
    clock: { now: () => nowMs },
    timers: {
      after(delayMs, run) {
        // `earlyMs`: a timer that is not yet due fires, as those of an operating system do.
        const timer = { atMs: nowMs + (delayMs > earlyMs ? delayMs - earlyMs : delayMs), run };
        due.push(timer);
        return () => {
          if (due.includes(timer)) due.splice(due.indexOf(timer), 1);
        };
      },
    },
    bus,
    log: silentLog,
  });
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
  const pass = async (ms: number): Promise<void> => {
    const untilMs = nowMs + ms;
    for (;;) {
      await settle();
      due.sort((a, b) => a.atMs - b.atMs);
      const next = due[0];
      if (next === undefined || next.atMs > untilMs) break;
      due.shift();
      nowMs = Math.max(nowMs, next.atMs);
      next.run();
    }
    nowMs = untilMs;
  };
  const seat = (at: number, playerId: string, target: Sink): SeatHandle => {
    const attached = host.attach('m1', at, playerId, target);
    assert.ok(attached.ok);
    return attached.value;
  };
  return { host, stored, settle, pass, seat, due };
}

describe('a match host', () => {
  test('two seats play, both are told the end, the record is stored, the match is gone', async () => {
    const { host, stored, settle, seat } = world();
    const [ann, bob] = [sink(), sink()];
    assert.deepEqual(host.start(ask), { started: true });
    const first = seat(0, 'ann', ann);
    seat(1, 'bob', bob);
    first.receive({ kind: 'input', sequence: 1, input: { say: 3 } });
    await settle();
    assert.equal(ann.got.at(-1)?.kind, 'ended');
    assert.equal(bob.got.at(-1)?.kind, 'ended');
    assert.deepEqual([ann.fate, bob.fate], [['finish'], ['finish']]);
    assert.deepEqual(stored[0]?.outcome?.ranking, [[0], [1]]);
    assert.equal(host.matchesRunning, 0);
  });

  test('a timer that fires a millisecond early does not stop the match', async () => {
    const { host, stored, pass, seat } = world({ earlyMs: 1 });
    host.start({ ...ask, seats: [{ ...ask.seats[0]! }, { ...ask.seats[1]!, bot: true }] });
    seat(0, 'ann', sink());
    await pass(2_000);
    assert.deepEqual(stored[0]?.outcome?.ranking, [[1], [0]]);
  });

  test('the same start twice is one match', () => {
    const { host } = world();
    host.start(ask);
    assert.deepEqual(host.start(ask), { started: true });
    assert.equal(host.matchesRunning, 1);
  });

  test('a start that cannot be says why', () => {
    const { host } = world({ matchesMax: 1 });
    assert.equal(host.start({ ...ask, game: 'chess' }).started, false);
    assert.equal(host.start({ ...ask, seats: ask.seats.slice(1) }).started, false);
    host.start(ask);
    assert.deepEqual(host.start({ ...ask, matchId: 'm2' }), { started: false, why: 'full' });
  });

  test('a seat is given to its player only', () => {
    const { host } = world();
    host.start({ ...ask, seats: [{ ...ask.seats[0]! }, { ...ask.seats[1]!, bot: true }] });
    const wrong = [
      host.attach('m2', 0, 'ann', sink()),
      host.attach('m1', 0, 'bob', sink()),
      host.attach('m1', 9, 'ann', sink()),
      host.attach('m1', 1, 'bob', sink()),
    ].map((attached) => !attached.ok && attached.error);
    assert.deepEqual(wrong, ['match-unknown', 'seat-not-yours', 'seat-not-yours', 'seat-is-bot']);
  });

  test('a second connection takes the seat, and the first one is deaf from then on', async () => {
    const { seat, host, settle } = world();
    host.start(ask);
    const [old, fresh] = [sink(), sink()];
    const before = seat(0, 'ann', old);
    seat(1, 'bob', sink());
    seat(0, 'ann', fresh);
    assert.deepEqual(old.fate, ['replaced']);
    before.receive({ kind: 'input', sequence: 1, input: { say: 1 } });
    before.lost();
    await settle();
    assert.equal(host.matchesRunning, 1);
    assert.equal(fresh.got[0]?.kind, 'welcome');
  });

  test('a bot plays its seat', async () => {
    const { host, stored, seat, pass } = world();
    host.start({ ...ask, seats: [ask.seats[0]!, { ...ask.seats[1]!, bot: true }] });
    seat(0, 'ann', sink());
    await pass(5_000);
    assert.deepEqual(stored[0]?.outcome?.ranking, [[1], [0]]);
  });

  test('who does not come back in the grace time forfeits', async () => {
    const { host, stored, seat, pass } = world();
    host.start(ask);
    const first = seat(0, 'ann', sink());
    seat(1, 'bob', sink());
    first.lost();
    await pass(60_000);
    assert.equal(stored[0]?.reason, 'forfeit');
    assert.deepEqual(stored[0]?.outcome?.ranking, [[1], [0]]);
  });

  test('a record is handed over until it is stored', async () => {
    const { host, stored, seat, pass } = world({ failures: 3 });
    host.start(ask);
    seat(0, 'ann', sink()).receive({ kind: 'forfeit' });
    await pass(60_000);
    assert.equal(stored.length, 1);
  });

  test('draining waits for matches, then records the rest as abandoned', async () => {
    const { host, stored, seat, pass } = world();
    host.start(ask);
    seat(0, 'ann', sink());
    seat(1, 'bob', sink());
    const drained = host.drain(2_000);
    assert.equal(host.start({ ...ask, matchId: 'm2' }).started, false);
    await pass(2_000);
    await drained;
    assert.equal(stored[0]?.reason, 'abandoned');
  });

  test('a drained host is silent, stored or not: nothing keeps its thread alive', async () => {
    const { host, due, seat, pass } = world({ failures: Number.POSITIVE_INFINITY });
    host.start(ask);
    seat(0, 'ann', sink()).receive({ kind: 'forfeit' });
    const drained = host.drain(2_000);
    await pass(20_000);
    await drained;
    await pass(0);
    assert.deepEqual(due, []);
  });
});
