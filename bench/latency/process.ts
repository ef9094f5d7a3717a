// One end of the latency benchmark, in a process of its own.

import { serve } from '../harness/calls.ts';
import type { LatencyPeer, LatencyReceiver, Load, SendReport, Target } from './peer.ts';
import { latencyPeers } from './peers.ts';

let receiver: LatencyReceiver | undefined;

const calls = {
  async receive(input: { readonly peer: string; readonly bindHost: string; readonly load: Load }) {
    receiver = await peerNamed(input.peer).receive(input.bindHost, input.load);
    const { port, publicKey } = receiver;
    return { port, ...(publicKey !== undefined && { publicKey }) };
  },

  finish(): Promise<readonly number[]> {
    if (receiver === undefined) throw new Error('nothing was received');
    return receiver.finish();
  },

  send(input: {
    readonly peer: string;
    readonly target: Target;
    readonly load: Load;
  }): Promise<SendReport> {
    return peerNamed(input.peer).send(input.target, input.load);
  },
};

export type LatencyCalls = typeof calls;

function peerNamed(name: string): LatencyPeer {
  const peer = latencyPeers.find((one) => one.name === name);
  if (peer === undefined) throw new Error(`no peer ${name}`);
  return peer;
}

serve(calls);
