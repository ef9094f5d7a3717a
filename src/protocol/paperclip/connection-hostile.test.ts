// What an authenticated peer can do wrong, and what strangers can throw at a connection.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConnectionPair } from '../../testing/connection-pair.ts';
import { connectionPair } from '../../testing/connection-pair.ts';
import { forgeDatagram } from './connection-forged-frames.fixture.ts';
import { type ErrorCodeName, errorCodes } from './error-codes.ts';

const pairOf = (): ConnectionPair =>
  connectionPair({
    delayMs: 5,
    channels: {
      // Wire ids 0 to 3, by sorted name.
      a: { mode: 'reliable-ordered', messageBytesMax: 3000 },
      b: { mode: 'reliable-unordered', messageBytesMax: 3000 },
      c: { mode: 'unreliable', messageBytesMax: 1400 },
      d: 'unreliable-sequenced',
    },
    parameters: { connectionWindowBytes: 4000, channelWindowBytes: 2000 },
  });

/**
 * Hands the host the frames and lets the network settle. Unless `isHeard`, the host's answers are
 * lost: the true client would take the ACK of a packet it never sent for a crime.
 */
function say(pair: ConnectionPair, number: number, hex: string, isHeard = false): void {
  pair.network.link('host', 'client').conditions = { delayMs: 5, loss: isHeard ? 0 : 1 };
  const bytes = forgeDatagram(pair, number, hex);
  const { nowMs } = pair.network;
  assert.equal(pair.host.connection.handleDatagram(nowMs, bytes, 0, bytes.length), true);
  pair.network.touch('host');
  pair.network.runFor(50);
}

const zeros = (bytes: number): string => '00'.repeat(bytes);

const crimes: Record<string, { readonly frames: readonly string[]; readonly code: ErrorCodeName }> =
  {
    'an unknown frame type': { frames: ['3f'], code: 'TYPE' },
    'a compressed message where nothing is compressed': { frames: ['12 00 00 00'], code: 'FLAGS' },
    'a frame that is cut short': { frames: ['10 00 00 05 aa'], code: 'FRAME' },
    'a varint longer than needed': { frames: ['10 4000 00 00'], code: 'FRAME' },
    'two ACKs in one packet': { frames: ['02 00 00 00 00 02 00 00 00 00'], code: 'FRAME' },
    'an ACK of a packet that was not sent': { frames: ['02 4400 00 00 00'], code: 'SEQUENCE' },
    'a channel that is not in the plan': { frames: ['10 04 00 00'], code: 'CHANNEL' },
    'credit for a channel that is not in the plan': { frames: ['05 3f 01'], code: 'CHANNEL' },
    'a fragment on a channel that is not in the plan': {
      frames: ['11 3e 00 02 02 00 aa'],
      code: 'CHANNEL',
    },
    'a message over its channel': {
      frames: [`10 02 00 4579 ${zeros(1401)}`],
      code: 'MESSAGE_SIZE',
    },
    'a fragment of a message over its channel': {
      frames: [`11 00 00 4bb9 03 00 ${zeros(1001)}`],
      code: 'MESSAGE_SIZE',
    },
    'fragments of 16 MiB': { frames: [`11 01 00 81000000 7fff 00`], code: 'FRAME' },
    'a reliable message in more pieces than it needs': {
      frames: ['11 01 00 02 02 00 aa'],
      code: 'FRAGMENT',
    },
    'an unreliable message in nine pieces': { frames: ['11 02 00 09 09 00 aa'], code: 'FRAGMENT' },
    'fragments that disagree on the total': {
      frames: [`11 00 00 44b0 02 00 ${zeros(600)}`, `11 00 00 44b2 02 01 ${zeros(601)}`],
      code: 'FRAGMENT',
    },
    'fragments that disagree on the count': {
      frames: [`11 00 00 48c2 02 00 ${zeros(1121)}`, `11 00 00 48c2 03 01 ${zeros(748)}`],
      code: 'FRAGMENT',
    },
    'a message whole and in pieces': {
      frames: [`11 00 01 44b0 02 00 ${zeros(600)}`, `10 00 01 44b0 ${zeros(1200)}`],
      code: 'FRAGMENT',
    },
    'an id further ahead than the span': { frames: ['10 01 80010000 00'], code: 'FLOW_CONTROL' },
    // The window is 2000 and one largest message of 3000, each 32 dearer. Id 0 never comes.
    'more than the channel has credit for': {
      frames: [1, 2, 3, 4, 5, 6].map((id) => `10 00 0${id} 4384 ${zeros(900)}`),
      code: 'FLOW_CONTROL',
    },
    'fragments begun beyond the credit': {
      frames: [1, 2, 3].map((id) => `11 01 0${id} 4800 02 00 ${zeros(1024)}`),
      code: 'FLOW_CONTROL',
    },
  };

for (const [name, { frames, code }] of Object.entries(crimes)) {
  test(`${name}: the connection ends with ${code}, and the peer is told`, () => {
    const pair = pairOf();
    pair.network.runFor(50);
    for (const [i, hex] of frames.entries()) {
      assert.equal(pair.host.connection.isOpen, true, `${hex.slice(0, 20)} comes to an open end`);
      say(pair, 1000 + i, hex, i === frames.length - 1);
    }
    const [end] = pair.host.takeEvents().filter((event) => event.type === 'ended');
    assert.equal(end?.end.kind, 'protocol-error');
    assert.equal(end.end.code, errorCodes[code].code);
    const [told] = pair.client.takeEvents().filter((event) => event.type === 'ended');
    assert.equal(told?.end.kind, 'closed-by-peer');
    assert.equal(told.end.code, errorCodes[code].code);
    assert.equal(pair.host.connection.memory.heldBytes, 0);
  });
}

