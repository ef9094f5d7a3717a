// Kills a loaded server at random moments and checks that nothing acknowledged is lost.
//
//   node scripts/crash-test.ts [--rounds 100] [--seed 1] [--load-ms-max 3000]

import { parseArgs } from 'node:util';
import { crashRounds } from '../test/kill/crash-rounds.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    'load-ms-max': { type: 'string', default: '3000' },
  },
});

const { players, matches, round } = await crashRounds({
  rounds: Number(values.rounds),
  seed: Number(values.seed),
  loadMsMax: Number(values['load-ms-max']),
  onRound: (one) => {
    console.log(
      `round ${one.round}: killed after ${one.killedAfterMs} ms, ${one.places} lobby places, ` +
        `${one.players} players and ${one.matches} ended matches so far, all there`,
    );
  },
});
console.log(`${round} rounds: ${players} players, ${matches} ended matches, nothing lost.`);
