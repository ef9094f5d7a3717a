import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { CapacityResult } from '../capacity/result.ts';
import { type BenchmarkFiles, reportOf } from './blocks.ts';

const capacity: CapacityResult = {
  benchmark: 'capacity',
  machine: { cpu: 'a CPU', cpus: 2, system: 'Linux 6', node: 'v26' },
  load: { hz: 20, bytes: 64, durationMs: 1000 },
  echo: [],
  idle: [
    {
      server: 'paperclip',
      connections: 10_000,
      connectsPerS: 500,
      memory: { rssBytes: 30_720, heapBytes: 10_240, externalBytes: 5_120 },
      cpuMsPerS: 10,
      emptyCpuMsPerS: 0.1,
      datagramsPerS: 2000,
    },
  ],
};

test('only what stands between marks is replaced, and again the same', () => {
  const page =
    'before\n<!-- bench:capacity-idle -->\nold\n<!-- /bench -->\nafter\n<!-- bench:other -->\nkept\n<!-- /bench -->\n';
  const { page: filled, unused } = reportOf(page, { capacity });
  assert.match(filled, /^before\n<!-- bench:capacity-idle -->\n\n\|/);
  assert.match(filled, /\| paperclip \| 10,000 \| 500 \| 30.0 \| 15.0 \| 10.0 \|/);
  assert.match(filled, /<!-- \/bench -->\nafter\n<!-- bench:other -->\nkept\n<!-- \/bench -->\n$/);
  assert.deepEqual(unused, ['capacity-echo']);
  assert.equal(reportOf(filled, { capacity }).page, filled);
});

test('the page and the plots in the docs are those of the results beside them', () => {
  const docs = join(import.meta.dirname, '..', '..', 'docs');
  const read = (name: string) => readFileSync(join(docs, name), 'utf8');
  const names = ['transport', 'latency', 'bulk', 'capacity', 'room', 'lobby', 'files'].filter(
    (name) => existsSync(join(docs, 'benchmarks', `${name}.json`)),
  );
  // Boundary: results that this version wrote; if not, the comparison below says so.
  const files = Object.fromEntries(
    names.map((name) => [name, JSON.parse(read(`benchmarks/${name}.json`))]),
  ) as BenchmarkFiles;
  const page = read('benchmarks.md');
  const report = reportOf(page, files);
  const hint = 'run `npm run bench:report`';
  assert.equal(report.page, page, hint);
  assert.deepEqual(report.unused, []);
  for (const [name, svg] of report.plots) assert.equal(read(`benchmarks/${name}`), svg, hint);
});
