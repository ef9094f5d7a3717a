// A match as a host runs it: a match runner, and a bot player in each seat that the setup gives to
// a bot. The bots get the messages that a person in their seat would get, and nothing else. Same
// calls and outputs as the match runner, for the seats of people.

import { BotPlayer } from './bot-player.ts';
import type { Seat } from './define-game.ts';
import { type MatchOutput, MatchRunner } from './match-runner.ts';
import type { MatchSetup } from './match-setup.ts';
import type { ClientMessage } from './messages.ts';

export interface HostedMatchSetup extends MatchSetup {
  /** See `BotSetup`. */
  readonly botThinkMsMin?: number;
  readonly botThinkMsMax?: number;
}

export class HostedMatch {
  readonly #runner: MatchRunner;
  readonly #bots = new Map<Seat, BotPlayer>();
  #nowMs: number;
  #runnerDueMs: number | undefined;
  #toldTimeoutMs: number | undefined;

  /** Throws a TypeError when the setup is wrong, or has a bot where the game has none. */
  constructor(setup: HostedMatchSetup) {
    this.#nowMs = setup.nowMs;
    const { game, seed, botThinkMsMin, botThinkMsMax } = setup;
    for (const [seat, { bot }] of setup.seats.entries()) {
      if (!bot) continue;
      const times = {
        ...(botThinkMsMin !== undefined && { thinkMsMin: botThinkMsMin }),
        ...(botThinkMsMax !== undefined && { thinkMsMax: botThinkMsMax }),
      };
      this.#bots.set(seat, new BotPlayer({ game, seed: `${seed}/bot/${seat}`, ...times }));
    }
    this.#runner = new MatchRunner(setup);
    for (const seat of this.#bots.keys()) this.#runner.handleJoin(setup.nowMs, seat);
  }

  get isEnded(): boolean {
    return this.#runner.isEnded;
  }

  handleJoin(nowMs: number, seat: Seat): void {
    this.#at(nowMs).handleJoin(nowMs, seat);
  }

  handleLeave(nowMs: number, seat: Seat): void {
    this.#at(nowMs).handleLeave(nowMs, seat);
  }

  handleMessage(nowMs: number, seat: Seat, message: ClientMessage): boolean {
    return this.#at(nowMs).handleMessage(nowMs, seat, message);
  }

  handleForfeit(nowMs: number, seat: Seat): void {
    this.#at(nowMs).handleForfeit(nowMs, seat);
  }

  handleTimeout(nowMs: number): void {
    const runner = this.#at(nowMs);
    for (const bot of this.#bots.values()) bot.handleTimeout(nowMs);
    this.#takeFromBots();
    runner.handleTimeout(nowMs);
  }

  abandon(nowMs: number, detail: string): void {
    this.#at(nowMs).abandon(nowMs, detail);
  }

  poll(): MatchOutput | undefined {
    for (;;) {
      const output = this.#runner.poll();
      if (output === undefined) {
        if (!this.#takeFromBots()) break;
      } else if (output.kind === 'timeout') this.#runnerDueMs = output.atMs;
      else if (output.kind === 'ended') return output;
      else {
        const bot = this.#bots.get(output.seat);
        if (bot === undefined) return output;
        bot.handle(this.#nowMs, output.message);
      }
    }
    const atMs = this.#dueMs();
    if (atMs === undefined || atMs === this.#toldTimeoutMs) return undefined;
    this.#toldTimeoutMs = atMs;
    return { kind: 'timeout', atMs };
  }

  #at(nowMs: number): MatchRunner {
    this.#nowMs = Math.max(this.#nowMs, nowMs);
    return this.#runner;
  }

  /** Undefined after the end: then no timer is needed. */
  #dueMs(): number | undefined {
    if (this.#runner.isEnded) return undefined;
    let dueMs = this.#runnerDueMs;
    for (const { timeoutAtMs } of this.#bots.values()) {
      if (timeoutAtMs !== undefined) dueMs = Math.min(dueMs ?? timeoutAtMs, timeoutAtMs);
    }
    return dueMs;
  }

  /** True when a bot had something to say, which may have made the runner speak. */
  #takeFromBots(): boolean {
    let hasTaken = false;
    for (const [seat, bot] of this.#bots) {
      for (let message = bot.poll(); message !== undefined; message = bot.poll()) {
        this.#runner.handleMessage(this.#nowMs, seat, message);
        hasTaken = true;
      }
      if (bot.failure !== undefined && !this.#runner.isEnded) {
        this.#runner.fail(this.#nowMs, bot.failure);
        hasTaken = true;
      }
    }
    return hasTaken;
  }
}
