// What a person or a script can type in `paperclip lobby`, as data: a word, what it takes, and what
// it does.

import type { GameWish, LobbyClient } from '../../client/lobby/lobby-client.ts';
import { messageOf } from '../../client/lobby/lobby-messages.ts';
import { fieldsOf, gameColumns, gameRow, playerColumns, playerRow } from './lobby-lines.ts';
import type { Column, Terminal } from './terminal.ts';
import { nearest } from './usage.ts';

export interface LobbyInputTarget {
  readonly client: LobbyClient;
  readonly terminal: Terminal;
  readonly show: (text: string) => void;
}

export interface WaitWish {
  readonly name: string;
  readonly withinMs: number;
}

/** What the owner has to do; a text is what is wrong. */
type Outcome = undefined | 'leave' | WaitWish | { readonly problem: string };

interface InputRow {
  readonly takes: string;
  readonly summary: string;
  /** `rest` is what stands behind the word. */
  readonly run: (target: LobbyInputTarget, rest: string) => Outcome;
}

const waitSDefault = 30;
const waitSMax = 3_600;

const inputRows: Readonly<Record<string, InputRow>> = {
  players: {
    takes: '',
    summary: 'Who is here.',
    run: (target) => {
      const { view } = target.client;
      const players = [...view.players.values()];
      const relation = (id: number) =>
        view.friends.has(id) ? 'friend' : view.foes.has(id) ? 'foe' : '';
      const rows = players.map((player) => playerRow(player, relation(player.id)));
      target.terminal.event('player-list', { players: fieldsOf(players) });
      showTable(target, playerColumns, rows, 'Nobody.');
      return undefined;
    },
  },
  games: {
    takes: '',
    summary: 'Games that are open or being played.',
    run: (target) => {
      const games = [...target.client.view.games.values()];
      target.terminal.event('game-list', { games: fieldsOf(games) });
      showTable(target, gameColumns, games.map(gameRow), 'None. `host TITLE` opens one.');
      return undefined;
    },
  },
  host: {
    takes: '[KEY=VALUE ...] TITLE',
    summary: 'Open a game. Keys: map, mod, password, visibility (public, friends).',
    run: ({ client }, rest) => {
      const wish = gameWish(rest);
      if ('problem' in wish) return wish;
      client.hostGame(wish);
      return undefined;
    },
  },
  join: {
    takes: 'UID|HOST [PASSWORD]',
    summary: 'Enter a game, by its number or its host’s name.',
    run: ({ client }, rest) => {
      const [which = '', password] = rest.split(/\s+/);
      if (which === '') return missing('join');
      const hosted = [...client.view.games.values()].find(({ host }) => host === which);
      const uid = /^\d+$/.test(which) ? Number(which) : hosted?.uid;
      if (uid === undefined) return { problem: `${which} hosts no game. \`games\` shows them.` };
      client.joinGame(uid, password);
      return undefined;
    },
  },
  state: {
    takes: 'NAME',
    summary: 'Say what the game’s program does: Idle, Lobby, Launching, Ended.',
    run: (target, rest) => {
      if (rest === '') return missing('state');
      say(target, 'GameState', [rest]);
      return undefined;
    },
  },
  game: {
    takes: 'COMMAND [ARG ...]',
    summary: 'Say anything else as the game’s program: `game IceMsg 2 hello`, or one JSON array.',
    run: (target, rest) => {
      const [, command, text = ''] = /^(\S+)\s*(.*)$/s.exec(rest) ?? [];
      if (command === undefined) return missing('game');
      say(target, command, argumentsOf(text));
      return undefined;
    },
  },
  wait: {
    takes: 'NAME [SECONDS]',
    summary: `Go on when it has come: launch, HostGame, ConnectToPeer, ... Default ${waitSDefault}.`,
    run: (_target, rest) => {
      const [name = '', text = String(waitSDefault)] = rest.split(/\s+/);
      const seconds = Number(text);
      if (name === '') return missing('wait');
      return seconds > 0 && seconds <= waitSMax
        ? { name, withinMs: seconds * 1000 }
        : { problem: `wait takes up to ${waitSMax} seconds, not "${text}".` };
    },
  },
  friend: relationRow('friend', true, 'Make somebody your friend.'),
  unfriend: relationRow('friend', false, 'No friend any more.'),
  foe: relationRow('foe', true, 'Block somebody.'),
  unfoe: relationRow('foe', false, 'Unblock somebody.'),
  send: {
    takes: 'JSON',
    summary: 'Send any message of the protocol.',
    run: ({ client }, rest) => {
      const message = messageOf(parsed(rest));
      if (message === undefined) return { problem: 'send takes a JSON object.' };
      client.send(message);
      return undefined;
    },
  },
  help: {
    takes: '',
    summary: 'This.',
    run: ({ show }) => {
      for (const line of inputHelp()) show(line);
      return undefined;
    },
  },
  leave: { takes: '', summary: 'Leave.', run: () => 'leave' },
};

