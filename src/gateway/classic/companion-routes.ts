// The rows of the classic HTTP companion: what each path takes, which commands it stands for, and
// what it answers. Friends, lobbies and games are the platform's; only the words are of this wire.
//
// It knows neither Fastify nor headers: `companion.ts` reads requests and writes answers.

import type { Json } from '../../base/json.ts';
import { base64Bytes, base64Lines } from '../../codec/classic/base64.ts';
import { PaperclipError } from '../../contract/errors.ts';
import { contractLimits } from '../../contract/limits.ts';
import type { Lobby } from '../../contract/schema.ts';
import type { ClassicAccounts } from '../../domain/account/classic-keys.ts';
import { nameKey } from '../../domain/account/names.ts';
import { badRequest, shortened } from '../failure.ts';
import { type ClassicGame, classicGames, findClassicGame } from './classic-games.ts';
import type { CompanionArguments } from './companion-arguments.ts';
import type { LobbyList } from './companion-lobbies.ts';
import type { CompanionSessions, CompanionUser } from './companion-sessions.ts';
import type { LobbyIntents } from './lobby-intents.ts';
import { wire } from './wire.ts';

export interface CompanionWorld {
  readonly sessions: CompanionSessions;
  readonly classic: ClassicAccounts;
  readonly intents: LobbyIntents;
  readonly lobbies: LobbyList;
  /** Where players send their datagrams, whichever lobby they mean. */
  readonly lobbyAddress: () => readonly [host: string, port: number];
  /** This server's own, in DER, good for now. */
  readonly serverCertificate: () => Uint8Array;
}

export interface Answer {
  readonly status: number;
  /** Absent: there is none. */
  readonly body?: Json;
}

interface Visit {
  readonly args: CompanionArguments;
  readonly address: string;
}

export interface CompanionRow {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Without the slash that may end them. */
  readonly paths: readonly string[];
  /** Who may call: with a password or a token, or anyone. */
  readonly answer:
    | { readonly user: (user: CompanionUser, visit: Visit) => Promise<Answer> }
    | { readonly anyone: (visit: Visit) => Promise<Answer> };
}

export function companionRows(world: CompanionWorld): readonly CompanionRow[] {
  return [...accountRows(world), ...friendRows(), ...lobbyRows(world)];
}

const ok = (body: Json): Answer => ({ status: 200, body });

const row = (
  method: CompanionRow['method'],
  path: string,
  user: (user: CompanionUser, visit: Visit) => Promise<Answer>,
): CompanionRow => ({ method, paths: [path], answer: { user } });

function accountRows(world: CompanionWorld): readonly CompanionRow[] {
  const { sessions, classic, serverCertificate } = world;
  return [
    {
      method: 'POST',
      paths: ['/auth/register'],
      answer: {
        anyone: async ({ args, address }) => {
          const [name, password] = [args.required('username'), args.required('password')];
          const user = await sessions.register(name, password, address);
          return { status: 201, body: { 'account-id': user.number, username: user.name } };
        },
      },
    },
    row('GET', '/auth/token', async (user) => ok({ token: await sessions.token(user) })),
    row('GET', '/auth/key', async (user) => {
      const key = await classic.encryptedKey(user.origin);
      // It is made when the password is shown, which a token cannot make up for.
      if (key === undefined) throw new PaperclipError('UNAUTHENTICATED');
      return ok({ 'account-id': user.number, key: base64Lines(key) });
    }),
    row('GET', '/auth/certificate', async () =>
      ok({ certificate: base64Lines(serverCertificate()) }),
    ),
    {
      method: 'GET',
      paths: ['/auth/certificate/validate'],
      answer: { anyone: (visit) => validate(world, visit) },
    },
    row('GET', '/auth/test', async (user) => ok({ hello: user.name })),
  ];
}

async function validate({ classic }: CompanionWorld, { args, address }: Visit): Promise<Answer> {
  const der = base64Bytes(args.required('certificate')) ?? new Uint8Array(0);
  const { accountNumber, isValid } = await classic.check(der, { wire, address });
  const id = accountNumber === undefined ? null : String(accountNumber);
  return ok({ 'account-id': id, valid: isValid });
}

function friendRows(): readonly CompanionRow[] {
  return [
    row('GET', '/friends', async (user) => {
      const friends = await friendsOf(user);
      return ok({ friends: friends.map(({ number, name }) => ({ id: number, username: name })) });
    }),
    row('POST', '/friends/add', async (user, { args }) => {
      const username = args.required('username');
      await user.call('friend.request', { player: username });
      const { friends, outgoing } = await user.call('friend.list', {});
      const named = [...friends, ...outgoing].find(({ player }) => isNamed(player, username));
      if (named === undefined) throw new PaperclipError('PLAYER_NOT_FOUND', { player: username });
      const numbers = await numbersOf(user, [named.player.id]);
      const id = numbers.get(named.player.id) ?? null;
      return {
        status: 201,
        body: {
          account: { id: user.number, username: user.name },
          other: { id, username: named.player.name },
        },
      };
    }),
    {
      method: 'DELETE',
      paths: ['/friends/remove', '/friend/remove'],
      answer: {
        user: async (user, { args }) => {
          await user.call('friend.remove', { player: args.required('username') });
          return { status: 204 };
        },
      },
    },
  ];
}

