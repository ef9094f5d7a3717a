import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { flags } from '../../codec/classic/numbers.ts';
import type { LinkConditions } from '../../testing/simulated-link.ts';
import { VirtualNetwork } from '../../testing/virtual-network.ts';
import {
  ClassicWorld,
  ClientStation,
  hostCertificate,
  hostName,
  playerCertificate,
} from './classic-world.fixture.ts';
import { OldPeer } from './old-peer.fixture.ts';

const seed = 3;
const clean: LinkConditions = { delayMs: 20 };
const bad: LinkConditions = {
  ...{ delayMs: 20, jitterMs: 10, loss: 0.2, duplicate: 0.2, reorder: 0.2 },
};
const count = 60;
const mark = (i: number) => Uint8Array.of(i);
const long = new Uint8Array(5_000).fill(255);
const marksOf = (messages: readonly Uint8Array[]) =>
  messages.flatMap((data) => (data.length === 1 ? [data[0]!] : []));
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i);
const once = (numbers: readonly number[]) => [...new Set(numbers)];

/** Our end and an old one, connected over a network that is bad from then on. */
function meet(role: 'server' | 'client') {
  if (role === 'client') {
    const world = new ClassicWorld(seed, clean);
    const old = new OldPeer('client', hostName, playerCertificate('old'));
    world.network.add('old:1', old);
    assert.ok(
      world.network.runUntil(() => old.isConnected && world.host.established.size > 0, 5_000),
    );
    const send = (data: Uint8Array, bits: number) => world.host.endpoint.send(1, data, bits);
    return started(world.network, hostName, 'old:1', old, world.host, send);
  }
  const network = new VirtualNetwork(seed, clean);
  const old = new OldPeer('server', 'player:1', hostCertificate);
  network.add(hostName, old);
  const client = new ClientStation('player:1', 0);
  network.add('player:1', client);
  assert.ok(network.runUntil(() => old.isConnected && client.established.size > 0, 5_000));
  const send = (data: Uint8Array, bits: number) => client.endpoint.send(data, bits);
  return started(network, 'player:1', hostName, old, client, send);
}

function started(
  network: VirtualNetwork,
  ourName: string,
  oldName: string,
  old: OldPeer,
  ours: Pick<ClientStation, 'messages' | 'ends'>,
  send: (data: Uint8Array, bits: number) => boolean,
) {
  network.link(ourName, oldName).conditions = bad;
  network.link(oldName, ourName).conditions = bad;
  const sendOurs = (data: Uint8Array, bits: number) => {
    assert.ok(send(data, bits));
    network.touch(ourName);
  };
  const received = () => marksOf(ours.messages.map(({ data }) => data));
  return { network, old, ours, sendOurs, received };
}

for (const [role, ours] of [
  ['client', 'our server'],
  ['server', 'our client'],
] as const) {
  describe(`an old ${role} and ${ours}, 20% loss, seed ${seed}`, () => {
    test('what the old one sends three at a time comes once and in order', () => {
      const { network, old, received } = meet(role);
      for (let i = 0; i < count; i++) {
        const atMs = Math.floor(i / 3) * 2_000;
        network.after(atMs, () => old.send(mark(i), flags.reliable | flags.checksum));
      }
      network.runFor(count * 1_000 + 30_000);
      assert.deepEqual(received(), upTo(count));
    });

    test('what it sends all at once comes once', () => {
      const { network, old, received } = meet(role);
      for (let i = 0; i < count; i++) old.send(mark(i), flags.reliable);
      network.runFor(60_000);
      assert.deepEqual(
        received().toSorted((a, b) => a - b),
        upTo(count),
      );
    });

    test('its pieces, one in 0.1 s, are waited for', () => {
      const { network, old, ours: station } = meet(role);
      const large = new Uint8Array(60_000).fill(7);
      old.send(large, flags.reliable | flags.fragmented | flags.encrypted);
      assert.ok(network.runUntil(() => station.messages.length > 0, 120_000));
      assert.deepEqual(station.messages[0]!.data, large);
    });

    test('what we send reaches it in order, as often as the network likes', () => {
      const { network, old, ours: station, sendOurs } = meet(role);
      for (let i = 0; i < count; i++) {
        sendOurs(i % 20 === 10 ? long : mark(i), flags.reliable);
      }
      const expected = upTo(count).filter((i) => i % 20 !== 10);
      assert.ok(network.runUntil(() => once(marksOf(old.messages)).length === 57, 300_000));
      assert.deepEqual(once(marksOf(old.messages)), expected);
      assert.equal(old.messages.filter(({ length }) => length === long.length).length >= 3, true);
      assert.deepEqual(station.ends, []);
    });

    test('and over minutes of silence both stay, by PING and PONG', () => {
      const { network, ours: station } = meet(role);
      network.runFor(600_000);
      assert.deepEqual(station.ends, []);
    });
  });
}
