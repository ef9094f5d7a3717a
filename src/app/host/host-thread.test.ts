// Hosts in real threads whose games do not come back: they are ended, and nobody waits for them.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { memoryBus } from '../../bus/memory/memory-bus.ts';
import { type Log, silentLog } from '../../contract/telemetry.ts';
import type { Bus, HostAnnouncement } from '../../domain/bus.ts';
import { ManualTimers } from '../../gateway/manual-timers.fixture.ts';
import type { RunningHost } from './host.ts';
import { hostThreadTimes, startHostThread } from './host-thread.ts';

/** Says that it is stuck, and is. */
const loop = `
  import { defineGame, t } from ${JSON.stringify(resolve(import.meta.dirname, '../../game/index.ts'))};
  export const game = defineGame({
    name: 'loop', title: 'Loop', players: { min: 2, max: 2 }, input: t.Object({}),
    setup: ({ settings }) => {
      if (settings.silent) return {};
      new BroadcastChannel('paperclip host-thread test').postMessage('stuck');
      for (;;);
    },
    settings: t.Object({ silent: t.Boolean({ default: true }) }),
    step: (state) => state, view: () => ({}), outcome: () => undefined,
  });`;

interface Stage {
  readonly bus: Bus;
  readonly timers: ManualTimers;
  readonly host: RunningHost;
  readonly events: string[];
  readonly gone: string[];
  /** Resolves when the host's thread does nothing else any more. */
  stuck(): Promise<void>;
  announced(): Promise<HostAnnouncement>;
}

async function onStage(play: (stage: Stage) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'paperclip-thread-'));
  writeFileSync(join(folder, 'loop.ts'), loop);
  const bus = memoryBus();
  const timers = new ManualTimers();
  const events: string[] = [];
  const gone: string[] = [];
  bus.subscribe('host.gone', ({ hostId }) => gone.push(hostId));
  const log: Log = { ...silentLog, error: (event) => void events.push(event) };
  const host = await startHostThread(
    {
      hostId: 'h1',
      bindHost: '127.0.0.1',
      port: 0,
      publicAddress: '127.0.0.1',
      matchesMax: 9,
      gameFolders: [folder],
      platformPublicKeys: [new Uint8Array(32)],
    },
    bus,
    log,
    timers,
  );
  const announced = (): Promise<HostAnnouncement> =>
    new Promise((done) => {
      const end = bus.subscribe('host.announce', (announcement) => {
        end();
        done(announcement);
      });
    });
  const stuck = async (): Promise<void> => {
    const channel = new BroadcastChannel('paperclip host-thread test');
    const told = new Promise((done) => channel.addEventListener('message', done, { once: true }));
    const seats = [0, 1].map((seat) => ({ seat, playerId: `p${seat}`, name: 'p', bot: false }));
    const settings = { silent: false };
    const ask = { matchId: 'm', game: 'loop', settings, seed: 's', seats };
    bus.request('host.start', 'h1', ask, 60_000).catch(() => undefined);
    await told;
    channel.close();
  };
  try {
    await play({ bus, timers, host, events, gone, stuck, announced });
  } finally {
    timers.advance(1_000_000);
    await host.drain(0);
    rmSync(folder, { recursive: true });
  }
}

test('a host that is stuck in a game is ended, and has crashed', () =>
  onStage(async ({ host, timers, stuck, events, gone }) => {
    await stuck();
    const { checkEveryMs, silentChecksMax } = hostThreadTimes;
    timers.advance((silentChecksMax + 1) * checkEveryMs);
    assert.match(String(await host.crashed), /h1 exited/);
    assert.deepEqual(events, ['host is stuck']);
    assert.deepEqual(gone, ['h1']);
    assert.equal(timers.count, 0);
  }));

test('a host that announces itself goes on, however long it has run', () =>
  onStage(async ({ timers, announced, events }) => {
    for (let i = 0; i < 2; i++) {
      timers.advance(hostThreadTimes.silentChecksMax * hostThreadTimes.checkEveryMs);
      await announced();
    }
    assert.deepEqual(events, []);
  }));

test('a shutdown does not wait for a host that is stuck', () =>
  onStage(async ({ host, timers, stuck, events, gone }) => {
    await stuck();
    const drained = host.drain(10);
    timers.advance(20_000);
    await drained;
    assert.deepEqual(events, ['host did not drain']);
    assert.deepEqual(gone, ['h1'], 'the platform learns that its matches are over');
  }));
