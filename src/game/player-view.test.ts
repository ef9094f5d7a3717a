import assert from 'node:assert/strict';
import test from 'node:test';
import { seededRandom } from '../base/prng.ts';
import { defineGame, t } from './define-game.ts';
import { gameLimits } from './limits.ts';
import { type MatchOutput, MatchRunner } from './match-runner.ts';
import type { HostMessage, HostMessageOf } from './messages.ts';
import { PlayerView } from './player-view.ts';

const welcome: HostMessageOf<'welcome'> = {
  kind: 'welcome',
  matchId: 'm',
  game: 'g',
  version: 1,
  seat: 1,
  players: [
    { name: 'a', bot: false, status: 'here' },
    { name: 'b', bot: false, status: 'here' },
  ],
  settings: {},
  tick: 0,
  lastSequence: 0,
};
const view = (n: number, base: number, body: unknown, more = {}): HostMessage => ({
  kind: 'view',
  n,
  base,
  ...(base === 0 ? { full: body } : { delta: body }),
  tick: n,
  lastSequence: 0,
  ...more,
});

test('a player keeps its view through changes', () => {
  const player = new PlayerView();
  assert.equal(player.handle(0, welcome), 'welcome');
  assert.deepEqual([player.seat, player.view, player.tick], [1, undefined, 0]);
  assert.equal(player.handle(0, view(1, 0, { x: 1 })), 'view');
  assert.equal(player.handle(0, view(2, 1, { o: { x: [2] } })), 'view');
  assert.deepEqual([player.view, player.tick], [{ x: 2 }, 2]);
  assert.equal(player.poll(), undefined, 'a reliable channel needs no acknowledgement');
});

test('the time of a turn is told on the clock of the player', () => {
  const player = new PlayerView();
  player.handle(0, welcome);
  player.handle(5000, view(1, 0, {}, { turnEndsInMs: 700 }));
  assert.equal(player.turnEndsAtMs, 5700);
  player.handle(5100, view(2, 1, {}));
  assert.equal(player.turnEndsAtMs, undefined);
});

test('what is too old or before the welcome is ignored', () => {
  const player = new PlayerView();
  assert.equal(player.handle(0, view(1, 0, {})), 'ignored');
  player.handle(0, welcome);
  player.handle(0, view(5, 0, { x: 5 }));
  for (const n of [4, 5]) assert.equal(player.handle(0, view(n, 0, { x: n })), 'ignored');
  assert.deepEqual(player.view, { x: 5 });
  assert.equal(player.handle(0, { kind: 'player', seat: 9, status: 'away' }), 'ignored');
});

test('a missing base or a change that does not fit asks for a full view', () => {
  const player = new PlayerView();
  player.handle(0, welcome);
  player.handle(0, view(1, 0, { x: 1 }));
  assert.equal(player.handle(0, view(7, 6, {})), 'ignored');
  assert.deepEqual(player.poll(), { kind: 'view-ack', n: 0 });
  assert.equal(player.poll(), undefined);
  assert.equal(player.handle(0, view(8, 1, { x: ['y'] })), 'ignored');
  assert.deepEqual(player.poll(), { kind: 'view-ack', n: 0 });
  assert.equal(player.handle(0, view(9, 0, 'x'.repeat(gameLimits.viewBytesMax))), 'ignored');
  assert.deepEqual(player.view, { x: 1 });
  assert.equal(player.handle(0, view(10, 0, { x: 10 })), 'view');
});

test('views that grow by changes are bounded', () => {
  const player = new PlayerView();
  player.handle(0, welcome);
  player.handle(0, view(1, 0, []));
  let n = 1;
  const more = 'x'.repeat(30_000);
  while (player.handle(0, view(n + 1, n, { s: [0, 0, more] })) === 'view') n += 1;
  assert.equal(n, 1 + Math.floor(gameLimits.viewBytesMax / 30_003));
});

test('inputs are numbered on, also by a player view that is new in the match', () => {
  const player = new PlayerView<unknown, string>();
  assert.deepEqual(player.input('a'), { kind: 'input', sequence: 1, input: 'a' });
  player.handle(0, { ...welcome, lastSequence: 7 });
  assert.deepEqual(player.input('b'), { kind: 'input', sequence: 8, input: 'b' });
  player.handle(0, { ...welcome, lastSequence: 7 });
  assert.deepEqual(player.input('c'), { kind: 'input', sequence: 9, input: 'c' });
});

