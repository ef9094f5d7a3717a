// The load generator of the capacity benchmark for Paperclip: thousands of clients.

import { fromBase64Url } from '../../src/base/bytes.ts';
import { DialError, dial, type HostAndPort, type Link } from '../../src/driver/index.ts';
import { serve } from '../harness/calls.ts';
import { clockMs } from '../harness/clock.ts';
import { type EchoLoad, type EchoReport, runEcho } from './load.ts';
import { channels, echoChannel } from './plan.ts';
import { sharedSockets } from './shared-sockets.ts';

const links: Link[] = [];
let ended = 0;
const network = sharedSockets(50);
const refusalsMax = 100;

const calls = {
  /** Dials until there are `count` connections, a few at a time. */
  async connect(input: {
    readonly port: number;
    readonly publicKey: string;
    readonly count: number;
    readonly atOnce: number;
  }): Promise<void> {
    const key = fromBase64Url(input.publicKey);
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

  echo(load: EchoLoad): Promise<EchoReport> {
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

  /** Connections that ended, which none should. */
  ended(): number {
    return ended;
  },
};

export type LoadCalls = typeof calls;

async function dialOne(address: HostAndPort, key: Uint8Array): Promise<Link> {
  const link = await dial(address, key, { channels, network, rebindsWhenInterrupted: false });
  link.onEnd = (end) => {
    ended++;
    console.error('a connection ended', end);
  };
  return link;
}

serve(calls);
