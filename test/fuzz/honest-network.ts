// A host, its clients and a network that means no harm but does some: it loses, doubles, overtakes,
// damages, grows dark and narrow; addresses change; processes and clocks stand still or leap. It
// also watches that every end comes to rest: nobody may ask to be woken in the past for ever.

import assert from 'node:assert/strict';
import { type Random, seededRandom } from '../../src/base/prng.ts';
import type {
  EndpointEvent,
  EndpointOutput,
  PeerAddress,
} from '../../src/protocol/paperclip/endpoint-output.ts';
import { protocolLimits } from '../../src/protocol/paperclip/limits.ts';
import { type LinkConditions, SimulatedLink } from '../../src/testing/index.ts';
import { StationClock } from './station-clock.ts';

export interface Endpoint {
  poll(nowMs: number): EndpointOutput<PeerAddress> | undefined;
  handleTimeout(nowMs: number): void;
  handleDatagram(nowMs: number, from: PeerAddress, bytes: Uint8Array): void;
}

export interface Station {
  readonly name: string;
  readonly endpoint: Endpoint;
  readonly clock: StationClock;
  readonly onEvent: (connection: number, event: EndpointEvent<PeerAddress>) => void;
  /** A NAT may give it another. */
  address: PeerAddress;
  /** By its own clock. */
  wakeAtMs: number;
  /** Until then its process stands still: what arrives waits in its socket. */
  stalledUntilMs: number;
  /** Wake-ups after which it had nothing to say, since `idleFromMs`. */
  idleWakes: number;
  idleFromMs: number;
}

interface Route {
  readonly from: Station;
  readonly to: Station;
  readonly link: SimulatedLink;
  /** Where each datagram on its way comes from and goes to, by its number. */
  readonly envelopes: Map<number, { readonly from: PeerAddress; readonly to: string }>;
  sent: number;
}

const outputsPerDrainMax = 50_000;
const wakesAtOnceMax = 4;
/** Needless wake-ups in a second: a timer that is armed too early costs one each time. */
const idleWakesMax = 300;
/** Each datagram carries its number through the link, past what may damage it. */
const numberBytes = 4;

const addressOf = (key: string): PeerAddress => ({ key, host: key.replace(/:\d+$/, '') });

export class HonestNetwork {
  readonly random: Random;
  nowMs = 0;
  conditions: LinkConditions;
  readonly #seed: number;
  readonly #stations: Station[] = [];
  readonly #routes: Route[] = [];
  #moves = 0;

  constructor(seed: number, conditions: LinkConditions) {
    this.#seed = seed;
    this.random = seededRandom('honest network', seed);
    this.conditions = conditions;
  }

  add(name: string, endpoint: Endpoint, onEvent: Station['onEvent']): Station {
    const station: Station = {
      name,
      endpoint,
      clock: new StationClock(),
      onEvent,
      address: addressOf(name),
      wakeAtMs: 0,
      stalledUntilMs: 0,
      idleWakes: 0,
      idleFromMs: 0,
    };
    this.#stations.push(station);
    return station;
  }

