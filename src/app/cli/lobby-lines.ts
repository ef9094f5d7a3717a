// What `paperclip lobby` shows of an event: a line for people, or a few, and fields for programs.

import type { GpgNetMessage } from '../../client/lobby/gpgnet-messages.ts';
import type { LobbyEvent } from '../../client/lobby/lobby-events.ts';
import type { LobbyGame, LobbyPlayer } from '../../client/lobby/lobby-messages.ts';
import type { Column, Terminal } from './terminal.ts';

export interface LinesContext {
  readonly terminal: Terminal;
  /** False: who and what is there is still being told, and is no news. */
  readonly isIn: boolean;
}

/** Empty for what is not for reading. */
export function lobbyLines(event: LobbyEvent, context: LinesContext): readonly string[] {
  const { terminal, isIn } = context;
  const bold = (text: string) => terminal.style('bold', text);
  switch (event.kind) {
    case 'players':
      if (!isIn) return [];
      return [
        ...event.came.map(({ login }) => `${bold(login)} has come.`),
        ...event.gone.map(({ login }) => `${bold(login)} has left.`),
      ];
    case 'games':
      if (!isIn) return [];
      return [
        ...event.changed.map((game) => gameLine(game, bold)),
        ...event.gone.map(({ uid, title }) => `Game ${uid}, ${title}, is closed.`),
      ];
    case 'launch': {
      const { uid, name, mod } = event.launch;
      return [
        `${bold(`Game ${uid}`)}, ${name} (${mod}), is yours to start. Its program would say: ` +
          '`state Idle`, then `state Lobby`.',
      ];
    }
    case 'join-failed':
      return [terminal.style('red', `You are not in game ${event.uid}: ${event.reason}.`)];
    case 'gpgnet':
      return [gpgNetLine(event.message, terminal)];
    case 'notice':
      return [event.style === 'info' ? event.text : terminal.style('red', event.text)];
    case 'disabled':
      return [`The server has switched off ${event.request}.`];
    case 'other':
      return [terminal.style('dim', JSON.stringify(event.message))];
    case 'welcome':
    case 'ready':
    case 'login-failed':
    case 'social':
    case 'invalid':
    case 'pong':
    case 'closed':
      return [];
    default:
      return event satisfies never;
  }
}

/** As it came, and what it means for the program. */
function gpgNetLine(message: GpgNetMessage, terminal: Terminal): string {
  const { command, args } = message;
  const said = `< ${terminal.style('bold', command)} ${JSON.stringify(args)}`;
  const meaning = meaningOf(message);
  return meaning === undefined ? said : `${said}  ${terminal.style('dim', meaning)}`;
}

function meaningOf(message: GpgNetMessage): string | undefined {
  switch (message.kind) {
    case 'host':
      return `open the game's lobby on ${message.map}`;
    case 'join':
      return `connect to the host, ${message.login}`;
    case 'connect':
      return `connect to ${message.login}${message.offers ? ', and begin' : ''}`;
    case 'disconnect':
      return `let go of player ${message.id}`;
    case 'ice':
      return `from player ${message.from}`;
    case 'other':
      return undefined;
    default:
      return message satisfies never;
  }
}

function gameLine(game: LobbyGame, bold: (text: string) => string): string {
  const { uid, title, host, state, players, playersMax } = game;
  return `${bold(`Game ${uid}`)}, ${title}, by ${host}: ${state}, ${players} of ${playersMax}.`;
}

/** All but the kind, which is the event's name. Players and games are as the server sent them. */
export function eventFields(event: LobbyEvent): Readonly<Record<string, unknown>> {
  switch (event.kind) {
    case 'welcome':
    case 'ready':
      return { me: event.me.fields };
    case 'players': {
      const [came, changed, gone] = [event.came, event.changed, event.gone].map(fieldsOf);
      return { came, changed, gone };
    }
    case 'games':
      return { changed: fieldsOf(event.changed), gone: event.gone.map(({ uid }) => uid) };
    case 'social':
      return { friends: [...event.friends], foes: [...event.foes] };
    case 'launch':
      return { launch: event.launch.fields };
    case 'gpgnet':
      return { command: event.message.command, args: event.message.args };
    case 'closed':
      return event.end;
    default: {
      const { kind: _, ...fields } = event;
      return fields;
    }
  }
}

export const fieldsOf = (rows: readonly (LobbyPlayer | LobbyGame)[]): readonly object[] =>
  rows.map(({ fields }) => fields);

export const gameColumns: readonly Column[] = [
  { title: 'uid', align: 'right' },
  { title: 'title' },
  { title: 'host' },
  { title: 'state' },
  { title: 'players', align: 'right' },
  { title: 'map' },
  { title: 'mod' },
  { title: 'for' },
];

export const gameRow = (game: LobbyGame): readonly string[] => [
  String(game.uid),
  game.title,
  game.host,
  game.state,
  `${game.players} of ${game.playersMax}`,
  game.map,
  game.mod,
  `${game.isForFriends ? 'friends' : 'all'}${game.hasPassword ? ', with a password' : ''}`,
];

export const playerColumns: readonly Column[] = [
  { title: 'id', align: 'right' },
  { title: 'name' },
  { title: 'country' },
  { title: 'rating', align: 'right' },
  { title: 'games', align: 'right' },
  { title: '' },
];

export function playerRow(player: LobbyPlayer, relation: string): readonly string[] {
  const rating = player.ratings.get('global');
  return [
    String(player.id),
    player.clan === '' ? player.login : `[${player.clan}] ${player.login}`,
    player.country,
    rating === undefined ? '' : `${Math.round(rating.mean)} ± ${Math.round(rating.deviation)}`,
    rating === undefined ? '' : String(rating.games),
    relation,
  ];
}
