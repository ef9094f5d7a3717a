// How good the connection was, over all links of a match: a reconnect starts a new link with
// counters at zero, and nobody should see less loss for it.

import type { HostTime, Link, LinkStats } from '../protocol/link.ts';

export interface MatchStats {
  /** Smoothed round trip of the present link, milliseconds; 0 before the first sample. */
  readonly rttMs: number;
  readonly rttMinMs: number;
  /** Packets declared lost / packets whose fate is known, 0 to 1. */
  readonly lossRate: number;
  readonly packetsSent: number;
  readonly packetsReceived: number;
  readonly packetsLost: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly messagesSent: number;
  readonly messagesReceived: number;
  readonly messagesResent: number;
  /** Links beyond the first. */
  readonly reconnects: number;
}

export class LinkTotals {
  readonly #past: LinkStats[] = [];
  #link: Link | undefined;

  open(link: Link): void {
    if (this.#link !== undefined) this.#past.push(this.#link.stats());
    this.#link = link;
  }

  get hostTime(): HostTime | undefined {
    return this.#link?.hostTime();
  }

  stats(): MatchStats {
    const all = this.#link === undefined ? this.#past : [...this.#past, this.#link.stats()];
    const sum = (counter: (stats: LinkStats) => number): number =>
      all.reduce((total, stats) => total + counter(stats), 0);
    const lost = sum((stats) => stats.packetsLost);
    const known = lost + sum((stats) => stats.packetsAcked);
    const minima = all.map((stats) => stats.rttMinMs).filter((ms) => ms > 0);
    return {
      rttMs: all.at(-1)?.srttMs ?? 0,
      rttMinMs: minima.length === 0 ? 0 : Math.min(...minima),
      lossRate: known === 0 ? 0 : lost / known,
      packetsSent: sum((stats) => stats.packetsSent),
      packetsReceived: sum((stats) => stats.packetsReceived),
      packetsLost: lost,
      bytesSent: sum((stats) => stats.bytesSent),
      bytesReceived: sum((stats) => stats.bytesReceived),
      messagesSent: sum((stats) => stats.messagesSent),
      messagesReceived: sum((stats) => stats.messagesReceived),
      messagesResent: sum((stats) => stats.messagesResent),
      reconnects: Math.max(0, all.length - 1),
    };
  }
}
