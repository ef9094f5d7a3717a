import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { env } from 'node:process';
import { test } from 'node:test';
import { toHex } from '../../base/bytes.ts';
import { writePacketHeader } from '../../codec/paperclip/packet.ts';
import { createSodiumCrypto } from '../../driver/crypto-sodium.ts';
import { type ConnectionPair, connectionPair } from '../../testing/connection-pair.ts';
import type { AeadKey } from '../crypto.ts';
import { errorCodes } from './error-codes.ts';
import { KeySchedule, nextKey } from './key-schedule.ts';
import { protocolLimits } from './limits.ts';
import type { KeyLimits } from './parameters.ts';

const crypto = createSodiumCrypto();
const ours = new Uint8Array(32).fill(1);
const theirs = new Uint8Array(32).fill(2);
const bytesOf = (...keys: (AeadKey | undefined)[]): string[] =>
  keys.map((key) => {
    if (key === undefined) return 'none';
    const tag = new Uint8Array(16);
    key.seal(tag, 0, tag, 0, 0, 0, tag, 0, 0);
    return toHex(tag);
  });

/** The keys of one direction, oldest first, shown by what they do to nothing. */
function chain(first: Uint8Array, count: number): string[] {
  const tags: string[] = [];
  for (let key = first, i = 0; i < count; i++, key = nextKey(crypto, key)) {
    tags.push(...bytesOf(crypto.aeadKey(key)));
  }
  return tags;
}

const timing = { ptoMs: 100, largestAcked: -1 };
const schedule = (keyLimits: KeyLimits = {}, of = { ...timing }): KeySchedule =>
  new KeySchedule({ crypto, sealKey: ours, openKey: theirs, keyLimits }, 0, of);

test('the derived keys are those of docs/protocol/vectors/key-update.json', () => {
  const file = new URL('../../../docs/protocol/vectors/key-update.json', import.meta.url);
  const keys: Uint8Array[] = [Uint8Array.from({ length: 32 }, (_, i) => i)];
  for (let i = 0; i < 3; i++) keys.push(nextKey(crypto, keys[i]!));
  const plain = Uint8Array.of(0x01);
  const packets = keys.map((key, phase) => {
    const number = 0xfffe + phase;
    const bytes = new Uint8Array(7 + plain.length + 16);
    const at = writePacketHeader(bytes, 0, phase & 1, 0x11223344, number, 2);
    bytes.set(plain, at);
    crypto.aeadKey(key).seal(bytes, at, bytes, at, at + plain.length, number, bytes, 0, at);
    return { keyPhase: phase & 1, packetNumber: number, frames: '01', datagram: toHex(bytes) };
  });
  const made = {
    about: 'A key of one direction, the three that follow it, and a PING sealed with each of them.',
    label: 'paperclip 1 key update',
    destinationConnectionId: 0x11223344,
    keys: keys.map(toHex),
    packets,
  };
  const text = `${JSON.stringify(made, undefined, 1)}\n`;
  if (env['UPDATE_VECTORS'] === '1') writeFileSync(file, text);
  assert.equal(readFileSync(file, 'utf8'), text);
});

test('late packets of the phase before open for 3 PTO, and then they are given up', () => {
  const keys = schedule();
  const [first, second, third] = chain(theirs, 3);
  keys.onOpened(0, 0, 0);
  keys.onSealed(0);
  keys.onOpened(1000, 1, 10);
  assert.deepEqual(bytesOf(keys.readKeyFor(1000, 0, 9)), [first]);
  assert.deepEqual(bytesOf(keys.readKeyFor(1299, 0, 9)), [first]);
  assert.deepEqual(bytesOf(keys.readKeyFor(1299, 1, 11)), [second]);
  assert.deepEqual(bytesOf(keys.readKeyFor(1300, 0, 9)), ['none']);
  // From the switch on, the other phase can only be the next one.
  assert.deepEqual(bytesOf(keys.readKeyFor(1300, 0, 11)), [third]);
});

test('the switch moves down when an earlier packet of the new phase comes late', () => {
  const keys = schedule();
  const [first, second, third] = chain(theirs, 3);
  keys.onOpened(0, 0, 0);
  keys.onSealed(0);
  keys.onOpened(0, 1, 12);
  assert.deepEqual(bytesOf(keys.readKeyFor(0, 0, 11)), [first]);
  assert.deepEqual(bytesOf(keys.readKeyFor(0, 1, 10)), [second]);
  keys.onOpened(0, 1, 10);
  assert.deepEqual(bytesOf(keys.readKeyFor(0, 0, 9)), [first]);
  assert.deepEqual(bytesOf(keys.readKeyFor(0, 0, 11)), [third]);
});

