// Acknowledgements that wait for the next message of a regular sender, in virtual time: what they
// save, and that they cost nothing where a packet is lost or somebody stops.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type ConnectionPair,
  connectionPair,
  type PairSide,
} from '../../testing/connection-pair.ts';
import type { LinkConditions } from '../../testing/simulated-link.ts';

const channels = { moves: 'reliable-ordered' } as const;
const seconds = 20;

interface Beat {
  readonly hz: number;
  /** The first message leaves so much later. */
  readonly phaseMs?: number;
  readonly untilMs?: number;
}

/** Both ends send at their beat for 20 s. Returns how long each message of the client's took. */
function play(pair: ConnectionPair, client: Beat, host: Beat): number[] {
  const { network } = pair;
  const sentAtMs: number[] = [];
  const tookMs: number[] = [];
  pair.host.onEvent = (event) => {
    if (event.type === 'message') tookMs.push(network.nowMs - sentAtMs[tookMs.length]!);
  };
  const beat = (side: PairSide, { hz, phaseMs = 0, untilMs = 1000 * seconds }: Beat): void => {
    const startMs = network.nowMs;
    const send = (): void => {
      if (side === pair.client) sentAtMs.push(network.nowMs);
      side.send(0, new Uint8Array(64));
      side.flush();
      if (network.nowMs - startMs < untilMs) network.after(1000 / hz, send);
    };
    network.after(phaseMs, send);
  };
  network.runFor(500);
  beat(pair.client, client);
  beat(pair.host, host);
  network.runFor(1000 * seconds + 3000);
  return tookMs.sort((a, b) => a - b);
}

/** Packets of both that carried no message of 64 bytes. */
function extraPackets(pair: ConnectionPair, client: Beat, host: Beat): [number, number] {
  const { client: c, host: h } = pair;
  const own = (hz: number): number => hz * seconds;
  return [
    c.connection.stats().packetsSent - own(client.hz),
    h.connection.stats().packetsSent - own(host.hz),
  ];
}

const path = (conditions: LinkConditions, seed = 1): ConnectionPair =>
  connectionPair({ ...conditions, channels, seed });

for (const hz of [10, 15, 20, 30]) {
  test(`two ends at ${hz} Hz send little but their messages, near or far, in any phase`, () => {
    for (const delayMs of [0.3, 15, 80]) {
      for (const part of [0.01, 0.2, 0.5, 0.9]) {
        const pair = path({ delayMs });
        const [client, host] = [{ hz }, { hz, phaseMs: (part * 1000) / hz }];
        play(pair, client, host);
        // The first packets, the last, those before the beat was known, and the first probes.
        for (const extra of extraPackets(pair, client, host)) {
          assert.ok(extra < 20, `${extra} of ${hz * seconds} at ${delayMs} ms and ${part}`);
        }
        assert.equal(pair.client.connection.stats().packetsLost, 0);
      }
    }
  });
}

test('ticks that are late by up to 6 ms are ridden on as well', () => {
  const pair = path({ delayMs: 15, jitterMs: 6 });
  const [client, host] = [{ hz: 30 }, { hz: 20, phaseMs: 13 }];
  play(pair, client, host);
  const [ofClient, ofHost] = extraPackets(pair, client, host);
  assert.ok(ofClient < 60 && ofHost < 60, `${ofClient} ${ofHost}`);
});

test('a host at 20 Hz acknowledges the inputs of a client at 60 Hz with its snapshots', () => {
  const pair = path({ delayMs: 15 });
  const [client, host] = [{ hz: 60 }, { hz: 20, phaseMs: 7 }];
  play(pair, client, host);
  const [, ofHost] = extraPackets(pair, client, host);
  assert.ok(ofHost < 16, `${ofHost}`);
  assert.equal(pair.client.connection.stats().packetsLost, 0);
});

test('who stops sending still acknowledges in time, and nobody probes for ever', () => {
  const pair = path({ delayMs: 15 });
  const [client, host] = [{ hz: 20 }, { hz: 20, phaseMs: 20, untilMs: 5_000 }];
  const tookMs = play(pair, client, host);
  assert.equal(tookMs.at(-1)!.toFixed(3), '15.000');
  const { packetsLost, ptoCount, bytesInFlight } = pair.client.connection.stats();
  assert.deepEqual([packetsLost, ptoCount, bytesInFlight], [0, 0, 0]);
});

test('at 5% loss messages are as soon as when each is acknowledged alone', () => {
  const took = (ackDelayMaxMs: number): number[] => {
    const all: number[] = [];
    for (let seed = 0; seed < 12; seed++) {
      const parameters = { ackDelayMaxMs };
      const conditions = { delayMs: 50, loss: 0.05 };
      const pair = connectionPair({ ...conditions, channels, seed, parameters });
      all.push(...play(pair, { hz: 20 }, { hz: 20, phaseMs: 25 }));
    }
    return all.sort((a, b) => a - b);
  };
  const [riding, alone] = [took(110), took(20)];
  assert.equal(riding.length, alone.length);
  const at = (all: number[], part: number): number => all[Math.floor(part * all.length)]!;
  for (const part of [0.5, 0.9, 0.99]) assert.ok(at(riding, part) <= at(alone, part), `${part}`);
  assert.ok(at(riding, 0.999) <= at(alone, 0.999) + 20);
});