test('credit that is used to the last byte is no crime', () => {
  const pair = pairOf();
  // 5 x (900 + 32) = 4660 of 5032; then 372 - 32 more.
  for (let id = 1; id < 6; id++) say(pair, 1000 + id, `10 00 0${id} 4384 ${zeros(900)}`);
  say(pair, 1010, `10 00 06 4154 ${zeros(340)}`);
  assert.equal(pair.host.connection.isOpen, true);
  assert.equal(pair.host.connection.memory.heldBytes, 4840);
});

test('the same message again is dropped without a word', () => {
  const pair = pairOf();
  for (let i = 0; i < 5; i++) say(pair, 1000 + i, '10 00 00 01 aa 10 01 00 01 bb');
  assert.equal(pair.host.takeEvents().length, 2);
  assert.equal(pair.host.connection.isOpen, true);
});

test('half-received unreliable messages are bounded in number and age', () => {
  const pair = pairOf();
  for (let id = 0; id < 60; id++) {
    say(pair, 1000 + id, `11 02 ${id.toString(16).padStart(2, '0')} 4578 02 00 ${zeros(700)}`);
  }
  assert.equal(pair.host.connection.memory.heldBytes, 16 * 1400);
  pair.network.runFor(2500);
  assert.equal(pair.host.connection.memory.heldBytes, 0);
  assert.equal(pair.host.connection.isOpen, true);
});

test('what a peer can have an end hold, in pieces and out of order, is what it paid for', () => {
  const pair = pairOf();
  // 2 bytes cost 34 of credit and would take 800 of memory: in pieces they do not come.
  say(pair, 1000, `11 01 01 4479 02 00 ${zeros(573)}`);
  assert.equal(pair.host.connection.isOpen, true);
  assert.equal(pair.host.connection.memory.heldBytes, 1145);
  say(pair, 1001, `11 01 02 4478 02 00 ${zeros(572)}`);
  assert.equal(pair.host.connection.isOpen, false);
});

test('a sequenced channel does not go back, nor finish what is old', () => {
  const pair = pairOf();
  say(pair, 1000, `11 03 01 44b0 02 00 ${zeros(600)}`);
  say(pair, 1001, '10 03 02 01 bb');
  say(pair, 1002, `11 03 01 44b0 02 01 ${zeros(600)} 10 03 00 01 cc`);
  const messages = pair.host.takeEvents().filter((event) => event.type === 'message');
  assert.deepEqual(
    messages.map(({ message }) => [...message]),
    [[0xbb]],
  );
  assert.equal(pair.host.connection.memory.heldBytes, 0);
});

test('a replayed datagram and a flipped bit are dropped and counted', () => {
  const pair = pairOf();
  const { host, network } = pair;
  const bytes = forgeDatagram(pair, 1000, '10 00 00 01 aa');
  const handle = (datagram: Uint8Array): boolean =>
    host.connection.handleDatagram(network.nowMs, datagram, 0, datagram.length);
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const damaged = bytes.slice();
    damaged[bit >> 3]! ^= 1 << (bit & 7);
    assert.equal(handle(damaged), false, `bit ${bit}`);
  }
  assert.equal(host.connection.stats().packetsReceived, 0);
  assert.equal(handle(bytes), true);
  assert.equal(handle(bytes), false);
  const { drops } = host.connection;
  assert.equal(drops.replayed, 1);
  assert.equal(
    drops['aead-failed'] +
      drops['key-not-in-use'] +
      drops['malformed-header'] +
      drops['wrong-connection'] +
      drops['malformed-length'],
    bytes.length * 8,
  );
});

test('no datagram of noise, long or short, is believed or breaks anything', () => {
  const { host, network } = pairOf();
  for (let length = 0; length < 2000; length += 7) {
    const noise = new Uint8Array(length).fill(0x18);
    assert.equal(host.connection.handleDatagram(network.nowMs, noise, 0, length), false);
  }
  assert.equal(host.connection.isOpen, true);
});

test('a number far ahead, from a stranger, does not move the replay window', () => {
  const pair = pairOf();
  const far = forgeDatagram(pair, 2 ** 31, '01');
  far[far.length - 1]! ^= 1;
  const { nowMs } = pair.network;
  assert.equal(pair.host.connection.handleDatagram(nowMs, far, 0, far.length), false);
  say(pair, 5, '01');
});

test('a closing end answers strays ever more seldom, and a drained one not at all', () => {
  const pair = pairOf();
  const { host, network } = pair;
  network.runFor(100);
  host.close(7, 'bye');
  network.link('client', 'host').conditions = { loss: 1 };
  const before = host.connection.stats().packetsSent;
  network.touch('host');
  network.runFor(0);
  const strays = 64;
  for (let i = 0; i < strays; i++) {
    const bytes = forgeDatagram(pair, 1000 + i, '01');
    host.connection.handleDatagram(network.nowMs, bytes, 0, bytes.length);
    network.touch('host');
    network.runFor(0);
  }
  // The first CLOSE, then one for strays 1, 2, 4 ... 64.
  assert.equal(host.connection.stats().packetsSent - before, 1 + 7);
  network.runFor(60_000);
  assert.equal(host.connection.isDrained, true);
  const late = forgeDatagram(pair, 3000, '01');
  assert.equal(host.connection.handleDatagram(network.nowMs, late, 0, late.length), false);
  assert.equal(host.connection.drops['after-close'], 1);
});
