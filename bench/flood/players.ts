// The players of `flood.ts`: each sends 64 bytes so often a second and measures when they are back.

import { fromHex, toHex } from '../../src/base/bytes.ts';
import { dial, type Link } from '../../src/driver/index.ts';
import { floodChannels } from './channels.ts';

export interface PlayersReport {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly echoes: number;
  /** Sent in this phase and not back at its end. */
  readonly missing: number;
  /** Links that ended since the start. */
  readonly ended: number;
  /** How long each who dialled in this phase took to get in. */
  readonly newcomerMs: readonly number[];
  readonly newcomersLost: number;
}

interface Host {
  readonly port: number;
  readonly publicKey: string;
}

type Order =
  | ({ readonly do: 'dial'; readonly count: number; readonly hz: number } & Host)
  | { readonly do: 'dial-more'; readonly everyMs: number; readonly durationMs: number }
  | { readonly do: 'begin' | 'report' };

const messageBytes = 64;
/** What is on its way at the end of a phase is waited for. */
const graceMs = 500;

let host: Host | undefined;
let recordedAuth1 = '';
let sent = 0;
let ended = 0;
let echoMs: number[] = [];
let newcomerMs: number[] = [];
let newcomersLost = 0;
let beganAtMs = 0;
let isMeasured = false;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function dialHost(): Promise<Link> {
  return dial(`127.0.0.1:${host!.port}`, fromHex(host!.publicKey)!, {
    channels: floodChannels,
    // The first datagram that anyone sends is an AUTH 1, which the flooder will repeat.
    ...(recordedAuth1 === '' && {
      datagramTap: ({ bytes }) => {
        if (recordedAuth1 === '') recordedAuth1 = toHex(bytes);
      },
    }),
  });
}

function play(link: Link, hz: number): void {
  const message = new Uint8Array(messageBytes);
  const view = new DataView(message.buffer);
  link.onMessage = (_channel, echo) => {
    const sentMs = new DataView(echo.buffer, echo.byteOffset).getFloat64(0);
    if (sentMs >= beganAtMs) echoMs.push(performance.now() - sentMs);
  };
  const timer = setInterval(() => {
    view.setFloat64(0, performance.now());
    link.send('echo', message);
    if (isMeasured) sent++;
  }, 1_000 / hz);
  link.onEnd = () => {
    ended++;
    clearInterval(timer);
  };
}

async function dialAll({ count, hz }: Extract<Order, { do: 'dial' }>): Promise<string> {
  for (let i = 0; i < count; i++) {
    const link = await dialHost();
    // Not all in one turn: players do not keep step with each other.
    setTimeout(() => play(link, hz), Math.random() * (1_000 / hz));
  }
  return recordedAuth1;
}

async function dialMore(everyMs: number, durationMs: number): Promise<boolean> {
  for (let leftMs = durationMs; leftMs > 0; leftMs -= everyMs) {
    const startMs = performance.now();
    await dialHost().then(
      (link) => {
        newcomerMs.push(performance.now() - startMs);
        link.close();
      },
      () => newcomersLost++,
    );
    await pause(everyMs);
  }
  return true;
}

function begin(): boolean {
  echoMs = [];
  newcomerMs = [];
  newcomersLost = 0;
  sent = 0;
  beganAtMs = performance.now();
  isMeasured = true;
  return true;
}

async function report(): Promise<PlayersReport> {
  isMeasured = false;
  const untilMs = performance.now();
  const sentThen = sent;
  const doneBy = untilMs + graceMs;
  while (echoMs.length < sentThen && performance.now() < doneBy) await pause(10);
  const sorted = echoMs.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN;
  return {
    ...{ p50Ms: at(0.5), p99Ms: at(0.99), p999Ms: at(0.999) },
    ...{ echoes: sorted.length, missing: Math.max(0, sentThen - sorted.length) },
    ...{ ended, newcomerMs, newcomersLost },
  };
}

process.on('message', async (order: Order) => {
  switch (order.do) {
    case 'dial':
      host = order;
      process.send?.(await dialAll(order));
      return;
    case 'dial-more':
      process.send?.(await dialMore(order.everyMs, order.durationMs));
      return;
    case 'begin':
      process.send?.(begin());
      return;
    case 'report':
      process.send?.(await report());
      return;
    default:
      order satisfies never;
  }
});
process.on('disconnect', () => process.exit());
