import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { driverContract } from './driver-contract.suite.ts';
import { udpNetwork } from './udp.ts';

driverContract('udp', () => udpNetwork);

const loopback = { host: '127.0.0.1', port: 0 };

test('udp: datagrams that nobody listens for end nothing; the port goes on when somebody does', async () => {
  const placeholder = await udpNetwork.bind(loopback, () => {});
  const at = placeholder.local;
  await placeholder.close();
  const { port, peer } = await udpNetwork.connect(at, () => {});
  port.send(Uint8Array.of(1), 1, peer);
  // The kernel's refusal comes back as an error event in one of the next turns.
  for (let turn = 0; turn < 1_000 && port.errorCount === 0; turn++) await nextTurn();
  const arrived = new Promise<readonly number[]>((done) => {
    udpNetwork
      .bind(at, (bytes, start, end) => done([...bytes.subarray(start, end)]))
      .then((host) => {
        port.send(Uint8Array.of(2), 1, peer);
        void arrived.finally(() => host.close());
      });
  });
  assert.deepEqual(await arrived, [2]);
  await port.close();
  port.send(Uint8Array.of(3), 1, peer);
});

test('udp: a datagram that is too long is lost and counted', async () => {
  const host = await udpNetwork.bind(loopback, () => {});
  const { port, peer } = await udpNetwork.connect(host.local, () => {});
  port.send(new Uint8Array(1_501), 1_501, peer);
  assert.equal(port.errorCount, 1);
  await Promise.all([port.close(), host.close()]);
});

test('udp: the caller may reuse its buffer as soon as send has returned', async () => {
  const heard: string[] = [];
  let allHeard = () => {};
  const done = new Promise<void>((resolve) => {
    allHeard = resolve;
  });
  const host = await udpNetwork.bind(loopback, (bytes, start, end) => {
    if (heard.push(String.fromCharCode(...bytes.subarray(start, end))) === 20) allHeard();
  });
  const { port, peer } = await udpNetwork.connect(host.local, () => {});
  const buffer = new Uint8Array(1_500);
  for (let i = 0; i < 20; i++) {
    buffer.fill(65 + i);
    port.send(buffer, 3, peer);
  }
  await done;
  assert.deepEqual(
    heard,
    Array.from({ length: 20 }, (_, i) => String.fromCharCode(65 + i).repeat(3)),
  );
  await Promise.all([port.close(), host.close()]);
});

test('udp: a name is resolved once, before anything is sent', async () => {
  const arrived = new Promise<string>((done) => {
    void (async () => {
      const host = await udpNetwork.bind(loopback, (_bytes, _start, _end, from) => {
        done(from.key);
        void host.close();
      });
      const { port, peer } = await udpNetwork.connect(
        { host: '0.0.0.0', port: host.local.port },
        () => {},
      );
      port.send(Uint8Array.of(1), 1, peer);
      void arrived.finally(() => port.close());
    })();
  });
  assert.match(await arrived, /^127\.0\.0\.1:\d+$/);
});
