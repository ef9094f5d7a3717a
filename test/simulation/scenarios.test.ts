// Bad days of a network, each with what a player may expect of it, and handshakes in one that
// loses three of ten datagrams. `PAPERCLIP_SEED=n` runs that seed alone.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { world } from '../../src/testing/index.ts';
import { runScenario } from './scenario-run.ts';
import { scenarios } from './scenarios.ts';

const given = process.env['PAPERCLIP_SEED'];
const seeds = given === undefined ? [1, 2] : [Number(given)];

for (const scenario of scenarios) {
  test(scenario.name, () => {
    for (const seed of seeds) {
      const { stateMs, stateGapMs, movesMs } = runScenario(scenario, seed);
      const figures = [
        ['ms of the median of state', stateMs.p50, scenario.stateMedianMsMax],
        ['ms of the 99th percentile of state', stateMs.p99, scenario.stateMsMax],
        ['ms without any state', stateGapMs, scenario.stateGapMsMax],
        ['ms of the 99th percentile of moves', movesMs.p99, scenario.movesMsMax],
      ] as const;
      for (const [what, value, most] of figures) {
        assert.ok(value <= most, `seed ${seed}: ${value.toFixed(0)} ${what}, not ${most}`);
      }
    }
  });
}

test('in bursts that lose 30%, 19 of 20 handshakes come to a link, and the rest to an end', () => {
  const count = 300;
  let linked = 0;
  for (let seed = 0; seed < count; seed++) {
    const net = world({ seed, delayMs: 50, burst: { enter: 0.143, leave: 0.333, loss: 1 } });
    const host = net.listen({ channels: { moves: 'reliable-ordered' } });
    const player = net.startDial(host);
    const isOver = () => player.link !== undefined || player.end !== undefined;
    assert.ok(net.runUntil(isOver, 5_500), `seed ${seed}: nothing after ${net.nowMs} ms`);
    if (player.link !== undefined) linked += 1;
    else assert.equal(player.end?.kind, 'handshake-timed-out', `seed ${seed}`);
  }
  assert.ok(linked >= 0.95 * count, `${linked} of ${count}`);
});

test('the page of scenarios has a row for each', () => {
  const page = readFileSync(new URL('../../docs/protocol/scenarios.md', import.meta.url), 'utf8');
  const table = page.slice(page.indexOf('| scenario |')).split('\n\n')[0]!;
  const [, , ...rows] = table.split('\n');
  assert.deepEqual(
    rows.map((row) => row.split('|')[1]!.trim()),
    scenarios.map(({ name }) => name),
  );
});
