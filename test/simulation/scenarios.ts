// Bad days of a network as data: what is wrong with it, what travels over it, and what must hold
// all the same. `scenarios.test.ts` runs them; `npm run scenarios` prints them as the table that
// docs/protocol/scenarios.md shows. Virtual time: equal seeds give equal figures.

import type { LinkConditions } from '../../src/testing/index.ts';

export interface Scenario {
  readonly name: string;
  /** Of both directions. `probesMtu`: both ends send datagrams as long as the path takes. */
  readonly network: LinkConditions & {
    readonly delayMs: number;
    readonly rateBytesPerSecond: number;
    readonly probesMtu?: boolean;
  };
  /** One reliable message from host to player, while both play. */
  readonly bulkBytes: number;
  /** It has come after so long. */
  readonly bulkMsMax: number;
  /** Half of the state messages that come are no older than this beyond the one-way delay. */
  readonly stateMedianMsMax: number;
  /** 99 of 100 state messages that come are no older than this beyond the one-way delay. */
  readonly stateMsMax: number;
  /** No end waits longer for the next. */
  readonly stateGapMsMax: number;
  /** The same for 99 of 100 moves, every one of which comes, in order. */
  readonly movesMsMax: number;
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
            // What routers of such lines hold: 100 ms, and 250 ms of the slowest.
            queueBytes: Math.max(16 * kB, rate / 10),
            delayMs,
            loss,
            reorder,
          },
          ...expected(rate, loss, delayMs),
        });
      }
    }
  }
  return scenarios;
}

function expected(rate: number, loss: number, delayMs: number) {
  const isSlow = rate === 64 * kB;
  const isFar = delayMs > 0;
  // The slowest line needs longer for as many messages.
  const bulkS = isSlow ? 20 : 8;
  // Where each fifth datagram is lost, four fifths of the rate are all there is; far, 30% that come
  // out of order look like more.
  const share = loss < 0.2 ? 0.7 : isFar ? 0.5 : 0.6;
  // A download that begins may fill the router's queue, once. Near by, a start is soon over, but at
  // 64 kB/s the first ten packets alone take 188 ms.
  const queueMs = isSlow ? 260 : isFar ? 120 : 60;
  // The queue that may stand: 30 ms, or a quarter of the round trip; a datagram takes 19 ms of the
  // slowest line.
  const standingMs = Math.max(30, delayMs / 2) + (isSlow ? 50 : 0);
  // In order, one late move holds back those behind it. Copies see to most that are lost; where
  // they are lost too, that is found out after a round trip and 50 ms.
  const losses = loss === 0 ? 1 : loss < 0.2 ? 2 : 3;
  return {
    bulkBytes: bulkS * rate,
    bulkMsMax: (1000 * bulkS) / share,
    stateMedianMsMax: standingMs,
    stateMsMax: queueMs,
    stateGapMsMax: 500,
    movesMsMax: queueMs + losses * (2 * delayMs + 50),
  };
}

const wifi = { delayMs: 20, rateBytesPerSecond: 1 * MB, queueBytes: 100 * kB };

/** What a line like that gives 5 MB on a good day: 70% of its rate, and play as without it. */
const goodDay = {
  network: wifi,
  bulkBytes: 5 * MB,
  bulkMsMax: 7_100,
  stateMedianMsMax: 30,
  stateMsMax: 60,
  stateGapMsMax: 300,
  movesMsMax: 150,
};

export const scenarios: readonly Scenario[] = [
  ...matrix(),
  {
    ...goodDay,
    name: '2% loss in bursts of 3',
    network: { ...wifi, burst: { enter: 0.0068, leave: 0.33, loss: 1 } },
  },
  {
    ...goodDay,
    name: '1% of datagrams damaged',
    network: { ...wifi, corrupt: 0.01 },
  },
  {
    ...goodDay,
    name: 'black hole: 5 s of nothing, 2 s of everything, over and over',
    trouble: 'black hole',
    // Five seconds of light, the first of them shorter than 2 s: within the fifth.
    bulkMsMax: 30_000,
    // What was sent in the dark and waited comes late: its life is a second.
    stateMedianMsMax: 60,
    stateMsMax: 1_100,
    stateGapMsMax: 6_000,
    movesMsMax: 6_000,
  },
  {
    ...goodDay,
    name: 'the player has a new address every 5 s',
    trouble: 'new address',
    bulkBytes: 10 * MB,
    bulkMsMax: 14_200,
  },
  {
    ...goodDay,
    name: '750 ms round trip',
    network: { ...wifi, delayMs: 375 },
    // Seven round trips until the window is as large as the path, and full of losses for one more.
    bulkMsMax: 5_000 + 8 * 750,
    stateMsMax: 120,
    // Lost once, when the window was opened too far.
    movesMsMax: 120 + 750 + 50,
  },
  {
    ...goodDay,
    name: 'the MTU falls to 1280 in mid-connection',
    network: { ...wifi, probesMtu: true },
    trouble: 'smaller MTU',
    // Six datagrams are lost before it is known.
    bulkMsMax: 8_000,
    stateGapMsMax: 500,
    movesMsMax: 500,
  },
  {
    ...goodDay,
    name: "the player's process stands still for 3 s",
    trouble: 'stalled process',
    bulkMsMax: 3_000 + 7_100,
    stateGapMsMax: 3_200,
    movesMsMax: 150,
  },
];
