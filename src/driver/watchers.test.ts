import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { utf8 } from '../base/bytes.ts';
import type { Link } from '../protocol/link.ts';
import { forgeDatagram } from '../protocol/paperclip/connection-forged-frames.fixture.ts';
import type { ConnectionSetup } from '../protocol/paperclip/parameters.ts';
import { QlogTrace } from '../protocol/paperclip/qlog.ts';
import { type QlogEvent, readQlog } from '../protocol/paperclip/qlog-schema.fixture.ts';
import type { ConnectionTrace } from '../protocol/paperclip/trace.ts';
import { connectionPair } from '../testing/connection-pair.ts';
import { dial, listen } from './index.ts';
import { KeyLog, keyLogLine } from './key-log.ts';
import { TraceFile } from './trace-file.ts';

function scratch(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'paperclip-trace-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

const countOf = (events: readonly QlogEvent[], name: string) =>
  events.filter((event) => event.name === name).length;

test('every event of a long and bad connection is as the qlog drafts have it', () => {
  const texts: string[] = [];
  let setups: ConnectionSetup[] = [];
  const observe = (setup: ConnectionSetup): ConnectionTrace => {
    setups = [...setups, setup];
    return new QlogTrace(setup, 0, 1_760_000_000_000, {
      write: (record) => texts.push(record),
      end: () => texts.push(''),
    });
  };
  const pair = connectionPair({
    seed: 3,
    delayMs: 20,
    loss: 0.05,
    reorder: 0.1,
    duplicate: 0.05,
    corrupt: 0.02,
    channels: { moves: 'reliable-ordered', state: 'unreliable' },
    keyLimits: { packetsMax: 60 },
    observeHost: observe,
  });
  const { client, host, network } = pair;
  for (let i = 0; i < 300; i++) {
    network.after(i * 10, () => {
      client.send(1, new Uint8Array(40));
      host.send(0, new Uint8Array(i % 50 === 0 ? 5000 : 60));
      for (const side of [client, host]) side.flush();
    });
  }
  network.runFor(6000);
  client.close(7, 'fertig');
  network.runFor(20_000);

  assert.equal(texts.at(-1), '', 'the file is ended when the connection is forgotten');
  const events = readQlog(utf8(texts.join('')));
  const stats = host.connection.stats();
  assert.equal(countOf(events, 'transport:packet_sent'), stats.packetsSent);
  assert.equal(countOf(events, 'transport:packet_received'), stats.packetsReceived);
  assert.equal(countOf(events, 'recovery:packet_lost'), stats.packetsLost);
  const drops = Object.values(stats.drops).reduce((sum, count) => sum + count, 0);
  assert.equal(countOf(events, 'transport:packet_dropped'), drops);
  assert.ok(stats.packetsLost > 0 && drops > 0);
  assert.ok(countOf(events, 'security:key_updated') >= 2);
  assert.ok(countOf(events, 'recovery:metrics_updated') > 100);
  const closed = events.find(({ name }) => name === 'connectivity:connection_closed');
  assert.deepEqual(closed?.data, {
    owner: 'remote',
    application_code: 7,
    reason: 'fertig',
    trigger: 'application',
    details: { kind: 'closed-by-peer' },
  });
  assert.equal(setups.length, 1);
});

test('padding is one frame of a trace, however long it is', () => {
  const texts: string[] = [];
  const observeHost = (setup: ConnectionSetup): ConnectionTrace =>
    new QlogTrace(setup, 0, 0, { write: (record) => texts.push(record), end: () => undefined });
  const pair = connectionPair({ channels: { a: 'unreliable' }, observeHost });
  const padded = forgeDatagram(pair, 1000, `01${'00'.repeat(1400)}01`);
  pair.host.connection.handleDatagram(0, padded, 0, padded.length);
  const received = readQlog(utf8(texts.join(''))).find(({ name }) => name.endsWith('_received'));
  const frames = ['ping', 'padding', 'ping'].map((frame_type) => ({ frame_type }));
  assert.deepEqual(received?.data['frames'], frames);
});

test('a host leaves a trace of each link and its keys, for its owner alone', async (t) => {
  const folder = scratch(t);
  const keyLogFile = join(folder, 'keys.txt');
  const trace = join(folder, 'traces');
  const channels = { moves: 'reliable-ordered' } as const;
  const warnings: string[] = [];
  const listen1 = (warning: Error) => warnings.push(warning.message);
  process.on('warning', listen1);
  t.after(() => process.off('warning', listen1));

  const host = await listen({ port: 0, channels, trace, keyLogFile });
  const links: Link[] = [];
  host.onLink = (link) => {
    links.push(link);
    link.onMessage = () => link.send('moves', utf8('secret answer'));
  };
  for (let i = 0; i < 2; i++) {
    const link = await dial(host.address, host.publicKey, { channels });
    await new Promise<void>((done) => {
      link.onMessage = () => done();
      link.send('moves', utf8('secret question'));
    });
    link.close();
  }
  await host.close();

  const keyLines = readFileSync(keyLogFile, 'utf8').trimEnd().split('\n');
  assert.equal(keyLines.length, 2);
  for (const line of keyLines) {
    assert.match(line, /^PAPERCLIP1 [0-9a-f]{8} [0-9a-f]{8} [0-9a-f]{64} [0-9a-f]{64}$/);
  }
  assert.equal(statSync(keyLogFile).mode & 0o777, 0o600);
  assert.equal(warnings.filter((text) => text.includes(keyLogFile)).length, 1);

  const files = readdirSync(trace);
  assert.equal(files.length, 2);
  for (const name of files) {
    assert.match(name, /^[0-9a-f]{8}-[0-9a-f]{8}_host\.sqlog$/);
    assert.equal(statSync(join(trace, name)).mode & 0o777, 0o600);
    const bytes = readFileSync(join(trace, name));
    const events = readQlog(bytes);
    assert.ok(countOf(events, 'transport:packet_received') >= 2);
    assert.ok(!bytes.includes('secret'), 'what was said is not in the trace');
    const keys = keyLines.flatMap((line) => line.split(' ').slice(3));
    for (const key of keys) assert.ok(!bytes.includes(key), 'keys are not in the trace');
  }
});

test('both ends write the same key line', () => {
  const setups: ConnectionSetup[] = [];
  const observe = (setup: ConnectionSetup): undefined => {
    setups.push(setup);
  };
  connectionPair({ channels: { a: 'unreliable' }, observeHost: observe, observeClient: observe });
  const [a, b] = setups.map(keyLogLine);
  assert.ok(a !== undefined);
  assert.equal(a, b);
});

test('a trace that has reached its size says so and ends; the link does not notice', async (t) => {
  const path = join(scratch(t), 'full.sqlog');
  const file = new TraceFile(path, false, { bytesMax: 100, waitingBytesMax: 1000 });
  for (let i = 0; i < 50; i++) file.write(`\u001e${JSON.stringify({ time: i })}\n`);
  await file.end();
  const text = readFileSync(path, 'utf8');
  assert.match(text, /"the trace has reached its size","records_lost":0/);
  assert.ok(text.length < 100 + 150, `${text.length} bytes`);
});

test('what the disk does not take in time is lost and counted, and memory is bounded', async (t) => {
  const path = join(scratch(t), 'slow.sqlog');
  const file = new TraceFile(path, false, { bytesMax: 10_000, waitingBytesMax: 100 });
  const record = `\u001e${'x'.repeat(38)}\n`;
  // All in one turn of the event loop: nothing can have reached the disk.
  for (let i = 0; i < 10; i++) file.write(record);
  await file.end();
  const text = readFileSync(path, 'utf8');
  assert.ok(text.startsWith(record.repeat(2)));
  assert.match(text.slice(2 * record.length), /"the disk did not keep up","records_lost":8\}/);
});

