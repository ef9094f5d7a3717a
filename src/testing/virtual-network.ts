// Nodes, links and one clock that only moves when nothing is left to do at its time: a network of
// endpoints simulated faster than it would run. Everything is decided by the seed and the calls.
//
// Within one instant, all datagrams are handed over before any timer (RFC 9002's order), then what
// was scheduled, then every touched node is drained until it has nothing more to say.

import { Heap } from '../base/heap.ts';
import { type Random, seededRandom } from '../base/prng.ts';
import { type LinkConditions, SimulatedLink } from './simulated-link.ts';

export interface VirtualNode {
  handleDatagram(nowMs: number, from: string, bytes: Uint8Array): void;
  handleTimeout(nowMs: number): void;
  /** Polls until there is nothing left; returns when it wants to be woken, or infinity. */
  drain(nowMs: number, transmit: Transmit): number;
}

/** `bytes[0, length)` to the node at that address. */
export type Transmit = (to: string, bytes: Uint8Array, length: number) => void;

interface Station {
  address: string;
  readonly node: VirtualNode;
  readonly transmit: Transmit;
  wakeAtMs: number;
  /** Until then its process stands still: what arrives waits in its socket. */
  stalledUntilMs: number;
  isTouched: boolean;
}

interface Route {
  /** The sender's address when it sent, which need not be its address now. */
  readonly from: string;
  readonly to: Station;
  readonly link: SimulatedLink;
}

interface Scheduled {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

/** Steps without time moving on: past it, something talks to itself for ever. */
const stepsPerInstantMax = 100_000;

export class VirtualNetwork {
  readonly random: Random;
  readonly #seed: number | string;
  readonly #conditions: LinkConditions;
  readonly #stations = new Map<string, Station>();
  readonly #routes = new Map<string, Route>();
  readonly #scheduled = new Heap<Scheduled>(
    (a, b) => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order),
  );
  #nowMs = 0;
  #order = 0;
  #stepsNow = 0;

  constructor(seed: number | string, conditions: LinkConditions) {
    this.#seed = seed;
    this.#conditions = conditions;
    this.random = seededRandom('network', seed);
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  add(address: string, node: VirtualNode): void {
    if (this.#stations.has(address)) throw new RangeError(`address ${address} is taken`);
    const station: Station = {
      address,
      node,
      transmit: (to, bytes, length) => this.#transmit(station, to, bytes, length),
      wakeAtMs: Number.POSITIVE_INFINITY,
      stalledUntilMs: 0,
      isTouched: true,
    };
    this.#stations.set(address, station);
  }

  /** Someone gave the node a command: it will be drained before time goes on. */
  touch(address: string): void {
    const station = this.#stations.get(address);
    if (station !== undefined) station.isTouched = true;
  }

  /**
   * The node sends from another address from now on, as behind a NAT that forgot the old one: what
   * is sent to that, or is on its way there, is lost.
   */
  move(address: string, newAddress: string): void {
    const station = this.#stations.get(address);
    if (station === undefined) throw new RangeError(`no node ${address}`);
    if (this.#stations.has(newAddress)) throw new RangeError(`address ${newAddress} is taken`);
    this.#stations.delete(address);
    this.#stations.set(newAddress, station);
    station.address = newAddress;
    for (const [key, { to }] of this.#routes) if (to === station) this.#routes.delete(key);
  }

  /** The node's process stands still: datagrams wait in its socket, and its timers are late. */
  stall(address: string, durationMs: number): void {
    const station = this.#stations.get(address);
    if (station === undefined) throw new RangeError(`no node ${address}`);
    station.stalledUntilMs = this.#nowMs + durationMs;
  }

  /** One direction, to read its counts or to change its conditions. */
  link(from: string, to: string): SimulatedLink {
    const a = this.#stations.get(from);
    const b = this.#stations.get(to);
    if (a === undefined || b === undefined) throw new RangeError(`no node ${a ? to : from}`);
    return this.#route(a, b).link;
  }

  /** Runs `run` so many milliseconds from now. */
  after(delayMs: number, run: () => void): void {
    this.#scheduled.push({ atMs: this.#nowMs + delayMs, order: this.#order++, run });
  }

  runFor(durationMs: number): void {
    const endMs = this.#nowMs + durationMs;
    while (this.#step(endMs));
    this.#nowMs = endMs;
  }

  /** Lets time pass until `isDone`, at most so long; returns whether it is done. */
  runUntil(isDone: () => boolean, withinMs: number): boolean {
    const endMs = this.#nowMs + withinMs;
    while (!isDone()) if (!this.#step(endMs)) return isDone();
    return true;
  }

  /** Does all there is to do at the next instant. False: nothing is left before `endMs`. */
  #step(endMs: number): boolean {
    this.#drainTouched();
    let nextMs = this.#scheduled.peek()?.atMs ?? Number.POSITIVE_INFINITY;
    for (const { link, to } of this.#routes.values()) {
      nextMs = Math.min(nextMs, Math.max(link.nextAtMs, to.stalledUntilMs));
    }
    for (const { wakeAtMs, stalledUntilMs, isTouched } of this.#stations.values()) {
      // Touched and not drained: it stands still.
      nextMs = Math.min(nextMs, Math.max(isTouched ? 0 : wakeAtMs, stalledUntilMs));
    }
    if (nextMs > endMs) return false;
    if (nextMs > this.#nowMs) {
      this.#nowMs = nextMs;
      this.#stepsNow = 0;
    } else if (++this.#stepsNow > stepsPerInstantMax) {
      throw new Error(`time stands still at ${this.#nowMs} ms`);
    }
    this.#deliver();
    this.#wake();
    for (let next = this.#scheduled.peek(); next !== undefined && next.atMs <= this.#nowMs; ) {
      this.#scheduled.pop();
      next.run();
      next = this.#scheduled.peek();
    }
    this.#drainTouched();
    return true;
  }

  #deliver(): void {
    for (const { from, to, link } of this.#routes.values()) {
      if (to.stalledUntilMs > this.#nowMs) continue;
      for (let d = link.receive(this.#nowMs); d !== undefined; d = link.receive(this.#nowMs)) {
        to.node.handleDatagram(this.#nowMs, from, d);
        to.isTouched = true;
      }
    }
  }

  #wake(): void {
    for (const station of this.#stations.values()) {
      if (Math.max(station.wakeAtMs, station.stalledUntilMs) > this.#nowMs) continue;
      station.node.handleTimeout(this.#nowMs);
      station.isTouched = true;
    }
  }

  #drainTouched(): void {
    for (const station of this.#stations.values()) {
      if (station.stalledUntilMs > this.#nowMs) continue;
      // A handler of the node's events may touch it again.
      while (station.isTouched) {
        station.isTouched = false;
        station.wakeAtMs = station.node.drain(this.#nowMs, station.transmit);
      }
    }
  }

  #transmit(from: Station, address: string, bytes: Uint8Array, length: number): void {
    const to = this.#stations.get(address);
    if (to !== undefined) this.#route(from, to).link.send(this.#nowMs, bytes, length);
  }

  #route(from: Station, to: Station): Route {
    const key = `${from.address}>${to.address}`;
    const known = this.#routes.get(key);
    if (known !== undefined) return known;
    const random = seededRandom('link', this.#seed, key);
    const link = new SimulatedLink(random, this.#conditions);
    const route = { from: from.address, to, link };
    this.#routes.set(key, route);
    return route;
  }
}
