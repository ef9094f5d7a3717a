// How long small messages of a steady sender take over a bad path, in virtual time: every message
// of several seeds, from `send` to the peer's application.

import type { ChannelOptions } from '../../protocol/link.ts';
import { connectionPair } from '../../testing/connection-pair.ts';
import type { LinkConditions } from '../../testing/simulated-link.ts';

export interface SteadySender extends LinkConditions {
  readonly channel: ChannelOptions;
  readonly seeds: number;
  /** Messages a second, and of each seed. */
  readonly hz?: number;
  readonly messages?: number;
  readonly messageBytes?: number;
}

export interface DeliveryLatency {
  /** Sorted; a message that did not come would be missing. */
  readonly ms: readonly number[];
  /** The value that this part of all messages did not exceed. */
  quantile(part: number): number;
  readonly bytesSent: number;
  readonly redundantBytes: number;
  /** Of all seeds together. */
  readonly durationMs: number;
}

export function measureLatency(sender: SteadySender): DeliveryLatency {
  const { hz = 60, messages = 1200, messageBytes = 64, seeds, channel } = sender;
  const ms: number[] = [];
  let bytesSent = 0;
  let redundantBytes = 0;
  let durationMs = 0;
  for (let seed = 0; seed < seeds; seed++) {
    const pair = connectionPair({ ...sender, channels: { moves: channel }, seed });
    const { network, client, host } = pair;
    const sentAtMs: number[] = [];
    host.onEvent = (event) => {
      if (event.type !== 'message') return;
      const index = new DataView(event.message.buffer, event.message.byteOffset).getUint32(0);
      ms.push(network.nowMs - sentAtMs[index]!);
    };
    network.runFor(500);
    const message = new Uint8Array(messageBytes);
    const send = (): void => {
      new DataView(message.buffer).setUint32(0, sentAtMs.length);
      sentAtMs.push(network.nowMs);
      client.send(0, message);
      client.flush();
      if (sentAtMs.length < messages) network.after(1000 / hz, send);
    };
    send();
    network.runFor((messages * 1000) / hz + 5000);
    const stats = client.connection.stats();
    bytesSent += stats.bytesSent;
    redundantBytes += stats.redundantBytes;
    durationMs += network.nowMs;
  }
  ms.sort((a, b) => a - b);
  return {
    ms,
    quantile: (part) => ms[Math.min(ms.length - 1, Math.ceil(part * ms.length) - 1)]!,
    bytesSent,
    redundantBytes,
    durationMs,
  };
}
