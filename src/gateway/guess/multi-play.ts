// Guessing with everybody who is in the room: the platform's open rounds, as this wire's sentences.
// Answers leave as soon as the view that has them comes, so that an answer stands before the end
// of the round that it made.

import { PaperclipError } from '../../contract/errors.ts';
import type { EventData, PlatformEvent } from '../../contract/events.ts';
import { type GuessView, resultOf } from '../guess-view.ts';
import { answerTo, GuessRefusal, roundEnds } from './guess-messages.ts';
import { type GuessPlay, type GuessPlayContext, noteNotLeft, rulesOf } from './guess-play.ts';

const game = 'guess';

interface Round {
  readonly id: string;
  readonly seat: number;
  view: GuessView;
}

export class MultiPlay implements GuessPlay {
  readonly #o: GuessPlayContext;
  #round: Round | undefined;
  /** Number of the guess that is to be answered. */
  #guess: number | undefined;
  #isLeft = false;

  constructor(context: GuessPlayContext) {
    this.#o = context;
  }

  async begin(): Promise<void> {
    const { roundId, seat } = await this.#o.player.call('round.join', { game });
    this.#o.note('joined', { roundId, ...(seat !== undefined && { seat }) });
  }

  async guess(number: number): Promise<void> {
    const round = this.#round;
    if (round === undefined) throw new GuessRefusal('NOT_YET');
    const { min, max, guessCount, attemptsLeft } = round.view;
    if (attemptsLeft === 0) throw new GuessRefusal('NO_ATTEMPTS');
    if (number < min || number > max) throw new GuessRefusal('OUT_OF_RANGE');
    this.#guess = guessCount + 1;
    try {
      const args = { game, roundId: round.id, input: { number } };
      await this.#o.player.call('round.input', args);
    } catch (cause) {
      // It came after the guess that ended the round: the end is what it is told.
      if (!(cause instanceof PaperclipError && cause.code === 'ROUND_OVER')) throw cause;
    } finally {
      this.#guess = undefined;
    }
  }

  handleEvent(event: PlatformEvent): void {
    if (this.#isLeft) return;
    if (event.event === 'round.view' && event.data.game === game) this.#see(event.data);
    if (event.event === 'round.ended' && event.data.game === game) this.#end(event.data);
  }

  async leave(): Promise<void> {
    this.#isLeft = true;
    try {
      await this.#o.player.call('round.leave', { game });
    } catch (cause) {
      noteNotLeft(cause, this.#o.log);
    }
  }

  #see({ roundId, seat, view: given }: EventData<'round.view'>): void {
    const view = this.#o.readView(given);
    if (view === undefined) return;
    if (this.#round?.id === roundId) this.#round.view = view;
    else {
      this.#round = { id: roundId, seat, view };
      this.#o.note('round begins', { roundId });
      this.#o.send(rulesOf(view));
    }
    const result = this.#guess === undefined ? undefined : resultOf(view, this.#guess);
    if (result === undefined) return;
    this.#guess = undefined;
    this.#o.send(answerTo(result, view.attemptsLeft === 0));
  }

  #end({ roundId, reason }: EventData<'round.ended'>): void {
    const round = this.#round;
    if (round?.id !== roundId) return;
    // Its next round has not begun: until then there is none.
    this.#round = undefined;
    const { winner } = round.view;
    this.#o.note('round ends', { roundId, reason });
    if (winner === null) this.#o.send(roundEnds.byNobody);
    else if (winner !== round.seat) this.#o.send(roundEnds.byAnother);
  }
}
