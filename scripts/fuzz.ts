// Fuzzes one target, or all in turn, with new seeds until the time is over or one fails.
//
//   node scripts/fuzz.ts [--target NAME] [--minutes 1] [--steps 1000]
//
// A failure prints its seed; `PAPERCLIP_SEED=n` with the same target and steps runs it again.

import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { fuzzTargets } from '../test/fuzz/registry.ts';

const { values } = parseArgs({
  options: {
    target: { type: 'string' },
    minutes: { type: 'string', default: '1' },
    steps: { type: 'string', default: '1000' },
  },
});
const minutes = Number(values.minutes);
const steps = Number(values.steps);
const targets = fuzzTargets.filter(({ name }) => name === (values.target ?? name));
if (targets.length === 0) {
  const names = fuzzTargets.map(({ name }) => name).join(', ');
  console.error(`no target ${values.target}. There are: ${names}`);
  process.exit(2);
}
if (!(minutes > 0 && Number.isInteger(steps) && steps > 0)) {
  console.error('--minutes and --steps must be above 0');
  process.exit(2);
}

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
