// Paperclip 0 as an older client meets it: HTTP companion and UDP of a whole server, with players
// of Paperclip 1 and bots on the other side of the table.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import rps from '../../games/rps/rules.ts';
import { type ServeOptions, serve } from '../../src/app/server/serve.ts';
import {
  type ClassicRound,
  ClassicRps,
  type ClassicRpsOptions,
  endProblem,
} from '../../src/client/classic/classic-rps.ts';
import { ClientError, connect, type MatchOf, visit } from '../../src/client/index.ts';
import { encodePacket } from '../../src/codec/classic/packet.ts';
import { classicCrypto } from '../../src/driver/classic-crypto.ts';
import { udpNetwork } from '../../src/driver/udp.ts';

type Choice = 'rock' | 'paper' | 'scissors';

const password = 'correct horse';

const started = (more: ServeOptions = {}) =>
  serve({
    ...{ data: ':memory:', port: 0, udpPort: 0, hosts: 1, logLevel: 'silent' },
    ...{ shutdownGraceMs: 0, classic: true },
    ...more,
  });

/** A classic player whose rounds are awaited one after the other. */
class OldFriend {
  readonly game: ClassicRps;
  readonly #next: () => Promise<ClassicRound>;

  private constructor(game: ClassicRps, next: () => Promise<ClassicRound>) {
    this.game = game;
    this.#next = next;
  }

  static async join(
    url: string,
    name: string,
    more: Partial<ClassicRpsOptions> = {},
  ): Promise<OldFriend> {
    const here: ClassicRound[] = [];
    let wake = (): void => undefined;
    const onRound = (round: ClassicRound): void => {
      here.push(round);
      wake();
    };
    const game = await ClassicRps.join({ url, name, password, register: true, onRound, ...more });
    return new OldFriend(game, async () => {
      for (;;) {
        const round = here.shift();
        if (round !== undefined) return round;
        await new Promise<void>((done) => {
          wake = done;
        });
      }
    });
  }

  play(choice: Choice): Promise<ClassicRound> {
    this.game.choose(choice);
    return this.#next();
  }
}

/** Plays the list, one choice a round. */
async function choose(match: MatchOf<typeof rps>, choices: readonly Choice[]): Promise<void> {
  let round = 0;
  for await (const view of match.views) {
    if (view.round > round && view.yourChoice === null && match.undecided === 0) {
      const choice = choices[view.round - 1];
      if (choice === undefined) continue;
      round = view.round;
      match.send({ choice });
    }
  }
}

test('an older client and one of Paperclip 1 play a match, and its result is stored', async () => {
  await using server = await closing(await started());
  const mario = await OldFriend.join(server.url, 'mario', { lobby: 'create' });
  await using peach = await connect(server.url, { register: { name: 'peach', password } });
  const match = await peach.play(rps, { against: { lobby: String(mario.game.lobby.id) } });
  const played = choose(match, ['rock', 'paper', 'scissors', 'rock', 'paper']);
  const rounds: (readonly [string, string, number, number])[] = [];
  for (const choice of ['paper', 'paper', 'rock', 'scissors', 'scissors'] as const) {
    const { outcome, score, otherScore, otherChoice } = await mario.play(choice);
    rounds.push([outcome, otherChoice, score, otherScore]);
  }
  assert.deepEqual(rounds, [
    ['won', 'rock', 1, 0],
    ['draw', 'paper', 1, 0],
    ['won', 'scissors', 2, 0],
    ['lost', 'rock', 2, 1],
    ['won', 'paper', 3, 1],
  ]);
  assert.equal((await match.result).mine, 'loss');
  await played;
  const summary = await match.summary();
  assert.deepEqual(
    summary.seats.map(({ name, kind, result, score }) => [name, kind, result, score]),
    [
      ['mario', 'account', 'win', 3],
      ['peach', 'account', 'loss', 1],
    ],
  );
  const { matches } = await peach.call('match.history', { player: 'mario' });
  assert.deepEqual(matches, [summary]);
  const { rows } = await peach.call('leaderboard.get', { game: 'rps' });
  assert.deepEqual(
    rows.map(({ name, wins, losses }) => [name, wins, losses]),
    [
      ['mario', 1, 0],
      ['peach', 0, 1],
    ],
  );
  const replayed = await visit(server.url).call('match.replay', { matchId: match.id });
  assert.equal(replayed.match.stateHash, summary.stateHash);
  await mario.game.leave();
});

