import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toHex } from '../../base/bytes.ts';
import { writeAck } from '../../codec/paperclip/frames.ts';
import { connectionPair } from '../../testing/connection-pair.ts';
import { forgeDatagram } from './connection-forged-frames.fixture.ts';
import { errorCodes } from './error-codes.ts';
import { protocolLimits } from './limits.ts';
import { SkippedNumber } from './skipped-number.ts';

const channels = { bulk: { mode: 'reliable-ordered', lane: 'bulk' } } as const;
const { skipIntervalPackets, skipIntervalPacketsMax } = protocolLimits;

test('who acknowledges what it has not received is found out, and hears SEQUENCE', () => {
  const pair = connectionPair({ delayMs: 5, channels });
  const { host, network } = pair;
  network.runFor(50);
  // From here on nothing of the host's arrives, and a client without any receipt acknowledges all.
  network.link('host', 'client').conditions = { loss: 1 };
  network.link('client', 'host').conditions = { loss: 1 };
  const frame = new Uint8Array(64);
  let acks = 0;
  while (host.connection.isOpen && acks < 1000) {
    if (host.connection.memory.queuedBytes < 100_000) host.send(0, new Uint8Array(100_000));
    network.runFor(10);
    const high = Float64Array.of(host.connection.stats().packetsSent - 1);
    const end = writeAck(frame, 0, frame.length, 0, { low: Float64Array.of(0), high, count: 1 });
    const bytes = forgeDatagram(pair, 1000 + acks, toHex(frame.subarray(0, end)));
    host.connection.handleDatagram(network.nowMs, bytes, 0, bytes.length);
    network.touch('host');
    acks += 1;
  }
  network.runFor(1);
  const [ended] = host.takeEvents().filter(({ type }) => type === 'ended');
  assert.ok(ended?.type === 'ended' && ended.end.kind === 'protocol-error');
  assert.equal(ended.end.code, errorCodes.SEQUENCE.code);
  assert.ok(host.connection.stats().packetsSent >= skipIntervalPackets);
});

test('an honest peer sees a gap now and then, over loss and reordering too', () => {
  for (const path of [{}, { loss: 0.05, jitterMs: 20, reorder: 0.1, duplicate: 0.05 }]) {
    const pair = connectionPair({ seed: 5, delayMs: 20, channels, ...path });
    const { host, client, network } = pair;
    let received = 0;
    client.onEvent = (event) => {
      if (event.type === 'message') received += event.message.length;
    };
    const total = 6_000_000;
    for (let sent = 0; sent < total; sent += 200_000) {
      host.send(0, new Uint8Array(200_000));
      network.runUntil(() => host.connection.memory.queuedBytes < 400_000, 60_000);
    }
    assert.ok(network.runUntil(() => received === total, 120_000));
    assert.equal(host.connection.isOpen && client.connection.isOpen, true);
    const { packetsSent } = host.connection.stats();
    const { packetsMissing } = client.connection.stats();
    assert.ok(packetsSent > 5_000, `${packetsSent} packets`);
    if (path.loss === undefined) assert.ok(packetsMissing > 0 && packetsMissing <= 4);
  }
});

test('the last number has its chance before the next is left out, and intervals grow', () => {
  const skipped = new SkippedNumber({ randomBytes: (length) => new Uint8Array(length) }, 0);
  const left: number[] = [];
  let largestAcked = -1;
  for (let next = 0; next < 100_000; next++) {
    // Nobody acknowledges anything between 300 and 50,000.
    if (next < 300 || next > 50_000) largestAcked = next - 10;
    if (skipped.isDue(next, largestAcked)) left.push(next);
  }
  assert.deepEqual(left.slice(0, 2), [skipIntervalPackets + 1, 3 * skipIntervalPackets + 2]);
  assert.ok(left[2]! > 50_000);
  const intervals = left.slice(2).map((number, i) => number - left[i + 1]!);
  assert.equal(Math.max(...intervals.slice(1)), skipIntervalPacketsMax + 1);
});
