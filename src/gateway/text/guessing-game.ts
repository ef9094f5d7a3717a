// Section 9: one player's part in the guessing game, from the party's lobby to the results. Here
// commands and events of the platform become the answers and notices of the protocol.
//
// The rules are the game's, and who may join when is the party's. Only a game that was joined over
// this connection is followed: a player may be in another one over another wire.

import { PaperclipError } from '../../contract/errors.ts';
import type { EventData, PlatformEvent } from '../../contract/events.ts';
import type { Log } from '../../contract/telemetry.ts';
import type { Timers } from '../../domain/ports.ts';
import { type GuessView, type ReadGuessView, resultOf, resultsOf } from '../guess-view.ts';
import type { SignedInPlayer } from '../signed-in-player.ts';
import { TextRefusal, textCodes } from './text-codes.ts';
import { textError } from './text-errors.ts';
import { textLimits as limits } from './text-limits.ts';

export interface GuessingGameContext {
  readonly player: Pick<SignedInPlayer, 'player' | 'call'>;
  readonly readView: ReadGuessView;
  readonly timers: Timers;
  readonly log: Log;
  readonly send: (header: string, body: object) => void;
}

interface Playing {
  readonly kind: 'playing';
  readonly lobbyId: string;
  readonly matchId: string;
  /** Settles when the seat is taken, or not to be had. */
  taken: Promise<void>;
  /** By seat; they are known when the seat is taken. */
  names: readonly string[] | undefined;
  /** The first comes when the game begins. */
  view: GuessView | undefined;
  isBeginTold: boolean;
  areResultsTold: boolean;
  cancelResults: (() => void) | undefined;
}

type Part =
  | { readonly kind: 'none' }
  /** A request to start or join is under way; what happens meanwhile comes after its answer. */
  | { readonly kind: 'asking'; readonly held: PlatformEvent[] }
  | { readonly kind: 'joined'; readonly lobbyId: string }
  | Playing;

const game = 'guess';
const none: Part = { kind: 'none' };

const resultTexts = {
  '-1': 'Your guess is too low.',
  '0': 'Your guess is correct.',
  '1': 'Your guess is too high.',
} as const;

export class GuessingGame {
  readonly #o: GuessingGameContext;
  #part: Part = none;
  /** The guess under way: which one it is, and who waits for what it came to. */
  #guess: { readonly n: number; readonly done: (result: -1 | 0 | 1) => void } | undefined;

  constructor(context: GuessingGameContext) {
    this.#o = context;
  }

