// Hosting and joining games, as clients ask for it, and how they are told that it cannot be.

import { type ErrorBody, type ErrorCode, PaperclipError } from '../../contract/errors.ts';
import type { ExternalGame } from '../../contract/external-schema.ts';
import { gameLaunch } from './game-info.ts';
import {
  InvalidMessage,
  type LobbyMessage,
  type LobbyUser,
  notice,
  numberField,
} from './lobby-user.ts';

/** What clients of the first years leave out. */
const usualMod = 'faf';
const usualMap = 'scmp_007';

export async function hostGame(user: LobbyUser, message: LobbyMessage): Promise<void> {
  const { visibility } = message;
  if (visibility !== 'public' && visibility !== 'friends') {
    throw new InvalidMessage('visibility is neither public nor friends');
  }
  const ratingMin = optionalNumber(message, 'rating_min');
  const ratingMax = optionalNumber(message, 'rating_max');
  await launch(user, 'host', () =>
    user.call('external.host', {
      title: optionalText(message, 'title') ?? `${asciiOf(user.name)}'s game`,
      mod: optionalText(message, 'mod') ?? usualMod,
      map: optionalText(message, 'mapname') ?? usualMap,
      visibility,
      ...passwordOf(message),
      ...(ratingMin === undefined ? {} : { ratingMin }),
      ...(ratingMax === undefined ? {} : { ratingMax }),
      enforceRatingRange: message['enforce_rating_range'] === true,
    }),
  );
}

export async function joinGame(user: LobbyUser, message: LobbyMessage): Promise<void> {
  const number = numberField(message, 'uid');
  const password = passwordOf(message);
  await launch(user, 'join', async () => {
    try {
      return await user.call('external.join', { number, ...password });
    } catch (cause) {
      if (!(cause instanceof PaperclipError)) throw cause;
      const refusal = refusalOf(cause.body);
      if (refusal === undefined) throw cause;
      const { reason, text, style = 'info' } = refusal;
      const failed = { command: 'game_join_failed', reason, uid: number };
      await user.send(...(reason === undefined ? [] : [failed]), notice(style, text));
      return undefined;
    }
  });
}

async function launch(
  user: LobbyUser,
  action: 'host' | 'join',
  enter: () => Promise<ExternalGame | undefined>,
): Promise<void> {
  try {
    const game = await enter();
    if (game !== undefined) await user.send(gameLaunch(game));
  } catch (cause) {
    const isBusy = cause instanceof PaperclipError && cause.code === 'ALREADY_IN_LOBBY';
    if (!isBusy) throw cause;
    // The platform has one state for all that keeps a player from it.
    await user.send(notice('error', `Can't ${action} a game while in state STARTING_GAME`));
  }
}

interface Refusal {
  readonly reason?: 'host_left_game' | 'game_not_ready' | 'bad_password';
  readonly text: string;
  readonly style?: 'error';
}

const hostLeft: Refusal = { reason: 'host_left_game', text: 'The host has left the game.' };
const badPassword: Refusal = {
  reason: 'bad_password',
  text: "Bad password (it's case sensitive).",
};

const refusals: { readonly [code in ErrorCode]?: Refusal } = {
  LOBBY_NOT_FOUND: hostLeft,
  GAME_NOT_READY: {
    reason: 'game_not_ready',
    text: 'The game you are trying to join is not ready.',
  },
  WRONG_GAME_PASSWORD: badPassword,
  BLOCKED: { text: 'You cannot join games hosted by this player.', style: 'error' },
};

/** A number that no game can have, and a password that none can have, are wrong ones. */
function refusalOf({ code, details }: ErrorBody): Refusal | undefined {
  if (code !== 'BAD_REQUEST') return refusals[code];
  return details?.['field'] === 'number' ? hostLeft : badPassword;
}

/** Absent and `null` are the same in this protocol. */
function optionalText(message: LobbyMessage, name: string): string | undefined {
  const value = message[name] ?? undefined;
  if (value === undefined || typeof value === 'string') return value;
  throw new InvalidMessage(`${name} is no text`);
}

function optionalNumber(message: LobbyMessage, name: string): number | undefined {
  const value = message[name] ?? undefined;
  if (value === undefined || (typeof value === 'number' && Number.isFinite(value))) return value;
  throw new InvalidMessage(`${name} is no number`);
}

function passwordOf(message: LobbyMessage): { readonly password?: string } {
  const password = optionalText(message, 'password');
  return password === undefined || password === '' ? {} : { password };
}

/** A name may have letters that a title may not. */
const asciiOf = (text: string): string => text.replace(/[^ -~]/g, '?');
