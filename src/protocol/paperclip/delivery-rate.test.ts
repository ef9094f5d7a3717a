import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DeliveryRate } from './delivery-rate.ts';
import { SentPacket } from './sent-packets.ts';

/** Packets of 1000 bytes, sent and acknowledged at the times given. */
function path() {
  const rate = new DeliveryRate();
  let inFlight = 0;
  return {
    rate,
    send(atMs: number): SentPacket {
      const packet = new SentPacket();
      packet.sentAtMs = atMs;
      packet.bytes = 1000;
      inFlight += 1000;
      rate.onSent(atMs, packet, inFlight);
      return packet;
    },
    /** The newest first. */
    ack(atMs: number, minRttMs: number, ...packets: SentPacket[]): number {
      rate.begin();
      for (const packet of packets) rate.onAcked(atMs, packet);
      inFlight -= 1000 * packets.length;
      rate.finish(inFlight, minRttMs);
      return rate.sample.rate;
    },
    drained: () => rate.onAppLimited(inFlight),
  };
}

test('packets that arrive one per 10 ms show 100 bytes per ms, though they left in a burst', () => {
  const { send, ack } = path();
  const packets = Array.from({ length: 20 }, () => send(0));
  const rates = packets.map((packet, i) => ack(100 + 10 * i, 100, packet));
  assert.deepEqual(rates.slice(0, 3).map(Math.round), [10, 18, 25]);
  const next = Array.from({ length: 10 }, (_, i) => send(300 + 10 * i));
  const later = next.map((packet, i) => ack(400 + 10 * i, 100, packet));
  assert.equal(Math.round(later.at(-1)!), 53);
});

test('acknowledgements that come back in a clump do not look like bandwidth', () => {
  const { send, ack } = path();
  const packets = Array.from({ length: 30 }, (_, i) => send(10 * i));
  // The first ten in time, the others all at once.
  for (let i = 0; i < 10; i++) ack(100 + 10 * i, 100, packets[i]!);
  const clump = packets.slice(10).reverse();
  assert.ok(ack(390, 100, ...clump) <= 101);
});

test('what is measured while the application had no more to send is marked', () => {
  const { send, ack, drained, rate } = path();
  const first = send(0);
  drained();
  const second = send(50);
  ack(100, 100, first);
  assert.equal(rate.sample.isAppLimited, false);
  ack(150, 100, second);
  assert.equal(rate.sample.isAppLimited, true);
  const third = send(160);
  ack(260, 100, third);
  assert.equal(rate.sample.isAppLimited, false);
});

test('a sample over less than a round trip says nothing', () => {
  const { send, ack } = path();
  const a = send(0);
  assert.equal(ack(20, 100, a), 0);
});
