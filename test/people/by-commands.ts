// The actions of a history as commands of the platform, and its answers and events in the model's
// words: for wires that carry commands and events as they are.

import type { CommandArgs, CommandName, CommandResult } from '../../src/contract/commands.ts';
import { PaperclipError } from '../../src/contract/errors.ts';
import type { PlatformEvent } from '../../src/contract/events.ts';
import type { DirectMessage, Person, Presence } from '../../src/contract/people-schema.ts';
import type { Action } from './history.ts';

export type Call = <Name extends CommandName>(
  command: Name,
  args: CommandArgs<Name>,
) => Promise<CommandResult<Name>>;

export interface CommandsOptions {
  readonly call: Call;
  /** Others who happen to be on the same server are left out of lists. */
  readonly names: readonly string[];
  readonly game: string;
}

/** As `PeopleSession.act`. */
export async function actByCommands(
  options: CommandsOptions,
  action: Action,
): Promise<readonly string[] | string> {
  try {
    return await ('whom' in action ? toward(options, action) : alone(options, action));
  } catch (error) {
    if (error instanceof PaperclipError) return error.code;
    throw error;
  }
}

async function alone(
  { call, names, game }: CommandsOptions,
  action: Exclude<Action, { whom: number }>,
): Promise<readonly string[] | string> {
  const known = (players: readonly { readonly name: string }[]) =>
    players.map(({ name }) => name).filter((name) => names.includes(name));
  switch (action.do) {
    case 'enter':
      return known((await call('room.enter', {})).players);
    case 'leave':
      await call('room.leave', {});
      return 'done';
    case 'drain':
      return drain(call);
    case 'open-lobby':
      await call('lobby.create', { game });
      return 'done';
    case 'leave-lobby': {
      const { lobbyId = '' } = await call('account.me', {});
      await call('lobby.leave', { lobbyId });
      return 'done';
    }
    case 'list-lobbies': {
      const { lobbies } = await call('lobby.list', { limit: 100 });
      return known(lobbies.flatMap(({ members }) => members));
    }
    case 'list-online':
      return known((await call('presence.online', {})).players);
    case 'list-since':
      return known((await call('presence.since', { seconds: 3600 })).players);
    case 'list-room':
      return known((await call('room.players', {})).players);
    case 'list-friends':
      return friendLines(call);
    case 'say': {
      const { someNotReached } = await call('room.say', { message: action.text });
      return someNotReached ? 'said, not to all' : 'said';
    }
    default:
      throw new TypeError(`${action.do} is for the wire itself`);
  }
}

async function toward(
  { call, names }: CommandsOptions,
  action: Extract<Action, { whom: number }>,
): Promise<string> {
  const player = names[action.whom] ?? '';
  switch (action.do) {
    case 'block':
      await call('block.add', { player });
      return 'done';
    case 'unblock':
      await call('block.remove', { player });
      return 'done';
    case 'befriend':
      return (await call('friend.request', { player })).state;
    case 'unfriend':
      await call('friend.remove', { player });
      return 'done';
    case 'read': {
      const [last] = (await call('chat.history', { player, limit: 1 })).messages;
      await call('chat.read', { player, upTo: last?.id ?? 0 });
      return 'done';
    }
    case 'look-at':
      return presenceText(await call('presence.get', { player }));
    case 'send': {
      const { receiverIsOnline } = await call('chat.send', { to: player, message: action.text });
      return receiverIsOnline ? 'delivered' : 'kept';
    }
    default:
      throw action satisfies never;
  }
}

async function drain(call: Call): Promise<readonly string[]> {
  const { messages } = await call('chat.inbox', {});
  const last = messages.at(-1);
  if (last !== undefined) await call('chat.ack', { upTo: last.id });
  return messages.map(({ from, message }, at) => `${at}: ${from.name}: ${message}`);
}

async function friendLines(call: Call): Promise<readonly string[]> {
  const { friends, incoming, outgoing } = await call('friend.list', {});
  return [
    ...friends.map(({ player, state = 'offline', lastSeenAt }) => {
      const seen = lastSeenAt === undefined ? {} : { lastSeenAt };
      return `${player.name} is ${presenceText({ player, state, ...seen })}`;
    }),
    ...incoming.map(({ player }) => `asked by ${player.name}`),
    ...outgoing.map(({ player }) => `asked ${player.name}`),
  ];
}

const presenceText = ({ state, lastSeenAt }: Presence): string =>
  state === 'offline' && lastSeenAt === undefined ? 'offline, never seen' : state;

/** Undefined: the model says nothing about such events. */
export function observation({ event, data }: PlatformEvent): string | undefined {
  switch (event) {
    case 'room.joined':
      return `${data.player.name} enters`;
    case 'room.left':
      return `${data.player.name} leaves`;
    case 'room.message':
      return `${data.from.name} says ${data.message}`;
    case 'chat.message':
      return messageText(data.message);
    case 'chat.read':
      return `${data.by.name} has read`;
    case 'friend.requested':
      return `request ${byName(data)}`;
    case 'friend.accepted':
      return `friend ${byName(data)}`;
    case 'friend.removed':
      return `no friend ${byName(data)}`;
    case 'presence.changed':
      return `${data.presence.player.name} is ${data.presence.state}`;
    default:
      return undefined;
  }
}

const byName = ({ by }: { readonly by: Person }): string => by.name;

const messageText = ({ from, to, message }: DirectMessage): string =>
  `${from.name} to ${to.name}: ${message}`;
