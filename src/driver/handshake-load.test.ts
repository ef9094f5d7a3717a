import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Link } from '../protocol/link.ts';
import { handshakeLimits } from '../protocol/paperclip/handshake-limits.ts';
import { dial } from './dial.ts';
import { listen } from './listen.ts';

const channels = { moves: 'reliable-ordered' } as const;

/** The thread does nothing else for so long. */
function stall(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

test('a host whose event loop was late asks the next client for a cookie, and takes it in', async () => {
  const linked = Promise.withResolvers<Link>();
  const listener = await listen({ port: 0, channels, onLink: linked.resolve });
  const first = await dial(listener.address, listener.publicKey, { channels });
  const hostLink = await linked.promise;
  for (let left = 50; !listener.handshakeLoad().isUnderLoad; left--) {
    assert.ok(left > 0, 'no stall was noticed');
    // The host waits for an acknowledgement, so that a timer of its is due soon.
    hostLink.send('moves', Uint8Array.of(1));
    hostLink.flush();
    stall(3 * handshakeLimits.loadDelayMsOn);
    await new Promise((done) => setImmediate(done));
  }

  const types: (number | undefined)[] = [];
  const second = await dial(listener.address, listener.publicKey, {
    channels,
    datagramTap: ({ direction, bytes }) => {
      if (direction === 'in' && bytes[0]! < 0x18) types.push(bytes[0]);
    },
  });
  assert.deepEqual(types, [0x15, 0x12]);
  assert.equal(listener.refusals()['cookie-missing'], 1);
  assert.equal(listener.handshakeLoad().addressesRemembered, 0, 'loopback has no share to keep to');
  first.close();
  second.close();
  await listener.close();
});
