import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrameReader } from '../../codec/paperclip/frames.ts';
import { connectionPair } from '../../testing/connection-pair.ts';
import { world } from '../../testing/world.ts';
import { ConnectionClock } from './connection-clock.ts';
import { forgeDatagram } from './connection-forged-frames.fixture.ts';
import { HostClock } from './host-clock.ts';
import { protocolLimits } from './limits.ts';
import { SentPacket, SentPackets } from './sent-packets.ts';

const channels = { state: 'unreliable' } as const;
const unixMs = Date.UTC(2030, 5, 1);

test('a client knows the time of its host after one round trip, and to half of it', () => {
  const inWorld = world({ delayMs: 40, unixMs });
  const host = inWorld.listen({ channels: { moves: 'reliable-ordered' } });
  const link = inWorld.dial(host);
  assert.equal(link.hostTime(), undefined);
  inWorld.runFor(100);
  const time = link.hostTime();
  assert.ok(time !== undefined);
  assert.ok(Math.abs(time.unixMs - (unixMs + inWorld.nowMs)) <= time.errorMs);
  assert.ok(time.errorMs < 40.1, `${time.errorMs}`);
  assert.deepEqual(host.links[0]?.hostTime(), { unixMs: unixMs + inWorld.nowMs, errorMs: 0 });
});

test('a wall clock that nobody has set tells a wrong time, and nothing else goes wrong', () => {
  for (const wallMs of [-5e12, 0, 8.64e15]) {
    const hostClock = new HostClock(() => wallMs, 0);
    const { network, client, host } = connectionPair({ delayMs: 20, channels, hostClock });
    host.send(0, Uint8Array.of(1));
    network.runFor(1000);
    assert.equal(host.connection.isOpen, true);
    assert.ok(client.connection.hostTime(network.nowMs) !== undefined);
  }
});

test('an hour of one player who only listens: the bound stays what it was', () => {
  const inWorld = world({ seed: 5, delayMs: 40, jitterMs: 30, loss: 0.02, unixMs });
  const host = inWorld.listen({ channels: { state: 'unreliable' } });
  const link = inWorld.dial(host);
  for (let minute = 0; minute < 60; minute++) {
    // Every other minute nothing is said at all, and PINGs keep the link alive.
    for (let i = 0; i < 60 && minute % 2 === 0; i++) {
      host.links[0]?.send('state', Uint8Array.of(i));
      inWorld.runFor(100);
    }
    inWorld.runFor(minute % 2 === 0 ? 54_000 : 60_000);
    const time = link.hostTime();
    assert.ok(time !== undefined);
    assert.ok(Math.abs(time.unixMs - (unixMs + inWorld.nowMs)) <= time.errorMs);
    assert.ok(time.errorMs < 40 + 30, `${time.errorMs} in minute ${minute}`);
  }
});

test('a TIME that is lost is said again, and a step of the wall clock reaches the client', () => {
  let wallMs = unixMs;
  const hostClock = new HostClock((nowMs) => wallMs + nowMs, 0);
  const conditions = { seed: 4, delayMs: 20, loss: 0.3 };
  const { network, client } = connectionPair({ ...conditions, channels, hostClock });
  const talk = (ms: number) => {
    for (let i = 0; i < ms / 50; i++) {
      client.send(0, Uint8Array.of(i));
      client.flush();
      network.runFor(50);
    }
  };
  const off = () => {
    const time = client.connection.hostTime(network.nowMs);
    assert.ok(time !== undefined);
    return Math.abs(time.unixMs - (wallMs + network.nowMs)) - time.errorMs;
  };
  talk(3000);
  assert.ok(off() <= 0, `${off()}`);
  wallMs -= 90_000;
  assert.ok(off() > 80_000, 'nobody has told yet');
  talk(protocolLimits.clockCheckMs + 3000);
  assert.ok(off() <= 0, `${off()}`);
});

test('an older TIME that comes late does not set the clock back', () => {
  const clock = new ConnectionClock({ role: 'client' }, 0);
  const sent = new SentPackets();
  sent.track(new SentPacket(), 0, 100);
  const frame = new FrameReader();
  frame.receiveTimeUs = 7000;
  frame.rangeHigh[0] = 0;
  clock.onAck(0, frame, sent);
  const tell = (packetNumber: number, epochUnixUs: number) => {
    frame.epochUnixUs = epochUnixUs;
    clock.onTime(packetNumber, frame);
    return Math.round(clock.hostTime(0)?.unixMs ?? 0);
  };
  assert.deepEqual(
    [tell(8, 5_000_000), tell(7, 1_000_000), tell(9, 6_000_000)],
    [5007, 5007, 6007],
  );
});

test('receive times cost a host at most ten frames a second, and no packet of their own', () => {
  const withTime: number[] = [];
  const sent: number[] = [];
  for (const hostClock of [new HostClock((nowMs) => unixMs + nowMs, 0), undefined]) {
    const pair = connectionPair({ delayMs: 5, channels, ...(hostClock && { hostClock }) });
    const { client, host, network } = pair;
    for (let i = 0; i < 1000; i++) {
      client.send(0, Uint8Array.of(1));
      client.flush();
      network.runFor(10);
    }
    sent.push(host.connection.stats().packetsSent);
    withTime.push(host.connection.stats().bytesSent);
  }
  const [more = 0, less = 0] = withTime;
  // 10 s: at most 100 receive times of up to 8 bytes; TIME itself is 9.
  assert.ok(more - less <= 100 * 8 + 9 && more > less, `${more - less} bytes`);
  // TIME asks for an ACK, and so moves those behind numbers that are left out.
  assert.ok(Math.abs(sent[0]! - sent[1]!) <= 4, `${sent.join(' and ')} packets`);
});

test('receive times and TIME of a client are taken for what they are worth: nothing', () => {
  const pair = connectionPair({ delayMs: 5, channels });
  pair.network.runFor(100);
  const bytes = forgeDatagram(pair, 1000, '08 44 00 03 01 00 00 00 00');
  assert.equal(pair.host.connection.handleDatagram(100, bytes, 0, bytes.length), true);
  assert.equal(pair.host.connection.isOpen, true);
  assert.equal(pair.host.connection.hostTime(100), undefined);
});
