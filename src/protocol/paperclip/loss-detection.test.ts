import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrameReader, writeAck } from '../../codec/paperclip/frames.ts';
import type { CongestionController } from './congestion.ts';
import { protocolLimits } from './limits.ts';
import { LossDetection } from './loss-detection.ts';
import { RttEstimator } from './rtt.ts';
import { SentPacket, SentPackets } from './sent-packets.ts';

/** A sender of 1200-byte packets whose ledger of fates is text. */
function sender() {
  const sent = new SentPackets();
  const rtt = new RttEstimator();
  const ledger: string[] = [];
  const congestion: CongestionController = {
    windowBytes: 12_000,
    state: '',
    pacingRate: () => 1,
    onSent: () => {},
    onPacketAcked: () => {},
    onAck: () => {},
    onLossUndone: () => ledger.push('undone'),
    onDatagramBytes: () => {},
    onLost: (_now, _sentAt, bytes, persistent) => {
      ledger.push(`congestion ${bytes}${persistent ? ' persistent' : ''}`);
    },
  };
  const fates = {
    onPacketAcked: (packet: SentPacket) => ledger.push(`acked ${packet.number}`),
    onPacketLost: (packet: SentPacket) => ledger.push(`lost ${packet.number}`),
  };
  const loss = new LossDetection({ sent, rtt, congestion, fates, peerAckDelayMaxMs: 20 });
  let spare = new SentPacket();
  return {
    sent,
    congestion,
    rtt,
    loss,
    send(...times: number[]) {
      for (const atMs of times) {
        const packet = spare;
        spare = sent.track(packet, atMs, 1200);
        loss.onPacketSent(atMs, packet);
      }
    },
    /** Ranges newest first, as [low, high]. */
    ack(nowMs: number, ...ranges: [number, number][]): boolean {
      const bytes = new Uint8Array(200);
      const low = Float64Array.from(ranges.map((range) => range[0]));
      const high = Float64Array.from(ranges.map((range) => range[1]));
      const end = writeAck(bytes, 0, bytes.length, 0, { low, high, count: ranges.length });
      const frame = new FrameReader();
      frame.reset(bytes, 0, end);
      frame.next();
      return loss.onAck(nowMs, frame);
    },
    take: (): string[] => ledger.splice(0),
  };
}

test('an acknowledged packet leaves flight and gives an RTT', () => {
  const s = sender();
  s.send(0, 1);
  assert.equal(s.sent.bytesInFlight, 2400);
  assert.equal(s.ack(100, [0, 1]), true);
  assert.deepEqual(s.take(), ['acked 1', 'acked 0']);
  assert.deepEqual([s.sent.bytesInFlight, s.rtt.latestMs], [0, 99]);
  assert.equal(s.loss.timerAtMs, Number.POSITIVE_INFINITY);
});

test('a packet is lost when one sent three later is acknowledged', () => {
  const s = sender();
  s.send(0, 0, 0, 0, 0);
  s.ack(100, [2, 2]);
  assert.deepEqual(s.take(), ['acked 2']);
  s.ack(101, [4, 4]);
  assert.deepEqual(s.take(), ['lost 0', 'lost 1', 'congestion 2400', 'acked 4']);
  assert.equal(s.sent.bytesInFlight, 1200);
});

test('an acknowledged packet that was not tracked tells on those before it too', () => {
  const s = sender();
  s.send(0, 0);
  for (let i = 0; i < 3; i++) s.sent.skip();
  s.ack(100, [4, 4]);
  assert.deepEqual(s.take(), ['lost 0', 'lost 1', 'congestion 2400']);
  assert.equal(s.sent.span, 0);
});

test('a packet is lost 9/8 RTT after it was sent, once a later one is acknowledged', () => {
  const s = sender();
  s.send(0, 8);
  s.ack(88, [1, 1]);
  assert.deepEqual(s.take(), ['acked 1']);
  assert.equal(s.loss.timerAtMs, 90);
  s.loss.onTimeout(89);
  assert.deepEqual(s.take(), []);
  s.loss.onTimeout(90);
  assert.deepEqual(s.take(), ['lost 0', 'congestion 1200']);
});

test('an acknowledgement that comes with the timer goes first and saves the packet', () => {
  const s = sender();
  s.send(0, 8);
  s.ack(88, [1, 1]);
  s.ack(90, [0, 1]);
  s.loss.onTimeout(90);
  assert.deepEqual(s.take(), ['acked 1', 'acked 0']);
});

