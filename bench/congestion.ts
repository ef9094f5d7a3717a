// Congestion controllers side by side, in virtual time: paths from a bad uplink to a long fat one,
// alone, two at once, and beside the loss-based TCP of others. Nothing depends on the machine.
//
//   npm run bench:congestion                       the table of docs/decisions/0023
//   npm run bench:congestion -- --only wifi --controllers adaptive,new-reno

import { programOptions, refuse } from '../scripts/program-options.ts';
import { Adaptive } from '../src/protocol/paperclip/adaptive.ts';
import type { CongestionFactory } from '../src/protocol/paperclip/congestion.ts';
import { NewReno } from '../src/protocol/paperclip/new-reno.ts';
import { Cubic } from './congestion/cubic.ts';
import { type Flow, type Path, run } from './congestion/run.ts';

const controllers: Readonly<Record<string, CongestionFactory>> = {
  'new-reno': (_nowMs, bytes) => new NewReno(bytes),
  adaptive: (nowMs, bytes) => new Adaptive(nowMs, bytes),
};
const cubic: CongestionFactory = (_nowMs, bytes) => new Cubic(bytes);
const reno: CongestionFactory = (_nowMs, bytes) => new NewReno(bytes);

interface Scenario {
  readonly name: string;
  readonly path: Path;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly flows: (congestion: CongestionFactory) => readonly Flow[];
}

const kib = 1024;
const fat = { rateBytesPerSecond: 12_500_000, delayMs: 50, queueBytes: 256 * kib };
const deep = { rateBytesPerSecond: 1_250_000, delayMs: 20, queueBytes: 1024 * kib };
const slow = { rateBytesPerSecond: 64_000, delayMs: 100, queueBytes: 64 * kib };
const wifi = {
  rateBytesPerSecond: 2_500_000,
  delayMs: 15,
  jitterMs: 20,
  queueBytes: 256 * kib,
  loss: 0.002,
};
const middle = { rateBytesPerSecond: 2_500_000, delayMs: 20, queueBytes: 100 * kib };
const alone = (congestion: CongestionFactory): readonly Flow[] => [{ congestion, hasGame: true }];
const pair =
  (startsAtMs: number) =>
  (congestion: CongestionFactory): readonly Flow[] => [
    { congestion, hasGame: true },
    { congestion, startsAtMs },
  ];
const beside =
  (other: CongestionFactory, startsAtMs: number) =>
  (congestion: CongestionFactory): readonly Flow[] => [
    { congestion, hasGame: true, startsAtMs },
    { congestion: other },
  ];
const short = { seconds: 12, warmUpSeconds: 3 };
const long = { seconds: 45, warmUpSeconds: 15 };

const scenarios: readonly Scenario[] = [
  ...[0, 0.001, 0.01, 0.02].map((loss) => ({
    name: `100 Mbit/s, 100 ms, 256 KiB, ${100 * loss}% loss`,
    path: { ...fat, loss },
    ...short,
    flows: alone,
  })),
  { name: '10 Mbit/s, 40 ms, 1 MiB', path: deep, seconds: 25, warmUpSeconds: 5, flows: alone },
  { name: '64 kB/s, 200 ms, 64 KiB', path: slow, seconds: 60, warmUpSeconds: 10, flows: alone },
  {
    name: 'wifi: 20 Mbit/s, 30 ms, 20 ms jitter, 0.2% loss',
    path: wifi,
    seconds: 25,
    warmUpSeconds: 5,
    flows: alone,
  },
  { name: '100 Mbit/s, 2 ms, 256 KiB', path: { ...fat, delayMs: 1 }, ...short, flows: alone },
  { name: 'two at once, 20 Mbit/s, 40 ms, 100 KiB', path: middle, ...long, flows: pair(0) },
  { name: 'two, one 5 s later', path: middle, ...long, flows: pair(5000) },
  { name: 'two, deep queue, one 5 s later', path: deep, ...long, flows: pair(5000) },
  {
    name: 'two, 100 Mbit/s, 100 ms, 256 KiB, one 5 s later',
    path: fat,
    seconds: 25,
    warmUpSeconds: 8,
    flows: pair(5000),
  },
  { name: 'beside Reno, 100 KiB', path: middle, ...long, flows: beside(reno, 3000) },
  { name: 'beside CUBIC, 100 KiB', path: middle, ...long, flows: beside(cubic, 3000) },
  {
    name: 'beside CUBIC, 400 KiB',
    path: { ...middle, queueBytes: 400 * kib },
    ...long,
    flows: beside(cubic, 3000),
  },
  { name: 'beside CUBIC, deep queue', path: deep, ...long, flows: beside(cubic, 3000) },
  {
    name: 'beside CUBIC, 100 Mbit/s, 100 ms, 256 KiB',
    path: fat,
    seconds: 30,
    warmUpSeconds: 10,
    flows: beside(cubic, 3000),
  },
];

const known = Object.keys(controllers);
const values = programOptions({
  only: { type: 'string', default: '' },
  controllers: { type: 'string', default: known.join(',') },
});
const chosen = values.controllers.split(',');
const unknown = chosen.find((name) => !known.includes(name));
if (unknown !== undefined) refuse(`no controller ${unknown}. There are: ${known.join(', ')}`);
const percent = (value: number, digits = 0): string => `${(100 * value).toFixed(digits)}%`;
const ms = (value: number): string =>
  Number.isFinite(value) ? value.toFixed(value < 10 ? 1 : 0) : '-';

console.log(
  '| path | | used | queue p50 / p99 | queue loss | shares | 60 Hz state p50 / p99 | first 16 MiB |',
);
console.log('|---|---|---|---|---|---|---|---|');
for (const { name, path, seconds, warmUpSeconds, flows } of scenarios) {
  if (!name.includes(values.only)) continue;
  for (const controller of chosen) {
    const congestion = controllers[controller];
    if (congestion === undefined) throw new Error(`no controller ${controller}`);
    const result = run(path, flows(congestion), seconds, warmUpSeconds);
    const [first] = result.flows.filter(({ gameP50Ms }) => !Number.isNaN(gameP50Ms));
    const total = result.utilisation;
    const shares =
      result.flows.length < 2
        ? ''
        : [first!, ...result.flows.filter((flow) => flow !== first)]
            .map(({ share }) => percent(share / total))
            .join(' : ');
    console.log(
      `| ${name} | ${controller} | ${percent(total)} | ${ms(result.queueP50Ms)} / ${ms(result.queueP99Ms)} ms | ` +
        `${percent(result.queueLoss, 2)} | ${shares} | ${ms(first!.gameP50Ms)} / ${ms(first!.gameP99Ms)} ms | ` +
        `${Number.isFinite(first!.first16MiBMs) ? `${(first!.first16MiBMs / 1000).toFixed(1)} s` : ''} |`,
    );
  }
}
