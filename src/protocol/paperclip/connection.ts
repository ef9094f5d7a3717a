// One established Paperclip 1 connection without its sockets: told the time and given datagrams, it
// answers with datagrams, events and the time it wants to be woken (`output.ts`, one drain rule).
//
// This file fixes the shape that an endpoint holds; the mechanisms land behind it.

import type { LinkEnd, LinkStats } from '../link.ts';
import type { DropCounts } from './drops.ts';
import type { ConnectionOutput } from './output.ts';
import type { ConnectionSetup } from './parameters.ts';

export interface MessageOptions {
  readonly ttlMs?: number;
  /** Named in the `delivered` or `lost` event of this message; without it there is neither. */
  readonly handle?: number;
}

export declare class Connection {
  constructor(setup: ConnectionSetup, nowMs: number);
  /** False when the datagram was dropped; nothing in it was believed. */
  handleDatagram(nowMs: number, bytes: Uint8Array, start: number, end: number): boolean;
  handleTimeout(nowMs: number): void;
  send(nowMs: number, channel: number, message: Uint8Array, options?: MessageOptions): boolean;
  flush(nowMs: number): void;
  /** `end` is what the `ended` event will say here; by default `closed-here`. */
  close(nowMs: number, code: number, reason: string, end?: LinkEnd): void;
  poll(nowMs: number): ConnectionOutput | undefined;
  stats(): LinkStats;
  get isOpen(): boolean;
  /** Nothing will be sent or accepted any more: forget the connection. */
  get isDrained(): boolean;
  get drops(): Readonly<DropCounts>;
}
