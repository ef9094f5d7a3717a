import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrameReader } from '../../codec/paperclip/frames.ts';
import { type ConnectionPair, connectionPair } from '../../testing/connection-pair.ts';
import type { LinkConditions } from '../../testing/simulated-link.ts';
import { protocolLimits } from './limits.ts';
import { MtuDiscovery } from './mtu-discovery.ts';

const delayMs = 20;
const { datagramBytesBase, mtuSearchMs } = protocolLimits;

interface Run {
  readonly pair: ConnectionPair;
  /** Lengths of the client's datagrams above the base size, since the last look. */
  readonly longOnes: () => number[];
  readonly setPath: (conditions: LinkConditions) => void;
  /** As long as this: 40 small messages every 10 ms, so that something always lacks room. */
  readonly flood: (durationMs: number) => void;
  readonly checkAllCame: () => void;
}

function run(conditions: LinkConditions, options: { datagramBytesMax?: number } = {}): Run {
  const { datagramBytesMax } = options;
  const pair = connectionPair({
    channels: { moves: 'reliable-ordered' },
    delayMs,
    probesMtu: true,
    ...(datagramBytesMax !== undefined && { parameters: { datagramBytesMax } }),
    ...conditions,
  });
  const { network, client, host } = pair;
  let lengths: number[] = [];
  const out = network.link('client', 'host');
  const send = out.send.bind(out);
  out.send = (nowMs, bytes, length) => {
    if (length > datagramBytesBase) lengths.push(length);
    send(nowMs, bytes, length);
  };
  const came: number[] = [];
  host.onEvent = (event) => {
    if (event.type === 'message') came.push(new DataView(event.message.buffer).getUint32(0));
  };
  client.onEvent = () => {};
  let sent = 0;
  return {
    pair,
    longOnes: () => {
      const these = lengths;
      lengths = [];
      return these;
    },
    setPath: (now) => {
      out.conditions = { delayMs, ...now };
    },
    flood: (durationMs) => {
      for (let ms = 0; ms < durationMs; ms += 10) {
        for (let i = 0; i < 40; i++) {
          const message = new Uint8Array(64);
          new DataView(message.buffer).setUint32(0, sent++);
          client.send(0, message);
        }
        client.flush();
        network.runFor(10);
      }
    },
    checkAllCame: () => {
      assert.ok(
        network.runUntil(() => came.length === sent, 20_000),
        `${came.length} of ${sent}`,
      );
      assert.deepEqual(
        came,
        came.map((_, i) => i),
      );
    },
  };
}

for (const [mtuBytes, found] of [
  [1199 + 1, 1200],
  [1300, 1200],
  [1350, 1350],
  [1399, 1350],
  [1400, 1400],
  [1452, 1452],
  [9000, 1452],
] as const) {
  test(`a path that takes ${mtuBytes} bytes is found to take ${found}, and no loss is felt`, () => {
    const { pair, flood, longOnes, checkAllCame } = run({ mtuBytes });
    flood(5000);
    const stats = pair.client.connection.stats();
    assert.equal(stats.datagramBytes, found);
    assert.equal(stats.packetsLost, 0);
    assert.equal(stats.mtuBlackHoles, 0);
    const tooLong = longOnes().filter((length) => length > mtuBytes);
    assert.equal(tooLong.length, found === 1452 ? 0 : protocolLimits.mtuProbes);
    checkAllCame();
    flood(1000);
    const longest = Math.max(...longOnes(), datagramBytesBase);
    assert.ok(longest <= found && longest > found - 80, `${longest} bytes`);
  });
}

test('no datagram is longer than the peer takes', () => {
  const { pair, flood, longOnes } = run({}, { datagramBytesMax: 1380 });
  flood(5000);
  assert.equal(pair.client.connection.stats().datagramBytes, 1350);
  assert.equal(Math.max(...longOnes()), 1350);
});

test('a sender to whom nothing is too short does not probe', () => {
  const { pair, longOnes } = run({});
  for (let i = 0; i < 200; i++) {
    pair.client.send(0, new Uint8Array(500));
    pair.client.flush();
    pair.network.runFor(50);
  }
  assert.deepEqual(longOnes(), []);
});

test('without the means to probe, nothing is longer than the base', () => {
  const pair = connectionPair({ channels: { moves: 'reliable-ordered' }, delayMs });
  for (let i = 0; i < 1000; i++) pair.client.send(0, new Uint8Array(64));
  const out = pair.network.link('client', 'host');
  const send = out.send.bind(out);
  let longest = 0;
  out.send = (nowMs, bytes, length) => {
    longest = Math.max(longest, length);
    send(nowMs, bytes, length);
  };
  pair.client.flush();
  pair.network.runFor(5000);
  assert.ok(longest <= datagramBytesBase && longest > datagramBytesBase - 100);
});

