// Which service does which command. A new row in the command table is asked for here by the
// compiler.

import type { CommandName } from '../contract/commands.ts';
import { PaperclipError } from '../contract/errors.ts';
import { contractLimits as limits } from '../contract/limits.ts';
import type { StoredPlayer } from './account/account-store.ts';
import type { Accounts } from './account/accounts.ts';
import type { PlayerNumbers } from './account/player-numbers.ts';
import type { Sanctions } from './account/sanctions.ts';
import { publicPlayer, type Sessions } from './account/sessions.ts';
import type { DeviceKeys } from './chat/device-keys.ts';
import type { DirectMessages } from './chat/direct-messages.ts';
import type { Room } from './chat/room.ts';
import type { Signals } from './chat/signals.ts';
import type { ExternalGames } from './external/external-games.ts';
import { externalHandlers } from './external-handlers.ts';
import type { Files } from './file/files.ts';
import { fileHandlers } from './file-handlers.ts';
import type { GameCatalog } from './games.ts';
import type { History } from './history/history.ts';
import { timestamp } from './ids.ts';
import type { Lobbies } from './lobby/lobbies.ts';
import type { LobbyTalk } from './lobby/lobby-talk.ts';
import type { Parties } from './lobby/parties.ts';
import type { Matches } from './match/matches.ts';
import type { RelayedSeats, SeatCaller } from './match/relayed-seats.ts';
import { peopleHandlers } from './people-handlers.ts';
import type { Caller, Handlers } from './platform.ts';
import type { PlayerEventHub } from './player-events.ts';
import type { Clock } from './ports.ts';
import type { Leaderboards } from './rating/leaderboards.ts';
import type { OpenRounds } from './round/open-rounds.ts';
import type { Blocks } from './social/blocks.ts';
import type { Friends } from './social/friends.ts';
import type { Presence } from './social/presence.ts';

export interface Services {
  readonly accounts: Accounts;
  readonly numbers: PlayerNumbers;
  readonly sessions: Sessions;
  readonly sanctions: Sanctions;
  readonly friends: Friends;
  readonly blocks: Blocks;
  readonly presence: Presence;
  readonly room: Room;
  readonly messages: DirectMessages;
  readonly signals: Signals;
  readonly deviceKeys: DeviceKeys;
  readonly files: Files;
  readonly games: GameCatalog;
  readonly lobbies: Lobbies;
  readonly lobbyTalk: LobbyTalk;
  readonly parties: Parties;
  readonly matches: Matches;
  readonly relayedSeats: RelayedSeats;
  readonly openRounds: OpenRounds;
  readonly external: ExternalGames;
  readonly history: History;
  readonly leaderboards: Leaderboards;
  readonly events: PlayerEventHub;
  readonly clock: Clock;
}

const rows = ({ limit }: { readonly limit?: number }): { limit: number } => ({
  limit: limit ?? limits.pageRowsDefault,
});

export type Part<Prefix extends string> = Pick<
  Handlers,
  Extract<CommandName, `${Prefix}.${string}`>
>;

export const makeHandlers = (services: Services): Handlers => ({
  ...accountHandlers(services),
  ...lobbyHandlers(services),
  ...partyHandlers(services),
  ...matchHandlers(services),
  ...roundHandlers(services),
  ...peopleHandlers(services),
  ...fileHandlers(services),
  ...externalHandlers(services),
});

function accountHandlers(services: Services): Part<'account' | 'game'> {
  const { accounts, sessions, games, lobbies, matches } = services;
  return {
    'account.register': (args, _caller, origin) => accounts.register(args, origin),
    'account.login': (args, _caller, origin) => accounts.login(args, origin),
    'account.login-digest': (args, _caller, origin) => accounts.loginDigest(args, origin),
    'account.enable-digest-login': async ({ password }, caller, origin) => {
      await accounts.enableDigestLogin(await playerOf(services, caller), password, origin);
      return {};
    },
    'account.guest': (args, _caller, origin) => accounts.guest(args, origin),
    'account.upgrade': async (args, caller, origin) =>
      accounts.upgrade(await playerOf(services, caller), args, origin),
    'account.exists': async ({ name }) => {
      const kind = await accounts.kindOfName(name);
      return kind === undefined ? {} : { kind };
    },
    'account.logins': async (_args, caller) => ({
      logins: (await accounts.logins(idOf(caller))).map(({ atMs, wire, address, outcome }) => {
        return { at: timestamp(atMs), wire, address, outcome };
      }),
    }),
    'account.refresh': ({ refreshToken }) => sessions.refresh(refreshToken),
    'account.logout': async (_args, caller) => {
      await sessions.logout(idOf(caller), caller.sessionId ?? '');
      return {};
    },
    'account.me': async (_args, caller) => {
      const player = await playerOf(services, caller);
      const lobbyId = lobbies.of(player.id)?.id;
      const matchId = matches.matchOf(player.id);
      return {
        player: publicPlayer(player),
        ...(lobbyId === undefined ? {} : { lobbyId }),
        ...(matchId === undefined ? {} : { matchId }),
      };
    },

    'game.list': async () => ({ games: [...games.infos] }),
  };
}

