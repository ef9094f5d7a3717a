import assert from 'node:assert/strict';
import test from 'node:test';
import { defineGame, type Game, t } from './define-game.ts';
import { gameLimits } from './limits.ts';
import { type MatchOutput, MatchRunner } from './match-runner.ts';
import type { HostMessageOf } from './messages.ts';
import { replay } from './replay.ts';
import { WaitingInputs } from './waiting-inputs.ts';

/** Ten steps a second; each input moves its player, and the world counts the ticks in a view. */
const walk = defineGame({
  name: 'walk',
  title: 'Walk',
  players: { min: 1, max: 2 },
  tickHz: 10,
  input: t.Object({ dx: t.Integer({ minimum: -1, maximum: 1 }) }),
  setup: ({ players }) => ({ x: new Array<number>(players).fill(0), steps: 0 }),
  step: (state, inputs, { tick }) => {
    const x = [...state.x];
    for (const { seat, input } of inputs) x[seat] = (x[seat] ?? 0) + input.dx;
    return { x, steps: tick };
  },
  view: ({ x }) => ({ x, world: 'a name that makes a change shorter than the whole' }),
  outcome: ({ x }) =>
    x.some((one) => one >= 20) ? { ranking: [x.map((_, seat) => seat)] } : undefined,
});

function live(game: Game = walk, seats = 2) {
  const runner = new MatchRunner({
    matchId: 'm',
    game,
    seed: 's',
    seats: Array.from({ length: seats }, (_, seat) => ({
      playerId: `${seat}`,
      name: 'n',
      bot: false,
    })),
    nowMs: 0,
  });
  const drain = () => {
    const outputs: MatchOutput[] = [];
    for (let output = runner.poll(); output !== undefined; output = runner.poll())
      outputs.push(output);
    return outputs;
  };
  const views = (seat: number): [channel: string, message: HostMessageOf<'view'>][] =>
    drain().flatMap((output) =>
      output.kind === 'send' && output.seat === seat && output.message.kind === 'view'
        ? [[output.channel, output.message] as [string, HostMessageOf<'view'>]]
        : [],
    );
  for (let seat = 0; seat < seats; seat++) runner.handleJoin(0, seat);
  return { runner, drain, views };
}

test('a real-time game steps at its rate, with the inputs since the last tick', () => {
  const { runner, views } = live();
  assert.deepEqual(
    views(0).map(([channel, { base }]) => [channel, base]),
    [['reliable', 0]],
  );
  runner.handleViewAck(10, 0, 1);
  runner.handleInput(20, 0, 1, { dx: 1 });
  runner.handleInput(30, 1, 1, { dx: -1 });
  assert.deepEqual(views(0), []);
  runner.handleTimeout(100);
  const [[channel, view]] = views(0) as [[string, HostMessageOf<'view'>]];
  assert.equal(channel, 'state');
  assert.deepEqual(view, {
    kind: 'view',
    n: 2,
    base: 1,
    delta: {
      o: {
        x: {
          a: [
            [0, [1]],
            [1, [-1]],
          ],
        },
      },
    },
    tick: 1,
    lastSequence: 1,
  });
});

test('a view that nobody acknowledged is sent again, and then no more', () => {
  const { runner, views } = live();
  views(0);
  runner.handleViewAck(1, 0, 1);
  runner.handleInput(20, 0, 1, { dx: 1 });
  const sent: number[] = [];
  for (let atMs = 100; atMs <= 1000; atMs += 100) {
    runner.handleTimeout(atMs);
    const [last] = views(0).map(([, { n }]) => n);
    if (last !== undefined) sent.push(last);
    if (atMs === 500 && last !== undefined) runner.handleViewAck(atMs + 50, 0, last);
  }
  assert.deepEqual(sent, [2, 3, 4, 5, 6]);
});

test('the base is the last acknowledged view, and an unknown acknowledgement is ignored', () => {
  const { runner, views } = live();
  views(0);
  runner.handleViewAck(1, 0, 1);
  const bases: number[] = [];
  for (let tick = 1; tick <= 4; tick++) {
    runner.handleInput(tick * 100 - 50, 0, tick, { dx: 1 });
    runner.handleTimeout(tick * 100);
    bases.push(...views(0).map(([, { base }]) => base));
    if (tick === 2) runner.handleViewAck(tick * 100 + 1, 0, 3);
    if (tick === 3) for (const n of [99, 1, 2]) runner.handleViewAck(tick * 100 + 1, 0, n);
  }
  assert.deepEqual(bases, [1, 1, 3, 3]);
});

test('a client that lost its base gets a full view', () => {
  const { runner, views } = live();
  views(0);
  runner.handleViewAck(1, 0, 1);
  runner.handleViewAck(2, 0, 0);
  runner.handleTimeout(100);
  assert.deepEqual(
    views(0).map(([, { base, full }]) => [base, (full as { x: number[] }).x]),
    [[0, [0, 0]]],
  );
});

