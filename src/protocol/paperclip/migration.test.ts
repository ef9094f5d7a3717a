// Clients that move, and strangers who make it look as if: the true endpoints in virtual time.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type World, type WorldPlayer, world } from '../../testing/world.ts';
import type { Link } from '../link.ts';
import { protocolLimits } from './limits.ts';

const channels = { moves: 'reliable-ordered', state: 'unreliable' } as const;

function playing(options: Parameters<typeof world>[0] = {}) {
  const net = world({ seed: 1, delayMs: 25, ...options });
  const host = net.listen({ channels });
  const player = net.startDial(host);
  assert.ok(net.runUntil(() => host.links.length === 1 && player.link !== undefined, 5000));
  return { net, host, player, link: player.link!, hostLink: host.links[0]! };
}

/** Numbers sent both ways, 20 times a second each; what came is checked for order and number. */
function talk(net: World, ends: readonly [Link, Link]): { sent: number; check: () => void } {
  const count = { sent: 0, check: () => {} };
  const came = ends.map((link) => {
    const numbers: number[] = [];
    link.onMessage = (channel, message) => {
      if (channel === 'moves') numbers.push(message[0]! + 256 * message[1]!);
    };
    return numbers;
  });
  const say = (): void => {
    const message = Uint8Array.of(count.sent & 255, count.sent >> 8, ...new Array(60).fill(0));
    count.sent += 1;
    for (const link of ends) {
      link.send('moves', message);
      link.flush();
    }
    if (count.sent < 20 * 60) net.network.after(50, say);
  };
  say();
  count.check = () => {
    const all = Array.from({ length: count.sent }, (_, i) => i);
    for (const numbers of came) assert.deepEqual(numbers, all);
  };
  return count;
}

test('a new port every 5 seconds for a minute: nothing is lost, and the round trip stays known', () => {
  const { net, player, link, hostLink } = playing();
  const ledger = talk(net, [link, hostLink]);
  let interruptions = 0;
  for (const end of [link, hostLink]) end.onInterrupted = () => interruptions++;
  const rtts: number[] = [];
  for (let port = 2; port <= 12; port++) {
    net.runFor(5000);
    player.move(`player-1:${port}`);
    net.runFor(200);
    rtts.push(hostLink.stats().srttMs);
  }
  net.runFor(10_000);
  ledger.check();
  assert.equal(ledger.sent, 1200);
  assert.equal(interruptions, 0);
  for (const rtt of rtts) assert.ok(rtt > 49 && rtt < 75, `${rtt} ms`);
  assert.equal(hostLink.stats().addressChanges, 11);
  assert.ok(hostLink.isOpen && link.isOpen);
});

test('the same over loss, jitter and reordering', () => {
  const { net, player, link, hostLink } = playing({
    seed: 7,
    loss: 0.1,
    jitterMs: 20,
    reorder: 0.1,
  });
  const ledger = talk(net, [link, hostLink]);
  for (let port = 2; port <= 12; port++) {
    net.runFor(5000);
    player.move(`player-1:${port}`);
  }
  net.runFor(30_000);
  ledger.check();
});

test('another host begins with a new window and a new round trip, the same host does not', () => {
  const { net, host, player, hostLink } = playing();
  const message = new Uint8Array(100_000);
  for (let i = 0; i < 20; i++) {
    hostLink.send('moves', message);
    net.runFor(200);
  }
  const grown = hostLink.stats().congestionWindowBytes;
  assert.ok(grown > 50_000);
  player.move('player-1:2');
  player.link?.send('moves', Uint8Array.of(1));
  net.runFor(200);
  const ported = hostLink.stats();
  assert.equal(ported.addressChanges, 1);
  assert.ok(ported.congestionWindowBytes >= grown / 2 && ported.rttMinMs > 49);
  player.move('phone:1');
  // Farther away than before.
  for (const [from, to] of [
    [host.address, 'phone:1'],
    ['phone:1', host.address],
  ] as const) {
    net.network.link(from, to).conditions = { delayMs: 75 };
  }
  player.link?.send('moves', Uint8Array.of(2));
  net.runFor(1000);
  const hosted = hostLink.stats();
  assert.equal(hosted.addressChanges, 2);
  assert.ok(hosted.congestionWindowBytes < grown / 2);
  for (let i = 0; i < 10; i++) {
    hostLink.send('state', Uint8Array.of(1));
    net.runFor(300);
  }
  assert.ok(hostLink.stats().rttMinMs > 149);
});