test('an older client plays a bot, match after match', async () => {
  await using server = await closing(await started());
  await using elsewhere = await connect(server.url, { register: { name: 'toad', password } });
  const { id } = await elsewhere.call('lobby.create', {
    ...{ game: 'rps', bots: 1 },
    settings: { firstTo: 1 },
  });
  const toad = await OldFriend.join(server.url, 'toad', { register: false, lobby: { id } });
  let ended = 0;
  for (let round = 1; ended < 2; round++) {
    const { otherAccountId, score, otherScore } = await toad.play('paper');
    assert.equal(otherAccountId, 0);
    if (Math.max(score, otherScore) === 1) ended += 1;
    assert.ok(round < 200);
  }
  const { matches } = await elsewhere.call('match.history', { player: 'toad' });
  assert.ok(matches.length >= 1);
  for (const { seats, reason } of matches) {
    assert.equal(reason, 'outcome');
    assert.deepEqual(new Set(seats.map(({ kind }) => kind)), new Set(['account', 'bot']));
  }
  await toad.game.leave();
});

test('two older clients find each other, and a third is told that the lobby is full', async () => {
  await using server = await closing(await started());
  const mario = await OldFriend.join(server.url, 'mario');
  const luigi = await OldFriend.join(server.url, 'luigi');
  assert.equal(luigi.game.lobby.id, mario.game.lobby.id);
  const [first, second] = await Promise.all([mario.play('rock'), luigi.play('scissors')]);
  assert.deepEqual([first.outcome, second.outcome], ['won', 'lost']);
  assert.deepEqual([first.otherAccountId, second.otherAccountId], [2, 1]);
  const lobby = { id: String(mario.game.lobby.id) };
  await assert.rejects(OldFriend.join(server.url, 'wario', { lobby }), (error) => {
    assert.ok(error instanceof ClientError && error.code === 'CLASSIC_FULL');
    return true;
  });
  await luigi.game.leave();
  await mario.game.leave();
});

test('the end of the server is told to every older client', async () => {
  const server = await started();
  const friends = await Promise.all(
    ['ann', 'ben', 'cy'].map((name) => OldFriend.join(server.url, name, { lobby: 'create' })),
  );
  await server.close();
  for (const { game } of friends) {
    assert.deepEqual(await game.ended, { kind: 'closed-by-peer', code: 0x21, text: '' });
  }
});

test('one who joins again elsewhere ends the first connection, with a sentence', async () => {
  await using server = await closing(await started());
  const first = await OldFriend.join(server.url, 'mario', { lobby: 'create' });
  const lobby = { id: String(first.game.lobby.id) };
  const second = await OldFriend.join(server.url, 'mario', { register: false, lobby });
  assert.match(endProblem(await first.game.ended), /the server said: You joined again/);
  await second.game.leave();
});

test('half-open handshakes by the hundred leave all wires to their players', async () => {
  await using server = await closing(await started());
  const { classic } = server.addresses;
  assert.ok(classic !== undefined);
  const mario = await OldFriend.join(server.url, 'mario', { lobby: 'create' });
  const flood = await udpNetwork.connect(classic, () => undefined);
  for (let i = 0; i < 500; i++) {
    const bytes = encodePacket({
      ...{ type: 'auth', flags: 0, sequenceId: 0, data: new Uint8Array(0) },
      publicKey: classicCrypto.generateKeyPair().publicKey,
      certificate: randomBytes(800),
    });
    flood.port.send(bytes, bytes.length, flood.peer);
  }
  await using peach = await connect(server.url, { guest: 'peach' });
  const match = await peach.play(rps, { against: { lobby: String(mario.game.lobby.id) } });
  void choose(match, ['rock']);
  assert.equal((await mario.play('paper')).outcome, 'won');
  await flood.port.close();
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  assert.match(metrics, /^paperclip_classic_connections 1$/m);
  assert.match(metrics, /^paperclip_classic_datagrams_refused_total\{reason="handshake-rate"\} /m);
  await mario.game.leave();
  assert.equal((await match.result).mine, 'win');
});

async function closing<T extends { readonly close: () => Promise<void> }>(
  server: T,
): Promise<T & AsyncDisposable> {
  return Object.assign(server, { [Symbol.asyncDispose]: () => server.close() });
}