test('who is there, refusals and the end are kept', () => {
  const player = new PlayerView();
  player.handle(0, welcome);
  assert.equal(player.handle(0, { kind: 'player', seat: 0, status: 'away' }), 'player');
  assert.equal(player.players[0]?.status, 'away');
  const refusal: HostMessage = { kind: 'refused', sequence: 1, code: 'rules', message: 'no' };
  assert.equal(player.handle(0, refusal), 'refused');
  assert.deepEqual(player.refusal, refusal);
  assert.equal(player.handle(0, { kind: 'ended', reason: 'abandoned' }), 'ended');
  assert.equal(player.ended?.reason, 'abandoned');
});

const field = defineGame({
  name: 'field',
  title: 'Field',
  players: { min: 2, max: 2 },
  tickHz: 20,
  input: t.Object({ to: t.Integer({ minimum: 0, maximum: 30 }) }),
  setup: ({ players }) => ({ at: new Array<number>(players).fill(0), trail: [] as number[] }),
  step: (state, inputs, { random }) => {
    const at = [...state.at];
    for (const { seat, input } of inputs) at[seat] = input.to;
    const trail = random.chance(0.5) ? [...state.trail, at[0]!].slice(-12) : state.trail;
    return { at, trail };
  },
  view: ({ at, trail }, seat) => ({ me: at[seat], trail, world: 'the same for a whole match' }),
  outcome: () => undefined,
});

/** Drops, delays and reorders what is sent on the state channel; the reliable one keeps order. */
test('over a lossy channel every player ends with the view that the game has', () => {
  for (let seed = 0; seed < 20; seed++) {
    const random = seededRandom(seed);
    const seats = [0, 1].map((seat) => ({ playerId: `p${seat}`, name: 'n', bot: false }));
    const runner = new MatchRunner({ matchId: 'm', game: field, seed: 's', seats, nowMs: 0 });
    const players = [new PlayerView(), new PlayerView()];
    const held: { readonly seat: number; readonly message: HostMessage }[] = [];
    let applied = 0;
    const deliver = (nowMs: number, seat: number, message: HostMessage): void => {
      const player = players[seat]!;
      if (player.handle(nowMs, JSON.parse(JSON.stringify(message)) as HostMessage) === 'view')
        applied++;
      const ack = player.poll();
      if (ack !== undefined && random.chance(0.7)) runner.handleMessage(nowMs, seat, ack);
    };
    const drain = (nowMs: number): void => {
      const outputs: MatchOutput[] = [];
      for (let one = runner.poll(); one !== undefined; one = runner.poll()) outputs.push(one);
      for (const output of outputs) {
        if (output.kind !== 'send') continue;
        const { seat, message } = output;
        if (output.channel === 'reliable') deliver(nowMs, seat, message);
        else if (random.chance(0.7)) held.push({ seat, message });
      }
      while (held.length > 0 && random.chance(0.6)) {
        const [late] = held.splice(random.below(held.length), 1);
        deliver(nowMs, late!.seat, late!.message);
      }
    };
    for (const seat of [0, 1]) runner.handleJoin(0, seat);
    let nowMs = 0;
    for (let tick = 1; tick <= 200; tick++) {
      nowMs = tick * 50;
      const seat = random.below(2);
      runner.handleInput(nowMs - 10, seat, tick, { to: random.below(31) });
      if (random.chance(0.02)) runner.handleJoin(nowMs, seat);
      runner.handleTimeout(nowMs);
      drain(nowMs);
    }
    runner.abandon(nowMs, 'stop');
    drain(nowMs);
    assert.ok(applied > 100, `seed ${seed}: ${applied} views`);
    // The final view is full and reliable: compare with one that nobody could have lost.
    for (const [seat, player] of players.entries()) {
      const fresh = new PlayerView();
      runner.handleJoin(nowMs, seat);
      for (let one = runner.poll(); one !== undefined; one = runner.poll()) {
        if (one.kind === 'send' && one.seat === seat) fresh.handle(nowMs, one.message);
      }
      assert.deepEqual(player.view, fresh.view, `seed ${seed}`);
      assert.equal(player.ended?.reason, 'abandoned');
    }
  }
});
