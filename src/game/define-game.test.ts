import assert from 'node:assert/strict';
import test from 'node:test';
import {
  defineGame,
  type Game,
  type InputOf,
  isGame,
  type StateOf,
  t,
  type ViewOf,
} from './index.ts';

type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const typeCheck = <_ extends true>(): void => {};

const counter = defineGame({
  name: 'counter',
  title: 'Counter',
  players: { min: 2, max: 4 },
  input: t.Object({ add: t.Integer({ minimum: 1, maximum: 3 }) }),
  settings: t.Object({ goal: t.Integer({ default: 10, minimum: 1 }) }),
  setup: ({ players, settings }) => ({ sum: 0, goal: settings.goal, players }),
  step: (state, inputs, { tick }) => ({
    ...state,
    sum: state.sum + inputs.reduce((sum, { input }) => sum + input.add, 0) + 0 * tick,
  }),
  view: (state, seat) => ({ sum: state.sum, mine: seat }),
  outcome: ({ sum, goal }) => (sum >= goal ? { ranking: [[0, 1]] } : undefined),
  bot: (view, { random }) => ({ add: 1 + random.below(view.sum === 0 ? 3 : 2) }),
});

test('the state, view and input types follow from the functions', () => {
  typeCheck<Same<StateOf<typeof counter>, { sum: number; goal: number; players: number }>>();
  typeCheck<Same<ViewOf<typeof counter>, { sum: number; mine: number }>>();
  typeCheck<Same<InputOf<typeof counter>, { add: number }>>();
  // A runner that knows no game takes any.
  const any: Game = counter;
  assert.equal(any.name, 'counter');
});

test('the shape of the manual compiles: literals, and functions without annotations', () => {
  const rps = defineGame({
    name: 'rps',
    title: 'Rock, paper, scissors',
    players: { min: 2, max: 2 },
    input: t.Object({ choice: t.Union([t.Literal('rock'), t.Literal('paper')]) }),
    setup: ({ players }) => ({ players, round: 0 }),
    step: (state, inputs, { random, tick }) => ({
      ...state,
      round: inputs.length + random.below(2) + tick,
    }),
    view: (state, seat) => ({ round: state.round, seat }),
    outcome: (state) => (state.round > 3 ? { ranking: [[0], [1]] } : undefined),
    bot: (view) => (view.round > 1 ? { choice: 'paper' } : { choice: 'rock' }),
  });
  typeCheck<Same<InputOf<typeof rps>, { choice: 'rock' | 'paper' }>>();
  typeCheck<Same<StateOf<typeof rps>, { players: number; round: number }>>();
  typeCheck<Same<ViewOf<typeof rps>, { round: number; seat: number }>>();
  assert.equal(rps.version, 1);
});

test('an answer of a bot that does not fit the input does not compile', () => {
  // @ts-expect-error: 7 is no text
  const wrong = () => defineGame({ ...counter, input: t.String(), bot: () => 7 });
  assert.equal(typeof wrong, 'function');
});

test('a wrong use of an inferred type does not compile', () => {
  const wrong = () =>
    defineGame({
      name: 'wrong',
      title: 'Wrong',
      players: { min: 1, max: 1 },
      input: t.Object({}),
      setup: () => ({ sum: 0 }),
      // @ts-expect-error: the state has no member of that name
      step: (state) => ({ sum: state.total }),
      view: (state) => state,
      outcome: () => undefined,
    });
  assert.equal(typeof wrong, 'function');
});

test('what is left out gets its default', () => {
  const { settings: _, ...withoutSettings } = counter;
  const game = defineGame({ ...withoutSettings, setup: () => ({ sum: 0, goal: 1, players: 2 }) });
  assert.equal(game.version, 1);
  assert.deepEqual(game.checkSettings(undefined), { ok: true, value: { value: {}, bytes: 2 } });
});

test('a game is known by its mark, also from another copy of the package', () => {
  assert.equal(isGame(counter), true);
  assert.equal(isGame({ [Symbol.for('paperclip.game')]: true }), true);
  for (const other of [undefined, null, 7, 'game', {}, { ...counter, name: 1 }.name]) {
    assert.equal(isGame(other), false);
  }
});

