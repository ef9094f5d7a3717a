import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defineGame, t } from '../../game/define-game.ts';
import { replay } from '../../game/replay.ts';
import type { RoundMember } from '../shared-log.ts';
import { OpenRound } from './open-round.ts';

/** Says what each seat has added; throws at 13, is over at 100, and has no end by itself else. */
const sums = defineGame({
  name: 'sums',
  title: 'Sums',
  players: { min: 1, max: 3 },
  playsOnAlone: true,
  dropIn: { settings: {} },
  input: t.Object({ add: t.Integer() }),
  setup: ({ players }) => ({ sums: new Array<number>(players).fill(0) }),
  step: (state, inputs) => {
    const next = [...state.sums];
    for (const { seat, input } of inputs) {
      if (input.add === 13) throw new Error('thirteen');
      next[seat] = (next[seat] ?? 0) + input.add;
    }
    return { sums: next };
  },
  view: (state) => state,
  outcome: ({ sums: all }) => {
    if (!all.some((sum) => sum >= 100)) return undefined;
    const order = all.map((_, seat) => seat).sort((a, b) => all[b]! - all[a]!);
    return { ranking: order.map((seat) => [seat]) };
  },
  score: ({ sums: all }) => all,
  refuse: (_state, _seat, { add }) => (add < 0 ? 'too little' : undefined),
});

const member = (playerId: string): RoundMember => ({
  ...{ playerId, sessionId: 's', serverId: 'x', name: playerId, isAccount: false },
});

const begun = (...names: readonly string[]) =>
  new OpenRound(sums, { roundId: 'r1', seed: 'seed' }, 1_000, names.map(member));

test('seats grow while it runs, and what was added before stays', () => {
  const round = begun('ada');
  assert.equal(round.input(0, { add: 5 }, 9, 1_500), undefined);
  assert.ok(round.join(member('bob')));
  assert.deepEqual(round.view(1), { sums: [5, 0] });
  assert.ok(round.join(member('cat')));
  assert.equal(round.join(member('dan')), false);
  assert.equal(round.input(0, { add: -1 }, 9, 1_600), 'too little');
  round.input(1, { add: 100 }, 9, 1_700);
  const record = round.ended?.record;
  assert.equal(record?.reason, 'outcome');
  assert.deepEqual(record?.outcome?.ranking, [[1], [0], [2]]);
  assert.deepEqual(
    record?.log.map(([, , , , elapsedMs]) => elapsedMs),
    [500, 700],
  );
  const played = replay(sums, record);
  assert.ok(played.ok && played.value.matches);
});

test('when all have left it is over, who stayed longest first', () => {
  const round = begun('ada', 'bob', 'cat');
  round.leave([1], 1_100);
  round.leave([0, 1], 1_200);
  assert.ok(round.isActive(2));
  round.leave([2], 1_300);
  assert.equal(round.ended?.record.reason, 'forfeit');
  assert.deepEqual(round.ended?.record.outcome?.ranking, [[2], [0], [1]]);
  assert.deepEqual(round.ended?.stayed, [false, false, false]);
  const played = replay(sums, round.ended?.record);
  assert.ok(played.ok && played.value.matches);
});

test('its time limit ranks by score, and its clock does not run backwards', () => {
  const round = begun('ada', 'bob');
  round.input(1, { add: 3 }, 9, 5_000);
  round.input(0, { add: 2 }, 9, 4_000);
  round.expire(9_000);
  const record = round.ended?.record;
  assert.deepEqual(record?.outcome, { ranking: [[1], [0]], score: [2, 3] });
  assert.deepEqual(
    record?.log.map(([, , , , elapsedMs]) => elapsedMs),
    [4_000, 4_000],
  );
  assert.equal(record?.endedAtMs, 9_000);
});

test('a fault of the rules ends it as failed, with nobody ranked', () => {
  const round = begun('ada', 'bob');
  round.input(0, { add: 13 }, 9, 1_100);
  assert.equal(round.ended?.record.reason, 'failed');
  assert.equal(round.ended?.record.outcome, null);
  assert.match(round.ended?.record.detail ?? '', /thirteen/);
});

test('a seat has its share of the log, and no more', () => {
  const round = begun('ada');
  const half = 512 * 1024;
  assert.equal(round.input(0, { add: 1 }, half, 1_100), undefined);
  assert.match(round.input(0, { add: 1 }, half, 1_200) ?? '', /keeps no more inputs/);
  assert.deepEqual(round.view(0), { sums: [1] });
});
