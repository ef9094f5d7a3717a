// What was typed, read by a table of flags; slips of the finger get the nearest thing that exists.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type Flags, nearest, numberFlag, readArguments, UsageError } from './usage.ts';

const flags = {
  server: { type: 'string', value: 'URL', summary: '' },
  settings: { type: 'string', value: 'KEY=VALUE', summary: '', multiple: true },
  bot: { type: 'boolean', summary: '', short: 'b' },
  guest: { type: 'boolean', summary: '', wordFor: 'name' },
  name: { type: 'string', value: 'NAME', summary: '' },
} as const satisfies Flags;

const read = (...argv: string[]) => readArguments('play', argv, flags, 1);
const usage = (pattern: RegExp) => (error: unknown) =>
  error instanceof UsageError && pattern.test(error.message);

test('flags, repeated flags and operands come out as typed', () => {
  const typed = read('rps', '--server', 'x', '-b', '--settings=a=1', '--settings', 'b=2');
  assert.deepEqual(typed.positionals, ['rps']);
  assert.equal(typed.text('server'), 'x');
  assert.deepEqual(typed.texts('settings'), ['a=1', 'b=2']);
  assert(typed.isSet('bot'));
  assert.equal(typed.text('unknown'), undefined);
});

test('a word behind a switch is its name where it would be one operand too many', () => {
  for (const argv of ['rps --guest mario -b', '--guest mario rps', '-b rps --guest mario']) {
    const typed = read(...argv.split(' '));
    assert.deepEqual(typed.positionals, ['rps'], argv);
    assert.equal(typed.text('name'), 'mario', argv);
    assert(typed.isSet('guest'));
  }
  const game = read('--guest', 'rps');
  assert.deepEqual(game.positionals, ['rps']);
  assert.equal(game.text('name'), undefined);
  assert.throws(() => read('rps', '--guest', 'mario', 'luigi'), usage(/"luigi"/));
  assert.throws(() => read('rps', '--guest', 'mario', '--name', 'luigi'), usage(/"mario"/));
});

describe('a mistake is named', () => {
  test('an unknown flag, with the nearest one', () => {
    assert.throws(() => read('--sever', 'x'), usage(/no flag --sever\. Did you mean --server\?/));
    assert.throws(() => read('--xyzzy'), usage(/no flag --xyzzy\. See `paperclip help play`/));
  });

  test('a flag without its value, and a value for a switch', () => {
    assert.throws(() => read('--server'), usage(/^--server needs a value\./));
    assert.throws(() => read('--bot=yes'), usage(/--bot/));
  });

  test('one operand too many', () => {
    assert.throws(() => read('rps', 'chess'), usage(/does not know what to do with "chess"/));
  });

  test('a number out of its bounds', () => {
    const bounds = { min: 1, max: 5, whole: true } as const;
    for (const text of ['0', '6', '1.5', 'x', '', ' ', 'NaN', 'Infinity']) {
      const typed = readArguments('x', [`--server=${text}`], flags, 0);
      assert.throws(() => numberFlag(typed, 'server', bounds), usage(/from 1 to 5/));
    }
    assert.equal(numberFlag(read('--server', '5'), 'server', bounds), 5);
    assert.equal(numberFlag(read(), 'server', bounds), undefined);
  });
});

describe('the nearest word', () => {
  const commands = ['play', 'replay', 'history', 'leaderboard', 'lobbies'];

  test('is the one that a slip turns into it, or that it begins', () => {
    assert.equal(nearest('paly', commands), 'play');
    assert.equal(nearest('hitsory', commands), 'history');
    assert.equal(nearest('lead', commands), 'leaderboard');
    assert.equal(nearest('xyzzy', commands), undefined);
    assert.equal(nearest('', commands), undefined);
  });

  test('is always one of the candidates, whatever was typed', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (typed) => {
        const near = nearest(typed, commands);
        assert(near === undefined || commands.includes(near));
      }),
    );
  });
});
