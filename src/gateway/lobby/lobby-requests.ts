// What a logged-in client may ask for, beside its games: each command of the protocol and what it
// becomes. Commands that the protocol has and this server does not are answered as switched off;
// any others end the connection, as the protocol wants it.

import type { CommandName } from '../../contract/commands.ts';
import { type ErrorCode, PaperclipError } from '../../contract/errors.ts';
import { hostGame, joinGame } from './game-requests.ts';
import { InvalidMessage, type LobbyMessage, type LobbyUser, numberField } from './lobby-user.ts';

type Request = (user: LobbyUser, message: LobbyMessage) => Promise<void>;

const answer =
  (reply: object): Request =>
  (user) =>
    user.send(reply);

const switchedOff: Request = (user, { command }) =>
  user.send({ command: 'disabled', request: command });

export const lobbyRequests: ReadonlyMap<string, Request> = new Map<string, Request>([
  ['game_host', hostGame],
  ['game_join', joinGame],
  ['social_add', (user, message) => changeSocial(user, message, socialAdd)],
  ['social_remove', (user, message) => changeSocial(user, message, socialRemove)],
  ['avatar', handleAvatar],
  ['ice_servers', answer({ command: 'ice_servers', ice_servers: [], ttl: 86_400 })],
  ['matchmaker_info', answer({ command: 'matchmaker_info', queues: [] })],
  ...[
    ...['restore_game_session', 'game_matchmaking', 'match_ready', 'set_player_vetoes'],
    ...['invite_to_party', 'accept_party_invite', 'kick_player_from_party', 'leave_party'],
    ...['set_party_factions', 'coop_list', 'modvault', 'admin', 'create_account'],
  ].map((name) => [name, switchedOff] as const),
]);

/** A step that the platform may refuse because there is nothing to do. */
interface SocialStep {
  readonly command: Extract<CommandName, `friend.${string}` | `block.${string}`>;
  readonly done: readonly ErrorCode[];
}

type SocialSteps = Readonly<Record<'friend' | 'foe', readonly SocialStep[]>>;

const socialAdd: SocialSteps = {
  friend: [{ command: 'friend.request', done: ['FRIENDS_ALREADY'] }],
  foe: [{ command: 'block.add', done: ['BLOCKED_ALREADY'] }],
};

const socialRemove: SocialSteps = {
  friend: [
    { command: 'friend.remove', done: ['NOT_FRIENDS'] },
    // To the client, one whom it asked is a friend already.
    { command: 'friend.decline', done: ['NO_FRIEND_REQUEST'] },
  ],
  foe: [{ command: 'block.remove', done: ['NOT_BLOCKED'] }],
};

async function changeSocial(
  user: LobbyUser,
  message: LobbyMessage,
  steps: SocialSteps,
): Promise<void> {
  const kind = 'friend' in message ? 'friend' : 'foe';
  const number = numberField(message, kind);
  const { id } = await user.call('player.by-number', { number });
  for (const { command, done } of steps[kind]) {
    try {
      await user.call(command, { player: id });
    } catch (cause) {
      if (!(cause instanceof PaperclipError) || !done.includes(cause.code)) throw cause;
    }
  }
}

async function handleAvatar(user: LobbyUser, { action }: LobbyMessage): Promise<void> {
  if (typeof action !== 'string') throw new InvalidMessage('action is no text');
  if (action === 'list_avatar') await user.send({ command: 'avatar', avatarlist: [] });
}
