// The behaviour of a connection that a program can see: two of them in virtual time.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type ConnectionPair,
  type ConnectionPairOptions,
  connectionPair,
} from '../../testing/connection-pair.ts';
import { protocolLimits } from './limits.ts';

const [ordered, unordered, unreliable, sequenced] = [0, 1, 2, 3];
const largestBytes = 1024 * 1024;

/** Settled: the client's first PING is acknowledged. */
function pairOf(options: Partial<ConnectionPairOptions> = {}): ConnectionPair {
  const pair = connectionPair({
    delayMs: 10,
    channels: {
      ordered: { mode: 'reliable-ordered', messageBytesMax: largestBytes },
      p_unordered: 'reliable-unordered',
      unreliable: 'unreliable',
      unreliableSequenced: 'unreliable-sequenced',
    },
    ...options,
  });
  pair.network.runFor(200);
  return pair;
}

const datagrams = ({ network }: ConnectionPair): number =>
  network.link('client', 'host').counts.sent;

const messages = (pair: ConnectionPair): string[] =>
  pair.host
    .takeEvents()
    .filter((event) => event.type === 'message')
    .map(({ channel, message }) => `${channel}:${message[0]}`);

const fates = (pair: ConnectionPair): string[] =>
  pair.client
    .takeEvents()
    .map((event) =>
      event.type === 'lost'
        ? `${event.reason} ${event.messageHandle}`
        : event.type === 'delivered'
          ? `delivered ${event.messageHandle}`
          : event.type,
    );

const cut = (pair: ConnectionPair, isCut: boolean): void => {
  const conditions = { delayMs: 10, loss: isCut ? 1 : 0 };
  pair.network.link('client', 'host').conditions = conditions;
  pair.network.link('host', 'client').conditions = conditions;
};

test('all that is sent before a flush leaves in one datagram', () => {
  const pair = pairOf();
  const before = datagrams(pair);
  for (const channel of [ordered, unordered, unreliable, sequenced]) {
    for (let i = 0; i < 4; i++) pair.client.send(channel!, new Uint8Array(60).fill(i));
  }
  pair.client.flush();
  pair.network.runFor(15);
  assert.equal(datagrams(pair) - before, 1);
  assert.equal(messages(pair).length, 16);
});

test('a flush of nothing does not send what comes after it', () => {
  const pair = pairOf();
  const before = datagrams(pair);
  pair.client.flush();
  pair.network.runFor(0);
  for (let i = 0; i < 4; i++) {
    pair.client.send(ordered!, Uint8Array.of(i));
    pair.network.runFor(0.1);
  }
  pair.client.flush();
  pair.network.runFor(15);
  assert.equal(datagrams(pair) - before, 1);
});

test('without a flush, messages leave within a millisecond', () => {
  const pair = pairOf();
  pair.client.send(ordered!, Uint8Array.of(1));
  pair.network.runFor(10.5);
  assert.deepEqual(messages(pair), []);
  pair.network.runFor(0.6);
  assert.deepEqual(messages(pair), ['0:1']);
});

test('a message that arrives is delivered, one that its packet lost is lost', () => {
  const pair = pairOf();
  pair.client.send(unreliable!, Uint8Array.of(1), { handle: 1 });
  pair.client.send(ordered!, Uint8Array.of(2), { handle: 2 });
  pair.client.send(ordered!, Uint8Array.of(3));
  pair.client.flush();
  pair.network.runFor(60);
  assert.deepEqual(fates(pair), ['delivered 1', 'delivered 2']);

  pair.network.link('client', 'host').conditions = { delayMs: 10, loss: 1 };
  pair.client.send(unreliable!, Uint8Array.of(4), { handle: 4 });
  pair.client.send(ordered!, Uint8Array.of(5), { handle: 5 });
  pair.client.flush();
  pair.network.runFor(1);
  cut(pair, false);
  pair.network.runFor(1000);
  assert.deepEqual(fates(pair).sort(), ['delivered 5', 'lost 4']);
});

