// A little of every fuzz target. `PAPERCLIP_SEED=n` runs that seed alone; the long runs are
// `npm run fuzz -- --target NAME --minutes N`.

import { test } from 'node:test';
import { fuzzTargets } from './registry.ts';

const given = process.env['PAPERCLIP_SEED'];

for (const { name, promise, smoke, run } of fuzzTargets) {
  const seeds =
    given === undefined ? Array.from({ length: smoke.seeds }, (_, i) => i) : [Number(given)];
  test(`${name}: ${promise}`, () => {
    for (const seed of seeds) {
      try {
        run(seed, smoke.steps);
      } catch (error) {
        throw new Error(`seed ${seed} fails (PAPERCLIP_SEED=${seed} runs it alone)`, {
          cause: error,
        });
      }
    }
  });
}
