// One player's part in the game against a platform that is the test's hands: what comes early, late
// or not at all. What it looks like when all is well is in the transcripts.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PaperclipError } from '../../contract/errors.ts';
import type { EventData, PlatformEvent } from '../../contract/events.ts';
import { silentLog } from '../../contract/telemetry.ts';
import { guessViews } from '../guess-view.ts';
import { turns } from '../line-client.fixture.ts';
import { ManualTimers } from '../manual-timers.fixture.ts';
import type { SignedInPlayer } from '../signed-in-player.ts';
import { GuessingGame } from './guessing-game.ts';
import { TextRefusal } from './text-codes.ts';
import { textLimits } from './text-limits.ts';

const [lobbyId, matchId] = ['l1', 'm1'];

function world(answers: Readonly<Record<string, () => unknown>> = {}) {
  const timers = new ManualTimers();
  const sent: string[] = [];
  const called: string[] = [];
  const usual: Readonly<Record<string, () => unknown>> = {
    'party.start': () => ({ id: lobbyId }),
    'match.attach': () => ({ matchId, game: 'guess', seat: 0, names: ['ann', 'bob'] }),
  };
  const player = {
    player: { id: 'ann', name: 'ann', kind: 'guest' },
    call: async (command: string) => {
      called.push(command);
      return (answers[command] ?? usual[command] ?? (() => ({})))();
    },
  };
  const game = new GuessingGame({
    ...{ timers, log: silentLog, readView: guessViews() },
    // Boundary: a game uses these two members alone.
    player: player as unknown as SignedInPlayer,
    send: (header, body) => sent.push(`${header} ${JSON.stringify(body)}`),
  });
  const hear = (event: PlatformEvent) => game.handleEvent(event);
  const placed = () => hear({ event: 'match.placed', data: { matchId, lobbyId, game: 'guess' } });
  const removed = (reason: EventData<'lobby.removed'>['reason']) =>
    hear({ event: 'lobby.removed', data: { lobbyId, reason } });
  const lost = (reason: EventData<'match.seat-lost'>['reason']) =>
    hear({ event: 'match.seat-lost', data: { matchId, reason } });
  const see = (change: object = {}) =>
    hear({
      event: 'match.view',
      data: { matchId, seat: 0, tick: 0, view: { ...view, ...change } },
    });
  return { timers, sent, called, game, placed, removed, lost, see };
}

const view = {
  ...{ min: 1, max: 50, attempts: null, attemptsLeft: null, guesses: [], guessCount: 0 },
  ...{ timesMs: [null, null], winner: null, isOver: false },
};
const begun = 'START_GAME_RESP {"status":"OK","players":["ann","bob"]}';
const started = 'START_GAME_RESP {"status":"OK"}';

async function playing(answers: Readonly<Record<string, () => unknown>> = {}) {
  const w = world(answers);
  await w.game.start();
  w.placed();
  await turns(1);
  w.see();
  assert.deepEqual(w.sent.splice(0), [started, begun]);
  return w;
}

const code = (work: Promise<unknown>) =>
  work.then(
    () => 0,
    (cause: unknown) => (cause instanceof TextRefusal ? cause.code : cause),
  );

describe('the guessing game of one connection', () => {
  test('begins once, whether the seat or the first view is known first', async () => {
    const w = world();
    await w.game.start();
    w.placed();
    w.see();
    assert.deepEqual(w.sent, [started]);
    await turns(1);
    w.see();
    assert.deepEqual(w.sent, [started, begun]);
  });

  test('what happens while it is asked for comes after the answer', async () => {
    const w = world();
    const start = w.game.start();
    w.removed('too-few');
    await start;
    assert.deepEqual(w.sent, [started, 'START_GAME_RESP {"status":"ERROR","code":6002}']);
    assert.equal(await code(w.game.guess(1)), 6005);
  });

  test('a seat that cannot be taken is told', async () => {
    const silent = () => {
      throw new PaperclipError('HOST_SILENT', { match: matchId });
    };
    const w = world({ 'match.attach': silent });
    await w.game.start();
    w.placed();
    await turns(1);
    assert.match(w.sent[1] ?? '', /^START_GAME_RESP \{"status":"ERROR","code":9001,"message":/);
  });

  test('a match that ends before it began has no results', async () => {
    const w = world();
    await w.game.start();
    w.placed();
    await turns(1);
    w.removed('closed');
    assert.deepEqual(w.sent.slice(1), [
      'START_GAME_RESP {"status":"ERROR","code":9001,"message":"The game could not begin."}',
    ]);
  });

  test('a seat lost for slowness is taken again; one that is played elsewhere is let go', async () => {
    const w = await playing();
    w.lost('too-slow');
    await turns(1);
    assert.deepEqual(w.called, ['party.start', 'match.attach', 'match.attach']);
    w.lost('replaced');
    w.see({ isOver: true });
    w.removed('closed');
    await w.game.leave();
    assert.deepEqual(w.sent, []);
    assert.equal(w.called.length, 3);
  });

  test('a guess is answered by its view, before or after the game has taken it', async () => {
    let early = (): void => {};
    const w = await playing({ 'match.input': () => early() });
    const first = w.game.guess(7);
    await turns(1);
    w.see({ guessCount: 1, guesses: [{ result: -1 }] });
    assert.equal((await first).result, -1);
    early = () => w.see({ guessCount: 3, guesses: [{ result: -1 }, { result: 1 }, { result: 0 }] });
    assert.equal((await w.game.guess('8')).result, 1);
  });

  test('a guess to which the game says nothing is answered all the same', async () => {
    const w = await playing();
    const guess = code(w.game.guess(7));
    await turns(1);
    w.see();
    w.timers.advance(textLimits.guessAnswerWithinMs);
    assert.equal(await guess, 9001);
    assert.equal(w.timers.count, 0);
  });

  test('views of another game, and events of other matches, are nothing', async () => {
    const w = await playing();
    w.see({ guesses: 'none' });
    w.see({ isOver: 'yes' });
    assert.equal(await code(w.game.guess(51)), 7007);
    assert.deepEqual(w.sent, []);
  });

  test('results do not wait for ever for the party to close, and come once', async () => {
    const w = await playing();
    w.see({ isOver: true, timesMs: [null, 1234] });
    w.see({ isOver: true, timesMs: [null, 1234] });
    assert.equal(await code(w.game.guess(1)), 6005);
    w.timers.advance(textLimits.resultsWithinMs - 1);
    assert.deepEqual(w.sent, []);
    w.timers.advance(1);
    w.see({ isOver: true, timesMs: [null, 1234] });
    w.removed('closed');
    assert.deepEqual(w.sent, [
      'GAME_RESULTS {"status":"OK","results":[{"username":"bob","time":1234},{"username":"ann","time":null}]}',
    ]);
    assert.equal(w.timers.count, 0);
  });

  test('who leaves while the seat is being taken leaves the match when it is', async () => {
    const { promise: taken, resolve: take } = Promise.withResolvers<object>();
    const gone = () => {
      throw new PaperclipError('MATCH_NOT_RUNNING', { match: matchId });
    };
    const w = world({ 'match.attach': () => taken, 'match.leave': gone });
    await w.game.start();
    w.placed();
    const left = w.game.leave();
    await turns(1);
    assert.deepEqual(w.called, ['party.start', 'match.attach']);
    take({ matchId, game: 'guess', seat: 0, names: [] });
    await left;
    assert.deepEqual(w.called, ['party.start', 'match.attach', 'match.leave']);
    assert.deepEqual(w.sent, [started]);
  });
});