/** What is left to do for who reads the lines. */
export function runLobbyInput(
  target: LobbyInputTarget,
  line: string,
): undefined | 'leave' | WaitWish {
  const [, word, rest = ''] = /^\/?(\S+)\s*(.*)$/s.exec(line.trim()) ?? [];
  if (word === undefined) return undefined;
  const row = Object.hasOwn(inputRows, word) ? inputRows[word] : undefined;
  const outcome = row === undefined ? unknown(word) : row.run(target, rest);
  if (typeof outcome !== 'object' || !('problem' in outcome)) return outcome;
  target.terminal.event('problem', { problem: outcome.problem });
  target.show(outcome.problem);
  return undefined;
}

const inputHelp = (): readonly string[] =>
  Object.entries(inputRows).map(([word, { takes, summary }]) => {
    return `  ${`${word} ${takes}`.padEnd(28)} ${summary}`;
  });

function unknown(word: string): { readonly problem: string } {
  const near = nearest(word, Object.keys(inputRows));
  const hint = near === undefined ? '`help` shows what there is.' : `Did you mean ${near}?`;
  return { problem: `There is no ${word}. ${hint}` };
}

const missing = (word: string): { readonly problem: string } => ({
  problem: `It takes more: ${word} ${inputRows[word]?.takes}`,
});

function showTable(
  { show, terminal }: LobbyInputTarget,
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  none: string,
): void {
  if (rows.length === 0) show(none);
  else for (const line of terminal.tableLines(columns, rows)) show(line);
}

function say({ client, show }: LobbyInputTarget, command: string, args: readonly unknown[]): void {
  client.sendToServer(command, args);
  show(`> ${command} ${JSON.stringify(args)}`);
}

/** One JSON array, or words, of which those that are JSON are what they say. */
function argumentsOf(text: string): readonly unknown[] {
  if (text === '') return [];
  const whole = parsed(text);
  if (Array.isArray(whole)) return whole;
  return text.split(/\s+/).map((word) => {
    const value = parsed(word);
    return value === undefined ? word : value;
  });
}

/** Undefined: no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function relationRow(relation: 'friend' | 'foe', isOn: boolean, summary: string): InputRow {
  return {
    takes: 'NAME',
    summary,
    run: ({ client }, rest) => {
      const player = client.view.playerNamed(rest);
      if (player === undefined) return { problem: `There is nobody here by the name "${rest}".` };
      client.setRelation(player.id, relation, isOn);
      return undefined;
    },
  };
}

const wishKeys = ['map', 'mod', 'password', 'visibility'];

function gameWish(rest: string): GameWish | { readonly problem: string } {
  const values = new Map<string, string>();
  let title = rest;
  for (;;) {
    const [whole, key = '', value = ''] = /^(\w+)=(\S*)\s*/.exec(title) ?? [];
    if (whole === undefined || !wishKeys.includes(key)) break;
    values.set(key, value);
    title = title.slice(whole.length);
  }
  if (title === '') return missing('host');
  const visibility = values.get('visibility') ?? 'public';
  if (visibility !== 'public' && visibility !== 'friends') {
    return { problem: `visibility is public or friends, not "${visibility}".` };
  }
  const { map, mod, password } = Object.fromEntries(values);
  return {
    ...{ title, visibility },
    ...(map !== undefined && { map }),
    ...(mod !== undefined && { mod }),
    ...(password !== undefined && { password }),
  };
}
