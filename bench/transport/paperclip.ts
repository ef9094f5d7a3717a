// Paperclip 1 as a program uses it: encrypted messages over UDP through the public `listen` and
// `dial`, reliable and ordered or unreliable.

import { fromBase64Url, toBase64Url } from '../../src/base/bytes.ts';
import {
  type ChannelMode,
  type DialledLink,
  dial,
  listen,
  type ParameterOptions,
} from '../../src/driver/index.ts';
import { type Load, MessageCounter, nextTurn, now, type Peer } from './peer.ts';

interface Address {
  readonly port: number;
  readonly publicKey: string;
}

/** As without jumbo frames, and near to ENet's 1,392. */
const ethernet: ParameterOptions = { datagramBytesMax: 1_500 };

export const paperclipPeers: readonly Peer[] = [
  peer('reliable', 'reliable-ordered'),
  peer('reliable', 'reliable-ordered', ethernet),
  peer('unreliable', 'unreliable'),
  peer('unreliable', 'unreliable', ethernet),
];

function peer(kind: Peer['kind'], mode: ChannelMode, parameters?: ParameterOptions): Peer {
  const channels = { bench: mode };
  return {
    name: parameters === ethernet ? 'paperclip, datagrams of 1,452' : 'paperclip',
    kind,
    promise: `${mode}, encrypted`,
    // Of unreliable ones a channel queues 256 KiB, and what is more is lost before it leaves.
    perTurn: kind === 'reliable' ? 1_024 : 256,

    async receive() {
      const counter = new MessageCounter();
      const listener = await listen({
        host: '127.0.0.1',
        port: 0,
        channels,
        ...(parameters && { parameters }),
      });
      listener.onLink = (link) => {
        link.onMessage = () => counter.add();
      };
      const address: Address = {
        port: listener.address.port,
        publicKey: toBase64Url(listener.publicKey),
      };
      return {
        address,
        restart: () => counter.restart(),
        async finish() {
          const { report } = counter;
          await listener.close();
          return report;
        },
      };
    },

    async send(address, load) {
      const { port, publicKey } = address as Address;
      const key = fromBase64Url(publicKey);
      if (key === undefined) throw new Error('the receiver gave no public key');
      const link = await dial({ host: '127.0.0.1', port }, key, { channels });
      const sent = await sendAll(link, load);
      const stats = link.stats();
      link.close();
      return {
        sent,
        wire: {
          datagrams: stats.packetsSent,
          bytes: stats.bytesSent,
          lost: stats.packetsLost,
          resent: stats.messagesResent,
        },
      };
    },
  };
}

async function sendAll(link: DialledLink, { bytes, durationMs, perTurn }: Load): Promise<number> {
  const message = new Uint8Array(bytes).fill(7);
  let sent = 0;
  for (const end = now() + durationMs; now() < end; ) {
    let goOn = true;
    for (let i = 0; i < perTurn && goOn; i++) {
      goOn = link.send('bench', message);
      sent += 1;
    }
    if (goOn) await nextTurn();
    else {
      await new Promise<void>((resolve) => {
        link.onWritable = resolve;
      });
    }
  }
  await new Promise<void>((resolve) => {
    sent += 1;
    link.send('bench', message, { onDelivered: resolve, onLost: () => resolve() });
    link.flush();
  });
  return sent;
}
