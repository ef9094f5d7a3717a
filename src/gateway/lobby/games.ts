// Games, which programs on the players' machines play: the list at the log-in, and what a program
// says through its client. It speaks of players by number where the platform has ids.

import { type ErrorCode, PaperclipError } from '../../contract/errors.ts';
import { gameObject, playersIn } from './game-info.ts';
import { InvalidMessage, type LobbyMessage, type LobbyUser } from './lobby-user.ts';
import type { NumberBook } from './number-book.ts';

/** As a log-in is told of them; from then on the user hears of changes. */
export async function visibleGames(user: LobbyUser, book: NumberBook): Promise<readonly object[]> {
  const { games } = await user.call('external.follow', {});
  const ids = games.flatMap(playersIn);
  const numbers = await book.of(ids, (command, args) => user.call(command, args));
  return games.map((game) => gameObject(game, numbers));
}

/** What programs say that matters here; for metrics. */
export const gameCommands: ReadonlySet<string> = new Set([
  ...['GameState', 'GameOption', 'PlayerOption', 'AIOption', 'ClearSlot', 'GameMods'],
  ...['GameResult', 'GameEnded', 'IceMsg'],
]);

/** Whose first argument is a player. */
const aboutPlayers: ReadonlySet<string> = new Set(['PlayerOption', 'IceMsg']);

/** A program may still speak when its game is over, and of much that nobody here needs. */
const harmless: ReadonlySet<ErrorCode> = new Set([
  'NOT_IN_EXTERNAL_GAME',
  'BAD_REQUEST',
  'RATE_LIMITED',
]);

/** What the program on the other side of the client says: `{command, target, args}`. */
export async function handleGameMessage(
  user: LobbyUser,
  book: NumberBook,
  { command, target, args: given = [] }: LobbyMessage,
): Promise<void> {
  if (typeof command !== 'string') throw new InvalidMessage('command is no text');
  if (!Array.isArray(given)) throw new InvalidMessage('args is no list');
  if (target !== 'game') return;
  const args: unknown[] = [...given];
  try {
    if (aboutPlayers.has(command)) args[0] = await playerOf(user, book, args[0]);
    await user.call('external.report', { command, args });
  } catch (cause) {
    if (!(cause instanceof PaperclipError) || !harmless.has(cause.code)) throw cause;
  }
}

/** Null: no such player. */
async function playerOf(user: LobbyUser, book: NumberBook, given: unknown): Promise<string | null> {
  const number = typeof given === 'string' && /^\d{1,15}$/.test(given) ? Number(given) : given;
  if (typeof number !== 'number') return null;
  const known = book.playerOf(number);
  if (known !== undefined) return known;
  try {
    const { id } = await user.call('player.by-number', { number });
    return id;
  } catch (cause) {
    const isNobody = cause instanceof PaperclipError && cause.code === 'PLAYER_NOT_FOUND';
    if (isNobody) return null;
    throw cause;
  }
}
