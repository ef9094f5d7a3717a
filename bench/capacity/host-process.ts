// The host of the capacity benchmark: it sends every message back.

import { writeHeapSnapshot } from 'node:v8';
import { toBase64Url } from '../../src/base/bytes.ts';
import { listen } from '../../src/driver/index.ts';
import type { Listener } from '../../src/protocol/link.ts';
import { serve } from '../harness/calls.ts';
import type { HostCalls } from './calls.ts';
import { hostUse } from './host-use.ts';
import { channels } from './plan.ts';

let listener: Listener | undefined;
let linkCount = 0;

serve({
  async listen({ connectionsMax }) {
    listener = await listen({ host: '127.0.0.1', port: 0, channels, connectionsMax });
    listener.onLink = (link) => {
      linkCount++;
      link.onMessage = (channel, message) => {
        link.send(channel, message);
        // At once, as the room server beside it does; what came together still leaves together.
        link.flush();
      };
      link.onEnd = () => {
        linkCount--;
      };
    };
    return { port: listener.address.port, trust: toBase64Url(listener.publicKey) };
  },

  use(collect) {
    if (listener === undefined) throw new Error('nothing listens');
    return { ...hostUse(collect), links: linkCount, traffic: { ...listener.traffic() } };
  },

  /** For whoever wants to know what the memory is. */
  heapSnapshot(file) {
    return writeHeapSnapshot(file);
  },
} satisfies HostCalls);
