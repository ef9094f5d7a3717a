// Large messages over a path of 100 Mbit/s, 100 ms round trip and a queue of 256 KiB, beside ENet,
// with the state of a game on the same connection; two connections on one bottleneck; and, where
// network namespaces are to be had, beside the kernel's TCP.
//
//   npm run bench:bulk                      about 6 minutes
//   npm run bench:bulk -- --seconds 40 --json bulk.json
//   npm run bench:bulk -- --only "one connection; beside TCP (cubic)"

import { type BulkPeer, type BulkReport, type SendReport, stateHz } from './bulk/peer.ts';
import { bulkPeers } from './bulk/peers.ts';
import type { BulkCalls } from './bulk/process.ts';
import { type BulkResult, type BulkRun, bulkTable, type Flow } from './bulk/result.ts';
import { Child } from './harness/calls.ts';
import { clockMs } from './harness/clock.ts';
import { machine, machineText } from './harness/machine.ts';
import { commandLine, say, writeJson } from './harness/options.ts';
import { ascending, distribution, quantile, rounded, sum } from './harness/statistics.ts';
import { pathHeaderBytes } from './impairment/impaired-path.ts';
import {
  loopbackPlace,
  namespacePlace,
  namespacesMissing,
  type Place,
} from './impairment/place.ts';
import type { RelayReport } from './impairment/udp-relay.ts';

interface Plan {
  readonly name: string;
  readonly peers: readonly string[];
  readonly loss: number;
  /** The congestion control of TCP: then the run is in network namespaces. */
  readonly tcp?: string;
  /** Later start of the second flow. */
  readonly secondAfterMs?: number;
}

const paperclip = 'paperclip';
const enet = 'ENet 1.3.17 (C)';
const tcp = 'TCP (node:net)';
const beside = (loss: number, control: string, ...peers: readonly string[]): Plan => ({
  name: `beside TCP (${control})`,
  peers: [...peers, tcp],
  loss,
  tcp: control,
});
const plans: readonly Plan[] = [
  ...[0, 0.01].flatMap((loss): readonly Plan[] => [
    { name: 'one connection', peers: [paperclip], loss },
    { name: 'one connection', peers: [enet], loss },
    { name: 'one connection (cubic)', peers: [tcp], loss, tcp: 'cubic' },
    { name: 'one connection (BBR)', peers: [tcp], loss, tcp: 'bbr' },
  ]),
  ...[0, 0.01].map(
    (loss): Plan => ({
      name: 'two connections',
      peers: [paperclip, paperclip],
      loss,
      secondAfterMs: 5000,
    }),
  ),
  beside(0, 'cubic', paperclip),
  beside(0, 'bbr', paperclip),
  beside(0, 'cubic', enet),
  { ...beside(0, 'cubic', tcp), secondAfterMs: 5000 },
];

const { numbers, only, jsonFile } = commandLine(
  {
    seconds: { default: 25, min: 8, max: 600 },
    mib: { default: 16, min: 1, max: 16 },
    mbits: { default: 100, min: 1, max: 1000 },
    'queue-kib': { default: 256, min: 4, max: 65_536 },
    'round-trip': { default: 100, min: 0, max: 2000 },
    seed: { default: 1, min: 0, max: 2 ** 32 },
  },
  [...new Set(plans.map(({ name }) => name))],
);
const messageBytes = numbers.mib * 1024 * 1024;
const durationMs = 1000 * numbers.seconds;
/** Not the start, and not the start of the second. */
const settlingMs = 8_000;
const shareFromMs = Math.min(settlingMs, durationMs / 2);
/** The time for all processes to come up and connect. */
const leadMs = 2_500;

const runs: BulkRun[] = [];
const missing = new Set<string>();
for (const plan of plans) {
  if (only.length > 0 && !only.includes(plan.name)) continue;
  const why = whyNot(plan);
  if (why === undefined) runs.push(await run(plan));
  else if (!missing.has(why)) say(`not all runs: ${[...missing.add(why)].at(-1)}`);
}
const result: BulkResult = {
  benchmark: 'bulk',
  machine: machine(),
  messageBytes,
  mbits: numbers.mbits,
  roundTripMs: numbers['round-trip'],
  queueBytes: numbers['queue-kib'] * 1024,
  intervalMs: 100,
  shareFromMs,
  runs,
};
writeJson(jsonFile, result);
console.log(`${machineText(result.machine)}\n\n${bulkTable(result)}`);

function whyNot({ peers, tcp: control }: Plan): string | undefined {
  const whys = peers.map((name) => peerNamed(name).missing?.());
  if (control !== undefined) whys.push(namespacesMissing());
  return whys.find((why) => why !== undefined);
}

function peerNamed(name: string): BulkPeer {
  return bulkPeers.find((one) => one.name === name)!;
}

async function run(plan: Plan): Promise<BulkRun> {
  const { name, loss, peers, tcp: control } = plan;
  say(`${name}: ${peers.join(' and ')}, ${100 * loss}% loss`);
  const conditions = {
    delayMs: numbers['round-trip'] / 2,
    loss,
    rateBytesPerSecond: (numbers.mbits * 1e6) / 8,
    queueBytes: numbers['queue-kib'] * 1024,
  };
  const path = { toHost: conditions, toClient: conditions, seed: numbers.seed };
  const place = await (control === undefined ? loopbackPlace(path) : namespacePlace(path, control));
  try {
    return await measure(plan, place);
  } finally {
    await place.close();
  }
}