test('asking for a key changes nothing, so a forged phase leads nowhere', () => {
  const keys = schedule();
  const [first, second] = chain(theirs, 2);
  // Before anything was authentic, nobody can have changed a key.
  assert.deepEqual(bytesOf(keys.readKeyFor(0, 1, 0)), ['none']);
  keys.onOpened(0, 0, 5);
  for (let i = 0; i < 100; i++) {
    assert.deepEqual(bytesOf(keys.readKeyFor(0, 1, 6 + i)), [second]);
  }
  assert.deepEqual(bytesOf(keys.readKeyFor(0, 0, 6)), [first]);
  assert.equal(keys.updates, 0);
});

test('an answer to an update changes the own key once, also when both began', () => {
  const answering = schedule();
  answering.onOpened(0, 0, 0);
  answering.onSealed(0);
  answering.onOpened(0, 1, 1);
  assert.deepEqual([answering.writePhase, answering.updates], [1, 1]);

  const both = schedule({ packetsMax: 1 }, { ptoMs: 100, largestAcked: 0 });
  both.onOpened(0, 0, 0);
  both.onSealed(0);
  both.beforePacket(0);
  assert.deepEqual([both.writePhase, both.updates], [1, 1]);
  both.onOpened(0, 1, 1);
  assert.deepEqual([both.writePhase, both.updates, both.isBroken], [1, 1, false]);
  assert.deepEqual(bytesOf(both.writeKey), [chain(ours, 2)[1]]);
});

test('an update waits for an acknowledgement in the phase, for the answer and for late packets', () => {
  const now = { ptoMs: 100, largestAcked: -1 };
  const keys = schedule({ packetsMax: 3 }, now);
  keys.onOpened(0, 0, 0);
  const seal = (number: number) => {
    keys.beforePacket(0);
    keys.onSealed(number);
  };
  for (let number = 0; number < 5; number++) seal(number);
  assert.equal(keys.updates, 0, 'nothing was acknowledged');
  now.largestAcked = 0;
  seal(5);
  assert.equal(keys.updates, 1);
  now.largestAcked = 4;
  for (let number = 6; number < 20; number++) seal(number);
  assert.equal(keys.updates, 1, 'nothing of the new phase was acknowledged');
  now.largestAcked = 19;
  seal(20);
  assert.equal(keys.updates, 1, 'the peer has not answered');
  keys.onOpened(0, 1, 1);
  seal(21);
  assert.equal(keys.updates, 1, 'late packets may still come');
  keys.beforePacket(300);
  assert.equal(keys.updates, 2);
});

test('a key that has sealed little is changed after an hour', () => {
  const keys = schedule({}, { ptoMs: 100, largestAcked: 0 });
  keys.onOpened(0, 0, 0);
  keys.onSealed(0);
  keys.beforePacket(protocolLimits.keyAgeMsMax - 1);
  assert.equal(keys.updates, 0);
  keys.beforePacket(protocolLimits.keyAgeMsMax);
  assert.equal(keys.updates, 1);
});

test('a peer that changes its key twice without a word from us has broken the rules', () => {
  const keys = schedule();
  keys.onOpened(0, 0, 0);
  keys.onSealed(0);
  keys.onOpened(0, 1, 1);
  assert.equal(keys.isBroken, false);
  keys.onOpened(0, 0, 2);
  assert.equal(keys.isBroken, true);
});

test('a peer that begins a phase below packets of the one before has broken the rules', () => {
  const keys = schedule();
  keys.onOpened(0, 0, 0);
  keys.onOpened(0, 0, 9);
  keys.onSealed(0);
  keys.onOpened(0, 1, 5);
  assert.equal(keys.isBroken, true);
});

/** Echoes until `count` numbered messages have come back, and returns them. */
function echo(pair: ConnectionPair, count: number): number[] {
  const { client, host, network } = pair;
  const back: number[] = [];
  host.onEvent = (event) => {
    if (event.type !== 'message') return;
    host.send(0, event.message);
    host.flush();
  };
  client.onEvent = (event) => {
    if (event.type === 'message') back.push(new DataView(event.message.buffer).getUint32(0));
  };
  for (let i = 0; i < count; i++) {
    network.after(i * 5, () => {
      const message = new Uint8Array(4);
      new DataView(message.buffer).setUint32(0, i);
      client.send(0, message);
      client.flush();
    });
  }
  assert.ok(
    network.runUntil(() => back.length === count, 120_000),
    `${back.length} came back`,
  );
  return back;
}

const counted = (count: number) => Array.from({ length: count }, (_, i) => i);
const channels = { moves: 'reliable-ordered' } as const;