/** Every datagram of the player's goes to the host as from `thief` too, and arrives first. */
function copyFrom(net: World, player: WorldPlayer, host: { address: string }): void {
  const out = net.network.link(player.address, host.address);
  const send = out.send.bind(out);
  net.network.add('thief', new Thief());
  out.send = (nowMs, bytes, length) => {
    net.network.link('thief', host.address).send(nowMs, bytes, length);
    send(nowMs, bytes, length);
  };
  net.network.link('thief', host.address).conditions = { delayMs: 5 };
}

class Thief {
  handleDatagram(): void {}
  handleTimeout(): void {}
  drain(): number {
    return Number.POSITIVE_INFINITY;
  }
}

test('who copies packets and is always first steals some turns, but not the link', () => {
  const { net, host, player, link, hostLink } = playing();
  const ledger = talk(net, [link, hostLink]);
  net.runFor(1000);
  copyFrom(net, player, host);
  const stolen = net.network.link(host.address, 'thief').counts;
  const copied = net.network.link('thief', host.address);
  let bytes = 0;
  const toThief = net.network.link(host.address, 'thief');
  const send = toThief.send.bind(toThief);
  toThief.send = (nowMs, datagram, length) => {
    bytes += length;
    send(nowMs, datagram, length);
  };
  net.runFor(58_000);
  assert.ok(copied.counts.sent > 1000);
  // Of the host's datagrams: a proof that fails takes a second, and then 5 seconds pass.
  const all = hostLink.stats().packetsSent;
  assert.ok(stolen.sent > 10 && stolen.sent < 0.5 * all, `${stolen.sent} of ${all}`);
  assert.ok(bytes < 3 * copied.counts.sent * 110, `${bytes} bytes`);
  assert.equal(hostLink.stats().addressChanges, 0);
  net.runFor(30_000);
  ledger.check();
});

test('a single copy of a packet steals nothing for longer than three PTOs', () => {
  const { net, host, player, link, hostLink } = playing();
  net.runFor(3000);
  copyFrom(net, player, host);
  const out = net.network.link(player.address, host.address);
  link.send('moves', Uint8Array.of(1));
  link.flush();
  net.runFor(6);
  // The true ones are lost for a while, too: nothing calls the path back.
  out.conditions = { delayMs: 25, loss: 1 };
  net.network.link('thief', host.address).conditions = { loss: 1 };
  const toPlayer = net.network.link(host.address, player.address).counts;
  const before = toPlayer.sent;
  const state = (): void => {
    hostLink.send('state', new Uint8Array(40));
    net.network.after(20, state);
  };
  state();
  net.runFor(3 * 3 * protocolLimits.initialRttMs + 100);
  assert.ok(net.network.link(host.address, 'thief').counts.sent <= 8);
  const atHome = toPlayer.sent;
  // The challenges to the path of before.
  assert.ok(atHome - before >= 6);
  net.runFor(200);
  assert.ok(toPlayer.sent - atHome >= 8);
});

test('a player who stands still for a moment after it has moved is not given up', () => {
  const { net, player, link, hostLink } = playing({ delayMs: 1 });
  const ledger = talk(net, [link, hostLink]);
  net.runFor(2000);
  player.move('player-1:2');
  link.send('state', Uint8Array.of(1));
  link.flush();
  // The host has heard it, and its challenge is on the way.
  net.runFor(1.5);
  net.network.stall(player.address, 600);
  net.runFor(700);
  assert.equal(hostLink.stats().addressChanges, 1);
  net.runFor(60_000);
  ledger.check();
});

