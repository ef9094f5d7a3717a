// An hour on a network that misbehaves, without a socket and without waiting: the true protocol
// with its true cryptography, in virtual time. Equal seeds give equal runs. Run it with
// `node --conditions=paperclip-source examples/bad-network/main.ts` from the repository.

import { world } from 'paperclip/testing';

const net = world({
  seed: 7,
  delayMs: 80,
  jitterMs: 20,
  loss: 0.05,
  burst: { enter: 0.01, leave: 0.3, loss: 0.8 },
  duplicate: 0.02,
  reorder: 0.1,
});

let next = 0;
const host = net.listen({
  channels: { moves: 'reliable-ordered' },
  onLink: (link) => {
    link.onMessage = (_channel, message) => {
      const number = new DataView(message.buffer, message.byteOffset).getUint32(0);
      if (number !== next) throw new Error(`expected ${next}, got ${number}`);
      next += 1;
    };
  },
});

const player = net.dial(host);
const sent = 60 * 60 * 10;
for (let number = 0; number < sent; number++) {
  const message = new Uint8Array(64);
  new DataView(message.buffer).setUint32(0, number);
  player.send('moves', message);
  net.runFor(100);
}
const done = net.runUntil(() => next === sent, 60_000);

const stats = player.stats();
console.log(`${next} of ${sent} messages, each once and in order: ${done}`);
console.log(`${stats.packetsLost} of ${stats.packetsSent} packets lost`);
console.log(`${(net.nowMs / 60_000).toFixed(0)} virtual minutes`);
