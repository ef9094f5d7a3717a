// What every bus must do, run by each implementation's test. `near` and `far` may be one bus or two
// ends of one; the suite talks from each to the other.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Bus,
  BusFailure,
  BusTimeout,
  type HostAnnouncement,
  type StartMatch,
} from '../domain/bus.ts';
import type { Timers } from '../domain/ports.ts';

export interface BusPair {
  readonly near: Bus;
  readonly far: Bus;
  close(): void;
}

/** Time-outs that a test lets run out by hand. */
export interface HandTimers extends Timers {
  runOut(): void;
}

export function handTimers(): HandTimers {
  const waiting = new Set<() => void>();
  return {
    after: (_delayMs, run) => {
      waiting.add(run);
      return () => waiting.delete(run);
    },
    runOut: () => {
      for (const run of [...waiting]) {
        waiting.delete(run);
        run();
      }
    },
  };
}

const announcement: HostAnnouncement = {
  hostId: 'h1',
  address: '127.0.0.1',
  port: 5001,
  publicKey: 'key',
  gateId: 1,
  gateKey: 'gate',
  matchesRunning: 0,
  matchesMax: 4,
  games: ['rps'],
  draining: false,
};

const start: StartMatch = { matchId: 'm1', game: 'rps', settings: { to: 3 }, seed: 's', seats: [] };

