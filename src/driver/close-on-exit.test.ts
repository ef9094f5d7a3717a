import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { fromHex, toHex } from '../base/bytes.ts';
import type { Link, LinkEnd } from '../protocol/link.ts';
import { channels } from './close-on-exit.fixture.ts';
import { closeOnExit } from './close-on-exit.ts';
import { dial } from './dial.ts';
import { listen } from './listen.ts';

async function program(...args: readonly string[]): Promise<[ChildProcess, string]> {
  const file = join(import.meta.dirname, 'close-on-exit.fixture.ts');
  const child = fork(file, args);
  const [line] = (await once(child, 'message')) as [string];
  return [child, line];
}

const endOf = (link: Link) =>
  new Promise<LinkEnd>((done) => {
    link.onEnd = done;
  });

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`${signal} to a program that dialled: its host hears the end at once`, async () => {
    const listener = await listen({ port: 0, channels });
    const ended = new Promise<LinkEnd>((done) => {
      listener.onLink = (link) => void endOf(link).then(done);
    });
    const [child] = await program(
      ...['dial', `${listener.address.port}`, toHex(listener.publicKey)],
    );
    const exited = once(child, 'exit');
    child.kill(signal);
    assert.deepEqual(await ended, { kind: 'closed-by-peer', code: 0, reason: '' });
    assert.deepEqual(await exited, [null, signal]);
    await listener.close();
  });

  test(`${signal} to a program that listens: its players hear the end at once`, async () => {
    const [child, line] = await program('listen');
    const [port, key] = line.split(' ');
    const ended = endOf(await dial(`127.0.0.1:${port}`, fromHex(key!)!, { channels }));
    const exited = once(child, 'exit');
    child.kill(signal);
    assert.deepEqual(await ended, { kind: 'closed-by-peer', code: 0, reason: '' });
    assert.deepEqual(await exited, [null, signal]);
  });
}

test('what was taken back listens for no signal', () => {
  const before = process.listenerCount('SIGTERM');
  const stop = closeOnExit({ close: () => assert.fail('closed') });
  assert.equal(process.listenerCount('SIGTERM'), before + 1);
  stop();
  assert.equal(process.listenerCount('SIGTERM'), before);
});
