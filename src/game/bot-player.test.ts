import assert from 'node:assert/strict';
import test from 'node:test';
import { BotPlayer } from './bot-player.ts';
import { defineGame, type Game, t } from './define-game.ts';
import type { ClientMessage, HostMessage } from './messages.ts';

const guess = defineGame({
  name: 'guess-it',
  title: 'Guess it',
  players: { min: 1, max: 1 },
  input: t.Integer(),
  setup: () => ({ n: 1 }),
  step: (state) => state,
  view: ({ n }) => ({ n }),
  outcome: () => undefined,
  bot: ({ n }, { seat, random }) => (n < 0 ? undefined : 100 * n + 10 * seat + random.below(3)),
});

const welcome: HostMessage = {
  kind: 'welcome',
  matchId: 'm',
  game: 'guess-it',
  version: 1,
  seat: 0,
  players: [{ name: 'b', bot: true, status: 'here' }],
  settings: {},
  tick: 0,
  lastSequence: 0,
};
const view = (number: number, n: number): HostMessage => ({
  kind: 'view',
  n: number,
  base: 0,
  full: { n },
  tick: 0,
  lastSequence: 0,
});

function polled(bot: BotPlayer): ClientMessage[] {
  const messages: ClientMessage[] = [];
  for (let one = bot.poll(); one !== undefined; one = bot.poll()) messages.push(one);
  return messages;
}

const botOf = (game: Game) => new BotPlayer({ game, seed: 's', thinkMsMin: 100, thinkMsMax: 100 });

test('a bot answers a view after a pause, once', () => {
  const bot = botOf(guess);
  bot.handle(0, welcome);
  bot.handle(10, view(1, 2));
  assert.deepEqual([polled(bot), bot.timeoutAtMs], [[], 110]);
  bot.handleTimeout(109);
  assert.deepEqual(polled(bot), []);
  bot.handleTimeout(110);
  const [answer] = polled(bot);
  assert.ok(answer?.kind === 'input' && Math.floor((answer.input as number) / 10) === 20);
  assert.equal(bot.timeoutAtMs, undefined);
});

test('the answer is to the newest view, at the time that the first asked for', () => {
  const bot = botOf(guess);
  bot.handle(0, welcome);
  bot.handle(10, view(1, 2));
  bot.handle(60, view(2, 7));
  bot.handleTimeout(110);
  const [answer, ...more] = polled(bot);
  assert.ok(answer?.kind === 'input' && Math.floor((answer.input as number) / 10) === 70);
  assert.deepEqual(more, []);
});

test('a real-time bot answers at once, and acknowledges', () => {
  const bot = botOf(guess);
  bot.handle(0, { ...welcome, tickHz: 20 } as HostMessage);
  bot.handle(10, view(1, 2));
  assert.deepEqual(
    polled(bot).map(({ kind }) => kind),
    ['view-ack', 'input'],
  );
});

test('a refused bot tries again, and then waits for another view', () => {
  const bot = botOf(guess);
  bot.handle(0, welcome);
  bot.handle(0, view(1, 1));
  let answers = 0;
  for (let at = 100; at < 2000; at += 100) {
    bot.handleTimeout(at);
    const sent = polled(bot);
    answers += sent.length;
    const refused: HostMessage = { kind: 'refused', sequence: 1, code: 'rules', message: 'no' };
    if (sent.length > 0) bot.handle(at, refused);
  }
  assert.equal(answers, 3);
  bot.handle(2000, view(2, 1));
  bot.handleTimeout(2100);
  assert.equal(polled(bot).length, 1);
});

test('a bot with nothing to say is silent, and so is one whose match ended', () => {
  const bot = botOf(guess);
  bot.handle(0, welcome);
  bot.handle(0, view(1, -1));
  bot.handleTimeout(100);
  assert.deepEqual(polled(bot), []);
  bot.handle(200, view(2, 1));
  bot.handle(250, { kind: 'ended', reason: 'abandoned' });
  bot.handleTimeout(1000);
  assert.deepEqual([polled(bot), bot.timeoutAtMs], [[], undefined]);
});

test('equal seeds answer equally', () => {
  const answers = (seed: string): string => {
    const bot = new BotPlayer({ game: guess, seed });
    bot.handle(0, welcome);
    for (let n = 1; n < 20; n++) {
      bot.handle(n * 1000, view(n, n));
      bot.handleTimeout(n * 1000 + 999);
    }
    return JSON.stringify(polled(bot));
  };
  assert.equal(answers('a'), answers('a'));
  assert.notEqual(answers('a'), answers('b'));
});

test('a bot that throws says so and goes silent', () => {
  const broken = defineGame({
    ...guess,
    bot: () => {
      throw new Error('boom');
    },
  });
  const bot = botOf(broken);
  bot.handle(0, welcome);
  bot.handle(0, view(1, 1));
  bot.handleTimeout(100);
  assert.deepEqual([bot.failure, polled(bot)], ['bot: boom', []]);
});

test('a game without a bot has no bot player', () => {
  const { bot: _, ...withoutBot } = guess;
  assert.throws(() => botOf(defineGame(withoutBot)), /game guess-it has no bot/);
});
