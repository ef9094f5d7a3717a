// What every load generator of the capacity benchmark does, whatever the wire: stamped messages on
// all connections in turn, and the time until each came back.

import { clockMs, everyInterval, sleepMs } from '../harness/clock.ts';
import { Arrivals, stamp } from '../harness/stamps.ts';
import { type Distribution, distribution } from '../harness/statistics.ts';

export interface EchoLoad {
  readonly hz: number;
  readonly bytes: number;
  readonly durationMs: number;
}

export interface EchoReport {
  readonly sent: number;
  /** Before anything counted. */
  readonly warmUpSent: number;
  readonly echoed: number;
  readonly warmUpEchoed: number;
  readonly roundTripMs: Distribution;
  /** User and system time of the generator. */
  readonly cpuUs: number;
  readonly elapsedMs: number;
}

/** What is still on its way at the end has so long. */
const settleMs = 1_000;
/** Wakes everything up before anything counts. */
const warmUpMs = 2_000;

/** `send(i, message)` sends on connection i; what comes back must be given to the arrivals. */
export async function runEcho(
  connections: number,
  { hz, bytes, durationMs }: EchoLoad,
  send: (connection: number, message: Uint8Array) => void,
  listenWith: (arrivals: Arrivals) => void,
): Promise<EchoReport> {
  const message = new Uint8Array(bytes);
  const view = new DataView(message.buffer);
  const intervalMs = 1000 / hz / connections;
  let turn = 0;
  const act = () => {
    const connection = turn % connections;
    stamp(view, clockMs(), Math.floor(turn / connections));
    turn++;
    send(connection, message);
  };
  const warmUp = new Arrivals(0);
  listenWith(warmUp);
  await everyInterval(intervalMs, clockMs() + warmUpMs, act);
  await sleepMs(settleMs);

  const arrivals = new Arrivals(0);
  listenWith(arrivals);
  const warmUpSent = turn;
  turn = 0;
  const startMs = clockMs();
  const cpu = process.cpuUsage();
  await everyInterval(intervalMs, startMs + durationMs, act);
  const elapsedMs = clockMs() - startMs;
  const { user, system } = process.cpuUsage(cpu);
  await sleepMs(settleMs);
  return {
    sent: turn,
    warmUpSent,
    echoed: arrivals.times.length,
    warmUpEchoed: warmUp.times.length,
    roundTripMs: distribution(arrivals.times),
    cpuUs: user + system,
    elapsedMs,
  };
}