function lobbyHandlers(services: Services): Part<'lobby'> {
  const { accounts, lobbies, lobbyTalk, external } = services;
  return {
    'lobby.create': async (args, caller) => {
      const player = await playerOf(services, caller);
      return lobbies.view(await lobbies.create(player, args), player.id);
    },
    'lobby.list': async (args, caller) => {
      const others = external.openLobbies(args.game, caller.playerId);
      return lobbies.list({ ...args, ...rows(args) }, caller.playerId, others);
    },
    'lobby.get': async ({ lobbyId }, caller) =>
      external.findLobby(lobbyId, idOf(caller)) ??
      lobbies.view(lobbies.get(lobbyId, idOf(caller)), idOf(caller)),
    'lobby.quick': async ({ game }, caller) => {
      const player = await playerOf(services, caller);
      return lobbies.view(await lobbies.quick(player, game), player.id);
    },
    'lobby.join': async ({ lobbyId }, caller) => {
      external.requireOther(lobbyId);
      const player = await playerOf(services, caller);
      return lobbies.view(await lobbies.join(player, lobbyId), player.id);
    },
    'lobby.join-code': async ({ code }, caller) => {
      const player = await playerOf(services, caller);
      return lobbies.view(await lobbies.joinByCode(player, code), player.id);
    },
    'lobby.leave': async ({ lobbyId }, caller) => {
      if (external.leaveLobby(idOf(caller), lobbyId)) return {};
      await lobbies.leave(idOf(caller), lobbyId);
      return {};
    },
    'lobby.ready': async ({ lobbyId, ready }, caller) =>
      lobbies.view(await lobbies.ready(idOf(caller), lobbyId, ready), idOf(caller)),
    'lobby.kick': async ({ lobbyId, playerId }, caller) =>
      lobbies.view(await lobbies.kick(idOf(caller), lobbyId, playerId), idOf(caller)),
    'lobby.hand-over': async ({ lobbyId, playerId }, caller) =>
      lobbies.view(await lobbies.handOver(idOf(caller), lobbyId, playerId), idOf(caller)),
    'lobby.add-bot': async ({ lobbyId }, caller) =>
      lobbies.view(await lobbies.addBot(idOf(caller), lobbyId), idOf(caller)),
    'lobby.say': async ({ lobbyId, message }, caller) => {
      lobbyTalk.say(await playerOf(services, caller), lobbyId, message);
      return {};
    },
    'lobby.invite': async ({ lobbyId, player }, caller) => {
      const self = await playerOf(services, caller);
      lobbyTalk.invite(self, lobbyId, await accounts.get(player));
      return {};
    },
  };
}

function partyHandlers(services: Services): Part<'party'> {
  const { lobbies, parties } = services;
  return {
    'party.start': async (args, caller) => {
      const player = await playerOf(services, caller);
      return lobbies.view(await parties.start(player, args), player.id);
    },
    'party.join': async ({ game }, caller) => {
      const player = await playerOf(services, caller);
      return lobbies.view(await parties.join(player, game), player.id);
    },
    'party.get': async ({ game }, caller) => {
      const party = parties.get(game);
      if (party === undefined) return {};
      const lobby = lobbies.view(party, caller.playerId);
      return { lobby, ...(party.matchId === undefined ? {} : { matchId: party.matchId }) };
    },
  };
}

function matchHandlers(services: Services): Part<'match' | 'leaderboard'> {
  const { matches, relayedSeats, history, leaderboards } = services;
  return {
    'match.ticket': ({ matchId, clientPublicKey }, caller) =>
      matches.ticket(idOf(caller), matchId, clientPublicKey),
    'match.attach': ({ matchId }, caller) => relayedSeats.attach(sessionOf(caller), matchId),
    'match.input': async ({ matchId, input }, caller) => {
      await relayedSeats.input(sessionOf(caller), matchId, input);
      return {};
    },
    'match.leave': async ({ matchId }, caller) => {
      await relayedSeats.leave(sessionOf(caller), matchId);
      return {};
    },
    'match.get': ({ matchId }) => history.get(matchId),
    'match.history': (args) => history.page({ ...args, ...rows(args) }),
    'match.replay': ({ matchId }) => history.replay(matchId),
    'leaderboard.get': async (args) => {
      const { rows: found, ...next } = await leaderboards.page({ ...args, ...rows(args) });
      return { game: args.game, rows: found, ...next };
    },
  };
}

function roundHandlers(services: Services): Part<'round'> {
  const { openRounds } = services;
  return {
    'round.join': async ({ game }, caller) => {
      const { name, kind } = await playerOf(services, caller);
      return openRounds.join({ ...sessionOf(caller), name, isAccount: kind === 'account' }, game);
    },
    'round.input': async (args, caller) => {
      await openRounds.input(sessionOf(caller), args);
      return {};
    },
    'round.leave': async ({ game }, caller) => {
      await openRounds.leave(sessionOf(caller), game);
      return {};
    },
    'round.get': async ({ game }) => openRounds.get(game),
  };
}

/** The dispatcher lets nobody without a session come here; a player who is gone is possible. */
export async function playerOf({ accounts }: Services, caller: Caller): Promise<StoredPlayer> {
  const player = await accounts.byId(idOf(caller));
  if (player === undefined) throw new PaperclipError('UNAUTHENTICATED');
  return player;
}

const sessionOf = (caller: Caller): SeatCaller => ({
  playerId: idOf(caller),
  sessionId: caller.sessionId ?? '',
});

export function idOf(caller: Caller): string {
  if (caller.playerId === undefined) throw new PaperclipError('UNAUTHENTICATED');
  return caller.playerId;
}
