// Prints the table of docs/protocol/scenarios.md: every scenario over virtual time, with what it
// is held to and what it gave. `npm run scenarios`, or `npm run scenarios -- --only "black hole"`.

import { parseArgs } from 'node:util';
import { runScenario } from '../test/simulation/scenario-run.ts';
import { scenarios } from '../test/simulation/scenarios.ts';

const { values } = parseArgs({
  options: { only: { type: 'string', default: '' }, seed: { type: 'string', default: '1' } },
});
const seed = Number(values.seed);

console.log(
  '| scenario | bulk, s | of the path | state p50 / p99, ms | state came | moves p99, ms |',
);
console.log('|---|---|---|---|---|---|');
for (const scenario of scenarios) {
  if (!scenario.name.includes(values.only)) continue;
  const { bulkMs, goodputShare, stateMs, stateCameShare, movesMs } = runScenario(scenario, seed);
  const share = scenario.goodputShareMin === undefined ? '' : percent(goodputShare ?? Number.NaN);
  console.log(
    `| ${scenario.name} | ${(bulkMs / 1000).toFixed(1)} | ${share} | ` +
      `${stateMs.p50.toFixed(0)} / ${stateMs.p99.toFixed(0)} | ${percent(stateCameShare)} | ` +
      `${movesMs.p99.toFixed(0)} |`,
  );
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)}%`;
}
