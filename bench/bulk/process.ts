// One end of one connection of the bulk benchmark, in a process of its own.

import { serve } from '../harness/calls.ts';
import type { BulkPeer, BulkReceiver, BulkReport, SendReport, Target } from './peer.ts';
import { bulkPeers } from './peers.ts';

let receiver: BulkReceiver | undefined;

const calls = {
  async receive(input: {
    readonly peer: string;
    readonly bindHost: string;
    readonly messageBytes: number;
  }) {
    receiver = await peerNamed(input.peer).receive(input.bindHost, input.messageBytes);
    const { port, publicKey } = receiver;
    return { port, ...(publicKey !== undefined && { publicKey }) };
  },

  finish(): Promise<BulkReport> {
    if (receiver === undefined) throw new Error('nothing was received');
    return receiver.finish();
  },

  send(input: {
    readonly peer: string;
    readonly target: Target;
    readonly messageBytes: number;
    readonly startAtMs: number;
    readonly durationMs: number;
  }): Promise<SendReport> {
    const { target, messageBytes, startAtMs, durationMs } = input;
    return peerNamed(input.peer).send(target, messageBytes, startAtMs, durationMs);
  },
};

export type BulkCalls = typeof calls;

function peerNamed(name: string): BulkPeer {
  const peer = bulkPeers.find((one) => one.name === name);
  if (peer === undefined) throw new Error(`no peer ${name}`);
  return peer;
}

serve(calls);
