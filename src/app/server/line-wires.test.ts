// The ports of the line wires: all or the asked ones, and what a taken port means.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LogFields, silentLog, silentMetrics } from '../../contract/telemetry.ts';
import { connectTcp, listenTcp } from '../../driver/tcp.ts';
import { LineServer } from '../../gateway/line-server.ts';
import { openLineWires } from './line-wires.ts';
import { systemTimers } from './system-ports.ts';

const host = '127.0.0.1';
const anyPort = { port: 0, isAskedFor: true };

/** Greets, and that is all. */
const greeter = () =>
  new LineServer({
    wire: 'test',
    timers: systemTimers,
    log: silentLog,
    metrics: silentMetrics,
    createSession: (connection) => {
      connection.send('hello');
      return {
        handleLine() {},
        handleTooLong() {},
        handleInvalidUtf8() {},
        handleClosed() {},
      };
    },
  });

async function greetingAt(port: number): Promise<string> {
  const stream = await connectTcp({ host, port });
  const { promise, resolve } = Promise.withResolvers<string>();
  stream.onData = (bytes) => resolve(new TextDecoder().decode(bytes));
  const text = await promise;
  stream.destroy();
  return text;
}

test('two ports can lead to one server, and one that is off is not there', async () => {
  const server = greeter();
  const lines = await openLineWires(
    host,
    [
      { name: 'one', choice: anyPort, server },
      { name: 'two', choice: anyPort, server },
      { name: 'three', choice: 'off', server: greeter() },
    ],
    silentLog,
  );
  assert.deepEqual(Object.keys(lines.ports), ['one', 'two']);
  for (const port of Object.values(lines.ports)) assert.equal(await greetingAt(port), 'hello\n');
  await lines.close();
  await assert.rejects(connectTcp({ host, port: lines.ports['one'] ?? 0 }));
});

test('a taken port that nobody asked for is left out, and said so', async () => {
  const other = await listenTcp({ port: 0 }, () => undefined);
  const { port } = other.address;
  const warned: (LogFields | undefined)[] = [];
  const log = { ...silentLog, warn: (_event: string, fields?: LogFields) => warned.push(fields) };
  const wire = { name: 'one', choice: { port, isAskedFor: false }, server: greeter() };
  const lines = await openLineWires(host, [wire], log);
  assert.deepEqual([lines.ports, warned], [{}, [{ wire: 'one', host, port }]]);
  await lines.close();
  await other.close();
});

test('a taken port that was asked for stops the start, and closes the others', async () => {
  const other = await listenTcp({ port: 0 }, () => undefined);
  const free = await listenTcp({ port: 0 }, () => undefined);
  const freePort = free.address.port;
  await free.close();
  const wires = [
    { name: 'one', choice: { port: freePort, isAskedFor: true }, server: greeter() },
    { name: 'two', choice: { port: other.address.port, isAskedFor: true }, server: greeter() },
  ];
  await assert.rejects(openLineWires(host, wires, silentLog), { code: 'EADDRINUSE' });
  await assert.rejects(connectTcp({ host, port: freePort }));
  await other.close();
});
