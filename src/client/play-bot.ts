// Lets a game's own bot play a seat of a running match, over the same connection as a person. It
// sees the player's views and nothing else.

import { type Random, seededRandom } from '../base/prng.ts';
import type { Game } from '../game/define-game.ts';
import { type After, hostAfter } from './after.ts';
import type { Match } from './match.ts';

export interface PlayBotOptions {
  /** Decides every draw of the bot. */
  readonly seed: number | string;
  /** Pause before it answers a view. Default 400 ms, so that people can follow. */
  readonly thinkMs?: number;
  readonly after?: After;
}

const thinkDefaultMs = 400;
/** Answers that the rules refused, before it waits for another view. */
const triesPerView = 3;

/** Throws a TypeError when the game has no bot. Ends with the match, or by what it returns. */
export function playBot(match: Match, game: Game, options: PlayBotOptions): () => void {
  if (game.bot === undefined) throw new TypeError(`game ${game.name} has no bot`);
  const random: Random = seededRandom(options.seed, 'bot', match.seat);
  const after = options.after ?? hostAfter;
  let cancel: (() => void) | undefined;
  let tries = 0;

  const answer = (): void => {
    cancel = undefined;
    const { view, seat } = match;
    // Its view will show what became of the last one; until then it would repeat itself.
    if (view === undefined || (match.undecided > 0 && game.tickHz === undefined)) return;
    tries++;
    const input = game.bot?.(view, { seat, random });
    if (input !== undefined) match.send(input);
  };
  const think = (): void => {
    // In a turn game the earliest planned answer stands; it looks at the view of its own moment.
    cancel ??= after(options.thinkMs ?? thinkDefaultMs, answer);
  };
  const stops = [
    match.on('view', () => {
      tries = 0;
      think();
    }),
    match.on('refused', () => {
      if (tries < triesPerView) think();
    }),
  ];
  const stop = (): void => {
    cancel?.();
    for (const end of stops) end();
  };
  match.result.then(stop, stop);
  if (match.view !== undefined) think();
  return stop;
}
