// One end of one run, in a process of its own, so that its CPU time is its own.

import { serve } from '../harness/calls.ts';
import { cpuUsSince, type Load, type Peer, type ReceiveReport, type Receiver } from './peer.ts';
import { peers } from './peers.ts';

interface Who {
  readonly name: string;
  readonly kind: Peer['kind'];
}

let receiver: Receiver | undefined;

const calls = {
  /** The address for `send`. */
  async receive(who: Who): Promise<unknown> {
    receiver = await peerOf(who).receive();
    return receiver.address;
  },

  /** This end gets faster for a while. */
  warmsUp: (): boolean => receiver?.restart !== undefined,

  restart: (): void => receiver?.restart?.(),

  finish(): Promise<ReceiveReport> {
    if (receiver === undefined) throw new Error('nothing was received');
    return receiver.finish();
  },

  async send(input: Who & Load & { readonly address: unknown }) {
    const cpu = process.cpuUsage();
    const report = await peerOf(input).send(input.address, input);
    return { ...report, cpuUs: report.cpuUs ?? cpuUsSince(cpu) };
  },
};

export type TransportCalls = typeof calls;

function peerOf({ name, kind }: Who): Peer {
  const peer = peers.find((one) => one.name === name && one.kind === kind);
  if (peer === undefined) throw new Error(`no peer ${name}, ${kind}`);
  return peer;
}

serve(calls);