test('a lost message is sent again within a PTO, and nothing else is', () => {
  const pair = pairOf();
  pair.network.link('client', 'host').conditions = { delayMs: 10, loss: 1 };
  pair.client.send(ordered!, new Uint8Array(100).fill(1));
  pair.client.send(unreliable!, new Uint8Array(100).fill(2));
  pair.client.flush();
  pair.network.runFor(1);
  cut(pair, false);
  pair.network.runFor(150);
  assert.deepEqual(messages(pair), ['0:1']);
  assert.equal(pair.client.connection.stats().ptoCount, 1);
});

test('a lost message of one channel does not hold up another', () => {
  const pair = pairOf();
  pair.network.link('client', 'host').conditions = { delayMs: 10, loss: 1 };
  pair.client.send(ordered!, Uint8Array.of(1));
  pair.client.flush();
  pair.network.runFor(1);
  cut(pair, false);
  pair.client.send(ordered!, Uint8Array.of(2));
  pair.client.send(unordered!, Uint8Array.of(3));
  pair.client.flush();
  pair.network.runFor(12);
  assert.deepEqual(messages(pair), ['1:3']);
  pair.network.runFor(200);
  assert.deepEqual(messages(pair), ['0:1', '0:2']);
});

test('a message of a megabyte arrives whole, through a bottleneck and loss', () => {
  const pair = pairOf({ rateBytesPerSecond: 1_000_000, loss: 0.01 });
  const large = Uint8Array.from({ length: 1024 * 1024 }, (_, i) => (i * 7 + (i >> 9)) & 255);
  pair.client.send(ordered!, large, { handle: 1 });
  pair.client.flush();
  const isThere = () => pair.host.events.some((event) => event.type === 'message');
  assert.ok(pair.network.runUntil(isThere, 60_000));
  const [event] = pair.host.takeEvents();
  assert.ok(event?.type === 'message');
  assert.ok(Buffer.compare(event.message, large) === 0);
});

test('reliable messages are given up only while nothing of them was sent', () => {
  const pair = pairOf();
  cut(pair, true);
  // More than the congestion window takes at once.
  for (let handle = 0; handle < 40; handle++) {
    pair.client.send(ordered!, new Uint8Array(1000), { handle, ttlMs: 100 });
  }
  pair.client.flush();
  pair.network.runFor(300);
  const given = fates(pair);
  assert.ok(given.length >= 25 && given.length < 40, `${given.length} were given up`);
  assert.equal(given[0], `expired ${40 - given.length}`);
  cut(pair, false);
  pair.network.runFor(3000);
  assert.equal(messages(pair).length, 40 - given.length);
  assert.equal(pair.client.connection.memory.queuedBytes, 0);
});

test('unreliable messages do not wait behind congestion: a second, then they are lost', () => {
  const pair = pairOf();
  cut(pair, true);
  for (let handle = 0; handle < 40; handle++) {
    pair.client.send(unreliable!, new Uint8Array(1000), { handle });
  }
  pair.client.flush();
  pair.network.runFor(999);
  const early = fates(pair).length;
  pair.network.runFor(2);
  assert.ok(early < 20);
  assert.ok(fates(pair).length > 20);
  assert.ok(pair.client.connection.stats().messagesLost.expired > 20);
});

test('of unreliable messages beyond the queue, the oldest is lost', () => {
  const pair = pairOf();
  const most = protocolLimits.unreliableQueueMessagesMax;
  for (let handle = 0; handle < most + 2; handle++) {
    pair.client.send(unreliable!, Uint8Array.of(handle), { handle });
  }
  pair.network.runFor(0);
  assert.deepEqual(fates(pair), ['dropped 0', 'dropped 1']);
});