test('nothing acknowledged: probes after a PTO, each interval twice the last, then capped', () => {
  const s = sender();
  s.send(0);
  s.ack(100, [0, 0]);
  s.send(1000);
  const pto = 100 + 200 + 20;
  const intervals: number[] = [];
  for (let i = 0, last = 1000; i < 6; i++) {
    const at = s.loss.timerAtMs;
    intervals.push(at - last);
    s.loss.onTimeout(at);
    assert.equal(s.loss.probesOwed, 2);
    s.send(at, at);
    assert.equal(s.loss.probesOwed, 0);
    last = at;
  }
  assert.deepEqual(intervals, [pto, 2 * pto, 1000, 1000, 1000, 1000]);
  assert.deepEqual(s.take(), ['acked 0']);
  // A PTO by itself loses nothing; the acknowledgement of the newest probe tells.
  s.ack(s.loss.timerAtMs - 900, [13, 13]);
  const lost = Array.from({ length: 11 }, (_, i) => `lost ${i + 1}`);
  assert.deepEqual(s.take(), [...lost, 'congestion 13200 persistent', 'acked 13']);
  // The back-off starts again.
  s.loss.onTimeout(s.loss.timerAtMs);
  assert.deepEqual(s.take(), ['lost 12', 'congestion 1200']);
  s.send(30_000);
  assert.equal(s.loss.timerAtMs, 30_000 + s.loss.ptoMs);
});

test('losses over three PTOs without one acknowledged between are persistent congestion', () => {
  const s = sender();
  s.send(0);
  s.ack(100, [0, 0]);
  s.take();
  const spread = 3 * s.loss.ptoMs + 1;
  s.send(1000, 1000 + spread, 1000 + spread, 1000 + spread, 1000 + spread);
  s.ack(1100 + spread, [5, 5]);
  assert.deepEqual(s.take(), ['lost 1', 'lost 2', 'congestion 2400 persistent', 'acked 5']);
  const broken = sender();
  broken.send(0);
  broken.ack(100, [0, 0]);
  broken.send(1000, 1500, 1000 + spread, 1001 + spread, 1002 + spread, 1003 + spread);
  broken.ack(1100 + spread, [6, 6], [2, 2]);
  assert.ok(broken.take().every((line) => !line.includes('persistent')));
});

test('a sample from the handshake does not hide persistent congestion', () => {
  const s = sender();
  s.rtt.onSample(100, 0);
  s.send(0);
  s.ack(100, [0, 0]);
  const spread = 3 * s.loss.ptoMs + 1;
  s.send(1000, 1000 + spread, 1000 + spread, 1000 + spread, 1000 + spread);
  s.take();
  s.ack(1100 + spread, [5, 5]);
  assert.ok(s.take().includes('congestion 2400 persistent'));
});

test('an acknowledgement of a packet that was not sent is refused', () => {
  const s = sender();
  s.send(0, 0);
  assert.equal(s.ack(50, [2, 2]), false);
  assert.equal(s.ack(50, [1, 1]), true);
});

test('packets that elicit no ack use a number and nothing else', () => {
  const s = sender();
  s.send(0);
  s.sent.skip();
  s.send(0);
  s.ack(50, [0, 2]);
  assert.deepEqual(s.take(), ['acked 2', 'acked 0']);
  assert.equal(s.sent.lowest, 3);
});

test('a packet stays known however many numbers are skipped behind it', () => {
  const s = sender();
  s.send(0);
  for (let i = 0; i < 1023; i++) s.sent.skip();
  s.send(1);
  assert.deepEqual([s.sent.get(0)?.number, s.sent.get(1024)?.number], [0, 1024]);
  s.ack(50, [1024, 1024]);
  assert.deepEqual(s.take(), ['lost 0', 'congestion 1200', 'acked 1024']);
  assert.deepEqual([s.sent.count, s.sent.lowest], [0, 1025]);
});

test('a peer that acknowledges nothing cannot make this end remember without bound', () => {
  const s = sender();
  for (let i = 0; i < 2 * protocolLimits.trackedPacketsMax; i++) {
    if (s.sent.isFull) s.loss.giveUpOldest(i);
    s.send(i);
  }
  assert.equal(s.sent.count, protocolLimits.trackedPacketsMax);
  assert.equal(s.loss.packetsLost, protocolLimits.trackedPacketsMax);
});

test('tracking agrees with a plain list under any order of acks', () => {
  const s = sender();
  const open = new Set<number>();
  for (let i = 0; i < 2000; i++) {
    s.send(i);
    open.add(i);
    if (i % 7 === 3) {
      const low = Math.max(0, i - (i % 31));
      s.ack(i, [low, i]);
      for (const line of s.take()) {
        const [, number] = line.split(' ');
        if (!line.startsWith('congestion')) assert.ok(open.delete(Number(number)), line);
      }
    }
  }
  assert.equal(s.sent.count, open.size);
  assert.equal(s.sent.bytesInFlight, open.size * 1200);
  assert.equal(s.sent.lowest, Math.min(...open, s.sent.next));
});

