import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DatagramHandler, DatagramNetwork } from './datagram-network.ts';
import { driverContract } from './driver-contract.suite.ts';
import { udpNetwork } from './udp.ts';
import { batchUdpNetwork } from './udp-batch.ts';

const network = await batchUdpNetwork();
const withoutRuns = await batchUdpNetwork({ runs: false });
const skip = network === undefined ? 'no sendmmsg through koffi on this machine' : false;
const loopback = { host: '127.0.0.1', port: 0 };

if (network === undefined || withoutRuns === undefined) {
  test('udp in batches', { skip }, () => {});
} else {
  driverContract('udp in batches', () => network);
  driverContract('udp in batches without runs', () => withoutRuns);

  test('udp in batches: runs of equal datagrams arrive as they were, whatever ends them', async () => {
    // Longer than a run in datagrams, then in bytes; shorter ones inside and at the end; another
    // length right after.
    const lengths = [
      ...new Array<number>(130).fill(40),
      ...new Array<number>(60).fill(1_452),
      ...new Array<number>(20).fill(8_848),
      700,
      ...new Array<number>(20).fill(1_200),
      1,
      1_200,
      1_300,
      1_300,
      1_299,
    ];
    for (const [sendsRuns, receivesJoined] of [
      [true, false],
      [true, true],
      [false, true],
    ]) {
      const heard: number[] = [];
      let allHeard = () => {};
      const done = new Promise<void>((resolve) => {
        allHeard = resolve;
      });
      const hear: DatagramHandler = (bytes, start, end) => {
        const number = heard.length;
        heard.push(end - start);
        assert.equal(bytes[start], number & 255);
        assert.equal(bytes[end - 1], number & 255);
        if (heard.length === lengths.length) allHeard();
      };
      // Who reads what comes joined knows where the first one ends.
      const options = receivesJoined ? { firstDatagramBytes: () => lengths[heard.length]! } : {};
      const host = await network.bind(loopback, hear, options);
      const sending: DatagramNetwork = sendsRuns ? network : withoutRuns;
      const { port, peer } = await sending.connect(host.local, () => {});
      for (const [n, length] of lengths.entries()) {
        port.send(new Uint8Array(length).fill(n), length, peer);
      }
      port.flush?.();
      await done;
      assert.deepEqual(heard, lengths);
      assert.equal(port.errorCount, 0);
      await Promise.all([port.close(), host.close()]);
    }
  });

  test('udp in batches: all datagrams arrive whole, from the right sender', async () => {
    const heard = new Map<string, number[]>();
    let left = 3 * 200;
    let allHeard = () => {};
    const done = new Promise<void>((resolve) => {
      allHeard = resolve;
    });
    const host = await network.bind(loopback, (bytes, start, end, from) => {
      assert.equal(end - start, 2 + (bytes[start]! % 7));
      const numbers = heard.get(from.key) ?? [];
      heard.set(from.key, numbers);
      numbers.push(bytes[start]!);
      if (--left === 0) allHeard();
    });
    const clients = await Promise.all(
      [network, network, udpNetwork].map((one) => one.connect(host.local, () => {})),
    );
    for (let n = 0; n < 200; n++) {
      for (const { port, peer } of clients) {
        const bytes = new Uint8Array(2 + (n % 7)).fill(n);
        port.send(bytes, bytes.length, peer);
      }
      if (n % 50 === 49) {
        await new Promise((resolve) => setImmediate(resolve));
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    await done;
    const sent = Array.from({ length: 200 }, (_, n) => n);
    for (const { port } of clients) {
      assert.deepEqual(heard.get(`127.0.0.1:${port.local.port}`), sent);
    }
    await Promise.all([...clients.map(({ port }) => port.close()), host.close()]);
  });

  test('udp in batches: a host answers each of many to the right address', async () => {
    const host = await network.bind(loopback, (bytes, start, end, from) => {
      host.send(bytes.subarray(start, end), end - start, from);
    });
    const echoes = await Promise.all(
      Array.from(
        { length: 20 },
        (_, n) =>
          new Promise<number>((resolve) => {
            const client = network.connect(host.local, (bytes, start) => {
              resolve(bytes[start]!);
              void client.then(({ port }) => port.close());
            });
            void client.then(({ port, peer }) => port.send(Uint8Array.of(n), 1, peer));
          }),
      ),
    );
    assert.deepEqual(
      echoes,
      echoes.map((_, n) => n),
    );
    await host.close();
  });

  test('udp in batches: a port that is taken is refused as Node refuses it', async () => {
    const host = await network.bind(loopback, () => {});
    await assert.rejects(
      network.bind(host.local, () => {}),
      {
        code: 'EADDRINUSE',
        syscall: 'bind',
      },
    );
    await host.close();
  });

  test('udp in batches: nobody there is a lost datagram, and the next one goes', async () => {
    const gone = await network.bind(loopback, () => {});
    const at = gone.local;
    await gone.close();
    const { port, peer } = await network.connect(at, () => {});
    port.send(Uint8Array.of(1), 1, peer);
    port.flush?.();
    const arrived = new Promise<number>((resolve) => {
      void network
        .bind(at, (bytes, start) => resolve(bytes[start]!))
        .then((host) => {
          port.send(Uint8Array.of(2), 1, peer);
          port.send(Uint8Array.of(3), 1, peer);
          port.flush?.();
          void arrived.finally(() => host.close());
        });
    });
    // The kernel reports the first loss on a later send, in place of one that it took.
    assert.ok([2, 3].includes(await arrived));
    await port.close();
  });

  test('udp in batches: too long is lost and counted; after close nothing is sent', async () => {
    const host = await network.bind(loopback, () => {});
    const { port, peer } = await network.connect(host.local, () => {});
    port.send(new Uint8Array(9_001), 9_001, peer);
    assert.equal(port.errorCount, 1);
    await Promise.all([port.close(), host.close()]);
    port.send(Uint8Array.of(3), 1, peer);
    port.flush?.();
    await port.close();
    assert.equal(port.errorCount, 1);
  });
}
