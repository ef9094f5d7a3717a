// A match's host in this process, for the client's tests: a real `HostedMatch` in virtual time, and
// links that are two function calls. Messages cross as bytes, one turn of the event loop later.

import type { Game } from '../game/define-game.ts';
import { HostedMatch } from '../game/hosted-match.ts';
import type { MatchRecord } from '../game/match-record.ts';
import { decodeClientMessage, encodeHostMessage } from '../game/messages.ts';
import type { LaneStats, Link, LinkEnd, LinkStats } from '../protocol/link.ts';
import type { MatchDialer } from './match-connection.ts';

export interface FakeHostSetup {
  readonly game: Game;
  readonly settings?: unknown;
  /** Seats of bots; the others are for dialers. Default: two people. */
  readonly bots?: readonly number[];
  readonly seats?: number;
}

export class FakeHost {
  record: MatchRecord | undefined;
  readonly links: FakeLink[] = [];
  /** Tickets that were asked for, by client public key. */
  readonly tickets: string[] = [];
  readonly #match: HostedMatch;
  #nowMs = 1_000;
  #keys = 0;
  #dueMs = Number.POSITIVE_INFINITY;

  constructor({ game, settings, bots = [], seats = 2 }: FakeHostSetup) {
    this.#match = new HostedMatch({
      matchId: 'm1',
      game,
      seed: 'a seed',
      settings,
      nowMs: this.#nowMs,
      seats: Array.from({ length: seats }, (_, seat) => ({
        playerId: `p${seat}`,
        name: `player ${seat}`,
        bot: bots.includes(seat),
      })),
    });
    this.#drain();
  }

  /** `refuse` makes a dial fail, as an unreachable host does. */
  dialer(seat: number, refuse: () => Error | undefined = () => undefined): MatchDialer {
    return async () => ({
      clientPublicKey: `key ${this.#keys++}`,
      dial: async () => {
        const error = refuse();
        if (error !== undefined) throw error;
        const link = new FakeLink(this, seat);
        this.links.push(link);
        // As over a network: the client's handlers are set before anything can come.
        queueMicrotask(() => {
          this.#match.handleJoin(this.#nowMs, seat);
          this.#drain();
        });
        return link;
      },
    });
  }

  /** Virtual time: bots think, turns run out. */
  advance(ms: number): void {
    const untilMs = this.#nowMs + ms;
    while (this.#dueMs <= untilMs && this.record === undefined) {
      this.#nowMs = this.#dueMs;
      this.#dueMs = Number.POSITIVE_INFINITY;
      this.#match.handleTimeout(this.#nowMs);
      this.#drain();
    }
    this.#nowMs = untilMs;
  }

  /** The last link of a seat. */
  link(seat: number): FakeLink {
    const link = this.links.findLast((one) => one.seat === seat);
    if (link === undefined) throw new Error(`seat ${seat} has no link`);
    return link;
  }

  receive(seat: number, bytes: Uint8Array): void {
    const message = decodeClientMessage(bytes);
    if (!message.ok) throw new Error(message.error);
    this.#match.handleMessage(this.#nowMs, seat, message.value);
    this.#drain();
  }

  gone(link: FakeLink): void {
    if (link !== this.link(link.seat)) return;
    this.#match.handleLeave(this.#nowMs, link.seat);
    this.#drain();
  }

  #drain(): void {
    for (let output = this.#match.poll(); output !== undefined; output = this.#match.poll()) {
      if (output.kind === 'timeout') this.#dueMs = output.atMs;
      else if (output.kind === 'ended') this.record = output.record;
      else this.link(output.seat).deliver(output.channel, encodeHostMessage(output.message));
    }
  }
}

export class FakeLink implements Link {
  readonly seat: number;
  readonly peer = { publicKey: new Uint8Array(32), address: '127.0.0.1:1' };
  isOpen = true;
  onMessage: Link['onMessage'];
  onWritable: Link['onWritable'];
  onInterrupted: Link['onInterrupted'];
  onResumed: Link['onResumed'];
  onEnd: Link['onEnd'];
  /** Swallow what the client sends from now on, as a dead network does. */
  deaf = false;
  readonly #host: FakeHost;
  #sent = 0;

  constructor(host: FakeHost, seat: number) {
    this.#host = host;
    this.seat = seat;
  }

  send(_channel: string, message: Uint8Array): boolean {
    if (!this.isOpen) throw new Error('the link is closed');
    this.#sent++;
    if (!this.deaf) setImmediate(() => this.#host.receive(this.seat, message));
    return true;
  }

  flush(): void {}

  deliver(channel: string, message: Uint8Array): void {
    setImmediate(() => this.isOpen && this.onMessage?.(channel, message));
  }

  close(code = 0, reason = ''): void {
    this.cut({ kind: 'closed-here', code, reason });
  }

  /** End it as the network, the host or the client would. */
  cut(end: LinkEnd): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    setImmediate(() => {
      this.#host.gone(this);
      this.onEnd?.(end);
    });
  }

  hostTime(): undefined {}

  stats(): LinkStats {
    return {
      ...noStats,
      packetsSent: this.#sent,
      packetsAcked: this.#sent,
      srttMs: 10,
      rttMinMs: 5,
    };
  }
}

const noLane: LaneStats = { messages: 0, queueMeanMs: 0, queueMaxMs: 0 };

const noStats: LinkStats = {
  srttMs: 0,
  rttMinMs: 0,
  rttVarMs: 0,
  latestRttMs: 0,
  jitterMs: 0,
  congestionWindowBytes: 0,
  bytesInFlight: 0,
  packetsSent: 0,
  packetsReceived: 0,
  packetsAcked: 0,
  packetsLost: 0,
  lossRate: 0,
  spuriousLosses: 0,
  deliveryRate: 0,
  queueDelayMs: 0,
  congestionState: 'slow start',
  datagramBytes: 1200,
  mtuBlackHoles: 0,
  addressChanges: 0,
  bytesSent: 0,
  bytesReceived: 0,
  redundantBytes: 0,
  messagesSent: 0,
  messagesReceived: 0,
  messagesResent: 0,
  messagesLost: { lost: 0, expired: 0, dropped: 0, superseded: 0, ended: 0 },
  bytesBeforeCompression: 0,
  bytesAfterCompression: 0,
  ptoCount: 0,
  lanes: { control: noLane, state: noLane, reliable: noLane, bulk: noLane },
  queuedBytes: 0,
  drops: {},
  invalidPackets: 0,
  packetsMissing: 0,
  keyUpdates: 0,
};
