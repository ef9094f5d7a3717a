// The load generator of the lobby benchmark.

import type { LobbyFormat } from '../../src/client/lobby/connect-lobby.ts';
import { serve } from '../harness/calls.ts';
import { clockMs, everyInterval, sleepMs } from '../harness/clock.ts';
import { type Distribution, distribution } from '../harness/statistics.ts';
import { Flappers } from './flappers.ts';
import { People } from './people.ts';

export interface ChangeLoad {
  readonly what: 'games' | 'players';
  /** Of so many games or players in turn. */
  readonly entities: number;
  readonly changesPerS: number;
  readonly durationMs: number;
}

export interface ChangeReport {
  readonly changes: number;
  readonly elapsedMs: number;
  /** About games or players, to all clients together. */
  readonly messages: number;
  readonly bytes: number;
  /** From the last change of a game to whoever hears of it; of players, nobody knows when. */
  readonly latencyMs: Distribution | undefined;
  /** Between two messages about the same entity, to one client. */
  readonly gapMs: Distribution & { readonly least: number };
}

let people: People | undefined;
let isStopped = false;
const flappers = new Flappers();
const loginsAtOnce = 16;
const warmUpMs = 3_000;

const calls = {
  async join(input: {
    readonly url: string;
    readonly port: number;
    readonly format: LobbyFormat;
    readonly count: number;
  }): Promise<void> {
    people ??= new People(input.url, input.port, input.format);
    const all = people;
    let left = input.count - all.count;
    const joinOn = async (): Promise<void> => {
      while (left-- > 0) await all.join();
    };
    await Promise.all(Array.from({ length: loginsAtOnce }, joinOn));
  },

  async joinFlappers(input: { readonly url: string; readonly count: number }): Promise<void> {
    while (flappers.count < input.count) await flappers.join(input.url);
  },

  hostGames(count: number): void {
    for (let n = 0; n < count; n++) people?.hostGame(n);
  },

  addMods(input: { readonly games: number; readonly mods: number }): void {
    for (let n = 0; n < input.games; n++) people?.addMods(n, input.mods);
  },

  async change(input: ChangeLoad): Promise<ChangeReport> {
    if (people === undefined) throw new Error('nobody is there');
    const all = people;
    const { what, entities, changesPerS } = input;
    let changes = 0;
    const changeOne = (): void => {
      const n = changes++ % entities;
      if (what === 'games') all.changeGame(n);
      else flappers.flap(n);
    };
    await everyInterval(1000 / changesPerS, clockMs() + warmUpMs, changeOne);
    all.measure(what);
    changes = 0;
    const startMs = clockMs();
    isStopped = false;
    const endMs = startMs + input.durationMs;
    await everyInterval(1000 / changesPerS, endMs, changeOne, () => !isStopped);
    const elapsedMs = clockMs() - startMs;
    const heard = all.takeHeard();
    all.measure(undefined);
    const { latenciesMs, gapsMs } = heard;
    const least = gapsMs.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
    return {
      ...{ changes, elapsedMs, messages: heard.messages, bytes: heard.bytes },
      latencyMs: latenciesMs.length === 0 ? undefined : distribution(latenciesMs),
      gapMs: { ...distribution(gapsMs), least },
    };
  },

  stopChanging(): void {
    isStopped = true;
  },

  /** One more, who logs in and reads nothing from then on. */
  async joinDeaf(): Promise<void> {
    await people?.join();
    people?.stopReading();
  },

  async close(): Promise<void> {
    people?.leave();
    flappers.leave();
    await sleepMs(100);
  },
};

export type LoadCalls = typeof calls;

serve(calls);