test('bulk for an address that does not answer stays within three times what came from there', () => {
  const { net, host, player, hostLink } = playing();
  net.runFor(1000);
  hostLink.send('moves', new Uint8Array(200_000));
  player.move('player-1:2');
  // It can send, and nothing comes back to it.
  net.network.link(host.address, 'player-1:2').conditions = { loss: 1 };
  player.link?.send('moves', new Uint8Array(200));
  const toNew = net.network.link(host.address, 'player-1:2');
  let bytes = 0;
  const send = toNew.send.bind(toNew);
  toNew.send = (nowMs, datagram, length) => {
    bytes += length;
    send(nowMs, datagram, length);
  };
  const fromNew = net.network.link('player-1:2', host.address);
  let came = 0;
  const receive = fromNew.receive.bind(fromNew);
  fromNew.receive = (nowMs) => {
    const datagram = receive(nowMs);
    came += datagram?.length ?? 0;
    return datagram;
  };
  for (let ms = 0; ms < 20_000; ms += 10) {
    net.runFor(10);
    assert.ok(bytes <= 3 * came, `${bytes} bytes for ${came}`);
  }
  assert.ok(bytes > 500, `${bytes} bytes`);
});

test('a link that closes on an unproven path says so within what is allowed there', () => {
  const { net, player, link, hostLink } = playing();
  net.runFor(500);
  player.move('phone:1');
  link.send('state', new Uint8Array(10));
  let end: string | undefined;
  link.onEnd = ({ kind }) => {
    end = kind;
  };
  net.runFor(26);
  assert.equal(hostLink.stats().addressChanges, 0);
  hostLink.close(7, 'x'.repeat(200));
  net.runFor(200);
  assert.equal(end, 'closed-by-peer');
});

test('who knows that it has moved is followed at once, past a window that is full of lost packets', () => {
  const { net, host, player, link, hostLink } = playing();
  const heard: number[] = [];
  hostLink.onMessage = (_channel, message) => heard.push(message.length);
  net.runFor(500);
  // Nothing leaves the old network any more, and the window is full of what it has swallowed.
  net.network.link(player.address, host.address).conditions = { loss: 1 };
  link.send('moves', new Uint8Array(250_000));
  net.runFor(400);
  assert.deepEqual(heard, []);
  player.rebind('phone:1');
  net.runFor(300);
  assert.equal(hostLink.stats().addressChanges, 1);
  assert.ok(net.runUntil(() => heard.length === 1, 5000));
  assert.deepEqual(heard, [250_000]);
});

test('a new socket on the same network keeps what is known of it', () => {
  const { net, player, link, hostLink } = playing();
  for (let i = 0; i < 20; i++) {
    link.send('moves', new Uint8Array(50_000));
    net.runFor(200);
  }
  const { congestionWindowBytes, rttMinMs } = link.stats();
  player.rebind('player-1:2');
  net.runFor(500);
  assert.equal(link.stats().congestionWindowBytes, congestionWindowBytes);
  assert.equal(link.stats().rttMinMs, rttMinMs);
  player.rebind('phone:1');
  assert.equal(link.stats().rttMinMs, 0);
  net.runFor(500);
  assert.equal(hostLink.stats().addressChanges, 2);
});

test('datagrams become short for another host, and as long as that path takes after', () => {
  const { net, host, player, hostLink } = playing({ probesMtu: true });
  const flood = (ms: number): void => {
    for (let i = 0; i < ms; i += 10) {
      for (let n = 0; n < 40; n++) hostLink.send('state', new Uint8Array(60));
      net.runFor(10);
    }
  };
  flood(1000);
  assert.equal(hostLink.stats().datagramBytes, 1452);
  player.move('player-1:2');
  player.link?.send('moves', Uint8Array.of(1));
  flood(300);
  assert.equal(hostLink.stats().datagramBytes, 1452);
  player.move('phone:1');
  for (const [from, to] of [
    [host.address, 'phone:1'],
    ['phone:1', host.address],
  ] as const) {
    net.network.link(from, to).conditions = { delayMs: 25, mtuBytes: 1380 };
  }
  player.link?.send('moves', Uint8Array.of(2));
  net.runFor(26);
  assert.equal(hostLink.stats().datagramBytes, 1200);
  flood(1000);
  assert.equal(hostLink.stats().datagramBytes, 1350);
  assert.equal(hostLink.stats().mtuBlackHoles, 0);
});