async function measure({ name, peers, loss, tcp: control, ...plan }: Plan, place: Place) {
  const startAtMs = clockMs() + leadMs;
  const transfers = await Promise.all(
    peers.map(async (peer, i) => {
      const laterMs = i * (plan.secondAfterMs ?? 0);
      return transfer(place, peer, `${peer}, ${i}`, startAtMs + laterMs, durationMs - laterMs);
    }),
  );
  const report = await place.report();
  const from = Math.ceil((leadMs + shareFromMs) / report.intervalMs);
  const to = Math.floor((leadMs + durationMs) / report.intervalMs);
  const all = report.toHost.flows.map(({ deliveredPerInterval }) => deliveredPerInterval);
  const total = sum(all.map((own) => sum(own.slice(from, to))));
  return {
    name,
    place: control === undefined ? ('relay' as const) : ('namespaces' as const),
    loss,
    flows: transfers.map((transfer) => flowOf(transfer, report, from, to, total)),
    pathUse: rounded(pathUse(report, from, to), 4),
    queueMs: report.toHost.queueMsPerInterval.slice(leadMs / report.intervalMs),
    queueMsP99: quantile(ascending(report.toHost.queueMsPerInterval.slice(from, to)), 0.99),
    relayLateMs: { mean: rounded(report.lateMs.mean, 3), max: rounded(report.lateMs.max, 2) },
  };
}

interface Transfer {
  readonly peer: string;
  readonly flowName: string;
  readonly sent: SendReport;
  readonly received: BulkReport;
}

async function transfer(
  place: Place,
  peer: string,
  flowName: string,
  startAtMs: number,
  ms: number,
): Promise<Transfer> {
  const script = new URL('./bulk/process.ts', import.meta.url);
  const receiver = new Child<BulkCalls>(script, place.host);
  const sender = new Child<BulkCalls>(script, place.client);
  try {
    const ready = await receiver.call('receive', { peer, bindHost: place.bindHost, messageBytes });
    const target = { ...ready, ...(await place.reach(flowName, ready.port)) };
    const sent = await sender.call('send', {
      peer,
      target,
      messageBytes,
      startAtMs,
      durationMs: ms,
    });
    const received = await receiver.call('finish', undefined);
    return { peer, flowName, sent, received };
  } finally {
    await Promise.all([receiver.end(), sender.end()]);
  }
}

/**
 * Per interval. The relay names flows after the entry, the namespaces after protocol and port; a
 * link that went on from another socket has several.
 */
function wireOf({ flowName, sent }: Transfer, { toHost }: RelayReport): readonly number[] {
  const own = toHost.flows.filter(({ name }) =>
    sent.localPort === undefined
      ? name.startsWith(`${flowName} `) || name.startsWith('udp ')
      : name === `tcp ${sent.localPort}`,
  );
  const lists = own.map(({ deliveredPerInterval }) => deliveredPerInterval);
  const length = Math.max(0, ...lists.map((list) => list.length));
  return Array.from({ length }, (_, at) => sum(lists.map((list) => list[at] ?? 0)));
}

function flowOf(
  transfer: Transfer,
  report: RelayReport,
  from: number,
  to: number,
  totalBytes: number,
): Flow {
  const { peer, sent, received } = transfer;
  const wire = wireOf(transfer, report);
  const { arrivedAtMs, stateMs } = received;
  const [first, ...later] = arrivedAtMs;
  const last = later.at(-1);
  const wireBytes = sum(wire.slice(from, to));
  const bytesPerMs =
    first !== undefined && last !== undefined
      ? (later.length * messageBytes) / (last - first)
      : wireBytes / ((to - from) * report.intervalMs);
  return {
    peer,
    messages: arrivedAtMs.length,
    ...(first !== undefined && { firstMessageMs: rounded(first - sent.startedAtMs, 1) }),
    bytesPerS: Math.round(1000 * bytesPerMs),
    share: rounded(wireBytes / totalBytes, 4),
    ...(sent.statesSent > stateHz && {
      state: { sent: sent.statesSent, arrived: stateMs.length, oneWayMs: distribution(stateMs) },
    }),
    mbits: wire
      .slice(leadMs / report.intervalMs)
      .map((bytes) => rounded((8 * bytes) / (1000 * report.intervalMs), 2)),
  };
}

/** With the headers that the path counts. */
function pathUse(report: RelayReport, from: number, to: number): number {
  const { flows } = report.toHost;
  const bytes = sum(
    flows.map(({ deliveredPerInterval, sentBytes, sentDatagrams }) => {
      const withHeaders = 1 + (pathHeaderBytes * sentDatagrams) / sentBytes;
      return withHeaders * sum(deliveredPerInterval.slice(from, to));
    }),
  );
  const ms = (to - from) * report.intervalMs;
  return (8 * bytes) / (numbers.mbits * 1000 * ms);
}
