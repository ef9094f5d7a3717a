// Kills a loaded server at random moments and checks that nothing acknowledged is lost.
//
//   npm run crash-test -- [--rounds 100] [--seed 1] [--load-ms-max 3000]
//   npm run crash-test -- --messages [--rounds 1] [--seed 1]

import { crashRounds } from '../test/kill/crash-rounds.ts';
import { messageRounds } from '../test/kill/message-rounds.ts';
import { numberOption, programOptions } from './program-options.ts';

const values = programOptions({
  messages: { type: 'boolean', default: false },
  rounds: { type: 'string' },
  seed: { type: 'string', default: '1' },
  'load-ms-max': { type: 'string', default: '3000' },
});
const usualRounds = values.messages ? '1' : '100';
const rounds = numberOption('rounds', values.rounds ?? usualRounds, { from: 1, to: 1e6 });
const firstSeed = numberOption('seed', values.seed, { from: 0, to: 2 ** 32 });
const loadMsMax = numberOption('load-ms-max', values['load-ms-max'], { from: 1, to: 600_000 });

if (values.messages) await killedMessenger();
else await killedLobbies();

/** 10,000 messages of 50 players to 100 who are away. */
async function killedMessenger(): Promise<void> {
  const sizes = { senders: 50, receivers: 100, messagesEach: 200, killsWhileFetching: 3 };
  for (let round = 0; round < rounds; round++) {
    const seed = firstSeed + round;
    const { acknowledged, unsure, delivered, kills } = await messageRounds({ ...sizes, seed });
    console.log(
      `seed ${seed}: killed ${kills} times; ${acknowledged} messages acknowledged, ${unsure} ` +
        `without an answer, ${delivered} delivered, each once and in order.`,
    );
  }
}

async function killedLobbies(): Promise<void> {
  const { players, matches, round } = await crashRounds({
    rounds,
    seed: firstSeed,
    loadMsMax,
    onRound: (one) => {
      console.log(
        `round ${one.round}: killed after ${one.killedAfterMs} ms, ${one.places} lobby places, ` +
          `${one.players} players and ${one.matches} ended matches so far, all there`,
      );
    },
  });
  console.log(`${round} rounds: ${players} players, ${matches} ended matches, nothing lost.`);
}
