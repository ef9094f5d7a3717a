import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utf8 } from '../base/bytes.ts';
import { readQlog } from '../protocol/paperclip/qlog-schema.fixture.ts';
import { type World, world } from './world.ts';

const channels = { moves: 'reliable-ordered', state: 'unreliable-sequenced' } as const;

/** What a host hears of ten messages, and when. */
function ledger(net: World): string[] {
  const heard: string[] = [];
  const host = net.listen({ channels });
  host.onLink = (link) => {
    heard.push(`${net.nowMs} link`);
    link.onMessage = (channel, message) => heard.push(`${net.nowMs} ${channel} ${message[0]}`);
  };
  const link = net.dial(host);
  for (let i = 0; i < 10; i++) {
    link.send('moves', Uint8Array.of(i));
    link.flush();
    net.runFor(30);
  }
  net.runFor(5000);
  return heard;
}

test('a link comes to be, carries messages and ends on both sides', () => {
  const net = world({ seed: 7, loss: 0.05, delayMs: 50, jitterMs: 10 });
  const host = net.listen({ channels });
  const link = net.dial(host);
  let delivered = 0;
  link.send('moves', Uint8Array.of(1), { onDelivered: () => delivered++ });
  net.runFor(1000);
  const [theirs] = host.links;
  assert.equal(delivered, 1);
  assert.equal(theirs?.isOpen, true);
  const ends: string[] = [];
  theirs.onEnd = (end) => ends.push(end.kind);
  link.onEnd = (end) => ends.push(end.kind);
  link.close(0, 'done');
  net.runFor(40_000);
  assert.deepEqual(ends, ['closed-here', 'closed-by-peer']);
});

test('equal seeds give equal worlds, and others give others', () => {
  const conditions = { loss: 0.2, delayMs: 50, jitterMs: 30, reorder: 0.1 };
  const first = ledger(world({ seed: 1, ...conditions }));
  assert.equal(first.length, 11);
  assert.deepEqual(ledger(world({ seed: 1, ...conditions })), first);
  assert.notDeepEqual(ledger(world({ seed: 2, ...conditions })), first);
});

test('a dial to a host of other channels fails with its reason', () => {
  const net = world({ delayMs: 5 });
  const host = net.listen({ channels });
  assert.throws(() => net.dial(host, { channels: { other: 'unreliable' } }), /refused/);
  assert.equal(host.links.length, 0);
});

test('a dial into a dead network gives up', () => {
  const net = world({ loss: 1 });
  const host = net.listen({ channels });
  assert.throws(() => net.dial(host), /handshake-timed-out/);
});

test('many players share one host', () => {
  const net = world({ seed: 3, loss: 0.1, delayMs: 20 });
  const host = net.listen({ channels });
  host.onLink = (link) => {
    link.onMessage = (channel, message) => link.send(channel, message);
  };
  const echoes = new Array<number>(20).fill(0);
  const players = echoes.map((_, i) => {
    const player = net.startDial(host);
    return { player, i };
  });
  assert.ok(net.runUntil(() => players.every(({ player }) => player.link !== undefined), 60_000));
  for (const { player, i } of players) {
    player.link!.onMessage = (_channel, message) => {
      echoes[i]! += message[0]!;
    };
    player.link!.send('moves', Uint8Array.of(i));
  }
  net.runFor(10_000);
  assert.deepEqual(echoes, [...echoes.keys()]);
});

test('a host that answers inside its events still hears that a player has gone', () => {
  const net = world({ delayMs: 5 });
  const host = net.listen({ channels });
  const link = net.dial(host);
  link.send('moves', Uint8Array.of(1));
  net.runFor(1000);
  const [theirs] = host.links;
  let end: string | undefined;
  assert.ok(theirs);
  theirs.onEnd = ({ kind }) => {
    end = kind;
  };
  theirs.onMessage = (channel, message) => {
    // Nothing reaches the host any more: only its own timers can tell it.
    net.network.link('player-1', host.address).conditions = { loss: 1 };
    theirs.send(channel, message);
    theirs.flush();
  };
  link.send('moves', Uint8Array.of(2));
  net.runFor(120_000);
  assert.equal(end, 'timed-out');
});

test('equal worlds leave equal traces, one of each end', () => {
  const run = (seed: number) => {
    const texts = new Map<string, string>();
    const trace = (name: string) => ({
      write: (record: string) => texts.set(name, (texts.get(name) ?? '') + record),
      end: () => texts.set(name, `${texts.get(name)}end`),
    });
    const net = world({ seed, delayMs: 20, loss: 0.1, reorder: 0.2, trace });
    const host = net.listen({ channels });
    const link = net.dial(host);
    for (let i = 0; i < 50; i++) {
      link.send('moves', Uint8Array.of(i));
      net.runFor(30);
    }
    link.close();
    net.runFor(20_000);
    return texts;
  };
  const traces = run(1);
  assert.deepEqual(run(1), traces);
  assert.notDeepEqual(run(2), traces);
  const names = [...traces.keys()].map((name) => name.replace(/^[-0-9a-f]{17}_/, ''));
  assert.deepEqual(names.toSorted(), ['client.sqlog', 'host.sqlog']);
  for (const text of traces.values()) {
    assert.ok(text.endsWith('end'));
    assert.ok(readQlog(utf8(text.slice(0, -3))).length > 100);
  }
});