test('send says false past the mark, throws past the limit, and writable follows', () => {
  const pair = pairOf();
  cut(pair, true);
  const message = new Uint8Array(100_000);
  const answers: boolean[] = [];
  assert.throws(() => {
    for (;;) answers.push(pair.client.send(ordered!, message));
  }, /message queue is full/);
  const charge = message.length + protocolLimits.messageChargeBytes;
  const { sendQueueMarkBytes, sendQueueOverrunBytesMax } = protocolLimits;
  const mark = sendQueueMarkBytes + largestBytes;
  assert.equal(answers.indexOf(false), Math.ceil(mark / charge) - 1);
  assert.ok(answers.length * charge <= mark + sendQueueOverrunBytesMax + largestBytes);
  pair.client.flush();
  pair.network.runFor(50);
  assert.deepEqual(fates(pair), []);
  cut(pair, false);
  assert.ok(pair.network.runUntil(() => pair.client.events.length > 0, 60_000));
  assert.deepEqual(fates(pair), ['writable']);
  const { queuedBytes, congestionWindowBytes } = pair.client.connection.stats();
  const half = Math.max(sendQueueMarkBytes / 2, congestionWindowBytes);
  assert.ok(queuedBytes <= half + largestBytes && queuedBytes > 0, `${queuedBytes}`);
});

test('a caller is told at once what it may not send', () => {
  const { client } = pairOf();
  assert.throws(() => client.send(7, new Uint8Array(1)), /channel 7 is not in the plan/);
  assert.throws(() => client.send(unreliable!, new Uint8Array(8961)), /takes 8960/);
  assert.throws(() => client.send(ordered!, new Uint8Array(1), { ttlMs: 0 }), /ttlMs/);
  assert.throws(() => client.close(70_000, ''), /code/);
  client.close(0, '');
  assert.throws(() => client.send(ordered!, new Uint8Array(1)), /has ended/);
});

test('an idle pair stays alive on a few PINGs', () => {
  const pair = pairOf();
  const before = datagrams(pair);
  pair.network.runFor(600_000);
  assert.ok(pair.client.connection.isOpen && pair.host.connection.isOpen);
  assert.ok(datagrams(pair) - before <= 150, `${datagrams(pair) - before} datagrams`);
});

test('silence ends the connection after 30 seconds, with every open message lost', () => {
  const pair = pairOf();
  cut(pair, true);
  pair.client.send(ordered!, Uint8Array.of(1), { handle: 1 });
  pair.client.send(ordered!, Uint8Array.of(2), { handle: 2, ttlMs: 60_000 });
  pair.client.flush();
  pair.network.runFor(29_000);
  assert.equal(pair.client.connection.isOpen, true);
  pair.network.runFor(2000);
  const events = pair.client.takeEvents();
  assert.deepEqual(
    events.map(({ type }) => type),
    ['interrupted', 'lost', 'lost', 'ended'],
  );
  assert.deepEqual(events.at(-1), { type: 'ended', end: { kind: 'timed-out' } });
  assert.equal(pair.client.connection.isDrained, true);
  assert.equal(pair.host.connection.isDrained, true);
});

test('close lets the last words leave, tells the peer why, and drains', () => {
  const pair = pairOf();
  pair.client.send(ordered!, Uint8Array.of(9), { handle: 1 });
  pair.client.close(42, 'a reason, ü'.repeat(30));
  pair.network.runFor(11);
  assert.deepEqual(fates(pair), ['ended 1', 'ended']);
  const [message, ended] = pair.host.takeEvents();
  assert.equal(message?.type, 'message');
  assert.ok(ended?.type === 'ended' && ended.end.kind === 'closed-by-peer');
  assert.equal(ended.end.code, 42);
  assert.ok(Buffer.byteLength(ended.end.reason) <= 200 && !ended.end.reason.includes('\ufffd'));
  assert.equal(pair.client.connection.isOpen, false);
  assert.equal(pair.client.connection.isDrained, false);
  // The host never measured the round trip: its three PTOs start from the initial RTT.
  pair.network.runFor(4000);
  assert.deepEqual(
    [pair.client.connection.isDrained, pair.host.connection.isDrained],
    [true, true],
  );
});

