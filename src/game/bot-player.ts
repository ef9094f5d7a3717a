// A computer player: an ordinary player that takes the host's messages, keeps its view, and sends
// what the game's `bot` answers. It sees nothing that a person in its seat would not see. The host
// runs it in process, a client program over a connection; here there is no I/O.
//
// After each `handle` and `handleTimeout`, send what `poll()` gives until it gives undefined, and
// call `handleTimeout` at `timeoutAtMs`.

import { type Random, seededRandom } from '../base/prng.ts';
import type { Game } from './define-game.ts';
import { gameLimits } from './limits.ts';
import type { ClientMessage, HostMessage } from './messages.ts';
import { PlayerView } from './player-view.ts';
import { textOf } from './simulation.ts';

export interface BotSetup {
  readonly game: Game;
  /** Decides every draw of the bot. */
  readonly seed: string;
  /** A pause before it answers a view of a turn game, so that people see what happens. */
  readonly thinkMsMin?: number;
  readonly thinkMsMax?: number;
}

/** Answers to one view that the rules refused before the bot waits for another view. */
const triesPerView = 3;

export class BotPlayer {
  readonly #game: Game;
  readonly #random: Random;
  readonly #thinkMsMin: number;
  readonly #thinkMsMax: number;
  readonly #player = new PlayerView();
  readonly #outputs: ClientMessage[] = [];
  #answerAtMs: number | undefined;
  #tries = 0;
  #failure: string | undefined;

  constructor({ game, seed, thinkMsMin, thinkMsMax }: BotSetup) {
    if (game.bot === undefined) throw new TypeError(`game ${game.name} has no bot`);
    this.#game = game;
    this.#random = seededRandom(seed, 'bot');
    // At least 1 ms: two bots that answered at once would play their match inside one call.
    this.#thinkMsMin = Math.max(1, thinkMsMin ?? gameLimits.botThinkMsMin);
    this.#thinkMsMax = Math.max(this.#thinkMsMin, thinkMsMax ?? gameLimits.botThinkMsMax);
  }

  /** Set when the game's `bot` threw: the match cannot go on as it was meant. */
  get failure(): string | undefined {
    return this.#failure;
  }

  handle(nowMs: number, message: HostMessage): void {
    const event = this.#player.handle(nowMs, message);
    for (let ack = this.#player.poll(); ack !== undefined; ack = this.#player.poll()) {
      this.#outputs.push(ack);
    }
    if (event === 'ended') this.#answerAtMs = undefined;
    if (event === 'view') {
      this.#tries = 0;
      this.#think(nowMs);
    }
    if (event === 'refused' && this.#tries < triesPerView) this.#think(nowMs);
    this.handleTimeout(nowMs);
  }

  handleTimeout(nowMs: number): void {
    if (this.#answerAtMs === undefined || nowMs < this.#answerAtMs) return;
    this.#answerAtMs = undefined;
    const { seat, view, ended } = this.#player;
    if (seat === undefined || view === undefined || ended || this.#failure !== undefined) return;
    this.#tries += 1;
    try {
      const input = this.#game.bot?.(view, { seat, random: this.#random });
      if (input === undefined) return;
      this.#outputs.push(this.#player.input(input));
    } catch (cause) {
      this.#failure = `bot: ${textOf(cause)}`;
    }
  }

  poll(): ClientMessage | undefined {
    return this.#outputs.shift();
  }

  /** When to call `handleTimeout`; undefined: only a message moves it. */
  get timeoutAtMs(): number | undefined {
    return this.#answerAtMs;
  }

  /** A real-time game's bot answers at once; in a turn game the earliest planned answer stands. */
  #think(nowMs: number): void {
    const isLive = this.#player.welcome?.tickHz !== undefined;
    const spreadMs = this.#thinkMsMax - this.#thinkMsMin;
    const thinkMs = isLive ? 0 : this.#thinkMsMin + Math.floor(this.#random.float() * spreadMs);
    this.#answerAtMs ??= nowMs + thinkMs;
  }
}