const isNamed = (player: { readonly id: string; readonly name: string }, username: string) =>
  player.id === username || nameKey(player.name) === nameKey(username);

function lobbyRows(world: CompanionWorld): readonly CompanionRow[] {
  const { lobbies } = world;
  return [
    row('GET', '/games', async (user) => {
      const games = await gamesFor(user);
      return ok(Object.fromEntries(games.map(({ id, name }) => [String(id), name])));
    }),
    row('GET', '/lobby', async (user, { args }) => {
      const lobby = await lobbies.get(user, args.required('lobby-id'));
      const game = (await gamesFor(user)).find((one) => one.game === lobby.game);
      if (game === undefined) throw new PaperclipError('LOBBY_NOT_FOUND', { lobby: lobby.id });
      return ok(shown(world, user, lobby, game));
    }),
    row('POST', '/lobby/create', async (user, { args }) => {
      const game = await wantedGame(user, args);
      const lobby = await lobbies.create(user, game.game);
      return { status: 201, body: shown(world, user, lobby, game) };
    }),
    row('GET', '/lobby/find', async (user, { args }) => {
      const game = await wantedGame(user, args);
      return ok(shown(world, user, await lobbies.find(user, game.game), game));
    }),
    ...lobbyListRows(world),
  ];
}

function lobbyListRows({ lobbies }: CompanionWorld): readonly CompanionRow[] {
  const listed = async (user: CompanionUser) => {
    const games = new Map((await gamesFor(user)).map((game) => [game.game, game]));
    return (await lobbies.all(user)).flatMap((lobby) => {
      const game = games.get(lobby.game);
      return game === undefined ? [] : [{ lobby, game }];
    });
  };
  return [
    row('GET', '/lobby/all', async (user) => {
      const rows = (await listed(user)).map(({ lobby, game }) => [
        lobby.id,
        {
          game: { 'game-id': game.id, 'game-name': game.name },
          size: lobby.playersMax,
          'is-full': lobby.members.length >= lobby.playersMax,
        },
      ]);
      return ok(Object.fromEntries(rows));
    }),
    row('GET', '/lobby/members', async (user) => {
      const all = await listed(user);
      const ids = all.flatMap(({ lobby }) => lobby.members.map(({ playerId }) => playerId));
      const numbers = await numbersOf(user, ids);
      const rows = all.map(({ lobby }) => [
        lobby.id,
        lobby.members.flatMap(({ playerId }) => numbers.get(playerId) ?? []),
      ]);
      return ok(Object.fromEntries(rows));
    }),
    row('GET', '/lobby/friends', async (user) => {
      const all = await listed(user);
      const friends = (await friendsOf(user)).map(({ id, number, name }) => ({
        account: { 'account-id': number, username: name },
        lobbies: all
          .filter(({ lobby }) => lobby.members.some(({ playerId }) => playerId === id))
          .map(({ lobby, game }) => {
            return { 'lobby-id': lobby.id, 'game-id': game.id, 'game-name': game.name };
          }),
      }));
      return ok(friends.filter((friend) => friend.lobbies.length > 0));
    }),
  ];
}

const gamesFor = async (user: CompanionUser): Promise<readonly ClassicGame[]> =>
  classicGames((await user.call('game.list', {})).games);

/** Rejects with BAD_REQUEST, GAME_NOT_FOUND. */
async function wantedGame(user: CompanionUser, args: CompanionArguments): Promise<ClassicGame> {
  const [id, name] = [args.text('game-id'), args.text('game-name')];
  if (id === undefined && name === undefined) throw badRequest('game-name', 'is missing');
  const all = await gamesFor(user);
  const game = findClassicGame(all, id, name);
  if (game !== undefined) return game;
  const games = all.map((one) => one.name).join(', ');
  throw new PaperclipError('GAME_NOT_FOUND', { game: shortened(name ?? id ?? ''), games });
}

/** From now on it is the one that the account means over UDP. */
function shown(
  { intents, lobbyAddress }: CompanionWorld,
  user: CompanionUser,
  { id }: Lobby,
  game: ClassicGame,
): Json {
  intents.set(user, id);
  return { 'lobby-id': id, 'lobby-addr': [...lobbyAddress()], 'game-id': game.id };
}

async function friendsOf(user: CompanionUser) {
  const { friends } = await user.call('friend.list', {});
  const numbers = await numbersOf(
    user,
    friends.map(({ player }) => player.id),
  );
  return friends.flatMap(({ player: { id, name } }) => {
    const number = numbers.get(id);
    return number === undefined ? [] : [{ id, name, number }];
  });
}

const atOnce = contractLimits.playerNumbersAtOnceMax;

/** By player id, without bots, which have none. */
async function numbersOf(
  user: CompanionUser,
  playerIds: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const numbers = new Map<string, number>();
  for (let at = 0; at < playerIds.length; at += atOnce) {
    const players = playerIds.slice(at, at + atOnce);
    const answer = await user.call('player.numbers', { players });
    for (const { playerId, number } of answer.numbers) numbers.set(playerId, number);
  }
  return numbers;
}