test('a base that is too old to be kept gives a full view', () => {
  const { runner, views } = live(walk, 1);
  views(0);
  runner.handleViewAck(1, 0, 1);
  let last: HostMessageOf<'view'> | undefined;
  for (let tick = 1; tick <= gameLimits.viewHistoryMax + 5; tick++) {
    runner.handleInput(tick * 100 - 50, 0, tick, { dx: tick % 2 === 0 ? 1 : -1 });
    runner.handleTimeout(tick * 100);
    last = views(0).at(-1)?.[1];
  }
  assert.equal(last?.base, 0);
});

test('a tick takes a bounded number of inputs of each seat, and the next ones the rest', () => {
  const { runner, drain, views } = live();
  drain();
  const most = gameLimits.inputsPerTickMax;
  for (let i = 1; i <= 2 * most + 1; i++) runner.handleInput(10, 0, i, { dx: 1 });
  runner.handleInput(10, 1, 1, { dx: -1 });
  assert.deepEqual(drain(), [], 'nothing is refused');
  const seen = [1, 2, 3].map((tick) => {
    runner.handleTimeout(tick * 100);
    return views(0).at(-1)?.[1].lastSequence;
  });
  assert.deepEqual(seen, [most, 2 * most, 2 * most + 1]);
  runner.abandon(300, 'enough');
  const record = drain().flatMap((o) => (o.kind === 'ended' ? [o.record] : []))[0];
  assert.deepEqual(
    record?.log.map(([tick, inputs]) => [tick, inputs.length]),
    [
      [1, most + 1],
      [2, most],
      [3, 1],
    ],
  );
});

test('a seat whose inputs wait in heaps is refused more', () => {
  const waiting = new WaitingInputs(2);
  const input = { seat: 0, input: null, bytes: 4 };
  for (let i = 1; i <= gameLimits.inputsWaitingMax; i++) {
    assert.ok(waiting.hasRoom(0));
    waiting.add(input, i);
  }
  assert.equal(waiting.hasRoom(0), false);
  assert.ok(waiting.hasRoom(1));
  assert.equal(waiting.take().length, gameLimits.inputsPerTickMax);
  assert.ok(waiting.hasRoom(0));
});

test('after a stall a few ticks run at once, and the rest of the time is skipped', () => {
  const { runner, drain } = live();
  drain();
  runner.handleTimeout(10_000);
  drain();
  runner.abandon(10_000, 'stop');
  const ended = drain().find((output) => output.kind === 'ended');
  assert.equal(ended?.kind === 'ended' && ended.record.ticks, gameLimits.ticksCatchUpMax);
});

test('ticks keep their rate over a long time', () => {
  const { runner, drain } = live(defineGame({ ...walk, tickHz: 60 }));
  let dueMs = 0;
  for (let calls = 0; calls < 600; calls++) {
    for (const output of drain()) if (output.kind === 'timeout') dueMs = output.atMs;
    runner.handleTimeout(dueMs);
  }
  assert.ok(Math.abs(dueMs - 10_000) < 1e-6, String(dueMs));
});

test('the last view goes out in full on the reliable channel, before the end', () => {
  const { runner, drain } = live();
  drain();
  for (let tick = 1; tick <= 20; tick++) {
    runner.handleInput(tick * 100 - 50, 1, tick, { dx: 1 });
    if (tick === 20) drain();
    runner.handleTimeout(tick * 100);
  }
  const told = drain().flatMap((o) => (o.kind === 'send' && o.seat === 0 ? [o] : []));
  assert.deepEqual(
    told.map(({ channel, message }) => [channel, message.kind]),
    [
      ['reliable', 'view'],
      ['reliable', 'ended'],
    ],
  );
  const last = told[0]?.message.kind === 'view' ? told[0].message.full : undefined;
  assert.deepEqual((last as { x: number[] }).x, [0, 20]);
});

test('only ticks with inputs are logged, and the replay runs the others too', () => {
  const { runner, drain } = live();
  runner.handleInput(250, 0, 1, { dx: 1 });
  for (let atMs = 300; atMs <= 2000; atMs += 100) runner.handleTimeout(atMs);
  runner.abandon(2000, 'stop');
  const ended = drain().find((output) => output.kind === 'ended');
  assert.ok(ended?.kind === 'ended');
  assert.deepEqual(ended.record.log, [[3, [[0, { dx: 1 }]]]]);
  assert.equal(ended.record.ticks, 20);
  const result = replay(walk, ended.record);
  assert.equal(result.ok && result.value.matches, true);
});

test('a view that is large leaves on the reliable channel', () => {
  const large = defineGame({
    ...walk,
    view: ({ x, steps }) => ({ x, world: String(steps).repeat(9000).slice(0, 9000) }),
  });
  const { runner, views } = live(large);
  views(0);
  runner.handleTimeout(100);
  assert.deepEqual(
    views(0).map(([channel]) => channel),
    ['reliable'],
  );
});
