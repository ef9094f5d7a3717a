// The clock estimate over real sockets and a real clock: both ends are in one process, so that the
// truth is known.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Link } from '../protocol/link.ts';
import type { DatagramNetwork } from './datagram-network.ts';
import { dial } from './dial.ts';
import { listen } from './listen.ts';
import { memoryNetwork } from './memory.ts';
import { udpNetwork } from './udp.ts';
import { fastestUdpNetwork } from './udp-batch.ts';

const networks: Readonly<Record<string, DatagramNetwork>> = {
  memory: memoryNetwork(),
  udp: udpNetwork,
  'the fastest udp': await fastestUdpNetwork(),
};

for (const [name, network] of Object.entries(networks)) {
  test(`${name}: what a client says of its host's time is true within its bound`, async () => {
    const channels = { ticks: 'reliable-ordered' } as const;
    const host = await listen({ port: 0, channels, network });
    const links: Link[] = [];
    host.onLink = (link) => {
      links.push(link);
      link.onMessage = () => link.send('ticks', Uint8Array.of(1));
    };
    const link = await dial(host.address, host.publicKey, { channels, network });
    assert.equal(link.hostTime(), undefined);
    for (let round = 0; round < 5; round++) {
      await new Promise<void>((done) => {
        link.onMessage = () => done();
        link.send('ticks', Uint8Array.of(0));
      });
      const before = links[0]?.hostTime()?.unixMs ?? Number.NaN;
      const time = link.hostTime();
      const after = links[0]?.hostTime()?.unixMs ?? Number.NaN;
      assert.ok(time !== undefined);
      assert.ok(time.unixMs >= before - time.errorMs, `${time.unixMs} < ${before}`);
      assert.ok(time.unixMs <= after + time.errorMs, `${time.unixMs} > ${after}`);
    }
    link.close();
    await host.close();
    assert.equal(link.hostTime(), undefined);
  });
}