test('the peer hears of a close though the first CLOSE is lost', () => {
  const pair = pairOf();
  cut(pair, true);
  pair.client.close(1, 'x');
  pair.network.runFor(1);
  cut(pair, false);
  pair.network.runFor(500);
  assert.deepEqual(
    pair.host.takeEvents().map(({ type }) => type),
    ['ended'],
  );
});

test('both ends may close at once', () => {
  const pair = pairOf();
  pair.client.close(1, 'c');
  pair.host.close(2, 'h');
  pair.network.runFor(4000);
  assert.deepEqual(
    [pair.client.connection.isDrained, pair.host.connection.isDrained],
    [true, true],
  );
  assert.equal(pair.client.takeEvents().length, 1);
});

test('two packets are acknowledged by one, a single one within 20 ms', () => {
  const pair = pairOf();
  const acks = () => pair.network.link('host', 'client').counts.sent;
  // The very first packets are acknowledged at once.
  for (let i = 0; i < 2; i++) {
    pair.client.send(ordered!, new Uint8Array(10));
    pair.client.flush();
    pair.network.runFor(50);
  }
  let before = acks();
  for (let i = 0; i < 2; i++) {
    pair.client.send(ordered!, new Uint8Array(1000));
    pair.client.flush();
    pair.network.runFor(1);
  }
  pair.network.runFor(10.5);
  assert.equal(acks() - before, 1);
  before = acks();
  pair.client.send(ordered!, new Uint8Array(10));
  pair.client.flush();
  pair.network.runFor(29);
  assert.equal(acks() - before, 0);
  pair.network.runFor(2);
  assert.equal(acks() - before, 1);
});

test('a bulk sender fills a bottleneck without drowning it', () => {
  const pair = pairOf({ delayMs: 20, rateBytesPerSecond: 1_000_000, queueBytes: 50_000 });
  const chunk = new Uint8Array(50_000);
  let received = 0;
  pair.host.onEvent = (event) => {
    if (event.type === 'message') received += event.message.length;
  };
  const fill = (): void => {
    while (pair.client.send(ordered!, chunk));
    pair.client.flush();
  };
  pair.client.onEvent = (event) => {
    if (event.type === 'writable') fill();
  };
  fill();
  pair.network.runFor(10_000);
  assert.ok(received > 7_000_000, `${received} bytes in 10 s`);
  const { counts } = pair.network.link('client', 'host');
  assert.ok(counts.queueDrops / counts.sent < 0.02, `${counts.queueDrops} of ${counts.sent}`);
});

test('a receiver that only acknowledges learns that its acks arrive', () => {
  const pair = pairOf({ loss: 0.1 });
  for (let i = 0; i < 400; i++) {
    pair.client.send(sequenced!, new Uint8Array(50));
    pair.client.flush();
    pair.network.runFor(10);
  }
  // Without ack-of-ack an ACK keeps 32 ranges; with it, those of the last packets.
  const link = pair.network.link('host', 'client');
  const { bytesSent, packetsSent } = pair.host.connection.stats();
  assert.ok(link.counts.sent > 100);
  assert.ok(bytesSent / packetsSent < 60, `${bytesSent / packetsSent} bytes per ack`);
});

test('statistics tell what happened', () => {
  const pair = pairOf({ delayMs: 25 });
  for (let i = 0; i < 10; i++) pair.client.send(ordered!, new Uint8Array(500));
  pair.client.flush();
  pair.network.runFor(500);
  const client = pair.client.connection.stats();
  assert.equal(client.messagesSent, 10);
  assert.equal(pair.host.connection.stats().messagesReceived, 10);
  assert.ok(client.rttMinMs >= 50 && client.srttMs < 75, `${client.rttMinMs} ${client.srttMs}`);
  assert.deepEqual([client.packetsLost, client.lossRate, client.bytesInFlight], [0, 0, 0]);
  assert.equal(client.bytesSent, pair.host.connection.stats().bytesReceived);
});
