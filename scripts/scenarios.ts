// Prints the table of docs/protocol/scenarios.md: every scenario over virtual time, with what it
// is held to and what it gave. `npm run scenarios`, or `npm run scenarios -- --only "black hole"`.

import { runScenario } from '../test/simulation/scenario-run.ts';
import { scenarios } from '../test/simulation/scenarios.ts';
import { numberOption, programOptions } from './program-options.ts';

const values = programOptions({
  only: { type: 'string', default: '' },
  seed: { type: 'string', default: '1' },
});
const seed = numberOption('seed', values.seed, { from: 0, to: Number.MAX_SAFE_INTEGER });

console.log(
  '| scenario | bulk, s | of the rate | state p50 / p99, ms | gap, ms | came | moves p99, ms |',
);
console.log('|---|---|---|---|---|---|---|');
for (const scenario of scenarios) {
  if (!scenario.name.includes(values.only)) continue;
  const figures = runScenario(scenario, seed);
  const { bulkMs, pathShare, stateMs, stateGapMs, stateCameShare, movesMs } = figures;
  const cells = [
    scenario.name,
    (bulkMs / 1000).toFixed(1),
    percent(pathShare),
    `${whole(stateMs.p50)} / ${whole(stateMs.p99)}`,
    whole(stateGapMs),
    percent(stateCameShare),
    whole(movesMs.p99),
  ];
  console.log(`| ${cells.join(' | ')} |`);
}

function whole(ms: number): string {
  return ms.toFixed(0);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)}%`;
}