test('a path that becomes narrower is noticed within a second, and nothing is lost', () => {
  const { pair, flood, longOnes, setPath, checkAllCame } = run({});
  flood(2000);
  assert.equal(pair.client.connection.stats().datagramBytes, 1452);
  setPath({ mtuBytes: 1280 });
  flood(1000);
  const stats = pair.client.connection.stats();
  assert.deepEqual([stats.datagramBytes, stats.mtuBlackHoles], [datagramBytesBase, 1]);
  checkAllCame();
  longOnes();
  // And for ten minutes nobody tries again.
  flood(2000);
  pair.network.runFor(mtuSearchMs - 10_000);
  assert.deepEqual(longOnes(), []);
  setPath({});
  pair.network.runFor(10_000);
  flood(1000);
  assert.equal(pair.client.connection.stats().datagramBytes, 1452);
  checkAllCame();
});

test('a narrower path in the middle of a bulk transfer does not stop it', () => {
  const { pair, flood, setPath, checkAllCame } = run({ rateBytesPerSecond: 200_000 });
  flood(2000);
  setPath({ mtuBytes: 1280, rateBytesPerSecond: 200_000 });
  flood(3000);
  assert.equal(pair.client.connection.stats().datagramBytes, datagramBytesBase);
  checkAllCame();
});

test('who sends long state alone, and nothing short, notices a narrower path as well', () => {
  for (const oneWayMs of [20, 150]) {
    const { network, client, host } = connectionPair({
      channels: { state: 'unreliable' },
      delayMs: oneWayMs,
      probesMtu: true,
    });
    let lastMs = 0;
    let gapMs = 0;
    client.onEvent = () => {
      gapMs = Math.max(gapMs, network.nowMs - lastMs);
      lastMs = network.nowMs;
    };
    const say = (durationMs: number): void => {
      for (let ms = 0; ms < durationMs; ms += 33) {
        host.send(0, new Uint8Array(1300));
        host.flush();
        network.runFor(33);
      }
    };
    say(5000);
    assert.equal(host.connection.stats().datagramBytes, 1452);
    network.link('host', 'client').conditions = { delayMs: oneWayMs, mtuBytes: 1280 };
    gapMs = 0;
    say(5000);
    assert.equal(host.connection.stats().mtuBlackHoles, 1);
    // The time-out runs from the last packet that left: a full window first, then the probe.
    assert.ok(gapMs > 100 && gapMs < 1200, `nothing came for ${gapMs} ms`);
  }
});

test('loss, even much of it, is not taken for a narrow path', () => {
  for (const seed of [1, 2, 3, 4]) {
    const { pair, flood, checkAllCame } = run({ loss: 0.2, seed } as LinkConditions);
    flood(4000);
    checkAllCame();
    const stats = pair.client.connection.stats();
    assert.equal(stats.mtuBlackHoles, 0);
  }
});

test('a full queue is not taken for a narrow path', () => {
  const { pair, flood, checkAllCame } = run({ rateBytesPerSecond: 100_000, queueBytes: 20_000 });
  flood(5000);
  const stats = pair.client.connection.stats();
  assert.ok(stats.packetsLost > 0);
  assert.equal(stats.mtuBlackHoles, 0);
  checkAllCame();
});

/** An ACK of one packet, as `onAck` reads it. */
function ackOf(number: number): FrameReader {
  const frame = new FrameReader();
  frame.rangeCount = 1;
  frame.rangeLow[0] = number;
  frame.rangeHigh[0] = number;
  return frame;
}

test('a late acknowledgement of a probe that was given up lifts nothing', () => {
  const mtu = new MtuDiscovery(true, 1500);
  mtu.onLackOfRoom();
  assert.equal(mtu.probeBytes(0), 1350);
  mtu.onProbeSent(0, 7, 1350, 50);
  assert.equal(mtu.probeBytes(0), 0);
  mtu.handleTimeout(mtu.timerAtMs);
  assert.equal(mtu.onAck(ackOf(7)), false);
  mtu.onProbeSent(2000, 9, 1350, 50);
  assert.equal(mtu.onAck(ackOf(8)), false);
  assert.equal(mtu.onAck(ackOf(9)), true);
  assert.equal(mtu.datagramBytes, 1350);
});

test('another path begins at the base size, and is searched at once', () => {
  const mtu = new MtuDiscovery(true, 1500);
  mtu.onLackOfRoom();
  mtu.onProbeSent(0, 1, 1350, 50);
  mtu.onAck(ackOf(1));
  mtu.onProbeSent(0, 2, 1400, 50);
  mtu.onOtherPath();
  assert.deepEqual([mtu.datagramBytes, mtu.timerAtMs], [datagramBytesBase, Infinity]);
  // The probe of the path that was left says nothing of this one.
  assert.equal(mtu.onAck(ackOf(2)), false);
  mtu.onLackOfRoom();
  assert.equal(mtu.probeBytes(1), 1350);
});
