// The guessing wire over TLS: its transcripts in every manner of sending, and what a service has to
// bear: a wrong authority, many players, noise, silence, a stop.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { GuessView } from '../../../games/guess/rules.ts';
import { makeAuthority } from '../../driver/certificates.ts';
import { connectTcp } from '../../driver/tcp.ts';
import { replay } from '../../game/replay.ts';
import { guessLimits } from './guess-limits.ts';
import { guessTranscripts } from './guess-transcripts.fixture.ts';
import { GuessWorld, guess7, type Manner } from './guess-world.fixture.ts';

for (const manner of ['lines', 'one segment', 'bytes'] as const satisfies readonly Manner[]) {
  describe(`the guessing wire over TLS, clients that send ${manner}`, () => {
    for (const { title, text } of guessTranscripts) {
      test(title, async () => {
        await using world = await GuessWorld.open({ manner });
        await world.run(text);
      });
    }
  });
}

test('a client that believes another authority does not connect', async () => {
  await using world = await GuessWorld.open();
  const day = 86_400_000;
  const validity = { notBeforeMs: Date.now() - day, notAfterMs: Date.now() + day };
  const other = makeAuthority({ name: 'Test authority', ...validity });
  const { port } = world.listener.address;
  for (const tls of [{ ca: other.cert }, {}]) {
    await assert.rejects(connectTcp({ host: 'localhost', port, tls }), { code: /CERT|SIGN|VERIF/ });
  }
  const plain = await connectTcp({ host: 'localhost', port });
  const closed = new Promise((done) => {
    plain.onClose = done;
    plain.onData = () => undefined;
  });
  plain.write('start.\n');
  await closed;
  assert.equal(world.gateway.size, 0);
});

test('thirty players guess in one round, and each attempt is counted exactly', async () => {
  await using world = await GuessWorld.open();
  const names = Array.from({ length: 30 }, (_, at) => `p${at}`);
  const rules = '{"rules":{"min":1,"max":10,"attempts":5}}';
  for (const name of names) {
    const client = await world.connect(name);
    await client.say(['{"mode":"multi"}']);
    await world.expect(name, rules);
  }
  const { anyone } = world.platform;
  const { roundId = '', players } = await anyone('round.get', { game: 'guess' });
  assert.equal(players.length, 30);
  // All at once: the one at `at` guesses wrong `at % 6` times, and so five at most.
  await Promise.all(
    names.map((name, at) => world.client(name).say(new Array(at % 6).fill('{"key":1}'))),
  );
  for (const [at, name] of names.entries()) {
    for (let n = 1; n <= at % 6; n++) {
      const used = '{"message":"Sorry, you\'ve used all your attempts!","finish":true}';
      const small = '{"message":"Hint: You guessed too small!","finish":false}';
      await world.expect(name, n === 5 ? used : small);
    }
  }
  await world.client('p0').say(['{"key":7}']);
  await world.expect('p0', '{"message":"Congratulations, you did it.","finish":true}');
  for (const name of names.slice(1)) {
    await world.expect(
      name,
      '{"message":"Some client made answer, start new round.","finish":true}',
    );
  }
  for (const name of names) await world.expect(name, rules);

  await world.platform.platform.settled();
  const { match, record } = await anyone('match.replay', { matchId: roundId });
  assert.equal(match.seats.filter(({ result }) => result === 'win').length, 1);
  const played = replay(guess7, record);
  assert.ok(played.ok && played.value.matches);
  const { players: states } = played.value.state as {
    readonly players: readonly { readonly guessCount: number }[];
  };
  assert.deepEqual(
    states.map(({ guessCount }) => guessCount),
    names.map((_, at) => (at === 0 ? 1 : at % 6)),
  );
});

test('players of other wires are in the same round', async () => {
  await using world = await GuessWorld.open();
  const bob = await world.platform.guest('bob');
  const { events } = bob.connect();
  const { roundId } = await bob.call('round.join', { game: 'guess' });
  await world.run(`
    ada connects
    ada C> {"mode":"multi"}
    ada S< {"rules":{"min":1,"max":10,"attempts":5}}
    ada C> {"key":9}
    ada S< {"message":"Hint: You guessed too high!","finish":false}`);
  const seen = events.findLast(({ event }) => event === 'round.view');
  assert.ok(seen?.event === 'round.view');
  assert.deepEqual((seen.data.view as GuessView).guessCounts, [0, 1]);
  await bob.call('round.input', { game: 'guess', roundId, input: { number: 7 } });
  await world.run(`
    ada S< {"message":"Some client made answer, start new round.","finish":true}
    ada S< {"rules":{"min":1,"max":10,"attempts":5}}`);
});

