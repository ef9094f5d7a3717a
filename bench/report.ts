// Puts results into the docs: reads `docs/benchmarks/*.json`, writes the tables of
// `docs/benchmarks.md` between their marks, and draws the plots beside the results.
//
//   npm run bench:latency -- --json docs/benchmarks/latency.json
//   npm run bench:report

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BenchmarkFiles, reportOf } from './report/blocks.ts';

const docs = join(import.meta.dirname, '..', 'docs');
const page = join(docs, 'benchmarks.md');
const folder = join(docs, 'benchmarks');

const results: Record<string, unknown> = {};
for (const name of ['transport', 'latency', 'bulk', 'capacity', 'room', 'lobby', 'files']) {
  const file = join(folder, `${name}.json`);
  if (existsSync(file)) results[name] = JSON.parse(readFileSync(file, 'utf8'));
}
// Boundary: files that the benchmarks of this version wrote; the report's test reads them too.
const report = reportOf(readFileSync(page, 'utf8'), results as BenchmarkFiles);
writeFileSync(page, report.page);
for (const [name, svg] of report.plots) writeFileSync(join(folder, name), svg);
for (const name of report.unused) console.error(`docs/benchmarks.md has no mark for ${name}`);
