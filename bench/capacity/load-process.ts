// The load generator of the capacity benchmark for Paperclip: thousands of clients.

import { fromBase64Url } from '../../src/base/bytes.ts';
import { DialError, dial, type HostAndPort, type Link } from '../../src/driver/index.ts';
import { serve } from '../harness/calls.ts';
import { clockMs } from '../harness/clock.ts';
import type { LoadCalls } from './calls.ts';
import { runEcho } from './load.ts';
import { channels, echoChannel, generatorSockets } from './plan.ts';
import { sharedSockets } from './shared-sockets.ts';

const links: Link[] = [];
let ended = 0;
const network = sharedSockets(generatorSockets);
const refusalsMax = 100;

serve({
  async connect(input) {
    const key = fromBase64Url(input.trust);
    if (key === undefined) throw new Error('the host gave no public key');
    const address = { host: '127.0.0.1', port: input.port };
    let left = input.count - links.length;
    let refusals = 0;
    const dialOn = async (): Promise<void> => {
      while (left > 0) {
        left--;
        try {
          links.push(await dialOne(address, key));
        } catch (error) {
          // A host under load lets only so many of one address in, and all of these have one.
          if (!(error instanceof DialError) || ++refusals > refusalsMax) throw error;
          left++;
        }
      }
    };
    await Promise.all(Array.from({ length: input.atOnce }, dialOn));
  },

  echo(load) {
    return runEcho(
      links.length,
      load,
      (i, message) => {
        const link = links[i]!;
        link.send(echoChannel, message);
        // As at the end of a tick: a turn of the event loop for each would be the generator's.
        link.flush();
      },
      (arrivals) => {
        for (const link of links) {
          link.onMessage = (_channel, message) => arrivals.add(message, clockMs());
        }
      },
    );
  },

  ended: () => ended,
} satisfies LoadCalls);

async function dialOne(address: HostAndPort, key: Uint8Array): Promise<Link> {
  const link = await dial(address, key, { channels, network, rebindsWhenInterrupted: false });
  link.onEnd = (end) => {
    ended++;
    console.error('a connection ended', end);
  };
  return link;
}
