// The same promises, with the connection made by the true handshake over the same bad network.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../src/base/prng.ts';
import type { ChannelMode, Link } from '../../src/protocol/link.ts';
import { world } from '../../src/testing/index.ts';
import { channelModes, channelPlan, randomConditions, TrafficEnd } from './traffic.ts';

const seeds =
  process.env['PAPERCLIP_SEED'] === undefined
    ? Array.from({ length: 200 }, (_, i) => i)
    : [Number(process.env['PAPERCLIP_SEED'])];

const settleMsMax = 180_000;
const messageBytesMax = 20_000;

function attach(link: Link, seed: number, name: string): TrafficEnd {
  const random = seededRandom('handshake traffic', seed, name);
  const traffic = new TrafficEnd(random, messageBytesMax, (channel, message, handle) =>
    link.send(channelModes[channel]!, message, {
      onDelivered: () => traffic.onEvent({ type: 'delivered', messageHandle: handle }),
      onLost: (reason) => traffic.onEvent({ type: 'lost', messageHandle: handle, reason }),
    }),
  );
  link.onMessage = (channel, message) =>
    traffic.onEvent({
      type: 'message',
      channel: channelModes.indexOf(channel as ChannelMode),
      message,
    });
  link.onEnd = (end) => traffic.onEvent({ type: 'ended', end });
  return traffic;
}

/** False when the network was too bad for the handshake, which gives up after a while. */
function simulate(seed: number): boolean {
  const random = seededRandom('handshake', seed);
  const net = world({ ...randomConditions(random), seed });
  const theirs: TrafficEnd[] = [];
  const host = net.listen({
    channels: channelPlan(messageBytesMax),
    onLink: (link) => theirs.push(attach(link, seed, 'host')),
  });
  const player = net.startDial(host);
  net.runUntil(() => player.link !== undefined || player.end !== undefined, 60_000);
  if (player.link === undefined) {
    assert.equal(player.end?.kind, 'handshake-timed-out');
    return false;
  }
  const ours = attach(player.link, seed, 'client');
  for (let i = 0; i < 20; i++) {
    for (const end of [ours, ...theirs]) if (random.chance(0.7)) end.sendSome();
    net.runFor(random.below(60));
  }
  const isSettled = () => theirs.length === 1 && [ours, ...theirs].every((end) => end.isSettled);
  assert.ok(net.runUntil(isSettled, settleMsMax), 'all is settled, with one link');
  assert.equal(ours.endCount + theirs[0]!.endCount, 0, 'nobody gives up');
  ours.checkAgainst(theirs[0]!);
  theirs[0]!.checkAgainst(ours);
  player.link.close();
  const isOver = () => player.endpoint.isDrained && host.endpoint.connectionCount === 0;
  assert.ok(net.runUntil(isOver, 60_000), 'both ends forget the connection');
  return true;
}

test(`a handshake and all that follows, over ${seeds.length} bad networks`, () => {
  let connected = 0;
  for (const seed of seeds) {
    try {
      if (simulate(seed)) connected += 1;
    } catch (error) {
      throw new Error(`seed ${seed} fails (PAPERCLIP_SEED=${seed} runs it alone)`, {
        cause: error,
      });
    }
  }
  assert.ok(connected >= 0.9 * seeds.length, `${connected} of ${seeds.length} connected`);
});
