// Paperclip 1 in the bulk benchmark: large reliable messages on one channel, and on another of the
// same connection small unreliable state at 60 Hz, as a game has it while a map loads.

import { fromBase64Url, toBase64Url } from '../../src/base/bytes.ts';
import { type ChannelPlan, dial, type Link, listen } from '../../src/driver/index.ts';
import { clockMs, everyInterval, sleepMs } from '../harness/clock.ts';
import { Arrivals, stamp } from '../harness/stamps.ts';
import { type BulkPeer, stateBytes, stateHz } from './peer.ts';

const channels = (messageBytesMax: number): ChannelPlan => ({
  bulk: { mode: 'reliable-ordered', messageBytesMax },
  state: 'unreliable-sequenced',
});

export const paperclip: BulkPeer = {
  name: 'paperclip',

  async receive(bindHost, messageBytes) {
    const arrivedAtMs: number[] = [];
    const states = new Arrivals(0);
    const plan = channels(messageBytes);
    const listener = await listen({ host: bindHost, port: 0, channels: plan });
    listener.onLink = (link) => {
      link.onMessage = (channel, message) => {
        if (channel === 'bulk') arrivedAtMs.push(clockMs());
        else states.add(message, clockMs());
      };
    };
    return {
      port: listener.address.port,
      publicKey: toBase64Url(listener.publicKey),
      async finish() {
        await listener.close();
        return { arrivedAtMs, stateMs: states.times };
      },
    };
  },

  async send({ host, port, publicKey = '' }, messageBytes, startAtMs, durationMs) {
    const key = fromBase64Url(publicKey);
    if (key === undefined) throw new Error('the receiver gave no public key');
    const plan = channels(messageBytes);
    const link = await dial({ host, port }, key, { channels: plan });
    await sleepMs(Math.max(0, startAtMs - clockMs()));
    const startedAtMs = clockMs();
    const message = new Uint8Array(messageBytes).fill(7);
    const fill = (): void => {
      while (link.send('bulk', message));
    };
    link.onWritable = fill;
    fill();
    const statesSent = await sendStates(link, startedAtMs + durationMs);
    link.onWritable = undefined;
    link.close();
    return { startedAtMs, statesSent };
  },
};

async function sendStates(link: Link, untilMs: number): Promise<number> {
  const state = new Uint8Array(stateBytes);
  const view = new DataView(state.buffer);
  let sent = 0;
  await everyInterval(1000 / stateHz, untilMs, () => {
    stamp(view, clockMs(), sent++);
    link.send('state', state);
    link.flush();
  });
  return sent;
}