test('rounds alone are matches of the history, and replay', async () => {
  await using world = await GuessWorld.open();
  const ada = await world.connect('ada');
  await ada.say(['{"key":3}', '{"key":7}', '{"key":1}']);
  for (let n = 0; n < 5; n++) await ada.next();
  const { matches } = await world.platform.anyone('match.history', { game: 'guess' });
  assert.equal(matches.length, 1);
  const { record } = await world.platform.anyone('match.replay', { matchId: matches[0]!.id });
  const played = replay(guess7, record);
  assert.ok(played.ok && played.value.matches);
});

test('what is too long is said so once, and the next value is read', async () => {
  await using world = await GuessWorld.open();
  const ada = await world.connect('ada');
  await ada.say([`{"key":"${'5'.repeat(2 * guessLimits.valueBytesMax)}"}`, '{"key":7}']);
  await world.expect('ada', '{"error":{"code":"TOO_LONG","message":"…"}}');
  await world.expect('ada', '{"rules":{"min":1,"max":10,"attempts":5}}');
  await world.expect('ada', '{"message":"Congratulations, you did it.","finish":true}');
});

test('who sends nothing but noise is told so, and cut off', async () => {
  await using world = await GuessWorld.open({ limits: { abuseLinesMax: 3 } });
  const ada = await world.connect('ada');
  await ada.say(['hello', '{{', '\u0000\u0001', '}', 'world']);
  for (let n = 0; n < 3; n++)
    await world.expect('ada', '{"error":{"code":"NOT_JSON","message":"…"}}');
  await world.expect('ada', '{"error":{"code":"TOO_MANY_ERRORS","message":"…"}}');
  assert.equal(await ada.next(), undefined);
});

test('who says nothing at all is cut off, who plays is not', async () => {
  await using world = await GuessWorld.open({ limits: { loginWithinMs: 1_000 } });
  await world.run(`
    bob connects
    bob C> start.
    bob S< …
    ada connects
    wait 2 s
    ada S< {"error":{"code":"NO_START","message":"…"}}
    ada closed
    bob C> {"key":1}
    bob S< {"message":"Hint: You guessed too small!","finish":false}`);
});

test('a server that stops says so; a host that dies begins no more rounds', async () => {
  await using world = await GuessWorld.open();
  await world.run(`
    ada connects
    ada C> start.
    ada S< …
    bob connects
    bob C> {"mode":"multi"}
    bob S< …`);
  await world.client('ada').say(['{"mode":"single"}', '{"key":1}']);
  await world.expect('ada', '{"rules":…');
  await world.expect('ada', '{"message":"Hint: You guessed too small!","finish":false}');
  await world.host.die();
  // The match is over with its host, and no other host takes the next.
  await world.expect('ada', '{"error":{"code":"SERVER_FULL","message":"…"}}');
  await world.expect('ada', '{"rules":…"modes":["single","multi"]}');
  await world.gateway.close();
  for (const name of ['ada', 'bob']) {
    await world.expect(name, '{"error":{"code":"STOPPING","message":"…"}}');
    assert.equal(await world.client(name).next(), undefined);
  }
});

test('the log has a line for each event, with its class, and no tokens or unreadable texts', async () => {
  await using world = await GuessWorld.open();
  await world.run(`
    ada connects
    ada C> start.
    ada C> {"password":"hunter2"}
    ada C> {"mode":"single"}
    ada C> {"key":7}
    ada S< {"rules":…
    ada S< {"error":…
    ada S< {"rules":…
    ada S< {"message":…
    ada S< {"rules":…
    ada C> {"command":"exit"}
    ada C> {"command":"exit"}
    ada S< {"rules":…
    ada closed`);
  const classes = new Set(world.logged.map((line) => line['class']));
  for (const one of ['CONNECTION', 'RECV', 'SEND', 'GAME', 'ERROR'])
    assert.ok(classes.has(one), one);
  assert.ok(world.logged.every((line) => line['connection'] === 1));
  const text = JSON.stringify(world.logged);
  assert.doesNotMatch(text, /hunter2|accessToken|sessionId/);
});
