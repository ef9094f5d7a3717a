// Guessing alone: one match after the other in a private lobby with one seat. The next begins by
// itself when the last is stored.

import { PaperclipError } from '../../contract/errors.ts';
import type { EventData, PlatformEvent } from '../../contract/events.ts';
import { type GuessView, resultOf } from '../guess-view.ts';
import { guessLimits as limits, rulesAlone } from './guess-limits.ts';
import { answerTo, GuessRefusal } from './guess-messages.ts';
import { type GuessPlay, type GuessPlayContext, noteNotLeft, rulesOf } from './guess-play.ts';

export class SinglePlay implements GuessPlay {
  readonly #o: GuessPlayContext;
  #lobbyId: string | undefined;
  #matchId: string | undefined;
  /** Of the match that runs; undefined before its first and after its last answer. */
  #view: GuessView | undefined;
  #knowsRules: boolean;
  #hasBegun = false;
  #isLeft = false;
  #isLost = false;
  /** Settles when a match can be played, or none will be. */
  #ready = Promise.withResolvers<void>();
  #ended = Promise.withResolvers<void>();
  #guess: { readonly n: number; readonly done: () => void } | undefined;

  constructor(context: GuessPlayContext) {
    this.#o = context;
    this.#knowsRules = context.knowsRules;
    this.#ready.promise.catch(() => undefined);
  }

  async begin(): Promise<void> {
    try {
      const settings = { mode: 'alone', ...rulesAlone };
      const wish = { game: 'guess', private: true, settings };
      this.#lobbyId = (await this.#o.player.call('lobby.create', wish)).id;
      await this.#getReady();
      await this.#within(this.#ready.promise);
      this.#hasBegun = true;
    } catch (cause) {
      await this.leave();
      throw cause;
    }
  }

  async guess(number: number): Promise<void> {
    await this.#within(this.#ready.promise);
    if (this.#isLost) return;
    const view = this.#view;
    const matchId = this.#matchId;
    if (view === undefined || matchId === undefined) throw new GuessRefusal('NOT_YET');
    if (number < view.min || number > view.max) throw new GuessRefusal('OUT_OF_RANGE');
    const answered = Promise.withResolvers<void>();
    this.#guess = { n: view.guessCount + 1, done: answered.resolve };
    try {
      await this.#o.player.call('match.input', { matchId, input: { number } });
      await this.#within(answered.promise);
    } finally {
      this.#guess = undefined;
    }
  }

  handleEvent(event: PlatformEvent): void {
    switch (event.event) {
      case 'match.placed':
        if (event.data.lobbyId === this.#lobbyId) this.#place(event.data.matchId);
        break;
      case 'match.view':
        this.#see(event.data);
        break;
      case 'match.seat-lost':
        // With its host: then the match ends. A guest of this wire cannot take it elsewhere.
        if (event.data.matchId === this.#matchId && event.data.reason === 'too-slow') this.#take();
        break;
      case 'match.ended':
        if (event.data.match.id === this.#matchId) this.#end(event.data);
        break;
      case 'lobby.removed':
        if (event.data.lobbyId === this.#lobbyId) this.#lose(new PaperclipError('SERVER_FULL'));
        break;
      default:
    }
  }

  async leave(): Promise<void> {
    if (this.#isLeft) return;
    this.#isLeft = true;
    const lobbyId = this.#lobbyId;
    const matchId = this.#matchId;
    const { player } = this.#o;
    try {
      if (matchId !== undefined) {
        await player.call('match.leave', { matchId });
        // A lobby is not left while its match runs.
        await this.#within(this.#ended.promise, limits.leaveWithinMs);
      }
      if (lobbyId !== undefined) await player.call('lobby.leave', { lobbyId });
    } catch (cause) {
      noteNotLeft(cause, this.#o.log);
    }
  }

  async #getReady(): Promise<void> {
    const lobbyId = this.#lobbyId;
    if (lobbyId !== undefined) await this.#o.player.call('lobby.ready', { lobbyId, ready: true });
  }

  #place(matchId: string): void {
    this.#matchId = matchId;
    this.#ended = Promise.withResolvers();
    this.#take();
  }

  #take(): void {
    const matchId = this.#matchId;
    if (matchId === undefined) return;
    this.#o.player.call('match.attach', { matchId }).catch((cause: unknown) => this.#lose(cause));
  }

  #see({ matchId, view: given }: EventData<'match.view'>): void {
    const view = this.#o.readView(given);
    if (matchId !== this.#matchId || view === undefined || this.#isLeft) return;
    const isFirst = this.#view === undefined;
    // The end was told with the answer that made it.
    if (isFirst && view.isOver) return;
    this.#view = view;
    if (isFirst) {
      this.#o.note('round begins', { matchId });
      if (!this.#knowsRules) this.#o.send(rulesOf(view));
      this.#knowsRules = false;
      this.#ready.resolve();
    }
    const guess = this.#guess;
    const result = guess === undefined ? undefined : resultOf(view, guess.n);
    if (guess === undefined || result === undefined) return;
    this.#guess = undefined;
    // What comes next waits for the next match.
    if (view.isOver) this.#wait();
    this.#o.send(answerTo(result, view.attemptsLeft === 0));
    guess.done();
  }

  #end({ match: { id: matchId, reason } }: EventData<'match.ended'>): void {
    this.#o.note('round ends', { matchId, reason });
    this.#matchId = undefined;
    this.#ended.resolve();
    if (this.#isLeft) return;
    if (this.#view !== undefined) this.#wait();
    this.#getReady().catch((cause: unknown) => this.#lose(cause));
  }

  #wait(): void {
    this.#view = undefined;
    this.#ready = Promise.withResolvers();
    this.#ready.promise.catch(() => undefined);
  }

  #lose(cause: unknown): void {
    if (this.#isLeft || this.#isLost) return;
    this.#isLost = true;
    this.#matchId = undefined;
    this.#guess?.done();
    if (this.#hasBegun) {
      this.#ready.resolve();
      this.#o.onLost(cause);
    } else this.#ready.reject(cause);
  }

  /** Rejects with BUSY when it takes too long. */
  async #within<T>(promise: Promise<T>, ms: number = limits.answerWithinMs): Promise<T> {
    const late = Promise.withResolvers<never>();
    const cancel = this.#o.timers.after(ms, () => late.reject(new PaperclipError('BUSY')));
    try {
      return await Promise.race([promise, late.promise]);
    } finally {
      cancel();
    }
  }
}
