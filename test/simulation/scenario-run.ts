// Runs one scenario: a host and a player with a link by the true handshake, a bulk message one way
// and play both ways until it has come. The promises are asserted on the way; the figures are for
// the thresholds of the scenario and for the table in the docs.

import assert from 'node:assert/strict';
import type { ChannelPlan, Link } from '../../src/protocol/link.ts';
import { type World, type WorldHost, type WorldPlayer, world } from '../../src/testing/index.ts';
import type { Scenario, Trouble } from './scenarios.ts';

const channels = {
  bulk: { mode: 'reliable-ordered', messageBytesMax: 16 * 1024 * 1024 },
  moves: 'reliable-ordered',
  state: 'unreliable-sequenced',
} as const satisfies ChannelPlan;

const stateEveryMs = 1000 / 30;
const movesEveryMs = 100;
const playMessageBytes = 64;

export interface ScenarioFigures {
  /** From `send` to the whole bulk message. */
  readonly bulkMs: number;
  /** Of what the path can carry: its rate less what it loses. Undefined without a rate. */
  readonly goodputShare: number | undefined;
  /** Age of the state messages that came, beyond the one-way delay: 50th and 99th percentile. */
  readonly stateMs: { readonly p50: number; readonly p99: number };
  /** Of the state messages of both sides. */
  readonly stateCameShare: number;
  /** Reliable-ordered moves, beyond the one-way delay. */
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
  const ends: readonly [Link, Link] = [player.link!, host.links[0]!];
  const sides = ends.map((link, i) => new PlayingSide(net, link, ends[1 - i]!));
  const bulk = new BulkTransfer(net, ends[1], ends[0], scenario.bulkBytes);
  const startMs = net.nowMs;
  if (scenario.trouble !== undefined) troubles[scenario.trouble](net, host, player);

  const hasCome = net.runUntil(() => bulk.arrivedMs !== undefined, scenario.settleMsMax);
  assert.ok(hasCome, `the bulk message came within ${scenario.settleMsMax} ms`);
  for (const side of sides) side.stop();
  const isSettled = net.runUntil(() => sides.every((side) => side.isSettled), 30_000);
  assert.ok(isSettled, 'every move came');

  const bulkMs = bulk.arrivedMs! - startMs;
  const { rateBytesPerSecond, loss = 0, delayMs = 0 } = scenario.network;
  const carries = rateBytesPerSecond && rateBytesPerSecond * (1 - loss);
  const beyond = (ages: readonly number[]) => ({
    p50: percentile(ages, 0.5) - delayMs,
    p99: percentile(ages, 0.99) - delayMs,
  });
  const states = sides.flatMap((side) => side.stateAges);
  const statesSent = sides.reduce((sum, side) => sum + side.statesSent, 0);
  return {
    bulkMs,
    goodputShare: carries && scenario.bulkBytes / (carries * ((bulkMs - delayMs) / 1000)),
    stateMs: beyond(states),
    stateCameShare: states.length / statesSent,
    movesMs: beyond(sides.flatMap((side) => side.moveAges)),
  };
}

/** One end's game: it sends state and moves, and checks what comes at the other. */
class PlayingSide {
  statesSent = 0;
  readonly stateAges: number[] = [];
  readonly moveAges: number[] = [];
  readonly #net: World;
  readonly #link: Link;
  #movesSent = 0;
  #newestState = -1;
  #isPlaying = true;

  constructor(net: World, link: Link, other: Link) {
    this.#net = net;
    this.#link = link;
    other.onMessage = (channel, message) => {
      if (channel === 'bulk') return;
      const view = new DataView(message.buffer, message.byteOffset);
      const [number, sentAtMs] = [view.getUint32(0), view.getFloat64(4)];
      const ageMs = net.nowMs - sentAtMs;
      if (channel === 'moves') {
        assert.equal(number, this.moveAges.length, 'each move once, in order');
        this.moveAges.push(ageMs);
      } else {
        assert.ok(number > this.#newestState, 'never an older state');
        this.#newestState = number;
        this.stateAges.push(ageMs);
      }
    };
    link.onEnd = (end) => {
      throw new Error(`the link ended: ${JSON.stringify(end)}`);
    };
    this.#every(stateEveryMs, () => {
      this.#send('state', this.statesSent++);
    });
    this.#every(movesEveryMs, () => this.#send('moves', this.#movesSent++));
  }

  get isSettled(): boolean {
    return this.moveAges.length === this.#movesSent;
  }

  stop(): void {
    this.#isPlaying = false;
  }

  #every(periodMs: number, play: () => void): void {
    const next = (): void => {
      if (!this.#isPlaying) return;
      play();
      this.#net.network.after(periodMs, next);
    };
    next();
  }

  #send(channel: keyof typeof channels, number: number): void {
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

const troubles: Readonly<
  Record<Trouble, (net: World, host: WorldHost, player: WorldPlayer) => void>
> = {
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
    open();
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
    network.after(2_000, () => {
      for (const link of [
        network.link(host.address, player.address),
        network.link(player.address, host.address),
      ]) {
        link.conditions = { ...link.conditions, mtuBytes: 1_280 };
      }
    });
  },
  'stalled process': ({ network }, _host, player) => {
    network.after(2_000, () => network.stall(player.address, 3_000));
  },
};

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
