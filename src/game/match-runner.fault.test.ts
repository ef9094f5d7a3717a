import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { defineGame, type Game, t } from './define-game.ts';
import { HostedMatch } from './hosted-match.ts';
import { gameLimits } from './limits.ts';
import type { MatchRecord } from './match-record.ts';
import { type MatchOutput, MatchRunner } from './match-runner.ts';
import { decodeClientMessage, encodeHostMessage } from './messages.ts';
import { replay } from './replay.ts';

interface Sum {
  readonly sum: number;
}

const sums = defineGame({
  name: 'sums',
  title: 'Sums',
  players: { min: 2, max: 3 },
  input: t.Object({ add: t.Integer({ minimum: 1, maximum: 5 }), why: t.Optional(t.String()) }),
  setup: (): Sum => ({ sum: 0 }),
  step: ({ sum }, inputs, { random }): Sum => ({
    sum: inputs.reduce((total, { input }) => total + input.add + random.below(3), sum),
  }),
  view: ({ sum }) => ({ sum }),
  outcome: ({ sum }) => (sum >= 1_000_000 ? { ranking: [[0], [1]] } : undefined),
  bot: () => ({ add: 1 }),
});

const people = (count: number) =>
  Array.from({ length: count }, (_, seat) => ({ playerId: `p${seat}`, name: 'n', bot: false }));

function drain(match: { poll(): MatchOutput | undefined }): MatchOutput[] {
  const outputs: MatchOutput[] = [];
  for (let output = match.poll(); output !== undefined; output = match.poll()) outputs.push(output);
  return outputs;
}

function recordIn(outputs: readonly MatchOutput[]): MatchRecord | undefined {
  const ended = outputs.find((output) => output.kind === 'ended');
  return ended?.kind === 'ended' ? ended.record : undefined;
}

function played(change: Partial<Game>, seats = people(2)): MatchRecord {
  const game = defineGame({ ...(sums as Game), ...change });
  const match = new HostedMatch({ matchId: 'm', game, seed: 's', seats, nowMs: 0 });
  const outputs: MatchOutput[] = [];
  for (const seat of seats.keys()) if (!seats[seat]!.bot) match.handleJoin(0, seat);
  outputs.push(...drain(match));
  match.handleMessage(10, 0, { kind: 'input', sequence: 1, input: { add: 1 } });
  outputs.push(...drain(match));
  match.handleTimeout(2000);
  outputs.push(...drain(match));
  match.abandon(3000, 'not failed');
  const record = recordIn([...outputs, ...drain(match)]);
  assert.ok(record);
  // Players are told that it failed, and no words of the game's insides.
  const told = outputs.filter((one) => one.kind === 'send' && one.message.kind === 'ended');
  for (const one of told) {
    assert.deepEqual(one.kind === 'send' && one.message, { kind: 'ended', reason: record.reason });
  }
  return record;
}

const boom = (): never => {
  throw new Error('boom');
};

const failures: readonly [string, Partial<Game>, string][] = [
  ['setup', { setup: boom }, 'setup: boom'],
  ['step', { step: boom }, 'step: boom'],
  ['view', { view: boom }, 'view: boom'],
  ['outcome', { outcome: boom }, 'outcome: boom'],
  ['turnTimeMs', { turnTimeMs: boom }, 'turnTimeMs: boom'],
  ['refuse', { refuse: boom }, 'refuse: boom'],
  ['turn', { turn: boom }, 'turn: boom'],
];

for (const [name, change, detail] of failures) {
  test(`a ${name} that throws fails the match, not the host`, () => {
    const record = played(change);
    assert.deepEqual([record.reason, record.detail, record.outcome], ['failed', detail, null]);
  });
}

test('a bot that throws fails the match', () => {
  const seats = [...people(1), { playerId: 'b', name: 'bot', bot: true }];
  const record = played({ bot: boom }, seats);
  assert.deepEqual([record.reason, record.detail], ['failed', 'bot: boom']);
});

