// Starting, restarting and draining hosts, in virtual time and without a socket.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../contract/telemetry.ts';
import { ManualTimers } from '../../gateway/manual-timers.fixture.ts';
import type { RunningHost } from '../host/host.ts';
import { HostFleet, restartTimes } from './host-fleet.ts';

class FakeHosts {
  readonly started: string[] = [];
  readonly drained: string[] = [];
  readonly timers = new ManualTimers();
  problem: Error | undefined;
  readonly #crashes = new Map<string, (error: Error) => void>();
  #settled: Promise<unknown> = Promise.resolve();

  start = (hostId: string, port: number): Promise<RunningHost> => {
    this.started.push(`${hostId}:${port}`);
    const started = this.#start(hostId, port);
    this.#settled = started.catch(() => {});
    return started;
  };

  async #start(hostId: string, port: number): Promise<RunningHost> {
    if (this.problem !== undefined) throw this.problem;
    const crashed = Promise.withResolvers<Error>();
    this.#crashes.set(hostId, crashed.resolve);
    return {
      hostId,
      port: port === 0 ? 40_000 : port,
      publicKey: new Uint8Array(32),
      drain: async (graceMs) => void this.drained.push(`${hostId} in ${graceMs}`),
      crashed: crashed.promise,
    };
  }

  fleet(count: number, firstPort: number): Promise<HostFleet> {
    const { timers, start } = this;
    return HostFleet.start({ count, firstPort, start, timers, log: silentLog });
  }

  async crash(hostId: string): Promise<void> {
    this.#crashes.get(hostId)?.(new Error('died'));
    await this.settle();
  }

  /** Lets what hangs on the last start, or on a crash, run. */
  async settle(): Promise<void> {
    await this.#settled;
    await new Promise(setImmediate);
  }
}

test('hosts take ports in a row, or any free ones', async () => {
  const hosts = new FakeHosts();
  const fleet = await hosts.fleet(2, 5001);
  assert.deepEqual(fleet.addresses, [
    { hostId: 'host-1', port: 5001 },
    { hostId: 'host-2', port: 5002 },
  ]);
  await new FakeHosts()
    .fleet(1, 0)
    .then(({ addresses }) => assert.equal(addresses[0]?.port, 40_000));
});

test('when one cannot start, none runs', async () => {
  const hosts = new FakeHosts();
  const start = (hostId: string, port: number) =>
    port === 5002 ? Promise.reject(new Error('port taken')) : hosts.start(hostId, port);
  const { timers } = hosts;
  await assert.rejects(
    HostFleet.start({ count: 2, firstPort: 5001, start, timers, log: silentLog }),
    /port taken/,
  );
  assert.deepEqual(hosts.drained, ['host-1 in 0']);
});

test('a host that dies comes back on its port', async () => {
  const hosts = new FakeHosts();
  await hosts.fleet(1, 0);
  await hosts.crash('host-1');
  assert.equal(hosts.started.length, 1);
  hosts.timers.advance(restartTimes.firstDelayMs);
  assert.deepEqual(hosts.started, ['host-1:0', 'host-1:40000']);
});

test('one that keeps dying is tried less and less often, and is forgiven when it holds', async () => {
  const hosts = new FakeHosts();
  await hosts.fleet(1, 5001);
  await hosts.crash('host-1');
  hosts.problem = new Error('broken');
  for (const delayMs of [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
    const before = hosts.started.length;
    hosts.timers.advance(delayMs - 1);
    assert.equal(hosts.started.length, before, `${delayMs}`);
    hosts.timers.advance(1);
    assert.equal(hosts.started.length, before + 1, `${delayMs}`);
    await hosts.settle();
  }
  hosts.problem = undefined;
  hosts.timers.advance(30_000);
  await hosts.settle();
  hosts.timers.advance(restartTimes.forgivenAfterMs);
  await hosts.crash('host-1');
  const before = hosts.started.length;
  hosts.timers.advance(restartTimes.firstDelayMs);
  assert.equal(hosts.started.length, before + 1);
});

test('draining ends every host and restarts none', async () => {
  const hosts = new FakeHosts();
  const fleet = await hosts.fleet(3, 5001);
  await hosts.crash('host-2');
  await fleet.drain(700);
  hosts.timers.advance(1_000_000);
  assert.deepEqual(hosts.drained, ['host-1 in 700', 'host-3 in 700']);
  assert.equal(hosts.started.length, 3);
  assert.equal(hosts.timers.count, 0);
});

test('draining during a restart waits for the host and ends it', async () => {
  const hosts = new FakeHosts();
  const fleet = await hosts.fleet(1, 5001);
  await hosts.crash('host-1');
  hosts.timers.advance(restartTimes.firstDelayMs);
  await fleet.drain(0);
  assert.deepEqual(hosts.drained, ['host-1 in 0']);
});
