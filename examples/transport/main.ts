// The transport without the platform: a host, a player, two channels, one port on loopback. Run it
// with `node --conditions=paperclip-source examples/transport/main.ts` from the repository.

import { dial, listen } from 'paperclip/protocol';

const text = new TextDecoder();
const bytes = (value: string): Uint8Array => new TextEncoder().encode(value);

// Both ends must have the same channels; each message chooses one.
const channels = { moves: 'reliable-ordered', position: 'unreliable-sequenced' } as const;

const host = await listen({ port: 0, channels });
host.onLink = (link) => {
  link.onMessage = (channel, message) => {
    console.log(`host got ${text.decode(message)} on ${channel}`);
    if (channel === 'moves') link.send('moves', bytes('your turn'));
  };
};

// A player knows the host's public key beforehand: that is what makes the link private.
const link = await dial(host.address, host.publicKey, { channels });
const answered = new Promise<void>((resolve) => {
  link.onMessage = (channel, message) => {
    console.log(`player got ${text.decode(message)} on ${channel}`);
    resolve();
  };
});
const delivered = new Promise<void>((resolve, reject) => {
  link.send('moves', bytes('e2 to e4'), {
    onDelivered: resolve,
    onLost: () => reject(new Error('the link ended first')),
  });
});
// Worth nothing after a tick: given up when it cannot leave within 50 ms.
link.send('position', bytes('x=3 y=4'), { ttlMs: 50 });
link.flush();

await Promise.all([answered, delivered]);
console.log('delivered');
link.close();
await host.close();