test('what a game returns is checked', () => {
  const detail = (change: Partial<Game>): string | undefined => played(change).detail;
  assert.equal(detail({ setup: () => new Map() }), 'setup: the state is a Map, which JSON has not');
  assert.equal(
    detail({ setup: () => ({ a: [new Date(0)] }) }),
    'setup: state.a[0] is a Date, which JSON has not',
  );
  assert.equal(
    detail({ view: () => undefined }),
    'view: the view is undefined, which JSON has not',
  );
  assert.match(
    detail({ view: () => 'x'.repeat(200_000) }) ?? '',
    /view: .* larger than 131072 bytes/,
  );
  const outcome = (value: unknown) => detail({ outcome: () => value as never });
  assert.equal(outcome({ ranking: [[0]] }), 'outcome: ranking names 1 of 2 seats');
  assert.equal(outcome({ ranking: [[0, 0], [1]] }), 'outcome: ranking names seat 0 twice');
  assert.equal(outcome({ ranking: [[0], [2]] }), 'outcome: ranking names 2, which is no seat');
  assert.equal(outcome({ ranking: 'me' }), 'outcome: ranking must be a list of lists of seats');
  assert.equal(
    outcome({ ranking: [[0, 1]], score: [1] }),
    'score must have 2 numbers, one for each seat',
  );
  assert.equal(outcome(null), 'outcome: ranking must be a list of lists of seats');
  assert.equal(detail({ turnTimeMs: () => Number.NaN }), 'turnTimeMs: NaN is not a time');
});

test('anything may be thrown', () => {
  const nasty = {
    toString: boom,
  };
  const throws = (value: unknown) => () => {
    throw value;
  };
  assert.equal(played({ step: throws('words') }).detail, 'step: words');
  assert.equal(played({ step: throws(undefined) }).detail, 'step: undefined');
  assert.match(played({ step: throws(nasty) }).detail ?? '', /something that has no text/);
  assert.equal(played({ step: throws('x'.repeat(9999)) }).detail?.length, 500);
});

test('a turn time of nothing does not spin', () => {
  const record = played({ turnTimeMs: () => -5 });
  assert.equal(record.reason, 'abandoned');
  // Each step is asked for by one time-out, and a stalled host does not catch up on turns.
  assert.ok(record.ticks < 10, String(record.ticks));
});

test('a game that writes into an input fails instead of changing the log', () => {
  const record = played({
    step: (state, inputs) => {
      for (const { input } of inputs) (input as { add: number }).add = 5;
      return state;
    },
  });
  assert.equal(record.reason, 'failed');
  assert.match(record.detail ?? '', /^step: Cannot assign to read only property/);
});

test("a seat's share of the log runs out for that seat only", () => {
  const seats = people(2);
  const runner = new MatchRunner({ matchId: 'm', game: sums, seed: 's', seats, nowMs: 0 });
  runner.handleJoin(0, 0);
  runner.handleJoin(0, 1);
  drain(runner);
  const codes = new Set<string>();
  const why = 'x'.repeat(4000);
  const inputs = Math.ceil(gameLimits.logBytesMax / 4 / 4000) + 5;
  for (let i = 1; i <= inputs; i++) {
    runner.handleInput(i * 100, 0, i, { add: 1, why });
    for (const one of drain(runner)) {
      if (one.kind === 'send' && one.message.kind === 'refused') codes.add(one.message.code);
    }
  }
  assert.deepEqual([...codes], ['log-full']);
  runner.handleInput(inputs * 100, 1, 1, { add: 1 });
  const told = drain(runner);
  assert.ok(told.every((one) => one.kind !== 'send' || one.message.kind === 'view'));
  runner.abandon(inputs * 100, 'stop');
  const record = recordIn(drain(runner))!;
  assert.ok(JSON.stringify(record.log).length < gameLimits.logBytesMax / 2);
});

test('whatever players do in whatever order, the replay comes to the same state', () => {
  const actions = fc.array(
    fc.tuple(fc.nat(9), fc.nat(2), fc.integer({ min: 0, max: 6 }), fc.nat(3000)),
    { maxLength: 60 },
  );
  const variants = [timed, defineGame({ ...(sums as Game), tickHz: 20 })];
  fc.assert(
    fc.property(actions, fc.nat(1), (list, variant) => {
      const game = variants[variant]!;
      const match = new MatchRunner({
        matchId: 'm',
        game,
        seed: `${list.length}`,
        seats: people(3),
        nowMs: 0,
        options: { freezeStates: true, reconnectGraceMs: 2000, matchTimeLimitMs: 60_000 },
      });
      const outputs: MatchOutput[] = [];
      for (let seat = 0; seat < 3; seat++) match.handleJoin(0, seat);
      let nowMs = 0;
      for (const [at, [kind, seat, add, waitMs]] of list.entries()) {
        nowMs += waitMs;
        if (kind < 6) match.handleInput(nowMs, seat, at + 1, { add });
        else if (kind === 6) match.handleLeave(nowMs, seat);
        else if (kind === 7) match.handleJoin(nowMs, seat);
        else if (kind === 8) match.handleTimeout(nowMs);
        else if (add === 6) match.handleForfeit(nowMs, seat);
        outputs.push(...drain(match));
      }
      match.abandon(nowMs, 'done');
      const record = recordIn([...outputs, ...drain(match)])!;
      assert.notEqual(record.reason, 'failed', record.detail ?? '');
      const result = replay(game, JSON.parse(JSON.stringify(record)));
      assert.ok(result.ok && result.value.matches, JSON.stringify(result));
    }),
    { numRuns: 300 },
  );
});

