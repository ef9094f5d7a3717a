// The load generator of the room benchmark.

import { serve } from '../harness/calls.ts';
import { clockMs, everyInterval } from '../harness/clock.ts';
import { type Distribution, distribution } from '../harness/statistics.ts';
import { People } from './people.ts';

export interface TalkLoad {
  /** Of the talkers' messages together. */
  readonly messagesPerS: number;
  readonly durationMs: number;
  /** Bytes of a message's text. */
  readonly bytes: number;
}

export interface TalkReport {
  readonly said: number;
  readonly delivered: number;
  readonly elapsedMs: number;
  readonly latencyMs: Distribution;
  /** Connections that the server ended. */
  readonly ended: number;
}

let people: People | undefined;
const loginsAtOnce = 32;
/** For the last messages to arrive. */
const settleMs = 3_000;
const warmUpMs = 3_000;

const calls = {
  /** `talkers` first, then those who only listen. */
  async join(input: {
    readonly port: number;
    readonly talkers: number;
    readonly count: number;
  }): Promise<void> {
    people ??= new People(input.port);
    const all = people;
    let next = all.count;
    const joinOn = async (): Promise<void> => {
      while (next < input.count) {
        const n = next++;
        await all.join(n < input.talkers ? `talker${n}` : `idle${n}`, n < input.talkers);
      }
    };
    await Promise.all(Array.from({ length: loginsAtOnce }, joinOn));
  },

  /** Each message goes to everybody but its sender. */
  async talk(input: TalkLoad & { readonly talkers: number }): Promise<TalkReport> {
    if (people === undefined) throw new Error('nobody is there');
    const all = people;
    const { talkers, messagesPerS, durationMs, bytes } = input;
    let said = 0;
    const sayOne = (): void => {
      // As wide as the reader expects it: "at:" and 20 characters.
      const stamp = `at:${clockMs().toFixed(6).padStart(20)}`;
      all.say(said++ % talkers, stamp.padEnd(bytes, '.'));
    };
    await everyInterval(1000 / messagesPerS, clockMs() + warmUpMs, sayOne);
    all.latenciesMs.length = 0;
    const start = { delivered: all.delivered, said, atMs: clockMs() };
    all.measure(true);
    await everyInterval(1000 / messagesPerS, start.atMs + durationMs, sayOne);
    const elapsedMs = clockMs() - start.atMs;
    const delivered = all.delivered - start.delivered;
    const saidThen = said - start.said;
    await new Promise((resolve) => setTimeout(resolve, settleMs));
    all.measure(false);
    return {
      said: saidThen,
      delivered,
      elapsedMs,
      latencyMs: distribution(all.latenciesMs),
      ended: all.closed,
    };
  },

  stopReading(person: number): void {
    people?.stopReading(person);
  },

  close(): void {
    people?.leave();
  },
};

export type LoadCalls = typeof calls;

serve(calls);
