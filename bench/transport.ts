// Messages per second and CPU per message over loopback, one connection, one way, beside the
// peers: the `ws` package, bare datagrams and, where its library is, ENet. Every round runs all of
// them, so that a noisy machine is noisy for all; what counts are the medians' ratios.
//
//   npm run bench                          64-byte messages, 5 rounds of 2 s
//   npm run bench -- --bytes 1000 --rounds 3 --seconds 1 --json

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { type Order, peers, type Reply } from './transport/process.ts';

interface Run {
  readonly peer: string;
  readonly messagesPerS: number;
  readonly sendCpuUs: number;
  readonly receiveCpuUs: number;
  readonly arrived: number;
  readonly wire: Readonly<Record<string, number>>;
}

const { values } = parseArgs({
  options: {
    bytes: { type: 'string', default: '64' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '2' },
    json: { type: 'boolean', default: false },
  },
});
const bytes = atLeastOne('bytes', values.bytes);
const rounds = atLeastOne('rounds', values.rounds);
const durationMs = atLeastOne('seconds', values.seconds) * 1000;

const runs: Run[] = [];
const present = peers.filter(({ name, missing }) => {
  const why = missing?.();
  if (why !== undefined) process.stderr.write(`without ${name}: ${why}\n`);
  return why === undefined;
});
for (let round = 1; round <= rounds; round++) {
  for (const peer of present) {
    if (!values.json) process.stderr.write(`round ${round} of ${rounds}: ${peer.name}\n`);
    runs.push(await run(peer.name));
  }
}
const rows = present.map(({ name, promise }) => {
  const own = runs.filter((one) => one.peer === name);
  return {
    peer: name,
    promise,
    messagesPerS: Math.round(median(own.map((one) => one.messagesPerS))),
    sendCpuUs: round2(median(own.map((one) => one.sendCpuUs))),
    receiveCpuUs: round2(median(own.map((one) => one.receiveCpuUs))),
    arrived: round2(median(own.map((one) => one.arrived))),
    wire: own.at(-1)?.wire ?? {},
  };
});

if (values.json)
  console.log(JSON.stringify({ bytes, rounds, durationMs, machine: machine(), rows }));
else print();

function print(): void {
  const base = rows.find((row) => row.peer === 'ws')?.messagesPerS ?? 1;
  console.log(`\n${bytes}-byte messages, median of ${rounds} rounds of ${durationMs / 1000} s`);
  console.log(`${machine()}\n`);
  console.log(
    '| | promise | messages/s | times ws | CPU to send, us | CPU to receive, us | arrived |',
  );
  console.log('|---|---|---|---|---|---|---|');
  for (const row of rows) {
    console.log(
      `| ${row.peer} | ${row.promise} | ${row.messagesPerS.toLocaleString('en')} | ` +
        `${(row.messagesPerS / base).toFixed(2)} | ${row.sendCpuUs.toFixed(2)} | ` +
        `${row.receiveCpuUs.toFixed(2)} | ${(100 * row.arrived).toFixed(0)}% |`,
    );
  }
}

async function run(peer: string): Promise<Run> {
  const receiver = child();
  receiver.send({ do: 'receive', peer } satisfies Order);
  const ready = await replyOf(receiver, 'ready');
  const sender = child();
  const { address } = ready;
  sender.send({ do: 'send', peer, address, bytes, durationMs } satisfies Order);
  const sent = await replyOf(sender, 'sent');
  receiver.send({ do: 'report' } satisfies Order);
  const received = await replyOf(receiver, 'received');
  await Promise.all([exited(sender), exited(receiver)]);
  return {
    peer,
    messagesPerS: (1000 * received.count) / received.ms,
    sendCpuUs: sent.cpuUs / sent.count,
    receiveCpuUs: received.cpuUs / received.count,
    arrived: received.count / sent.count,
    wire: sent.wire,
  };
}

type Child = ReturnType<typeof child>;

function child() {
  return fork(new URL('./transport/process.ts', import.meta.url), { stdio: 'inherit' });
}

async function replyOf<Name extends Reply['reply']>(
  from: Child,
  name: Name,
): Promise<Extract<Reply, { reply: Name }>> {
  const gone = once(from, 'exit').then(() => {
    throw new Error(`a benchmark process ended before it said ${name}`);
  });
  gone.catch(() => {});
  const [reply] = (await Promise.race([once(from, 'message'), gone])) as [Reply];
  if (reply.reply !== name) throw new Error(`expected ${name}, got ${reply.reply}`);
  return reply as Extract<Reply, { reply: Name }>;
}

async function exited(one: Child): Promise<void> {
  if (one.exitCode === null) await once(one, 'exit');
}

function machine(): string {
  const all = cpus();
  return `${all.length} x ${all[0]?.model ?? 'unknown CPU'}, Node ${process.version}`;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function round2(value: number): number {
  return Math.round(value * 100) / 100;
}

function atLeastOne(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= 65_000) return value;
  console.error(`--${name} takes a whole number of at least 1, not ${text}`);
  process.exit(2);
}