test('a game cannot be changed', () => {
  assert.throws(() => {
    (counter as { name: string }).name = 'other';
  }, TypeError);
});

test('settings are filled in and checked', () => {
  const given = (value: unknown) => counter.checkSettings(value);
  assert.deepEqual(given({}), { ok: true, value: { value: { goal: 10 }, bytes: 11 } });
  assert.deepEqual(given({ goal: 3 }), { ok: true, value: { value: { goal: 3 }, bytes: 10 } });
  const refused = (value: unknown): string => {
    const result = given(value);
    assert.equal(result.ok, false);
    return result.ok ? '' : result.error.message;
  };
  assert.equal(refused({ goal: 0 }), 'goal must be >= 1');
  assert.equal(refused({ gaol: 1 }), 'gaol is not a member that settings has');
  assert.equal(refused([]), 'settings must be object');
  assert.equal(refused({ goal: 'x'.repeat(9999) }), 'settings is larger than 4096 bytes of JSON');
});

const base: object = { ...counter };
const faults: readonly [string, Record<string, unknown>, RegExp][] = [
  ['no name', { name: undefined }, /^game name must be 1 to 32 .* not undefined$/],
  ['a name in capitals', { name: 'RPS' }, /not "RPS"$/],
  ['a long name', { name: 'x'.repeat(33) }, /game name must be/],
  ['an empty title', { title: ' ' }, /^game counter: title must be .* not " "$/],
  ['no players', { players: undefined }, /players must be an object \{ min, max \}/],
  ['players below one', { players: { min: 0, max: 2 } }, /players\.min must be 1 to 64, not 0/],
  ['players above 64', { players: { min: 1, max: 65 } }, /players\.max must be .* not 65/],
  [
    'players upside down',
    { players: { min: 3, max: 2 } },
    /players\.max must be players\.min \(3\)/,
  ],
  ['tickHz 0', { tickHz: 0 }, /tickHz must be 1 to 128 when given, not 0/],
  ['tickHz 129', { tickHz: 129 }, /tickHz must be 1 to 128/],
  ['tickHz as text', { tickHz: '60' }, /tickHz must be 1 to 128 when given, not "60"/],
  ['playsOnAlone as text', { playsOnAlone: 'yes' }, /playsOnAlone must be true or false when/],
  ['dropIn without settings', { dropIn: true }, /dropIn must be \{ settings \} when given/],
  ['dropIn for two or more', { dropIn: { settings: {} } }, /dropIn is for turn games with/],
  [
    'settings of dropIn that do not fit',
    {
      dropIn: { settings: { goal: 0 } },
      players: { min: 1, max: 4 },
      playsOnAlone: true,
    },
    /dropIn\.settings do not fit/,
  ],
  ['a version of zero', { version: 0 }, /version must be a whole number from 1/],
  ['no input', { input: undefined }, /input must be a schema made with `t`, not undefined/],
  ['input that cannot be compiled', { input: { type: 'string', pattern: '(' } }, /input is not a/],
  ['settings of another type', { settings: t.String() }, /settings must be a t\.Object schema/],
  [
    'a setting without a default',
    { settings: t.Object({ goal: t.Integer() }) },
    /settings\.goal needs a default that fits \(goal is missing\)/,
  ],
  [
    'a default that does not fit',
    { settings: t.Object({ goal: t.Integer({ default: 0, minimum: 1 }) }) },
    /settings\.goal needs a default that fits \(goal must be >= 1\)/,
  ],
  ['no setup', { setup: undefined }, /setup must be a function, not undefined/],
  ['step of another type', { step: {} }, /step must be a function, not \{\}/],
  ['bot of another type', { bot: 'easy' }, /bot must be a function when given, not "easy"/],
  ['turns in real time', { tickHz: 60, turnTimeMs: () => 1 }, /turnTimeMs is for turn games/],
];

for (const [what, change, message] of faults) {
  test(`a definition with ${what} is refused at once, by the member's name`, () => {
    const definition: object = { ...base, ...change };
    assert.throws(() => defineGame(definition as never), { name: 'TypeError', message });
  });
}

test('a definition that is no object is refused', () => {
  for (const value of [undefined, null, 'rps', 7]) {
    assert.throws(() => defineGame(value as never), /defineGame needs an object/);
  }
});
