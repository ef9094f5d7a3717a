// Runs one scenario: a host and a player with a link by the true handshake, a bulk message one way
// and play both ways until it has come. The promises are asserted on the way; the figures are for
// the thresholds of the scenario and for the table in the docs.

import assert from 'node:assert/strict';
import type { ChannelPlan, Link } from '../../src/protocol/link.ts';
import { protocolLimits } from '../../src/protocol/paperclip/limits.ts';
import { type World, type WorldHost, type WorldPlayer, world } from '../../src/testing/index.ts';
import type { Scenario, Trouble } from './scenarios.ts';

/** As a game would have them. */
const channels = {
  bulk: { mode: 'reliable-ordered', lane: 'bulk', messageBytesMax: 16 * 1024 * 1024 },
  moves: { mode: 'reliable-ordered', redundancy: true },
  state: 'unreliable-sequenced',
} as const satisfies ChannelPlan;

const stateEveryMs = 1000 / 30;
const movesEveryMs = 100;
const playMessageBytes = 64;

export interface ScenarioFigures {
  /** From `send` to the whole bulk message. */
  readonly bulkMs: number;
  /** Bytes of the bulk message per second, as a share of the path's rate. */
  readonly pathShare: number;
  /** Age of the state that came, beyond the one-way delay, at the end that had it worse. */
  readonly stateMs: { readonly p50: number; readonly p99: number };
  /** The longest that an end waited for the next state message. */
  readonly stateGapMs: number;
  /** Of the state messages of both sides. */
  readonly stateCameShare: number;
  /** Of reliable-ordered moves, beyond the one-way delay, at the end that had it worse. */
  readonly movesMs: { readonly p50: number; readonly p99: number };
}

/** Throws when a promise is broken, or when not everything comes in the scenario's time. */
export function runScenario(scenario: Scenario, seed: number): ScenarioFigures {
  const net = world({ ...scenario.network, seed });
  const host = net.listen({ channels });
  const player = net.startDial(host);
  // A first packet may be lost for ever in a bad handshake: that is another test.
  assert.ok(
    net.runUntil(() => player.link !== undefined && host.links.length === 1, 10_000),
    'the handshake',
  );
  const [atPlayer, atHost] = [player.link!, host.links[0]!];
  const sides = {
    player: new PlayingSide(net, atPlayer),
    host: new PlayingSide(net, atHost),
  };
  sides.player.faces(sides.host);
  sides.host.faces(sides.player);
  const bulk = new BulkTransfer(net, atHost, atPlayer, scenario.bulkBytes);
  const startMs = net.nowMs;
  if (scenario.trouble !== undefined) troubles[scenario.trouble](net, host, player, sides.player);

  const hasCome = net.runUntil(() => bulk.arrivedMs !== undefined, scenario.bulkMsMax);
  assert.ok(hasCome, `the bulk message came within ${scenario.bulkMsMax} ms`);
  const both = [sides.player, sides.host] as const;
  for (const side of both) side.stop();
  const isSettled = net.runUntil(() => both.every((side) => side.hasAllMoves), settleMsMax);
  assert.ok(isSettled, 'every move came');

  const bulkMs = bulk.arrivedMs! - startMs;
  const { rateBytesPerSecond: rate, delayMs } = scenario.network;
  const worse = (ages: (side: PlayingSide) => readonly number[], share: number) =>
    Math.max(...both.map((side) => percentile(ages(side), share))) - delayMs;
  const figuresOf = (ages: (side: PlayingSide) => readonly number[]) => ({
    p50: worse(ages, 0.5),
    p99: worse(ages, 0.99),
  });
  const sum = (count: (side: PlayingSide) => number) => count(both[0]) + count(both[1]);
  return {
    bulkMs,
    pathShare: scenario.bulkBytes / (rate * ((bulkMs - delayMs) / 1000)),
    stateMs: figuresOf((side) => side.stateAges),
    stateGapMs: Math.max(...both.map((side) => side.stateGapMs)),
    stateCameShare: sum((side) => side.stateAges.length) / sum((side) => side.statesSent),
    movesMs: figuresOf((side) => side.moveAges),
  };
}

/** After the last was sent: every move must have come by then. */
const settleMsMax = 30_000;

/** One end's game: it sends state and moves, and checks what comes from the other. */
class PlayingSide {
  statesSent = 0;
  /** Of what came, in milliseconds. */
  readonly stateAges: number[] = [];
  readonly moveAges: number[] = [];
  stateGapMs = 0;
  readonly #net: World;
  readonly #link: Link;
  #other: PlayingSide | undefined;
  #movesSent = 0;
  #newestState = -1;
  #stateCameAtMs = 0;
  #isPlaying = true;
  /** The process stands still, or stood. */
  #stall = { fromMs: 0, toMs: 0 };