  /** Answers by itself. */
  start(): Promise<void> {
    return this.#enter('START_GAME_RESP', async () => {
      const settings = { mode: 'party' };
      const { player } = this.#o;
      return player.call('party.start', { game, settings }).catch(async (cause: unknown) => {
        if (await this.#isJoiner(cause)) throw new TextRefusal(textCodes.joinedAlready);
        throw cause;
      });
    });
  }

  /** Answers by itself. */
  join(): Promise<void> {
    return this.#enter('JOIN_GAME_RESP', () => this.#o.player.call('party.join', { game }));
  }

  /** `given` is a number, or what may be the digits of one. */
  async guess(given: number | string): Promise<{ result: -1 | 0 | 1; message: string }> {
    const part = this.#part;
    if (part.kind !== 'playing') return this.#refuseStranger();
    const { view, matchId } = part;
    if (view === undefined) throw new TextRefusal(textCodes.notBegun);
    if (view.isOver) throw new TextRefusal(textCodes.noGame);
    const number = wholeNumber(given);
    if (number < view.min || number > view.max) throw new TextRefusal(textCodes.outOfRange);
    const result = await this.#resultOf(view.guessCount + 1, async () => {
      await this.#o.player.call('match.input', { matchId, input: { number } });
    });
    return { result, message: resultTexts[`${result}`] };
  }

  handleEvent(event: PlatformEvent): void {
    if (event.event === 'party.opened') {
      const { lobby, starter } = event.data;
      if (lobby.game !== game) return;
      this.#o.send('GAME_NOTIFICATION', { status: 'OK', username: starter.name });
      return;
    }
    const part = this.#part;
    if (part.kind === 'asking') part.held.push(event);
    else if (event.event === 'lobby.removed') this.#removed(event.data);
    else if (event.event === 'match.placed') this.#placed(event.data);
    else if (event.event === 'match.view') this.#see(event.data);
    else if (event.event === 'match.seat-lost') this.#seatLost(event.data);
  }

  /** The connection ends: the place goes to nobody, and nobody waits for this player. */
  async leave(): Promise<void> {
    const part = this.#part;
    this.#part = none;
    try {
      if (part.kind === 'joined') {
        await this.#o.player.call('lobby.leave', { lobbyId: part.lobbyId });
      } else if (part.kind === 'playing') {
        part.cancelResults?.();
        await part.taken;
        await this.#o.player.call('match.leave', { matchId: part.matchId });
      }
    } catch (cause) {
      // The game is over, or its host is; then the grace time is what ends it for this player.
      if (!(cause instanceof PaperclipError)) throw cause;
    }
  }

  async #enter(answer: string, ask: () => Promise<{ readonly id: string }>): Promise<void> {
    const before = this.#part;
    const held: PlatformEvent[] = [];
    this.#part = { kind: 'asking', held };
    try {
      const { id } = await ask();
      this.#part = { kind: 'joined', lobbyId: id };
      this.#o.send(answer, { status: 'OK' });
    } catch (cause) {
      this.#part = before;
      throw cause;
    } finally {
      for (const event of held) this.handleEvent(event);
    }
  }

  /** Refused because of the very party that this player waits in. */
  async #isJoiner(cause: unknown): Promise<boolean> {
    if (!(cause instanceof PaperclipError) || cause.code !== 'PARTY_RUNNING') return false;
    const { player } = this.#o;
    const { lobby } = await player.call('party.get', { game });
    const isMember = lobby?.members.some(({ playerId }) => playerId === player.player.id) === true;
    return isMember && lobby?.state === 'open';
  }

  async #refuseStranger(): Promise<never> {
    const { lobby } = await this.#o.player.call('party.get', { game });
    if (lobby === undefined) throw new TextRefusal(textCodes.noGame);
    const isPlayed = lobby.state === 'playing' && this.#part.kind === 'none';
    throw new TextRefusal(isPlayed ? textCodes.notParticipant : textCodes.notBegun);
  }

  #removed({ lobbyId, reason }: EventData<'lobby.removed'>): void {
    const part = this.#part;
    if (part.kind === 'joined' && part.lobbyId === lobbyId) {
      this.#part = none;
      const refusal =
        reason === 'too-few'
          ? new TextRefusal(textCodes.tooFewPlayers)
          : new TextRefusal(textCodes.notNow, removalTexts[reason]);
      this.#o.send('START_GAME_RESP', textError(refusal, this.#o.log));
    } else if (part.kind === 'playing' && part.lobbyId === lobbyId) {
      // The party is over, and the next may be started.
      this.#part = none;
      this.#tellResults(part);
    }
  }

  #placed({ lobbyId, matchId }: EventData<'match.placed'>): void {
    if (this.#part.kind !== 'joined' || this.#part.lobbyId !== lobbyId) return;
    const part: Playing = {
      kind: 'playing',
      lobbyId,
      matchId,
      taken: Promise.resolve(),
      names: undefined,
      view: undefined,
      isBeginTold: false,
      areResultsTold: false,
      cancelResults: undefined,
    };
    this.#part = part;
    part.taken = this.#take(part);
  }

  async #take(part: Playing): Promise<void> {
    try {
      const { names } = await this.#o.player.call('match.attach', { matchId: part.matchId });
      part.names = names;
      this.#tellBegin(part);
    } catch (cause) {
      if (this.#part !== part) return;
      this.#part = none;
      this.#o.send('START_GAME_RESP', textError(cause, this.#o.log));
    }
  }

  #see({ matchId, view }: EventData<'match.view'>): void {
    const part = this.#part;
    if (part.kind !== 'playing' || part.matchId !== matchId) return;
    const seen = this.#o.readView(view);
    if (seen === undefined) return;
    part.view = seen;
    this.#tellBegin(part);
    const result = this.#guess && resultOf(seen, this.#guess.n);
    if (result !== undefined) this.#guess?.done(result);
    if (!seen.isOver || part.areResultsTold) return;
    part.cancelResults ??= this.#o.timers.after(limits.resultsWithinMs, () =>
      this.#tellResults(part),
    );
  }

  #seatLost({ matchId, reason }: EventData<'match.seat-lost'>): void {
    const part = this.#part;
    if (part.kind !== 'playing' || part.matchId !== matchId) return;
    if (reason === 'too-slow') part.taken = this.#take(part);
    // The same player goes on with it elsewhere.
    else if (reason === 'replaced') this.#part = none;
  }

  /** When the game has begun for all: who plays is known, and what there is to see. */
  #tellBegin(part: Playing): void {
    const { names, view } = part;
    if (part.isBeginTold || names === undefined || view === undefined) return;
    if (this.#part !== part) return;
    part.isBeginTold = true;
    this.#o.send('START_GAME_RESP', { status: 'OK', players: names });
  }

  #tellResults(part: Playing): void {
    part.cancelResults?.();
    if (part.areResultsTold) return;
    part.areResultsTold = true;
    const { names, view } = part;
    if (!part.isBeginTold || names === undefined || view === undefined) {
      const refusal = new TextRefusal(textCodes.notNow, 'The game could not begin.');
      this.#o.send('START_GAME_RESP', textError(refusal, this.#o.log));
      return;
    }
    const results = resultsOf(view, names);
    const refusal = { status: 'ERROR', code: textCodes.nobodyFound };
    this.#o.send('GAME_RESULTS', results === undefined ? refusal : { status: 'OK', results });
  }

  /** The view that has it comes before or after the game's answer to the guess. */
  async #resultOf(n: number, guess: () => Promise<void>): Promise<-1 | 0 | 1> {
    const { promise, resolve, reject } = Promise.withResolvers<-1 | 0 | 1>();
    this.#guess = { n, done: resolve };
    let cancel = (): void => {};
    try {
      await guess();
      cancel = this.#o.timers.after(limits.guessAnswerWithinMs, () => {
        reject(new TextRefusal(textCodes.notNow, 'The game says nothing to the guess.'));
      });
      return await promise;
    } finally {
      cancel();
      this.#guess = undefined;
    }
  }
}

const removalTexts: Readonly<Record<EventData<'lobby.removed'>['reason'], string>> = {
  'too-few': 'Too few players joined.',
  'no-room': 'The server has no room for the game now.',
  absent: 'You were away.',
  closed: 'The game was called off.',
  kicked: 'The starter removed you from the game.',
  left: 'You left the game over another connection.',
};

function wholeNumber(given: number | string): number {
  const isWhole = typeof given === 'number' ? Number.isInteger(given) : /^\d+$/.test(given);
  if (!isWhole) throw new TextRefusal(textCodes.notWhole);
  return Number(given);
}
