// Which service does which command. A new row in the command table is asked for here by the
// compiler.

import type { CommandName } from '../contract/commands.ts';
import { PaperclipError } from '../contract/errors.ts';
import { contractLimits as limits } from '../contract/limits.ts';
import type { StoredPlayer } from './account/account-store.ts';
import type { Accounts } from './account/accounts.ts';
import { publicPlayer, type Sessions } from './account/sessions.ts';
import type { GameCatalog } from './games.ts';
import type { History } from './history/history.ts';
import type { Lobbies } from './lobby/lobbies.ts';
import type { Matches } from './match/matches.ts';
import type { Caller, Handlers } from './platform.ts';
import type { Leaderboards } from './rating/leaderboards.ts';

export interface Services {
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly games: GameCatalog;
  readonly lobbies: Lobbies;
  readonly matches: Matches;
  readonly history: History;
  readonly leaderboards: Leaderboards;
}

const rows = ({ limit }: { readonly limit?: number }): { limit: number } => ({
  limit: limit ?? limits.pageRowsDefault,
});

type Part<Prefix extends string> = Pick<Handlers, Extract<CommandName, `${Prefix}.${string}`>>;

export const makeHandlers = (services: Services): Handlers => ({
  ...accountHandlers(services),
  ...lobbyHandlers(services),
  ...matchHandlers(services),
});

function accountHandlers(services: Services): Part<'account' | 'game'> {
  const { accounts, sessions, games, lobbies, matches } = services;
  return {
    'account.register': (args) => accounts.register(args),
    'account.login': (args, _caller, { address }) => accounts.login(args, address),
    'account.guest': (args) => accounts.guest(args),
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
  const { lobbies } = services;
  return {
    'lobby.create': async (args, caller) => {
      const player = await playerOf(services, caller);
      return lobbies.view(await lobbies.create(player, args), player.id);
    },
    'lobby.list': async (args, caller) => {
      const { rows: found, ...next } = lobbies.list({ ...args, ...rows(args) });
      return { lobbies: found.map((lobby) => lobbies.view(lobby, caller.playerId)), ...next };
    },
    'lobby.get': async ({ lobbyId }, caller) =>
      lobbies.view(lobbies.get(lobbyId, idOf(caller)), idOf(caller)),
    'lobby.quick': async ({ game }, caller) => {
      const player = await playerOf(services, caller);
      return lobbies.view(await lobbies.quick(player, game), player.id);
    },
    'lobby.join': async ({ lobbyId }, caller) => {
      const player = await playerOf(services, caller);
      return lobbies.view(await lobbies.join(player, lobbyId), player.id);
    },
    'lobby.join-code': async ({ code }, caller) => {
      const player = await playerOf(services, caller);
      return lobbies.view(await lobbies.joinByCode(player, code), player.id);
    },
    'lobby.leave': async ({ lobbyId }, caller) => {
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
  };
}

function matchHandlers(services: Services): Part<'match' | 'leaderboard'> {
  const { matches, history, leaderboards } = services;
  return {
    'match.ticket': ({ matchId, clientPublicKey }, caller) =>
      matches.ticket(idOf(caller), matchId, clientPublicKey),
    'match.get': ({ matchId }) => history.get(matchId),
    'match.history': (args) => history.page({ ...args, ...rows(args) }),
    'match.replay': ({ matchId }) => history.replay(matchId),
    'leaderboard.get': async (args) => {
      const { rows: found, ...next } = await leaderboards.page({ ...args, ...rows(args) });
      return { game: args.game, rows: found, ...next };
    },
  };
}

/** The dispatcher lets nobody without a session come here; a player who is gone is possible. */
async function playerOf({ accounts }: Services, caller: Caller): Promise<StoredPlayer> {
  const player = await accounts.byId(idOf(caller));
  if (player === undefined) throw new PaperclipError('UNAUTHENTICATED');
  return player;
}

function idOf(caller: Caller): string {
  if (caller.playerId === undefined) throw new PaperclipError('UNAUTHENTICATED');
  return caller.playerId;
}
