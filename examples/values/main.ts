// A channel of values: of each key only the newest matters, and it arrives whatever is lost. Fifty
// creatures change for ten seconds on a network that loses every tenth packet; then the player
// knows the last state of each. Run it with
// `node --conditions=paperclip-source examples/values/main.ts` from the repository.

import { world } from 'paperclip/testing';

const net = world({ seed: 7, delayMs: 50, jitterMs: 10, loss: 0.1 });
const host = net.listen({ channels: { creatures: { mode: 'reliable-latest', compress: true } } });
const player = net.dial(host);
net.runFor(200);
const link = host.links[0]!;

const known = new Map<number | undefined, string>();
player.onMessage = (_channel, message, key) => known.set(key, new TextDecoder().decode(message));

const newest = new Map<number, string>();
const fates = { delivered: 0, superseded: 0 };
let sent = 0;
for (let tick = 0; tick < 600; tick++) {
  for (const key of [tick % 50, (7 * tick) % 50]) {
    const state = JSON.stringify({ key, tick, at: { x: tick, y: key }, carries: ['a', 'b', 'c'] });
    newest.set(key, state);
    sent += 1;
    link.send('creatures', new TextEncoder().encode(state), {
      key,
      onDelivered: () => fates.delivered++,
      onLost: (reason) => reason === 'superseded' && fates.superseded++,
    });
  }
  net.runFor(1000 / 60);
}
net.runFor(2000);

const isSame = [...newest].every(([key, state]) => known.get(key) === state);
const { bytesBeforeCompression, bytesAfterCompression } = link.stats();
console.log(`the player knows the newest of all ${newest.size}: ${isSame}`);
console.log(`each was delivered or superseded: ${fates.delivered + fates.superseded === sent}`);
console.log(`fewer bytes for compression: ${bytesAfterCompression < bytesBeforeCompression}`);