/** Answered once everything sent before on both ends has arrived. */
async function settle({ near, far }: BusPair): Promise<void> {
  for (const [asker, server, name] of [
    [near, far, 'settle-far'],
    [far, near, 'settle-near'],
  ] as const) {
    const stop = server.serve('host.start', name, async () => ({ started: true }));
    // Across threads the far end may hear of the service a moment after we ask.
    for (;;) {
      const answer = await asker.request('host.start', name, start, 1000).catch(() => undefined);
      if (answer !== undefined) break;
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    stop();
  }
}

export function busSuite(name: string, make: (timers: HandTimers) => BusPair): void {
  const withPair = (behaviour: string, run: (pair: BusPair, timers: HandTimers) => Promise<void>) =>
    test(`${name}: ${behaviour}`, async () => {
      const timers = handTimers();
      const pair = make(timers);
      try {
        await run(pair, timers);
      } finally {
        pair.close();
      }
    });

  withPair('a broadcast reaches every subscriber of its topic on both ends, once', async (pair) => {
    const got: string[] = [];
    pair.near.subscribe('host.announce', ({ hostId }) => got.push(`near ${hostId}`));
    pair.far.subscribe('host.announce', ({ hostId }) => got.push(`far ${hostId}`));
    pair.far.subscribe('host.announce', ({ hostId }) => got.push(`far too ${hostId}`));
    pair.far.subscribe('host.gone', () => got.push('wrong topic'));
    await settle(pair);
    pair.near.publish('host.announce', announcement);
    await settle(pair);
    pair.far.publish('host.announce', { ...announcement, hostId: 'h2' });
    await settle(pair);
    assert.deepEqual(got.sort(), [
      'far h1',
      'far h2',
      'far too h1',
      'far too h2',
      'near h1',
      'near h2',
    ]);
  });

  withPair('broadcasts of one sender arrive in order', async (pair) => {
    const got: number[] = [];
    pair.far.subscribe('host.announce', ({ port }) => got.push(port));
    await settle(pair);
    for (let port = 1; port <= 20; port++) {
      pair.near.publish('host.announce', { ...announcement, port });
    }
    await settle(pair);
    assert.deepEqual(
      got,
      Array.from({ length: 20 }, (_, i) => i + 1),
    );
  });

  withPair('an ended subscription gets nothing more; the others still do', async (pair) => {
    const got: string[] = [];
    const end = pair.far.subscribe('host.gone', () => got.push('ended'));
    pair.far.subscribe('host.gone', () => got.push('other'));
    await settle(pair);
    end();
    await settle(pair);
    pair.near.publish('host.gone', { hostId: 'h1' });
    await settle(pair);
    assert.deepEqual(got, ['other']);
  });

  withPair('a subscriber that throws does not keep others from the message', async (pair) => {
    const got: string[] = [];
    pair.far.subscribe('host.gone', () => {
      throw new Error('a fault of the subscriber');
    });
    pair.far.subscribe('host.gone', ({ hostId }) => got.push(hostId));
    await settle(pair);
    pair.near.publish('host.gone', { hostId: 'h1' });
    await settle(pair);
    assert.deepEqual(got, ['h1']);
  });

  withPair('nobody shares a message with its sender or with another receiver', async (pair) => {
    const got: HostAnnouncement[] = [];
    for (const bus of [pair.near, pair.far]) {
      bus.subscribe('host.announce', (message) => {
        (message.games as string[]).push('spoiled');
        got.push(message);
      });
    }
    await settle(pair);
    const games = ['rps'];
    pair.near.publish('host.announce', { ...announcement, games });
    games.push('late');
    await settle(pair);
    assert.deepEqual(
      got.map((message) => message.games),
      [
        ['rps', 'spoiled'],
        ['rps', 'spoiled'],
      ],
    );
  });

  withPair(
    'a request is answered by the one who serves that topic under that name',
    async (pair) => {
      pair.far.serve('host.start', 'h1', async (ask) => {
        return { started: false, why: `h1 has no ${ask.game}` };
      });
      pair.far.serve('host.start', 'h2', async () => ({ started: true }));
      await settle(pair);
      assert.deepEqual(await pair.near.request('host.start', 'h1', start, 1000), {
        started: false,
        why: 'h1 has no rps',
      });
      assert.deepEqual(await pair.near.request('host.start', 'h2', start, 1000), { started: true });
      assert.deepEqual(await pair.far.request('host.start', 'h2', start, 1000), { started: true });
    },
  );

  withPair('a request that nobody serves is a BusTimeout', async (pair) => {
    await assert.rejects(pair.near.request('host.start', 'h9', start, 1000), BusTimeout);
    await assert.rejects(pair.far.request('host.start', 'h9', start, 1000), BusTimeout);
  });

  withPair('an ended service answers no more, and its name is free again', async (pair) => {
    const end = pair.far.serve('host.start', 'h1', async () => ({ started: true }));
    await settle(pair);
    end();
    await settle(pair);
    await assert.rejects(pair.near.request('host.start', 'h1', start, 1000), BusTimeout);
    pair.far.serve('host.start', 'h1', async () => ({ started: true }));
    await settle(pair);
    assert.deepEqual(await pair.near.request('host.start', 'h1', start, 1000), { started: true });
  });

  withPair('two services of one topic and name are our own mistake', async ({ far }) => {
    far.serve('host.start', 'h1', async () => ({ started: true }));
    assert.throws(
      () => far.serve('host.start', 'h1', async () => ({ started: true })),
      /host.start is served as h1 already/,
    );
  });

  withPair('a service that fails is a BusFailure with its reason', async (pair) => {
    pair.far.serve('host.start', 'h1', async () => {
      throw new Error('out of seats');
    });
    await settle(pair);
    await assert.rejects(pair.near.request('host.start', 'h1', start, 1000), (error: unknown) => {
      assert.ok(error instanceof BusFailure);
      assert.match(error.message, /out of seats/);
      return true;
    });
  });

  withPair(
    'a service that never answers is a BusTimeout when the time is up',
    async (pair, timers) => {
      const asked = Promise.withResolvers<void>();
      pair.far.serve('host.start', 'h1', () => {
        asked.resolve();
        return new Promise(() => undefined);
      });
      await settle(pair);
      const answer = pair.near.request('host.start', 'h1', start, 1000);
      await asked.promise;
      timers.runOut();
      await assert.rejects(answer, BusTimeout);
    },
  );
}
