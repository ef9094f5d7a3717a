import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryBus } from '../../bus/memory/memory-bus.ts';
import { VirtualTime } from '../virtual-time.fixture.ts';
import { RoundServers } from './round-servers.ts';

function world() {
  const time = new VirtualTime();
  const bus = memoryBus({ timers: time });
  const silent: string[] = [];
  const servers = new RoundServers({
    ...{ bus, clock: time, timers: time, serverId: 'own' },
    onSilent: (serverId) => silent.push(serverId),
  });
  const heard: string[] = [];
  bus.subscribe('server.announce', ({ serverId }) => heard.push(serverId));
  const delivered = () => new Promise<void>((done) => setImmediate(done));
  return {
    ...{ time, bus, servers, silent, heard },
    advance: (ms: number) => time.advance(ms, delivered),
  };
}

test('a server with players says so each second, one without says nothing', async () => {
  const { servers, heard, advance, time } = world();
  servers.setPresent(new Set(['other']));
  await advance(3_000);
  assert.deepEqual(heard, []);
  servers.setPresent(new Set(['own', 'other']));
  await advance(3_000);
  assert.deepEqual(heard, ['own', 'own', 'own']);
  servers.setPresent(new Set());
  assert.equal(time.armedCount, 0);
});

test('who has missed its announcements is reported, and again while it is still there', async () => {
  const { servers, bus, silent, advance } = world();
  servers.setPresent(new Set(['own', 'alive', 'dead']));
  for (let second = 0; second < 9; second++) {
    bus.publish('server.announce', { serverId: 'alive' });
    await advance(1_000);
  }
  assert.deepEqual(silent, ['dead', 'dead']);
  servers.setPresent(new Set(['own', 'alive']));
  servers.close();
});

test('a server that stood still itself takes nobody for dead', async () => {
  const { servers, silent, time, advance } = world();
  const clock = { nowMs: 0 };
  time.now = () => clock.nowMs;
  servers.setPresent(new Set(['own', 'other']));
  // Its timer comes a minute late, and what the others said meanwhile comes after it.
  clock.nowMs += 60_000;
  await advance(1_000);
  assert.deepEqual(silent, []);
  for (let second = 0; second < 4; second++) {
    clock.nowMs += 1_000;
    await advance(1_000);
  }
  assert.deepEqual(silent, ['other']);
});
