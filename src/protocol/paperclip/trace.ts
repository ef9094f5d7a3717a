// What a connection tells whoever wants to watch it: every packet with its plaintext, what was lost
// or dropped, how the path looks, when keys changed. Without a watcher it costs one comparison per
// packet. What is made of it is the watcher's (`qlog.ts`).
//
// A watcher is called in the middle of things: it may read what it is given while the call lasts,
// and must neither throw nor call the connection.

import type { LinkEnd } from '../link.ts';
import type { DropReason } from './drops.ts';
import type { ConnectionSetup } from './parameters.ts';

export interface TracedPacket {
  readonly number: number;
  readonly keyPhase: number;
  /** Length of the sealed UDP payload. */
  readonly datagramBytes: number;
  /** The frames, in the clear: `bytes[start, end)`. */
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** The sender's own parts, to be read and not kept. */
export interface TracedMetrics {
  readonly rtt: {
    readonly hasSample: boolean;
    readonly minMs: number;
    readonly smoothedMs: number;
    readonly latestMs: number;
    readonly varianceMs: number;
  };
  readonly congestion: { readonly windowBytes: number };
  readonly sent: { readonly bytesInFlight: number };
  readonly loss: { readonly ptoTotal: number };
}

export interface ConnectionTrace {
  packetSent(nowMs: number, packet: TracedPacket): void;
  packetReceived(nowMs: number, packet: TracedPacket): void;
  packetDropped(nowMs: number, datagramBytes: number, reason: DropReason): void;
  packetLost(nowMs: number, packetNumber: number): void;
  /** After every datagram and every time-out: most of it will be as it was. */
  metricsUpdated(nowMs: number, metrics: TracedMetrics): void;
  /** `updates` counts the changes of that direction's key. */
  keyUpdated(nowMs: number, direction: 'read' | 'write', updates: number): void;
  ended(nowMs: number, end: LinkEnd): void;
  /** Nothing will be called any more. */
  forgotten(): void;
}

/** Asked once for each connection that is made; undefined: it is not watched. */
export type ConnectionObserver = (
  setup: ConnectionSetup,
  nowMs: number,
) => ConnectionTrace | undefined;

export function withTrace(
  setup: ConnectionSetup,
  observe: ConnectionObserver | undefined,
  nowMs: number,
): ConnectionSetup {
  const trace = observe?.(setup, nowMs);
  return trace === undefined ? setup : { ...setup, trace };
}
