// Packets longer than Ethernet's, on paths that carry them: found and sent where the path is fast,
// given up where it becomes slow or narrow. Whole connections in virtual time.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectionPair } from '../../testing/connection-pair.ts';
import type { LinkConditions } from '../../testing/simulated-link.ts';
import { protocolLimits } from './limits.ts';
import { MtuDiscovery } from './mtu-discovery.ts';
import { Pacer } from './pacer.ts';

const { datagramBytesBase, mtuProbeBytesHigh, mtuProbeBytesJumbo } = protocolLimits;
const delayMs = 1;
const fast: LinkConditions = { delayMs, mtuBytes: 9_000, rateBytesPerSecond: 40e6 };
const slow: LinkConditions = { ...fast, rateBytesPerSecond: 1e6 };

function world(conditions: LinkConditions) {
  const pair = connectionPair({
    channels: { bulk: 'reliable-ordered', state: 'unreliable-sequenced' },
    probesMtu: true,
    ...conditions,
  });
  const { network, client, host } = pair;
  const out = network.link('client', 'host');
  let lengths: number[] = [];
  const send = out.send.bind(out);
  out.send = (nowMs, bytes, length) => {
    lengths.push(length);
    send(nowMs, bytes, length);
  };
  let sent = 0;
  let came = 0;
  const stateMs: number[] = [];
  host.onEvent = (event) => {
    if (event.type !== 'message') return;
    const number = new DataView(event.message.buffer).getFloat64(0);
    if (event.channel === 0) assert.equal(number, came++);
    else stateMs.push(network.nowMs - number);
  };
  client.onEvent = () => {};
  const numbered = (bytes: number, number: number): Uint8Array => {
    const message = new Uint8Array(bytes);
    new DataView(message.buffer).setFloat64(0, number);
    return message;
  };
  /** So many messages of 500 bytes are always waiting, and state leaves at 100 Hz. */
  const flood = (durationMs: number, waiting = 3_000): void => {
    for (let ms = 0; ms < durationMs; ms += 10) {
      while (sent - came < waiting && client.send(0, numbered(500, sent++)));
      client.send(1, numbered(60, network.nowMs));
      client.flush();
      network.runFor(10);
    }
  };
  return {
    flood,
    /** Longest since the last look. */
    longest: () => {
      const most = Math.max(...lengths);
      lengths = [];
      return most;
    },
    setPath: (now: LinkConditions) => {
      out.conditions = now;
    },
    stats: () => client.connection.stats(),
    stateMs: () => stateMs.splice(0).sort((a, b) => a - b),
    checkAllCame: () => {
      assert.ok(
        network.runUntil(() => came === sent, 60_000),
        `${came} of ${sent}`,
      );
    },
  };
}

test('a fast path of jumbo frames is found, and filled with them', () => {
  const { flood, longest, stats, checkAllCame } = world(fast);
  flood(300);
  const { datagramBytes, mtuBlackHoles } = stats();
  assert.deepEqual([datagramBytes, mtuBlackHoles], [mtuProbeBytesJumbo, 0]);
  longest();
  const before = stats();
  flood(500);
  const { packetsSent, bytesSent } = stats();
  assert.ok(longest() > mtuProbeBytesJumbo - 600);
  const mean = (bytesSent - before.bytesSent) / (packetsSent - before.packetsSent);
  assert.ok(mean > mtuProbeBytesJumbo / 2, `${mean} bytes`);
  checkAllCame();
});

test('on a slow path of jumbo frames, not even a probe is that long', () => {
  const { flood, longest, stats, checkAllCame } = world(slow);
  flood(3_000);
  assert.equal(stats().datagramBytes, mtuProbeBytesHigh);
  assert.equal(longest(), mtuProbeBytesHigh);
  checkAllCame();
});

test('a peer that takes no jumbo packets gets none', () => {
  for (const [takes, probe] of [
    [1_500, 0],
    [9_000, mtuProbeBytesJumbo],
  ] as const) {
    const mtu = new MtuDiscovery(true, takes);
    mtu.onLackOfRoom();
    mtu.datagramBytes = mtuProbeBytesHigh;
    mtu.packetBytesAt(1e6);
    assert.equal(mtu.probeBytes(0), probe);
  }
});

test('when the path becomes slow, packets are short until it is fast again', () => {
  const { flood, longest, setPath, stats, checkAllCame } = world(fast);
  flood(300);
  setPath(slow);
  flood(5_000);
  longest();
  flood(1_000);
  assert.equal(stats().datagramBytes, mtuProbeBytesJumbo);
  assert.ok(longest() <= mtuProbeBytesHigh);
  setPath(fast);
  flood(4_000);
  longest();
  flood(100);
  assert.ok(longest() > mtuProbeBytesHigh);
  checkAllCame();
});

test('jumbo packets that vanish in the middle of a transfer give way to short ones', () => {
  const { flood, longest, setPath, stats, checkAllCame } = world(fast);
  flood(300);
  setPath({ ...fast, mtuBytes: 1_280 });
  flood(2_000);
  const { datagramBytes, mtuBlackHoles } = stats();
  assert.deepEqual([datagramBytes, mtuBlackHoles], [datagramBytesBase, 1]);
  longest();
  flood(200);
  assert.ok(longest() <= datagramBytesBase);
  checkAllCame();
});

test('state beside them hardly waits', () => {
  const { flood, stateMs, stats, checkAllCame } = world({ ...fast, rateBytesPerSecond: 12e6 });
  flood(1_000);
  assert.equal(stats().datagramBytes, mtuProbeBytesJumbo);
  stateMs();
  flood(3_000);
  const late = stateMs();
  assert.ok(late.length > 290, `${late.length} came`);
  assert.ok(late.at(-1)! <= delayMs + 5, `${late.at(-1)} ms`);
  checkAllCame();
});

test('a burst of jumbo packets is no longer than one of short ones', () => {
  const burst = (datagramBytes: number): number => {
    const pacer = new Pacer(0, mtuProbeBytesHigh);
    pacer.onDatagramBytes(datagramBytes);
    let sent = 0;
    for (; pacer.readyAtMs(1_000, 1e9) === 1_000; sent += datagramBytes) {
      pacer.onSent(datagramBytes);
    }
    return sent;
  };
  assert.ok(burst(mtuProbeBytesJumbo) <= burst(mtuProbeBytesHigh));
});
