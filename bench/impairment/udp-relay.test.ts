import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { test } from 'node:test';
import { UdpRelay } from './udp-relay.ts';

const loopback = '127.0.0.1';

async function socketOn(t: { after(close: () => void): void }): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(0, loopback);
  await once(socket, 'listening');
  t.after(() => socket.close());
  return socket;
}

test('datagrams go to the host and back to the client that they belong to', async (t) => {
  const clear = { delayMs: 5 };
  const relay = new UdpRelay({ toHost: clear, toClient: clear, seed: 1 });
  t.after(() => relay.close());
  const host = await socketOn(t);
  host.on('message', (bytes: Buffer, { port }) => host.send(`${bytes} back`, port, loopback));
  const entry = await relay.enter('test', host.address().port);

  const [a, b] = [await socketOn(t), await socketOn(t)];
  const answers = Promise.all([once(a, 'message'), once(b, 'message')]);
  a.send('from a', entry, loopback);
  b.send('from b', entry, loopback);
  const [[toA], [toB]] = await answers;
  assert.equal(String(toA), 'from a back');
  assert.equal(String(toB), 'from b back');
  const { toHost, toClient } = relay.report();
  assert.deepEqual([toHost.delivered, toClient.delivered], [2, 2]);
  assert.deepEqual(toHost.flows.map(({ name }) => name).sort(), ['test 1', 'test 2']);
});
