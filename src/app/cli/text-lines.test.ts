import assert from 'node:assert/strict';
import { test } from 'node:test';
import { textLine } from './text-lines.ts';

const ok = { status: 'OK' };

test('each message of the server is a line that people read, or none', () => {
  for (const [header, body, line] of [
    ['BROADCAST_RESP', ok, undefined],
    [
      'GAME_NOTIFICATION',
      { ...ok, username: 'ann' },
      'ann starts a guessing game: /join within 10 s.',
    ],
    ['GAME_NOTIFICATION', ok, 'Somebody starts a guessing game: /join within 10 s.'],
    ['START_GAME_RESP', ok, 'You have started a game; it begins in 10 s if somebody joins.'],
    [
      'START_GAME_RESP',
      { ...ok, players: ['ann', 'bob'] },
      'The game begins: ann, bob. Guess a number from 1 to 50: /guess N',
    ],
    [
      'START_GAME_RESP',
      { status: 'ERROR', code: 6002 },
      'Too few joined; the game is called off. (6002)',
    ],
    [
      'GUESS_NUMBER_RESP',
      { ...ok, result: -1, message: 'Your guess is too low.' },
      'Your guess is too low.',
    ],
    [
      'GAME_RESULTS',
      {
        ...ok,
        results: [
          { username: 'ann', time: 1234 },
          { username: 'bob', time: null },
        ],
      },
      'The game is over. 1. ann: 1.2 s; 2. bob: did not find it',
    ],
    ['GAME_RESULTS', { status: 'ERROR', code: 9002 }, 'The game is over. Nobody found the number.'],
    ['BROADCAST_RESP', { status: 'ERROR', code: 9000, message: 'Wait.' }, 'Wait. (9000)'],
    ['BROADCAST_RESP', { status: 'ERROR', code: 1 }, 'The server refused this. (1)'],
    [
      'DSCN',
      { reason: 7000 },
      'The server closed the connection: this client did not answer in time.',
    ],
    ['DSCN', {}, 'The server closed the connection: reason undefined.'],
    ['SOMETHING_NEW', { a: 1 }, 'SOMETHING_NEW (?)'],
    // What no server of ours says.
    ['constructor', {}, 'constructor (?)'],
    ['LIST_USERS_RESP', { ...ok, users: ['ann', 7, null] }, 'Here: ann'],
    [
      'GAME_RESULTS',
      { ...ok, results: [7, null] },
      'The game is over. 1. undefined: did not find it; 2. undefined: did not find it',
    ],
  ] as const) {
    assert.equal(textLine({ header, body }), line);
  }
});
