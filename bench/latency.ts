// One-way time of small reliable messages at the rate of a game, over a path with 100 ms round trip
// and loss, beside ENet on the same path: `impairment-proxy.ts` stands between the two ends. All
// processes read the same clock, so a message's own time is measured, and not half a round trip.
//
//   npm run bench:latency                   about 5 minutes
//   npm run bench:latency -- --seconds 60 --only "paperclip; ENet 1.3.17 (C)"
//   npm run bench:latency -- --namespaces 1 also with the kernel's network, and TCP (root, Linux)

import { Child } from './harness/calls.ts';
import { machine, machineText } from './harness/machine.ts';
import { commandLine, say, writeJson } from './harness/options.ts';
import { distribution, rounded, sum } from './harness/statistics.ts';
import {
  loopbackPlace,
  namespacePlace,
  namespacesMissing,
  type Place,
} from './impairment/place.ts';
import type { LatencyPeer, Load } from './latency/peer.ts';
import { latencyPeers } from './latency/peers.ts';
import type { LatencyCalls } from './latency/process.ts';
import { type LatencyResult, type LatencyRow, latencyTable } from './latency/result.ts';

const options = {
  links: { default: 20, min: 1, max: 200 },
  hz: { default: 60, min: 1, max: 1000 },
  bytes: { default: 64, min: 12, max: 1000 },
  seconds: { default: 15, min: 1, max: 600 },
  'round-trip': { default: 100, min: 0, max: 2000 },
  seed: { default: 1, min: 0, max: 2 ** 32 },
  namespaces: { default: 0, min: 0, max: 1 },
};
const { numbers, only, jsonFile } = commandLine(
  options,
  latencyPeers.map(({ name }) => name),
);
const { links, hz, bytes, seconds, seed } = numbers;
const load: Load = {
  links,
  hz,
  bytes,
  durationMs: 1000 * seconds,
  warmUpMessages: Math.round(2 * hz),
};
const losses = [0, 0.01, 0.05];

const rows: LatencyRow[] = [];
for (const loss of losses) {
  for (const peer of latencyPeers) {
    if (!peer.isTcp && isWanted(peer)) rows.push(await run('relay', peer, loss));
  }
}
if (numbers.namespaces === 1) {
  const why = namespacesMissing();
  if (why !== undefined) say(`without network namespaces: ${why}`);
  for (const loss of why === undefined ? losses : []) {
    for (const peer of latencyPeers) {
      if (isWanted(peer)) rows.push(await run('namespaces', peer, loss));
    }
  }
}
const result: LatencyResult = {
  benchmark: 'latency',
  machine: machine(),
  load,
  roundTripMs: numbers['round-trip'],
  rows,
};
writeJson(jsonFile, result);
console.log(`${machineText(result.machine)}\n\n${latencyTable(result)}`);

function isWanted({ name, missing }: LatencyPeer): boolean {
  if (only.length > 0 && !only.includes(name)) return false;
  const why = missing?.();
  if (why !== undefined) say(`without ${name}: ${why}`);
  return why === undefined;
}

async function run(
  kind: LatencyRow['place'],
  { name, promise }: LatencyPeer,
  loss: number,
): Promise<LatencyRow> {
  say(`${name}, ${100 * loss}% loss, ${kind}`);
  const conditions = { delayMs: numbers['round-trip'] / 2, loss };
  const path = { toHost: conditions, toClient: conditions, seed };
  const place = await (kind === 'relay' ? loopbackPlace(path) : namespacePlace(path, 'cubic'));
  try {
    return await measure(place, kind, name, promise, loss);
  } finally {
    await place.close();
  }
}

async function measure(
  place: Place,
  kind: LatencyRow['place'],
  peer: string,
  promise: string,
  loss: number,
): Promise<LatencyRow> {
  const script = new URL('./latency/process.ts', import.meta.url);
  const receiver = new Child<LatencyCalls>(script, place.host);
  const sender = new Child<LatencyCalls>(script, place.client);
  try {
    const ready = await receiver.call('receive', { peer, bindHost: place.bindHost, load });
    const target = { ...ready, ...(await place.reach(peer, ready.port)) };
    const sent = await sender.call('send', { peer, target, load });
    const times = await receiver.call('finish', undefined);
    const report = await place.report();
    const wireBytes = sum(report.toHost.flows.map(({ sentBytes }) => sentBytes));
    const all = links * (load.warmUpMessages + sent.messages / links);
    return {
      place: kind,
      peer,
      promise,
      loss,
      oneWayMs: distribution(times),
      sent: sent.messages,
      arrived: times.length,
      wireBytesPerMessage: rounded(wireBytes / all, 1),
      ...(sent.redundantBytes !== undefined && {
        redundantShare: rounded(sent.redundantBytes / (sent.bytesSent ?? Number.NaN), 4),
        redundantBytesPerS: rounded((sent.redundantBytes * hz) / all, 1),
      }),
      relayLateMs: {
        mean: rounded(report.lateMs.mean, 3),
        max: rounded(report.lateMs.max, 2),
      },
    };
  } finally {
    await Promise.all([receiver.end(), sender.end()]);
  }
}