  /** All paths are like that from now on, those to come too. */
  setConditions(conditions: LinkConditions): void {
    this.conditions = conditions;
    for (const { link } of this.#routes) link.conditions = conditions;
  }

  /** Another port of the same host, or another host. What goes to the old address is lost. */
  move(station: Station, isOtherHost: boolean): void {
    const host = isOtherHost ? `phone-${this.#moves}` : station.address.host;
    station.address = addressOf(`${host}:${++this.#moves}`);
  }

  stall(station: Station, forMs: number): void {
    station.stalledUntilMs = this.nowMs + forMs;
  }

  isRunning(station: Station): boolean {
    return station.stalledUntilMs <= this.nowMs;
  }

  /** By the station's own clock. */
  timeOf(station: Station): number {
    return station.clock.at(this.nowMs);
  }

  /** Somebody was given a command. */
  drainAll(): void {
    for (const station of this.#stations) if (this.isRunning(station)) this.#drain(station);
  }

  advance(byMs: number): void {
    const untilMs = this.nowMs + byMs;
    for (;;) {
      this.drainAll();
      const nextMs = this.#nextMs();
      if (nextMs > untilMs) break;
      this.nowMs = Math.max(this.nowMs, nextMs);
      for (const route of this.#routes) this.#deliver(route);
      for (const station of this.#stations) this.#wake(station);
    }
    this.nowMs = untilMs;
  }

  #nextMs(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { link, to } of this.#routes) {
      next = Math.min(next, Math.max(link.nextAtMs, to.stalledUntilMs));
    }
    for (const { wakeAtMs, clock, stalledUntilMs } of this.#stations) {
      if (wakeAtMs === Number.POSITIVE_INFINITY) continue;
      next = Math.min(next, Math.max(clock.trueTimeOf(wakeAtMs, this.nowMs), stalledUntilMs));
    }
    return next;
  }

  #deliver({ from, to, link, envelopes }: Route): void {
    if (!this.isRunning(to)) return;
    for (let got = link.receive(this.nowMs); got !== undefined; got = link.receive(this.nowMs)) {
      const number = new DataView(got.buffer).getUint32(0);
      // Damage may hit the number itself: then it came from where its sender is now.
      const known = envelopes.get(number) ?? { from: from.address, to: to.address.key };
      if (known.to !== to.address.key) continue;
      to.endpoint.handleDatagram(this.timeOf(to), known.from, got.slice(numberBytes));
      if (this.random.chance(0.8)) this.#drain(to);
    }
  }

  #wake(station: Station): void {
    if (!this.isRunning(station)) return;
    const nowMs = this.timeOf(station);
    for (let times = 0; station.wakeAtMs <= nowMs; times++) {
      assert.ok(
        times < wakesAtOnceMax,
        `${station.name} wants to be woken at once, again and again`,
      );
      const dueMs = station.wakeAtMs;
      station.endpoint.handleTimeout(nowMs);
      if (this.#drain(station) > 0) continue;
      this.#countIdleWake(station, nowMs, dueMs);
    }
  }

  #countIdleWake(station: Station, nowMs: number, dueMs: number): void {
    if (nowMs - station.idleFromMs >= 1000) {
      station.idleFromMs = nowMs;
      station.idleWakes = 0;
    }
    station.idleWakes += 1;
    assert.ok(
      station.idleWakes <= idleWakesMax,
      `${station.name} is woken for nothing: at ${nowMs}, due ${dueMs}, next ${station.wakeAtMs}`,
    );
  }

  /** How many datagrams and events came out. */
  #drain(station: Station): number {
    const nowMs = this.timeOf(station);
    for (let outputs = 0; ; outputs++) {
      assert.ok(outputs < outputsPerDrainMax, `${station.name} has no end of outputs`);
      const output = station.endpoint.poll(nowMs);
      if (output === undefined) return outputs;
      switch (output.kind) {
        case 'timeout':
          assert.ok(!Number.isNaN(output.atMs));
          station.wakeAtMs = output.atMs;
          outputs--;
          break;
        case 'event':
          station.onEvent(output.connection, output.event);
          break;
        case 'transmit':
          this.#transmit(station, output.to.key, output.bytes.subarray(0, output.length));
          break;
        default:
          output satisfies never;
      }
    }
  }

  #transmit(from: Station, to: string, bytes: Uint8Array): void {
    assert.ok(bytes.length > 0 && bytes.length <= protocolLimits.mtuProbeBytesJumbo);
    const receiver = this.#stations.find(({ address }) => address.key === to);
    // Nobody is there any more.
    if (receiver === undefined) return;
    const { link, envelopes } = this.#route(from, receiver);
    const route = this.#route(from, receiver);
    const number = route.sent++;
    envelopes.set(number, { from: from.address, to });
    if (envelopes.size > 4096) envelopes.delete(envelopes.keys().next().value!);
    const datagram = new Uint8Array(numberBytes + bytes.length);
    new DataView(datagram.buffer).setUint32(0, number);
    datagram.set(bytes, numberBytes);
    link.send(this.nowMs, datagram, datagram.length);
  }

  #route(from: Station, to: Station): Route {
    const known = this.#routes.find((route) => route.from === from && route.to === to);
    if (known !== undefined) return known;
    const random = seededRandom('link', this.#seed, `${from.name}>${to.name}`);
    const link = new SimulatedLink(random, this.conditions);
    const route: Route = { from, to, link, envelopes: new Map(), sent: 0 };
    this.#routes.push(route);
    return route;
  }
}
