// The bus of one process, alone and bridged over a port, against the suite of all buses.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MessageChannel } from 'node:worker_threads';
import { BusTimeout } from '../../domain/bus.ts';
import { busSuite, handTimers } from '../bus.suite.ts';
import { sharedLogSuite } from '../shared-log.suite.ts';
import { bridgeBus, busOverPort } from './bridge.ts';
import { memoryBus } from './memory-bus.ts';

busSuite('memory', (timers) => {
  const bus = memoryBus({ timers });
  return { near: bus, far: bus, close: () => undefined };
});

sharedLogSuite('memory', () => {
  const bus = memoryBus();
  // All that was appended is told in microtasks.
  const settle = () => new Promise<void>((done) => setImmediate(done));
  return { near: bus, far: bus, settle, close: async () => undefined };
});

busSuite('bridged to the worker', (timers) => {
  const near = memoryBus({ timers });
  const { port1, port2 } = new MessageChannel();
  const close = bridgeBus(port1, near);
  return { near, far: busOverPort(port2, { timers }), close };
});

busSuite('bridged from the worker', (timers) => {
  const far = memoryBus({ timers });
  const { port1, port2 } = new MessageChannel();
  const close = bridgeBus(port1, far);
  return { near: busOverPort(port2, { timers }), far, close };
});

const start = { matchId: 'm1', game: 'rps', settings: {}, seed: 's', seats: [] };

test('a port that closes rejects what both ends still wait for, and frees the names', async () => {
  const timers = handTimers();
  const bus = memoryBus({ timers });
  const { port1, port2 } = new MessageChannel();
  bridgeBus(port1, bus);
  const worker = busOverPort(port2, { timers });
  const asked = Promise.withResolvers<void>();
  const announced = Promise.withResolvers<void>();
  bus.subscribe('host.gone', () => announced.resolve());
  bus.serve('host.start', 'outer', () => {
    asked.resolve();
    return new Promise(() => undefined);
  });
  worker.serve('host.start', 'inner', () => new Promise(() => undefined));
  worker.publish('host.gone', { hostId: 'marks that the service is known' });
  await announced.promise;

  const toInner = assert.rejects(bus.request('host.start', 'inner', start, 1000), BusTimeout);
  const toOuter = assert.rejects(worker.request('host.start', 'outer', start, 1000), BusTimeout);
  await asked.promise;
  port2.close();
  await Promise.all([toInner, toOuter]);
  await assert.rejects(bus.request('host.start', 'inner', start, 1000), /nobody serves/);
  await assert.rejects(worker.request('host.start', 'outer', start, 1000), /closed/);
});

test('a worker that serves a name of somebody else is reported, and the other keeps it', async () => {
  const bus = memoryBus();
  const { port1, port2 } = new MessageChannel();
  const fault = Promise.withResolvers<string>();
  const close = bridgeBus(port1, bus, { onFault: (topic) => fault.resolve(topic) });
  bus.serve('host.start', 'h1', async () => ({ started: true }));
  busOverPort(port2).serve('host.start', 'h1', async () => ({ started: false, why: 'thief' }));
  assert.equal(await fault.promise, 'host.start');
  assert.deepEqual(await bus.request('host.start', 'h1', start, 1000), { started: true });
  close();
});