const timed = defineGame({ ...(sums as Game), turnTimeMs: () => 1500 });

test('a hundred thousand hostile messages throw nothing and change nothing', () => {
  const runner = new MatchRunner({
    matchId: 'm',
    game: sums,
    seed: 's',
    seats: people(2),
    nowMs: 0,
  });
  runner.handleJoin(0, 0);
  runner.handleJoin(0, 1);
  drain(runner);
  const templates = [
    '{"kind":"input","sequence":123,"input":{"add":1}}',
    '{"kind":"input","sequence":123,"input":{"add":9}}',
    '{"kind":"input","sequence":123,"input":{"add":1,"__proto__":{"add":1}}}',
    '{"kind":"input","sequence":123,"input":[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]}',
    `{"kind":"input","sequence":123,"input":{"add":1,"y":"${'x'.repeat(3000)}"}}`,
    '{"kind":"input","sequence":123,"input":null}',
    '{"kind":"view-ack","n":0}',
    '{"kind":"view-ack","n":4294967295}',
    '{"kind":"forfeit","seat":0}',
    '[]',
  ];
  let seed = 1;
  const next = (below: number): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return (seed >>> 8) % below;
  };
  let answered = 0;
  let decoded = 0;
  for (let i = 0; i < 100_000; i++) {
    const text = templates[next(templates.length)]!.replace('123', String(i + 1));
    const bytes = new TextEncoder().encode(text);
    if (next(2) === 0) for (let flips = next(3); flips >= 0; flips--) flip(bytes, next);
    const message = decodeClientMessage(bytes);
    if (message.ok) decoded += 1;
    // What is still a fitting input is no hostile message, and a forfeit is a player's right.
    if (message.ok && message.value.kind === 'forfeit') continue;
    if (message.ok && message.value.kind === 'input' && sums.checkInput(message.value.input).ok) {
      continue;
    }
    if (message.ok) runner.handleMessage(i / 10, 1, message.value);
    answered += drain(runner).filter((output) => output.kind === 'send').length;
  }
  // Ten seconds: what the two rates of a seat allow, and a notice a second.
  const { inputsPerSecond, viewAcksPerSecond } = gameLimits;
  assert.ok(answered <= 12 * (inputsPerSecond + viewAcksPerSecond) + 11, `${answered} answers`);
  assert.ok(answered > 0 && decoded > 10_000, `${decoded} messages were well-formed`);
  runner.abandon(10_000, 'stop');
  const record = recordIn(drain(runner))!;
  assert.deepEqual([record.ticks, record.log], [0, []]);
});

function flip(bytes: Uint8Array, next: (below: number) => number): void {
  bytes[next(bytes.length)] = next(256);
}

test('hostile values of every shape are refused by the runner itself', () => {
  const runner = new MatchRunner({
    matchId: 'm',
    game: sums,
    seed: 's',
    seats: people(2),
    nowMs: 0,
  });
  runner.handleJoin(0, 0);
  runner.handleJoin(0, 1);
  drain(runner);
  let sequence = 0;
  fc.assert(
    fc.property(
      fc.anything({ withMap: true, withNullPrototype: true, withDate: true }),
      (value) => {
        if (sums.checkInput(value).ok) return;
        sequence += 1;
        runner.handleInput(sequence * 100, 0, sequence, value);
        const told = drain(runner).filter((output) => output.kind === 'send');
        assert.equal(told.length, 1);
        const message = told[0]?.kind === 'send' ? told[0].message : undefined;
        assert.equal(message?.kind === 'refused' && message.code, 'malformed');
        assert.ok(encodeHostMessage(message!).length < 2000);
      },
    ),
    { numRuns: 1000 },
  );
});
