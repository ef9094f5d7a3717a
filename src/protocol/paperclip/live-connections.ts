// The established connections of a host, and what keeps many of them cheap: only those that
// something happened to are asked for outputs, and one heap knows who wants to be woken first.
// How a connection comes to be here is `host-endpoint.ts`.

import type { LinkEnd, TicketClaims } from '../link.ts';
import type { Connection } from './connection.ts';
import { type DropCounts, dropReasons, noDrops } from './drops.ts';
import type { EndpointOutput, PeerAddress } from './endpoint-output.ts';
import type { ConnectionOutput, EventOutput } from './output.ts';
import { type Wakeable, WakeHeap } from './wake-heap.ts';

export interface Live<Address extends PeerAddress> extends Wakeable {
  readonly state: 'live';
  readonly id: number;
  readonly connection: Connection<Address>;
  /** Where the first authentic packet came from; the connection knows where to go on. */
  readonly address: Address;
  /** Who may have one live connection: the player of a match, or a static key. */
  readonly playerKey: string;
  readonly ticket: TicketClaims | undefined;
  /** False for one that was turned away at its first packet: nobody hears of it. */
  readonly isAnnounced: boolean;
  isDirty: boolean;
}

export class LiveConnections<Address extends PeerAddress> {
  readonly #onForget: (live: Live<Address>) => void;
  readonly #byPlayer = new Map<string, Live<Address>>();
  readonly #wakes = new WakeHeap<Live<Address>>();
  readonly #dirty: Live<Address>[] = [];
  readonly #all = new Set<Live<Address>>();
  /** Of connections that are gone. */
  readonly #pastDrops: DropCounts = noDrops();

  /** `onForget` is called when a connection has drained and its id is free again. */
  constructor(onForget: (live: Live<Address>) => void) {
    this.#onForget = onForget;
  }

  /** All, those that are draining among them. */
  get count(): number {
    return this.#all.size;
  }

  /** Players with a connection that has not ended. */
  get playerCount(): number {
    return this.#byPlayer.size;
  }

  /** Datagrams that a connection dropped, since the start. */
  get drops(): DropCounts {
    const sum = { ...this.#pastDrops };
    for (const live of this.#all) addDrops(sum, live.connection.drops);
    return sum;
  }

  get nextWakeMs(): number {
    return this.#wakes.firstAtMs;
  }

  ofPlayer(playerKey: string): Live<Address> | undefined {
    return this.#byPlayer.get(playerKey);
  }

  add(live: Live<Address>): void {
    this.#all.add(live);
    this.touch(live);
  }

  /** Makes it the player's one connection. An older one ends at once. */
  seat(nowMs: number, live: Live<Address>, code: number, reason: string): void {
    const old = this.#byPlayer.get(live.playerKey);
    this.#byPlayer.set(live.playerKey, live);
    if (old === undefined) return;
    const end: LinkEnd = { kind: 'replaced' };
    old.connection.close(nowMs, code, reason, end);
    this.touch(old);
  }

  /** Something happened to it: the next `poll` asks for its outputs. */
  touch(live: Live<Address>): void {
    if (live.isDirty) return;
    live.isDirty = true;
    this.#dirty.push(live);
  }

  handleTimeout(nowMs: number): void {
    for (let live = this.#wakes.first; live !== undefined; live = this.#wakes.first) {
      if (this.#wakes.firstAtMs > nowMs) break;
      // Its next `poll` puts it back.
      this.#wakes.delete(live);
      live.connection.handleTimeout(nowMs);
      this.touch(live);
    }
  }

  /** Of the connection that something happened to last. */
  pollEvent(nowMs: number): Readonly<EventOutput> | undefined {
    const { length } = this.#dirty;
    if (length === 0) return undefined;
    const live = this.#dirty[length - 1]!;
    for (;;) {
      const output = live.connection.pollEvent(nowMs);
      if (output === undefined || this.#onEvent(live, output)) return output;
    }
  }

  poll(nowMs: number): EndpointOutput<Address> | undefined {
    for (let { length } = this.#dirty; length > 0; length = this.#dirty.length) {
      const live = this.#dirty[length - 1]!;
      const output = live.connection.poll(nowMs);
      if (output === undefined) {
        this.#dirty.pop();
        live.isDirty = false;
        if (live.connection.isDrained) this.#forget(live);
        continue;
      }
      const passedOn = this.#passOn(live, output);
      if (passedOn !== undefined) return passedOn;
    }
    return undefined;
  }

  #passOn(
    live: Live<Address>,
    output: ConnectionOutput<Address>,
  ): EndpointOutput<Address> | undefined {
    switch (output.kind) {
      case 'transmit':
        return {
          kind: 'transmit',
          to: output.to ?? live.address,
          bytes: output.bytes,
          length: output.length,
        };
      case 'timeout':
        this.#wakes.set(live, output.atMs);
        return undefined;
      case 'event':
        return this.#onEvent(live, output) ? output : undefined;
      default:
        return output satisfies never;
    }
  }

  /** False: nobody is to hear of it. */
  #onEvent(live: Live<Address>, { event }: Readonly<EventOutput>): boolean {
    if (event.type === 'ended') this.#unseat(live);
    return live.isAnnounced;
  }

  #unseat(live: Live<Address>): void {
    if (this.#byPlayer.get(live.playerKey) === live) this.#byPlayer.delete(live.playerKey);
  }

  #forget(live: Live<Address>): void {
    this.#all.delete(live);
    addDrops(this.#pastDrops, live.connection.drops);
    this.#wakes.delete(live);
    this.#unseat(live);
    this.#onForget(live);
  }
}

function addDrops(sum: DropCounts, more: Readonly<DropCounts>): void {
  for (const reason of dropReasons) sum[reason] += more[reason];
}
