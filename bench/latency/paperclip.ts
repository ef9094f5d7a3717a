// Paperclip 1 in the latency benchmark, through the public `listen` and `dial`, in four ways: in
// order or not, and with redundancy or without.

import { fromBase64Url, toBase64Url } from '../../src/base/bytes.ts';
import { type ChannelOptions, dial, type Link, listen } from '../../src/driver/index.ts';
import { clockMs, everyInterval, sleepMs } from '../harness/clock.ts';
import { Arrivals, stamp } from '../harness/stamps.ts';
import { sum } from '../harness/statistics.ts';
import { type LatencyPeer, messagesPerLink, settleMsMax } from './peer.ts';

export const paperclipPeers: readonly LatencyPeer[] = [
  peer('paperclip', { mode: 'reliable-ordered' }),
  peer('paperclip, redundancy', { mode: 'reliable-ordered', redundancy: true }),
  peer('paperclip, unordered', { mode: 'reliable-unordered' }),
  peer('paperclip, unordered, redundancy', { mode: 'reliable-unordered', redundancy: true }),
];

function peer(name: string, channel: ChannelOptions): LatencyPeer {
  const channels = { bench: channel };
  return {
    name,
    promise: `${channel.mode}, encrypted`,

    async receive(bindHost, load) {
      const arrivals = new Arrivals(load.warmUpMessages);
      const listener = await listen({ host: bindHost, port: 0, channels });
      listener.onLink = (link) => {
        link.onMessage = (_channel, message) => arrivals.add(message, clockMs());
      };
      return {
        port: listener.address.port,
        publicKey: toBase64Url(listener.publicKey),
        async finish() {
          await listener.close();
          return arrivals.times;
        },
      };
    },

    async send({ host, port, publicKey = '' }, load) {
      const key = fromBase64Url(publicKey);
      if (key === undefined) throw new Error('the receiver gave no public key');
      const links = await Promise.all(
        Array.from({ length: load.links }, () => dial({ host, port }, key, { channels })),
      );
      const messages = messagesPerLink(load);
      const open = await sendAll(links, load.hz, load.bytes, messages);
      for (const endMs = clockMs() + settleMsMax; open.size > 0 && clockMs() < endMs; ) {
        await sleepMs(10);
      }
      const stats = links.map((link) => link.stats());
      for (const link of links) link.close();
      return {
        messages: links.length * (messages - load.warmUpMessages),
        bytesSent: sum(stats.map((one) => one.bytesSent)),
        redundantBytes: sum(stats.map((one) => one.redundantBytes)),
      };
    },
  };
}

/** The connections take turns within an interval. What is not delivered yet is in the set. */
async function sendAll(
  links: readonly Link[],
  hz: number,
  bytes: number,
  messages: number,
): Promise<ReadonlySet<number>> {
  const open = new Set<number>();
  const message = new Uint8Array(bytes);
  const view = new DataView(message.buffer);
  let turn = 0;
  const intervalMs = 1000 / hz / links.length;
  await everyInterval(intervalMs, clockMs() + intervalMs * links.length * messages, () => {
    const id = turn++;
    open.add(id);
    stamp(view, clockMs(), Math.floor(id / links.length));
    const onDelivered = () => open.delete(id);
    const link = links[id % links.length]!;
    link.send('bench', message, { onDelivered, onLost: onDelivered });
    link.flush();
  });
  return open;
}