for (const [name, conditions] of [
  ['a quiet path', { delayMs: 10 }],
  ['loss', { delayMs: 10, loss: 0.1 }],
  ['reordering', { delayMs: 10, reorder: 0.3, reorderMs: 30 }],
  ['duplicates and flipped bits', { delayMs: 10, duplicate: 0.1, corrupt: 0.05 }],
] as const) {
  test(`both ends change their keys again and again over ${name}, and nothing is lost`, () => {
    for (const seed of [1, 2, 3]) {
      const pair = connectionPair({ seed, ...conditions, channels, keyLimits: { packetsMax: 20 } });
      assert.deepEqual(echo(pair, 400), counted(400));
      for (const { connection } of [pair.client, pair.host]) {
        const { keyUpdates, drops } = connection.stats();
        assert.ok(keyUpdates >= 3, `${keyUpdates} updates`);
        if (!('corrupt' in conditions)) assert.equal(drops['aead-failed'], 0);
        assert.equal(drops['key-not-in-use'], 0);
      }
      const [a, b] = [pair.client, pair.host].map((side) => side.connection.stats().keyUpdates);
      assert.ok(Math.abs(a! - b!) <= 1, `${a} and ${b} updates`);
    }
  });
}

test('keys change at packet numbers past 2^31 and 2^32 as anywhere else', () => {
  for (const edge of [2 ** 31, 2 ** 32, 2 ** 40]) {
    const pair = connectionPair({
      seed: edge,
      delayMs: 10,
      loss: 0.05,
      reorder: 0.1,
      channels,
      keyLimits: { packetsMax: 25 },
      firstPacketNumber: edge - 150,
    });
    assert.deepEqual(echo(pair, 400), counted(400));
    const { keyUpdates, packetsSent, drops } = pair.client.connection.stats();
    assert.ok(
      packetsSent > 300 && keyUpdates >= 3,
      `${packetsSent} packets, ${keyUpdates} updates`,
    );
    assert.equal(drops['aead-failed'], 0);
  }
});

test('a connection that has used up its packet numbers ends and says so', () => {
  const firstPacketNumber = protocolLimits.packetNumberMax - 40;
  const pair = connectionPair({ delayMs: 5, channels, firstPacketNumber });
  for (let i = 0; i < 100; i++) {
    pair.network.after(i, () => {
      if (!pair.client.connection.isOpen) return;
      pair.client.send(0, Uint8Array.of(i));
      pair.client.flush();
    });
  }
  pair.network.runFor(1000);
  const end = pair.client.takeEvents().find((event) => event.type === 'ended');
  assert.ok(end?.type === 'ended' && end.end.kind === 'protocol-error');
  assert.equal(end.end.code, errorCodes.PACKET_NUMBERS.code);
});

test('somebody on the path who flips phase bits and sends old packets again changes no key', () => {
  const pair = connectionPair({ seed: 9, delayMs: 10, channels, keyLimits: { packetsMax: 40 } });
  const old: Uint8Array[] = [];
  for (const side of [pair.client, pair.host]) {
    const handle = side.handleDatagram.bind(side);
    side.handleDatagram = (nowMs, from, bytes) => {
      const flipped = bytes.slice();
      flipped[0]! ^= 0x04;
      // The forgery comes first, the true packet after it, then one of long ago.
      handle(nowMs, from, flipped);
      handle(nowMs, from, bytes);
      old.push(bytes.slice());
      if (old.length > 90) handle(nowMs, from, old.shift()!);
    };
  }
  assert.deepEqual(echo(pair, 400), counted(400));
  const [a, b] = [pair.client, pair.host].map((side) => side.connection.stats());
  assert.ok(a!.keyUpdates >= 5 && Math.abs(a!.keyUpdates - b!.keyUpdates) <= 1);
  assert.ok(a!.invalidPackets > 300);
});

test('a flood of forged phases costs no key, and ends the connection only at its limit', () => {
  const aeadFailuresMax = 200;
  const pair = connectionPair({ delayMs: 5, channels, keyLimits: { aeadFailuresMax } });
  assert.deepEqual(echo(pair, 20), counted(20));
  const { connection } = pair.host;
  const forge = (phase: number, number: number) => {
    const bytes = new Uint8Array(40);
    writePacketHeader(bytes, 0, phase, 0x05705705, number, 4);
    connection.handleDatagram(pair.network.nowMs, bytes, 0, bytes.length);
  };
  for (let i = 0; i < aeadFailuresMax - 1; i++) forge(i & 1, 5000 + i);
  assert.equal(connection.isOpen, true);
  const { keyUpdates, invalidPackets } = connection.stats();
  assert.deepEqual([keyUpdates, invalidPackets], [0, aeadFailuresMax - 1]);
  forge(1, 6000);
  assert.equal(connection.isOpen, false);
});