  constructor(net: World, link: Link) {
    this.#net = net;
    this.#link = link;
    link.onMessage = (channel, message) => this.#onMessage(channel, message);
    link.onEnd = (end) => {
      throw new Error(`the link ended: ${JSON.stringify(end)}`);
    };
    this.#every(stateEveryMs, () => this.#send('state', this.statesSent++));
    this.#every(movesEveryMs, () => this.#send('moves', this.#movesSent++));
  }

  faces(other: PlayingSide): void {
    this.#other = other;
  }

  get hasAllMoves(): boolean {
    return this.moveAges.length === this.#other!.#movesSent;
  }

  stop(): void {
    this.#isPlaying = false;
  }

  /** The game stands still with its process: what it would have sent is not sent. */
  standStill(durationMs: number): void {
    this.#stall = { fromMs: this.#net.nowMs, toMs: this.#net.nowMs + durationMs };
  }

  #onMessage(channel: string, message: Uint8Array): void {
    const { nowMs } = this.#net;
    const view = new DataView(message.buffer, message.byteOffset);
    const [number, sentAtMs] = [view.getUint32(0), view.getFloat64(4)];
    // What was sent to a process that stands still cannot come sooner than that goes on.
    const { fromMs, toMs } = this.#stall;
    const ageMs = nowMs - (sentAtMs >= fromMs && sentAtMs < toMs ? toMs : sentAtMs);
    if (channel === 'moves') {
      assert.equal(number, this.moveAges.length, 'each move once, in order');
      this.moveAges.push(ageMs);
      return;
    }
    assert.ok(number > this.#newestState, 'never an older state');
    this.#newestState = number;
    if (this.stateAges.length > 0) {
      this.stateGapMs = Math.max(this.stateGapMs, nowMs - this.#stateCameAtMs);
    }
    this.stateAges.push(ageMs);
    this.#stateCameAtMs = nowMs;
  }

  #every(periodMs: number, play: () => void): void {
    const next = (): void => {
      if (!this.#isPlaying) return;
      if (this.#net.nowMs >= this.#stall.toMs) play();
      this.#net.network.after(periodMs, next);
    };
    next();
  }

  #send(channel: 'state' | 'moves', number: number): void {
    const message = new Uint8Array(playMessageBytes);
    const view = new DataView(message.buffer);
    view.setUint32(0, number);
    view.setFloat64(4, this.#net.nowMs);
    this.#link.send(channel, message);
    this.#link.flush();
  }
}

/** One large message, whole or not at all. */
class BulkTransfer {
  arrivedMs: number | undefined;

  constructor(net: World, from: Link, to: Link, bytes: number) {
    const message = new Uint8Array(bytes);
    for (let i = 0; i < bytes; i += 997) message[i] = i;
    const play = to.onMessage;
    to.onMessage = (channel, received) => {
      if (channel !== 'bulk') {
        play?.(channel, received);
        return;
      }
      assert.deepEqual(received, message, 'the bulk message is whole');
      assert.equal(this.arrivedMs, undefined, 'it comes once');
      this.arrivedMs = net.nowMs;
    };
    from.send('bulk', message);
    from.flush();
  }
}

type Play = (net: World, host: WorldHost, player: WorldPlayer, game: PlayingSide) => void;

const troubles: Readonly<Record<Trouble, Play>> = {
  'black hole': ({ network }, host, player) => {
    const both = [
      network.link(host.address, player.address),
      network.link(player.address, host.address),
    ];
    const usual = both[0]!.conditions;
    const open = (): void => {
      for (const link of both) link.conditions = usual;
      network.after(2_000, shut);
    };
    const shut = (): void => {
      for (const link of both) link.conditions = { ...usual, loss: 1 };
      network.after(5_000, open);
    };
    network.after(2_000 * network.random.float(), shut);
  },
  'new address': ({ network }, _host, player) => {
    let moves = 0;
    const move = (): void => {
      player.move(`player-behind-port-${++moves}`);
      network.after(5_000, move);
    };
    network.after(2_500, move);
  },
  'smaller MTU': ({ network }, host, player) => {
    const { mtuProbeBytesHigh } = protocolLimits;
    network.after(2_000, () => {
      assert.equal(host.links[0]!.stats().datagramBytes, mtuProbeBytesHigh, 'it had grown');
      for (const link of [
        network.link(host.address, player.address),
        network.link(player.address, host.address),
      ]) {
        link.conditions = { ...link.conditions, mtuBytes: 1_280 };
      }
    });
  },
  'stalled process': ({ network }, _host, player, game) => {
    network.after(2_000, () => {
      network.stall(player.address, 3_000);
      game.standStill(3_000);
    });
  },
};

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
