// Data packets as one receiver gets them, in order, with what it makes of each: for whoever writes
// a second implementation from the paper, docs/protocol/vectors/packets.json.
// After a deliberate change of the bytes: UPDATE_VECTORS=1 node --test <this file>

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { env } from 'node:process';
import { test } from 'node:test';
import { fromHex, toHex } from '../../base/bytes.ts';
import { packetNumberLength } from '../../base/sequence.ts';
import { writePacketHeader } from '../../codec/paperclip/packet.ts';
import { createSodiumCrypto } from '../../driver/crypto-sodium.ts';
import { nodeDeflate } from '../../driver/node-deflate.ts';
import { dropReasons } from './drops.ts';
import { localParameters } from './endpoint-output.ts';
import { KeySchedule } from './key-schedule.ts';
import { PacketReceiver } from './packet-receiver.ts';

const file = new URL('../../../docs/protocol/vectors/packets.json', import.meta.url);
const destinationConnectionId = 0x11223344;
const key = Uint8Array.from({ length: 32 }, (_, i) => i);

interface Sent {
  readonly name: string;
  readonly packetNumber: number;
  /** What the sender knows to be acknowledged, which decides the length of the number. */
  readonly largestAcked: number;
  readonly frames: string;
}

const hello = '1000000568656c6c6f';
const sent: readonly Sent[] = [
  { name: 'the first', packetNumber: 0, largestAcked: -1, frames: '01' },
  { name: 'a message', packetNumber: 1, largestAcked: 0, frames: hello },
  { name: 'a number in one byte', packetNumber: 128, largestAcked: 0, frames: '01' },
  { name: 'a number in two', packetNumber: 129, largestAcked: 0, frames: '01' },
  { name: 'late, and still in the window', packetNumber: 100, largestAcked: 1, frames: '01' },
  { name: 'a number in three', packetNumber: 40_000, largestAcked: 129, frames: '01' },
  { name: 'a number in four', packetNumber: 9_000_000, largestAcked: 40_000, frames: '01' },
  {
    name: 'past 2^32, low bytes alone',
    packetNumber: 2 ** 32,
    largestAcked: 2 ** 32 - 9,
    frames: '01',
  },
];

function makeVectors(): object {
  const crypto = createSodiumCrypto();
  const parameters = localParameters(crypto, [], {});
  const setup = {
    role: 'host' as const,
    channels: [],
    local: parameters,
    remote: parameters,
    localConnectionId: destinationConnectionId,
    remoteConnectionId: 1,
    crypto,
    deflate: nodeDeflate,
    sealKey: new Uint8Array(32),
    openKey: key,
  };
  const seal = (one: Sent): Uint8Array => {
    const frames = fromHex(one.frames)!;
    const bytes = new Uint8Array(9 + frames.length + 16);
    const length = packetNumberLength(one.packetNumber, one.largestAcked);
    const start = writePacketHeader(bytes, 0, 0, destinationConnectionId, one.packetNumber, length);
    const end = crypto
      .aeadKey(key)
      .seal(bytes, start, frames, 0, frames.length, one.packetNumber, bytes, 0, start);
    return bytes.slice(0, end);
  };
  const datagrams = sent.map((one) => ({ ...one, datagram: seal(one) }));
  const [first, message] = datagrams;
  const changed = (from: Uint8Array, at: number): Uint8Array =>
    from.map((byte, i) => (i === at ? byte ^ 1 : byte));
  const [, , ...rest] = datagrams;
  const received = [
    { name: 'cut short', datagram: first!.datagram.subarray(0, 22) },
    { name: 'a bit of the tag flipped', datagram: changed(first!.datagram, 20) },
    first!,
    { name: 'the first again', datagram: first!.datagram },
    { name: 'a bit of the header flipped', datagram: changed(message!.datagram, 0) },
    { name: 'no data packet', datagram: message!.datagram.with(0, 0x12) },
    { name: 'for another connection', datagram: changed(message!.datagram, 4) },
    message!,
    ...rest.slice(0, 4),
    {
      name: 'behind the replay window',
      datagram: seal({ name: '', packetNumber: 38_976, largestAcked: 129, frames: '01' }),
    },
  ];
  const story = (story: readonly { name: string; datagram: Uint8Array }[], firstNumber: number) => {
    const receiver = new PacketReceiver(
      { ...setup, firstPacketNumber: firstNumber },
      new KeySchedule(setup, 0, { ptoMs: 100, largestAcked: -1 }),
    );
    return story.map(({ datagram, ...about }) => {
      const isOpened = receiver.open(0, datagram, 0, datagram.length);
      const { packetNumber, end, lastDrop } = receiver;
      const outcome = isOpened
        ? { opened: { packetNumber, frames: toHex(receiver.bytes.subarray(0, end)) } }
        : { dropped: lastDrop };
      return { ...about, datagram: toHex(datagram), ...outcome };
    });
  };
  return {
    key: toHex(key),
    destinationConnectionId,
    received: story(received, 0),
    fromNumber8388608On: story(rest.slice(4, 5), 8_388_608),
    fromNumber4294967291On: story(rest.slice(5), 2 ** 32 - 5),
  };
}

test('the packets are those of docs/protocol/vectors/packets.json', () => {
  const made = `${JSON.stringify(makeVectors(), undefined, 1)}\n`;
  if (env['UPDATE_VECTORS'] === '1') writeFileSync(file, made);
  assert.equal(readFileSync(file, 'utf8'), made);
});

test('they show every length of a number, and what is dropped for each reason but two', () => {
  const text = readFileSync(file, 'utf8');
  const shown = dropReasons.filter((reason) => text.includes(`"dropped": "${reason}"`));
  assert.deepEqual(
    dropReasons.filter((reason) => !shown.includes(reason)),
    ['key-not-in-use', 'after-close'],
  );
});
