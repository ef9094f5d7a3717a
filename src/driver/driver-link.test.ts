import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Link } from '../protocol/link.ts';
import { world } from '../testing/index.ts';

const channels = { moves: 'reliable-ordered', state: 'unreliable' } as const;

function linked(): { net: ReturnType<typeof world>; link: Link; hostLink: Link } {
  const net = world({ seed: 1, delayMs: 10 });
  const host = net.listen({ channels });
  const link = net.dial(host);
  net.runFor(100);
  return { net, link, hostLink: host.links[0]! };
}

test('a callback of a lost message finds the link closed, and may ask before it sends again', () => {
  const { net, link, hostLink } = linked();
  const seen: string[] = [];
  link.send('moves', Uint8Array.of(1), {
    onLost: (reason) => {
      seen.push(`${reason}, open: ${link.isOpen}`);
      if (link.isOpen) link.send('moves', Uint8Array.of(1));
    },
  });
  net.network.link('player-1', 'host-1').conditions = { loss: 1 };
  hostLink.close();
  net.runFor(100);
  assert.deepEqual(seen, ['ended, open: false']);
  assert.equal(link.isOpen, false);
});

test('who waits for room is not told of it by a link that is ending', () => {
  const { net, link } = linked();
  let told = 0;
  let room = true;
  while (room) room = link.send('moves', new Uint8Array(100_000));
  link.onWritable = () => {
    told += 1;
    link.send('moves', Uint8Array.of(1));
  };
  link.close();
  net.runFor(100);
  assert.equal(told, 0);
});

test('a close with a code that cannot be throws, and closes nothing', () => {
  const { net, link } = linked();
  assert.throws(() => link.close(70_000), /code/);
  assert.equal(link.isOpen, true);
  let end: unknown;
  link.onEnd = (given) => {
    end = given;
  };
  link.close(7, 'now');
  assert.equal(link.isOpen, false);
  net.runFor(100);
  assert.deepEqual(end, { kind: 'closed-here', code: 7, reason: 'now' });
});

test('a message that is not bytes is refused at once, and counts for nothing', () => {
  const { link } = linked();
  for (const wrong of ['text', [1, 2], new Uint16Array(2), new DataView(new ArrayBuffer(3))]) {
    // Boundary: what a program in plain JavaScript can pass.
    assert.throws(() => link.send('moves', wrong as unknown as Uint8Array), /Uint8Array/);
  }
  assert.equal(link.send('moves', Buffer.from('bytes')), true);
  assert.equal(link.stats().queuedBytes, 5);
});

test('a time to live that is not a number above 0 is refused', () => {
  const { link } = linked();
  for (const wrong of [0, -1, Number.NaN, '5']) {
    // Boundary: what a program in plain JavaScript can pass.
    const ttlMs = wrong as unknown as number;
    assert.throws(() => link.send('state', new Uint8Array(1), { ttlMs }), /ttlMs/);
  }
});
