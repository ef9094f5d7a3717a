// Bad days of a network as data: what is wrong with it, what travels over it, and what must hold
// all the same. `scenarios.test.ts` runs them; `npm run scenarios` prints them as the table that
// docs/protocol/scenarios.md shows. Virtual time: equal seeds give equal figures.

import type { LinkConditions } from '../../src/testing/index.ts';

export interface Scenario {
  readonly name: string;
  /** Of both directions. `probesMtu`: both ends send datagrams as long as the path takes. */
  readonly network: LinkConditions & { readonly probesMtu?: boolean };
  /** One reliable message from host to player, while both play. */
  readonly bulkBytes: number;
  /**
   * The bulk message must come with at least this share of what the path can carry: its rate less
   * what it loses. Undefined: it must only come.
   */
  readonly goodputShareMin?: number;
  /** 99 of 100 state messages that come are no older than this beyond the one-way delay. */
  readonly stateDelayMsMax: number;
  /** All must have arrived in this much virtual time. */
  readonly settleMsMax: number;
  /** What happens on the way, by its name in `troubles`. */
  readonly trouble?: Trouble;
}

/** `blackHole`: 5 s without any datagram, 2 s with, over and over. */
export type Trouble = 'black hole' | 'new address' | 'smaller MTU' | 'stalled process';

const kB = 1_000;
const MB = 1_000_000;

/** Every combination of three rates, three losses, and near or far. */
function matrix(): readonly Scenario[] {
  const scenarios: Scenario[] = [];
  for (const rate of [64 * kB, 512 * kB, 2 * MB]) {
    for (const loss of [0, 0.05, 0.2]) {
      for (const { delayMs, reorder } of [
        { delayMs: 0, reorder: 0 },
        { delayMs: 100, reorder: 0.3 },
      ]) {
        scenarios.push({
          name:
            `${rate / kB} kB/s, ${100 * loss}% loss, ${delayMs} ms one way, ` +
            `${100 * reorder}% reordered`,
          network: {
            rateBytesPerSecond: rate,
            // What routers of such lines hold: 100 ms.
            queueBytes: Math.max(16 * kB, rate / 10),
            delayMs,
            loss,
            reorder,
          },
          bulkBytes: 5 * rate,
          goodputShareMin: 0.5,
          stateDelayMsMax: 150,
          settleMsMax: 120_000,
        });
      }
    }
  }
  return scenarios;
}

const wifi: LinkConditions = { delayMs: 20, rateBytesPerSecond: 1 * MB, queueBytes: 100 * kB };

export const scenarios: readonly Scenario[] = [
  ...matrix(),
  {
    name: '2% loss in bursts of 3',
    network: { ...wifi, burst: { enter: 0.0068, leave: 0.33, loss: 1 } },
    bulkBytes: 5 * MB,
    goodputShareMin: 0.5,
    stateDelayMsMax: 60,
    settleMsMax: 60_000,
  },
  {
    name: '1% of datagrams damaged',
    network: { ...wifi, corrupt: 0.01 },
    bulkBytes: 5 * MB,
    goodputShareMin: 0.5,
    stateDelayMsMax: 60,
    settleMsMax: 60_000,
  },
  {
    name: 'black hole: 5 s of nothing, 2 s of everything',
    network: wifi,
    trouble: 'black hole',
    bulkBytes: 2 * MB,
    stateDelayMsMax: 1_100,
    settleMsMax: 120_000,
  },
  {
    name: 'the player has a new address every 5 s',
    network: wifi,
    trouble: 'new address',
    bulkBytes: 10 * MB,
    goodputShareMin: 0.5,
    stateDelayMsMax: 60,
    settleMsMax: 60_000,
  },
  {
    name: '750 ms round trip',
    network: { delayMs: 375, rateBytesPerSecond: 1 * MB, queueBytes: 100 * kB },
    bulkBytes: 5 * MB,
    stateDelayMsMax: 150,
    settleMsMax: 60_000,
  },
  {
    name: 'the MTU falls to 1280 in mid-connection',
    network: { ...wifi, probesMtu: true },
    trouble: 'smaller MTU',
    bulkBytes: 5 * MB,
    stateDelayMsMax: 60,
    settleMsMax: 60_000,
  },
  {
    name: "the player's process stands still for 3 s",
    network: wifi,
    trouble: 'stalled process',
    bulkBytes: 5 * MB,
    stateDelayMsMax: 60,
    settleMsMax: 60_000,
  },
];
