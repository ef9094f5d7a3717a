import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Listener } from '../protocol/link.ts';
import { generateKeyPair } from './default-crypto.ts';
import { dial } from './dial.ts';
import { driverContract } from './driver-contract.suite.ts';
import { listen } from './listen.ts';
import { AddressCache, udpNetwork } from './udp.ts';

driverContract('udp', () => udpNetwork);

const loopback = { host: '127.0.0.1', port: 0 };

test('udp: a client may dial before its host listens; the refusals of the kernel end nothing', async () => {
  const placeholder = await udpNetwork.bind(loopback, () => {});
  const at = placeholder.local;
  await placeholder.close();
  const channels = { moves: 'reliable-ordered' } as const;
  const keyPair = generateKeyPair();
  let isFirst = true;
  let listening: Promise<Listener> | undefined;
  const link = await dial(at, keyPair.publicKey, {
    channels,
    datagramTap: () => {
      // The first AUTH 1 finds nobody there: the host starts when the second goes out.
      if (!isFirst) listening ??= listen({ ...at, channels, keyPair });
      isFirst = false;
    },
  });
  assert.equal(link.isOpen, true);
  link.close();
  await (await listening)?.close();
});

test('udp: after close nothing is sent and nothing throws', async () => {
  const host = await udpNetwork.bind(loopback, () => {});
  const { port, peer } = await udpNetwork.connect(host.local, () => {});
  await Promise.all([port.close(), host.close()]);
  port.send(Uint8Array.of(3), 1, peer);
  await port.close();
  assert.equal(port.errorCount, 0);
});

const ipv6 = { host: '::1', port: 0 };
const hasIpv6 = await udpNetwork
  .bind(ipv6, () => {})
  .then(
    (port) => port.close().then(() => true),
    () => false,
  );

test('udp: a link over IPv6', { skip: hasIpv6 ? false : 'no IPv6 on this machine' }, async () => {
  const channels = { moves: 'reliable-ordered' } as const;
  const listener = await listen({ ...ipv6, channels });
  const peer = new Promise<string>((done) => {
    listener.onLink = (link) => done(link.peer.address);
  });
  const link = await dial(`[::1]:${listener.address.port}`, listener.publicKey, { channels });
  assert.match(await peer, /^\[::1\]:\d+$/);
  link.close();
  await listener.close();
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

test('udp: a flood of addresses with one port is not searched one by one', () => {
  const cache = new AddressCache();
  const known = cache.get('10.0.0.1', 5000);
  assert.equal(cache.get('10.0.0.1', 5000), known);
  for (let i = 0; i < 20_000; i++) {
    const host = `10.1.${i >> 8}.${i & 255}`;
    assert.equal(cache.get(host, 5000).host, host);
  }
  assert.equal(cache.countWith(5000), 8);
  assert.equal(cache.get('10.0.0.1', 5000).key, known.key);
});
