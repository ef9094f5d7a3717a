import assert from 'node:assert/strict';
import test from 'node:test';
import { defineGame, t } from './define-game.ts';
import { HostedMatch } from './hosted-match.ts';
import { gameLimits } from './limits.ts';
import type { MatchOutput } from './match-runner.ts';

const seen: unknown[] = [];

const secret = defineGame({
  name: 'secret',
  title: 'Secret',
  players: { min: 2, max: 2 },
  input: t.Object({ word: t.String({ maxLength: 8 }) }),
  setup: () => ({ words: [null, null] as (string | null)[] }),
  step: (state, inputs) => {
    const words = [...state.words];
    for (const { seat, input } of inputs) words[seat] ??= input.word;
    return { words };
  },
  view: ({ words }, seat) => ({ mine: words[seat] ?? null, otherSaid: words[1 - seat] !== null }),
  outcome: ({ words }) => (words.includes(null) ? undefined : { ranking: [[0, 1]] }),
  bot: (view, { seat }) => {
    seen.push(view);
    return view.otherSaid && view.mine === null ? { word: `bot ${seat}` } : undefined;
  },
});

const seats = [
  { playerId: 'p', name: 'person', bot: false },
  { playerId: 'b', name: 'bot', bot: true },
];

function drain(match: HostedMatch): MatchOutput[] {
  const outputs: MatchOutput[] = [];
  for (let output = match.poll(); output !== undefined; output = match.poll()) outputs.push(output);
  return outputs;
}

const dueIn = (outputs: readonly MatchOutput[]): number | undefined => {
  const last = outputs.findLast((output) => output.kind === 'timeout');
  return last?.kind === 'timeout' ? last.atMs : undefined;
};

test('a bot waits in its seat, thinks, and sees what a person there would see', () => {
  seen.length = 0;
  const match = new HostedMatch({ matchId: 'm', game: secret, seed: 's', seats, nowMs: 0 });
  assert.equal(dueIn(drain(match)), gameLimits.joinTimeoutMs);
  match.handleJoin(0, 0);
  const first = drain(match);
  assert.ok(first.every((output) => output.kind !== 'send' || output.seat === 0));
  match.handleTimeout(dueIn(first)!);
  drain(match);
  match.handleMessage(5000, 0, { kind: 'input', sequence: 1, input: { word: 'hush' } });
  const dueMs = dueIn(drain(match))!;
  assert.ok(dueMs >= 5000 + gameLimits.botThinkMsMin && dueMs <= 5000 + gameLimits.botThinkMsMax);
  match.handleTimeout(dueMs);
  const ended = drain(match).find((output) => output.kind === 'ended');
  assert.deepEqual(ended?.kind === 'ended' && ended.record.log, [
    [1, [[0, { word: 'hush' }]], 0, [], 5000],
    [2, [[1, { word: 'bot 1' }]], 0, [], dueMs],
  ]);
  assert.equal(JSON.stringify(seen).includes('hush'), false);
  assert.deepEqual([match.isEnded, dueIn(drain(match))], [true, undefined]);
});

test('a seat for a bot in a game without one is refused at once', () => {
  const { bot: _, ...withoutBot } = secret;
  const game = defineGame(withoutBot);
  assert.throws(
    () => new HostedMatch({ matchId: 'm', game, seed: 's', seats, nowMs: 0 }),
    /game secret has no bot/,
  );
});

test('bots alone play a match that takes its time', () => {
  const eager = defineGame({ ...secret, bot: () => ({ word: 'now' }) });
  const bots = seats.map((seat) => ({ ...seat, bot: true }));
  const match = new HostedMatch({ matchId: 'm', game: eager, seed: 's', seats: bots, nowMs: 0 });
  let calls = 0;
  for (let dueMs = dueIn(drain(match)); dueMs !== undefined; calls++) {
    match.handleTimeout(dueMs);
    dueMs = dueIn(drain(match));
  }
  assert.equal(match.isEnded, true);
  assert.ok(calls >= 2);
});
