// What the bulk benchmark runs: one connection that sends large messages, one after another.

import type { HostAndPort } from '../impairment/place.ts';

export interface Target extends HostAndPort {
  /** Where the peer has one. */
  readonly publicKey?: string;
}

export interface BulkReport {
  /** When each whole message had arrived, by the common clock. */
  readonly arrivedAtMs: readonly number[];
  /** One-way times of the state messages that arrived, milliseconds. */
  readonly stateMs: readonly number[];
}

export interface BulkReceiver {
  readonly port: number;
  readonly publicKey?: string;
  /** After the sender has ended. */
  finish(): Promise<BulkReport>;
}

export interface SendReport {
  /** When the first message was handed over, by the common clock. */
  readonly startedAtMs: number;
  readonly statesSent: number;
  /** Of the client, where several flows of one protocol may be on the path. */
  readonly localPort?: number;
}

export interface BulkPeer {
  readonly name: string;
  /** It cannot go through a relay of UDP. */
  readonly isTcp?: boolean;
  missing?(): string | undefined;
  receive(bindHost: string, messageBytes: number): Promise<BulkReceiver>;
  /** Connects, and sends at `startAtMs` for so long. */
  send(
    target: Target,
    messageBytes: number,
    startAtMs: number,
    durationMs: number,
  ): Promise<SendReport>;
}

/** Small messages that go beside the bulk, as a game's state does. */
export const stateHz = 60;
export const stateBytes = 200;
