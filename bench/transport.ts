// Messages per second and CPU per message over loopback, one connection, one way, beside the peers:
// plain TCP, the `ws` package, bare datagrams and, where its library is, ENet. Every round runs all
// of them, so that a noisy machine is noisy for all; what counts is the median of their ratios.
//
//   npm run bench                          about 8 minutes: 16, 64 and 1,000 bytes
//   npm run bench -- --rounds 1 --seconds 1 --bytes 64 --json transport.json
//   npm run bench -- --only "paperclip; ws" --turn 512    as many messages per turn for each

import { Child } from './harness/calls.ts';
import { machine, machineText } from './harness/machine.ts';
import { commandLine, say, writeJson } from './harness/options.ts';
import { median, rounded } from './harness/statistics.ts';
import type { Peer } from './transport/peer.ts';
import { peers } from './transport/peers.ts';
import type { TransportCalls } from './transport/process.ts';
import { type TransportResult, type TransportRow, transportTable } from './transport/result.ts';

interface Run extends Pick<TransportRow, 'messagesPerS' | 'sendCpuUs' | 'receiveCpuUs'> {
  readonly peer: Peer;
  readonly bytes: number;
  readonly arrived: number;
  readonly wire: Readonly<Record<string, number>>;
}

const { numbers, only, jsonFile } = commandLine(
  {
    /** 0: all of `sizes`. */
    bytes: { default: 0, min: 0, max: 65_000 },
    rounds: { default: 3, min: 1, max: 100 },
    seconds: { default: 2, min: 0.1, max: 600 },
    /** Messages sent before the event loop goes round; 0: as many as serve each peer best. */
    turn: { default: 0, min: 0, max: 4_096 },
    /** Before what is counted, where code is compiled as it runs. */
    warmup: { default: 2, min: 0, max: 600 },
  },
  [...new Set(peers.map(({ name }) => name))],
);
const sizes = numbers.bytes === 0 ? [16, 64, 1000] : [numbers.bytes];
const durationMs = numbers.seconds * 1000;
const warmUpMs = numbers.warmup * 1000;

const present = peers.filter(({ name, kind, missing }) => {
  const why = missing?.();
  if (why !== undefined && kind === 'reliable') say(`without ${name}: ${why}`);
  return why === undefined && (only.length === 0 || only.includes(name));
});
const runs: Run[] = [];
for (let round = 1; round <= numbers.rounds; round++) {
  for (const bytes of sizes) {
    for (const peer of present) {
      say(`round ${round} of ${numbers.rounds}, ${bytes} bytes: ${peer.name}, ${peer.kind}`);
      runs.push(await run(peer, bytes));
    }
  }
}
const result: TransportResult = {
  benchmark: 'transport',
  machine: machine(),
  rounds: numbers.rounds,
  durationMs,
  rows: sizes.flatMap((bytes) => present.map((peer) => rowOf(peer, bytes))),
};
writeJson(jsonFile, result);
console.log(`${machineText(result.machine)}, medians of ${numbers.rounds} rounds\n`);
console.log(`${transportTable(result, 'reliable')}\n\n${transportTable(result, 'unreliable')}`);

function rowOf(peer: Peer, bytes: number): TransportRow {
  const own = runs.filter((one) => one.peer === peer && one.bytes === bytes);
  return {
    peer: peer.name,
    kind: peer.kind,
    promise: peer.promise,
    bytes,
    messagesPerS: Math.round(median(own.map((one) => one.messagesPerS))),
    perRound: own.map((one) => Math.round(one.messagesPerS)),
    sendCpuUs: rounded(median(own.map((one) => one.sendCpuUs)), 3),
    receiveCpuUs: rounded(median(own.map((one) => one.receiveCpuUs)), 3),
    arrived: rounded(median(own.map((one) => one.arrived)), 3),
    wire: own.at(-1)?.wire ?? {},
  };
}

async function run(peer: Peer, bytes: number): Promise<Run> {
  const script = new URL('./transport/process.ts', import.meta.url);
  const receiver = new Child<TransportCalls>(script);
  const sender = new Child<TransportCalls>(script);
  try {
    const who = { name: peer.name, kind: peer.kind };
    const address = await receiver.call('receive', who);
    const to = { ...who, address, bytes, perTurn: numbers.turn || peer.perTurn };
    if (warmUpMs > 0 && (await receiver.call('warmsUp', undefined))) {
      await sender.call('send', { ...to, durationMs: warmUpMs });
      await receiver.call('restart', undefined);
    }
    const sent = await sender.call('send', { ...to, durationMs });
    const received = await receiver.call('finish', undefined);
    return {
      peer,
      bytes,
      messagesPerS: (1000 * received.count) / received.ms,
      sendCpuUs: sent.cpuUs / received.count,
      receiveCpuUs: received.cpuUs / received.count,
      arrived: received.count / sent.sent,
      wire: sent.wire,
    };
  } finally {
    await Promise.all([receiver.end(), sender.end()]);
  }
}
