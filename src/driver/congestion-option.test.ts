// The `congestion` option of both ends, from the program's call to the link's statistics.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Link } from '../protocol/link.ts';
import { dial } from './dial.ts';
import { listen } from './listen.ts';
import { memoryNetwork } from './memory.ts';

const channels = { moves: 'reliable-ordered' } as const;

test('each end has the congestion control that it asks for', async () => {
  const network = memoryNetwork();
  const accepted = Promise.withResolvers<Link>();
  const host = await listen({
    port: 0,
    channels,
    network,
    congestion: { bytesPerSecond: 1_000_000 },
    onLink: accepted.resolve,
  });
  const reno = await dial(host.address, host.publicKey, {
    channels,
    network,
    congestion: 'new-reno',
  });
  assert.equal(reno.stats().congestionState, 'slow start');
  assert.equal((await accepted.promise).stats().congestionState, 'fixed rate');
  const byDefault = await dial(host.address, host.publicKey, { channels, network });
  assert.equal(byDefault.stats().congestionState, 'start-up');
  reno.close();
  byDefault.close();
  await host.close();
});

test('a congestion control that cannot be is refused where it is asked for', async () => {
  const network = memoryNetwork();
  const wrong = { port: 0, channels, network, congestion: { bytesPerSecond: 0 } };
  await assert.rejects(listen(wrong), /congestion.bytesPerSecond is 0/);
  const host = await listen({ port: 0, channels, network });
  await assert.rejects(dial(host.address, host.publicKey, wrong), /bytesPerSecond is 0/);
  await host.close();
});
