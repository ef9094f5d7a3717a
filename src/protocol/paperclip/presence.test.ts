import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type ConnectionPair,
  connectionPair,
  type PairSide,
} from '../../testing/connection-pair.ts';

const oneWayMs = 20;

function pairOf(delayMs = oneWayMs): ConnectionPair {
  const pair = connectionPair({ channels: { moves: 'reliable-ordered' }, delayMs });
  // Both have measured the path.
  for (let i = 0; i < 20; i++) {
    for (const side of [pair.client, pair.host]) say(side);
    pair.network.runFor(50);
  }
  pair.network.runFor(1000);
  for (const side of [pair.client, pair.host]) side.takeEvents();
  return pair;
}

function say(side: PairSide): void {
  side.send(0, Uint8Array.of(1));
  side.flush();
}

/** When the client heard that the peer is silent and that it is back, from here on. */
function listen({ client, network }: ConnectionPair): string[] {
  const heard: string[] = [];
  const startMs = network.nowMs;
  client.onEvent = ({ type }) => heard.push(`${Math.round(network.nowMs - startMs)} ${type}`);
  return heard;
}

function setLoss({ network }: ConnectionPair, loss: number, delayMs = oneWayMs): void {
  network.link('client', 'host').conditions = { delayMs, loss };
  network.link('host', 'client').conditions = { delayMs, loss };
}

test('an unanswered packet is told a second after it left, and the next word ends that', () => {
  const pair = pairOf();
  // Nothing was heard for long: that alone is no interruption.
  pair.network.runFor(5000);
  const heard = listen(pair);
  setLoss(pair, 1);
  say(pair.client);
  pair.network.runFor(3000);
  assert.deepEqual(heard, ['1000 interrupted']);
  setLoss(pair, 0);
  say(pair.host);
  pair.network.runFor(oneWayMs);
  assert.deepEqual(heard, ['1000 interrupted', '3020 resumed', '3020 message']);
});

test('a long path has three probe time-outs of patience', () => {
  const pair = pairOf(375);
  const heard = listen(pair);
  setLoss(pair, 1, 375);
  say(pair.client);
  pair.network.runFor(10_000);
  const [first, ...rest] = heard;
  assert.deepEqual(rest, []);
  const ms = Number.parseInt(first!, 10);
  assert.match(first!, /interrupted/);
  assert.ok(ms > 3 * 750 && ms < 3 * 750 * 2, String(first));
});

test('who waits for nothing learns it from the PING of a quiet connection', () => {
  const pair = pairOf();
  const heard = listen(pair);
  setLoss(pair, 1);
  pair.network.runFor(9000);
  assert.deepEqual(heard, []);
  pair.network.runFor(4000);
  assert.equal(heard.length, 1);
  assert.match(heard[0]!, /interrupted/);
});

test('5 s of darkness and 2 s of light, again and again: told each time, and nothing is lost', () => {
  const pair = pairOf();
  const heard = listen(pair);
  let sent = 0;
  let came = 0;
  pair.host.onEvent = ({ type }) => {
    if (type === 'message') came += 1;
  };
  for (let round = 0; round < 4; round++) {
    setLoss(pair, 1);
    for (let i = 0; i < 250; i++, sent++) {
      say(pair.client);
      pair.network.runFor(20);
    }
    setLoss(pair, 0);
    pair.network.runFor(2000);
  }
  assert.deepEqual(
    heard.map((line) => line.split(' ')[1]),
    new Array(4).fill(['interrupted', 'resumed']).flat(),
  );
  for (const [i, line] of heard.entries()) {
    const ms = Number.parseInt(line, 10) % 7000;
    // Probes come every second at the latest, and the next one finds the light.
    assert.ok(i % 2 === 0 ? ms >= 1000 && ms < 1100 : ms >= 5000 && ms < 6100, line);
  }
  assert.equal(came, sent);
});

test('who hears the other again asks at once, and does not wait for the own probe', () => {
  const pair = pairOf();
  let cameAtMs = 0;
  pair.host.onEvent = ({ type }) => {
    if (type === 'message') cameAtMs = pair.network.nowMs;
  };
  setLoss(pair, 1);
  say(pair.client);
  // Between two probes of the client, which are a second apart by now.
  const probes = () => pair.client.connection.stats().ptoCount;
  pair.network.runFor(4000);
  const before = probes();
  assert.ok(pair.network.runUntil(() => probes() > before, 1000));
  pair.network.runFor(100);
  setLoss(pair, 0);
  const startMs = pair.network.nowMs;
  say(pair.host);
  pair.network.runFor(900);
  assert.equal(cameAtMs - startMs, 2 * oneWayMs);
});

test('an interruption that lasts ends the connection, and is not taken back', () => {
  const pair = pairOf();
  const heard = listen(pair);
  setLoss(pair, 1);
  say(pair.client);
  pair.network.runFor(40_000);
  assert.deepEqual(
    heard.map((line) => line.split(' ')[1]),
    ['interrupted', 'ended'],
  );
});
