import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { utf8 } from '../base/bytes.ts';
import type { Link } from '../protocol/link.ts';
import { generateKeyPair } from './default-crypto.ts';
import { dial } from './dial.ts';
import { listen } from './listen.ts';
import { memoryNetwork } from './memory.ts';
import { channels, type SharerData } from './reuse-port.fixture.ts';
import { udpNetwork } from './udp.ts';
import { batchUdpNetwork } from './udp-batch.ts';

const clientCount = 40;
const messageCount = 5;
const at = { host: '127.0.0.1', port: 0 };
const batch = await batchUdpNetwork();

async function sharer(data: SharerData): Promise<[Worker, number]> {
  const worker = new Worker(new URL('./reuse-port.fixture.ts', import.meta.url), {
    workerData: data,
  });
  const [port] = (await once(worker, 'message')) as [number];
  return [worker, port];
}

/** Who answered each message. */
async function ask(link: Link): Promise<readonly string[]> {
  const names: string[] = [];
  const done = new Promise<void>((resolve) => {
    link.onMessage = (_channel, message) => {
      names.push(new TextDecoder().decode(message));
      if (names.length === messageCount) resolve();
      else link.send('moves', utf8('who?'));
    };
  });
  link.send('moves', utf8('who?'));
  await done;
  link.close();
  return names;
}

const isRefused = await udpNetwork
  .bind(at, () => {}, { reusePort: true })
  .then(
    (port) => port.close().then(() => false),
    () => true,
  );
const skip = isRefused ? 'this system does not share ports' : false;

for (const isBatch of batch === undefined ? [false] : [false, true]) {
  const name = isBatch ? 'udp in batches' : 'udp';
  test(`${name}: two listeners on one port serve everyone between them`, { skip }, async () => {
    const keyPair = generateKeyPair();
    const [first, port] = await sharer({ name: 'first', port: 0, keyPair, isBatch });
    const [second] = await sharer({ name: 'second', port, keyPair, isBatch });
    const answers = await Promise.all(
      Array.from({ length: clientCount }, async () =>
        ask(await dial({ ...at, port }, keyPair.publicKey, { channels })),
      ),
    );
    for (const names of answers) assert.equal(new Set(names).size, 1, 'one link, one listener');
    // By chance all go to one of them once in 2^39 runs.
    assert.deepEqual(new Set(answers.flat()), new Set(['first', 'second']));
    for (const worker of [first, second]) {
      worker.postMessage('close');
      await once(worker, 'exit');
    }
  });

  test(`${name}: a port is shared only by those who say so`, { skip }, async () => {
    const network = isBatch ? batch! : udpNetwork;
    const sharing = await network.bind(at, () => {}, { reusePort: true });
    await assert.rejects(
      network.bind(sharing.local, () => {}),
      { code: 'EADDRINUSE' },
    );
    await sharing.close();
  });
}

test('a port that cannot be shared is refused with the reason', async () => {
  const keyPair = generateKeyPair();
  const options = { port: 0, channels, reusePort: true };
  await assert.rejects(listen(options), /keyPair/);
  await assert.rejects(
    listen({ ...options, keyPair, platformKeys: [new Uint8Array(32)] }),
    /platformKeys/,
  );
  await assert.rejects(listen({ ...options, keyPair, network: memoryNetwork() }), /reusePort/);
});
