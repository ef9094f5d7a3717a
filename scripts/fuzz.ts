// Fuzzes one target, or all in turn, with new seeds until the time is over or one fails.
//
//   npm run fuzz -- [--target NAME] [--minutes 1] [--steps 1000]
//
// A failure prints its seed; `PAPERCLIP_SEED=n` with the same target and steps runs it again.

import { randomInt } from 'node:crypto';
import { fuzzTargets } from '../test/fuzz/registry.ts';
import { numberOption, programOptions, refuse } from './program-options.ts';

const names = fuzzTargets.map(({ name }) => name).join(', ');
const values = programOptions(
  {
    target: { type: 'string' },
    minutes: { type: 'string', default: '1' },
    steps: { type: 'string', default: '1000' },
  },
  `\n\nTargets: ${names}`,
);
const minutes = numberOption('minutes', values.minutes, { from: 0.01, to: 10_000 });
const steps = Math.ceil(numberOption('steps', values.steps, { from: 1, to: 1e9 }));
const targets = fuzzTargets.filter(({ name }) => name === (values.target ?? name));
if (targets.length === 0) refuse(`no target ${values.target}. There are: ${names}`);

const given = process.env['PAPERCLIP_SEED'];
for (const { name, run } of targets) {
  const endMs = performance.now() + (minutes * 60_000) / targets.length;
  let runs = 0;
  do {
    const seed = given === undefined ? randomInt(2 ** 31) : Number(given);
    try {
      run(seed, steps);
    } catch (error) {
      console.error(error);
      console.error(
        `\nPAPERCLIP_SEED=${seed} npm run fuzz -- --target ${name} --steps ${steps}\nruns it again.`,
      );
      process.exit(1);
    }
    runs += 1;
  } while (given === undefined && performance.now() < endMs);
  console.log(`${name}: ${runs} runs of ${steps} steps, nothing broke.`);
}
