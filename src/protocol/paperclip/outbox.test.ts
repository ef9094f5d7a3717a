// Which channel's messages a packet carries when there is more to send than the path takes.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Deque } from '../../base/ring.ts';
import { FrameReader, framesEnd } from '../../codec/paperclip/frames.ts';
import { createSodiumCrypto } from '../../driver/crypto-sodium.ts';
import { nodeDeflate } from '../../driver/node-deflate.ts';
import { planChannels } from './channel-plan.ts';
import { localParameters } from './endpoint-output.ts';
import { protocolLimits } from './limits.ts';
import { Outbox } from './outbox.ts';
import { PacketBuilder } from './packet-builder.ts';

const [reliable, unreliable] = [0, 1];

function bench() {
  const channels = planChannels({ reliable: 'reliable-ordered', state: 'unreliable-sequenced' });
  const remote = localParameters(createSodiumCrypto(), channels, {});
  const outbox = new Outbox({ channels, remote, deflate: nodeDeflate }, new Deque());
  const packet = new PacketBuilder(1200);
  const frames = new FrameReader();
  return {
    send: (channel: number, length: number) =>
      outbox.send(0, channel, new Uint8Array(length), undefined),
    /** The channels of the next packet's messages. */
    next: (): number[] => {
      packet.begin(0);
      outbox.write(0, packet);
      const held: number[] = [];
      frames.reset(packet.bytes, 0, packet.at);
      while (frames.next() !== framesEnd) held.push(frames.channel);
      return held;
    },
  };
}

test('unreliable messages go first', () => {
  const { send, next } = bench();
  send(reliable, 10);
  send(unreliable, 10);
  assert.deepEqual(next(), [unreliable, reliable]);
});

test('a flood of unreliable messages does not starve reliable ones', () => {
  const { send, next } = bench();
  for (let i = 0; i < 3; i++) send(reliable, 1000);
  const firsts: (number | undefined)[] = [];
  for (let i = 0; i < 3 * (protocolLimits.packetsPassedOverMax + 1); i++) {
    send(unreliable, 1100);
    send(unreliable, 1100);
    firsts.push(next()[0]);
  }
  const turn = [...new Array(protocolLimits.packetsPassedOverMax).fill(unreliable), reliable];
  assert.deepEqual(firsts, [...turn, ...turn, ...turn]);
});

test('packets that nothing reliable waited for do not count', () => {
  const { send, next } = bench();
  for (let i = 0; i < 9; i++) {
    send(unreliable, 1100);
    send(unreliable, 1100);
    assert.deepEqual(next(), [unreliable]);
  }
  send(reliable, 1000);
  assert.deepEqual(next(), [unreliable]);
});