test('a named file has the newest run; the file of another is not written through a link', async (t) => {
  const folder = scratch(t);
  const trace = join(folder, 'run.sqlog');
  const victim = join(folder, 'victim');
  const keyLogFile = join(folder, 'keys.txt');
  writeFileSync(trace, 'an older run');
  writeFileSync(victim, 'mine');
  symlinkSync(victim, keyLogFile);
  const channels = { moves: 'reliable-ordered' } as const;
  const host = await listen({ port: 0, channels, trace, keyLogFile });
  const link = await dial(host.address, host.publicKey, { channels });
  await new Promise<void>((done) => link.send('moves', utf8('hello'), { onDelivered: done }));
  link.close();
  await host.close();
  assert.ok(readQlog(readFileSync(trace)).length > 5);
  assert.equal(readFileSync(victim, 'utf8'), 'mine');
});

test('a trace or a key log that cannot be written costs a warning and not the link', async (t) => {
  const folder = scratch(t);
  const channels = { moves: 'reliable-ordered' } as const;
  const warnings: string[] = [];
  const listener = (warning: Error) => warnings.push(warning.message);
  process.on('warning', listener);
  t.after(() => process.off('warning', listener));
  const nowhere = join(folder, 'not', 'there');
  const trace = join(nowhere, 'trace.sqlog');
  const host = await listen({ port: 0, channels, trace, keyLogFile: join(nowhere, 'keys') });
  const link = await dial(host.address, host.publicKey, { channels });
  await new Promise<void>((done) => link.send('moves', utf8('hello'), { onDelivered: done }));
  link.close();
  await host.close();
  assert.ok(warnings.some((text) => /trace .* is given up: ENOENT/.test(text)));
  assert.ok(warnings.some((text) => /key log .*ENOENT/.test(text)));
});

test('a path that is none, a pipe without a reader: a warning, and the link and its end go on', async (t) => {
  const keyLogFile = join(scratch(t), 'pipe');
  execFileSync('mkfifo', [keyLogFile]);
  const warnings: string[] = [];
  const listener = (warning: Error) => warnings.push(warning.message);
  process.on('warning', listener);
  t.after(() => process.off('warning', listener));
  const channels = { moves: 'reliable-ordered' } as const;
  const host = await listen({ port: 0, channels, trace: 'traces\0of', keyLogFile });
  const link = await dial(host.address, host.publicKey, { channels });
  await new Promise<void>((done) => link.send('moves', utf8('hello'), { onDelivered: done }));
  link.close();
  await host.close();
  assert.ok(warnings.some((text) => /no trace in traces.*null bytes/s.test(text)));
  assert.ok(warnings.some((text) => /key log .*ENXIO/.test(text)));
});

test('a key log that is not a file gets no keys, and keeps its permissions', async (t) => {
  const path = join(scratch(t), 'pipe');
  execFileSync('mkfifo', ['-m', '644', path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  t.after(() => closeSync(reader));
  const setups: ConnectionSetup[] = [];
  const observeHost = (setup: ConnectionSetup): undefined => {
    setups.push(setup);
  };
  connectionPair({ channels: { a: 'unreliable' }, observeHost });
  const log = new KeyLog(path);
  log.add(setups[0]!);
  await log.written;
  assert.equal(statSync(path).mode & 0o777, 0o644);
  assert.equal(readSync(reader, new Uint8Array(100)), 0);
});