test('a lost packet that arrives after all raises the threshold to its distance', () => {
  const s = sender();
  s.send(0, 0, 0, 0, 0, 0);
  s.ack(100, [4, 4]);
  assert.deepEqual(s.take(), ['lost 0', 'lost 1', 'congestion 2400', 'acked 4']);
  s.ack(101, [4, 4], [1, 1]);
  assert.deepEqual([s.take(), s.loss.spuriousLosses], [[], 1]);
  // The same ranges again tell nothing new.
  s.ack(102, [4, 4], [1, 1]);
  assert.equal(s.loss.spuriousLosses, 1);
  // Packet 1 was 3 behind: a packet has to be 4 behind from now on.
  s.send(103, 103, 103, 103, 103, 103);
  s.ack(203, [10, 10]);
  const lost = ['lost 2', 'lost 3', 'lost 5', 'lost 6'];
  assert.deepEqual(s.take(), [...lost, 'congestion 4800', 'acked 10']);
});

test('when all losses of an episode were spurious, the reduction is taken back, once', () => {
  const s = sender();
  s.send(0, 0, 0, 0, 0, 0, 0);
  s.ack(100, [4, 4]);
  s.take();
  s.ack(101, [4, 4], [1, 1]);
  assert.deepEqual(s.take(), []);
  s.ack(102, [4, 4], [0, 1]);
  assert.deepEqual([s.take(), s.loss.spuriousLosses], [['undone'], 2]);
  s.ack(103, [4, 4], [0, 1]);
  assert.deepEqual(s.take(), []);
  // Of one that lost in earnest too, nothing is.
  s.send(200, 200, 200, 200, 200, 200, 200, 200);
  s.ack(300, [14, 14]);
  assert.ok(s.take().includes('congestion 8400'));
  s.ack(301, [14, 14], [7, 9]);
  assert.deepEqual([s.take(), s.loss.spuriousLosses], [[], 5]);
});

test('a packet known to be late by time makes the time threshold wait, up to two round trips', () => {
  const s = sender();
  s.send(0);
  s.ack(100, [0, 0]);
  s.send(1000, 1008);
  s.ack(1108, [2, 2]);
  s.take();
  s.loss.onTimeout(s.loss.timerAtMs);
  assert.deepEqual(s.take(), ['lost 1', 'congestion 1200']);
  s.ack(1150, [1, 2]);
  assert.deepEqual(s.take(), ['undone']);
  s.send(2000, 2000);
  s.ack(2100, [4, 4]);
  assert.equal(s.loss.timerAtMs, 2150);
  s.loss.onTimeout(2150);
  s.take();
  s.ack(2900, [3, 4]);
  assert.equal(s.loss.spuriousLosses, 2);
  s.send(3000, 3000);
  s.ack(3100, [6, 6]);
  assert.equal(s.loss.timerAtMs, 3200);
});

test('what was learned of reordering is forgotten after sixteen episodes of true loss', () => {
  const s = sender();
  let next = 0;
  const send = (atMs: number, count: number): number => {
    s.send(...new Array<number>(count).fill(atMs));
    next += count;
    return next - 1;
  };
  let newest = send(0, 10);
  s.ack(100, [newest, newest]);
  s.ack(100, [0, newest]);
  assert.equal(s.loss.spuriousLosses, 7);
  for (let episode = 1; episode <= 17; episode++) {
    const atMs = 1000 * episode;
    newest = send(atMs, 7);
    s.take();
    s.ack(atMs + 100, [newest, newest]);
    const lost = s.take().filter((line) => line.startsWith('lost')).length;
    assert.equal(lost, episode === 17 ? 4 : 0, `episode ${episode}`);
    s.loss.onTimeout(s.loss.timerAtMs);
  }
});

test('the memory of lost packets is bounded in number and time', () => {
  const s = sender();
  const many = 3 * protocolLimits.lostPacketsMax;
  for (let i = 0; i < many; i++) s.send(0);
  s.ack(100, [many - 1, many - 1]);
  s.ack(101, [0, many - 1]);
  assert.equal(s.loss.spuriousLosses, protocolLimits.lostPacketsMax);
  const late = sender();
  late.send(0, 0, 0, 0, 0);
  late.ack(100, [4, 4]);
  late.ack(60_000, [4, 4]);
  late.ack(60_001, [0, 4]);
  assert.equal(late.loss.spuriousLosses, 0);
});

test('packets of a path that was left find their fate, and tell nothing of the next', () => {
  const s = sender();
  s.send(0, 0, 0, 0, 0);
  const next = { ...s.congestion };
  s.rtt.reset();
  s.loss.onPathChanged(next);
  assert.equal(s.sent.bytesInFlight, 0);
  s.send(10);
  s.ack(50, [4, 4]);
  assert.deepEqual(s.take(), ['lost 0', 'lost 1', 'acked 4']);
  assert.equal(s.rtt.hasSample, false);
  s.ack(60, [5, 5]);
  assert.equal(s.rtt.latestMs, 50);
  assert.deepEqual(s.take(), ['lost 2', 'lost 3', 'acked 5']);
  s.ack(61, [0, 5]);
  assert.equal(s.loss.spuriousLosses, 0);
});
