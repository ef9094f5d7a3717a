// What a logged-in user can ask for, as a table: for each type of message how its content is read,
// what the usage line says when it cannot be, and which command of the platform it becomes.

import { utf8 } from '../../base/bytes.ts';
import {
  type MessengerCommandName,
  messengerCommands,
  messengerUsage,
} from '../../codec/messenger/commands.ts';
import { messageTypes } from '../../codec/messenger/messages.ts';
import type { Person } from '../../contract/people-schema.ts';
import { shortened } from '../failure.ts';
import { messengerLimits } from './messenger-limits.ts';
import type { MessengerShared, MessengerUser } from './messenger-user.ts';
import {
  type ListeningAt,
  privateStopped,
  sayNo,
  sayYes,
  startPrivate,
  stopPrivate,
  tellTarget,
} from './private-commands.ts';
import { MessengerRefusal } from './sentences.ts';

type Run<Args> = (me: MessengerUser, args: Args, shared: MessengerShared) => void | Promise<void>;

export interface CommandOfType {
  readonly usage: string;
  /** Throws a `MessengerRefusal` with the usage line when the arguments are not right. */
  readonly run: Run<readonly unknown[]>;
}

const row = <Args>(
  usage: string,
  read: (args: readonly unknown[]) => Args | undefined,
  run: Run<Args>,
): CommandOfType => ({
  usage,
  run: (me, given, shared) => {
    const args = read(given);
    if (args === undefined) throw new MessengerRefusal(`Usage: ${usage}`);
    return run(me, args, shared);
  },
});

const usageOf = (name: MessengerCommandName): string => messengerCommands[name].usage;
const addressUsage = 'content [user, port] or [user, port, key]';

/** LOGOUT is not among them: it ends the session that runs these. */
const rows: readonly (readonly [type: number, row: CommandOfType])[] = [
  [messageTypes.NO_COMMAND, row('content: the word that was typed', readAny, refuseUnknown)],
  [messageTypes.ARGUMENT_ERROR, row('content: the command’s name', readAny, refuseArguments)],
  [messageTypes.MESSAGE, row(usageOf('message'), readTwoTexts, message)],
  [messageTypes.BROADCAST, row(usageOf('broadcast'), readText, broadcast)],
  [messageTypes.WHOELSE, row(usageOf('whoelse'), readNothing, whoElse)],
  [messageTypes.WHOELSESINCE, row(usageOf('whoelsesince'), readSeconds, whoElseSince)],
  [messageTypes.BLOCK, row(usageOf('block'), readText, block)],
  [messageTypes.UNBLOCK, row(usageOf('unblock'), readText, unblock)],
  [messageTypes.START_PRIVATE, row(usageOf('startprivate'), readText, startPrivate)],
  [messageTypes.TELL_TARGET_TO_SET_UP_PRIVATE_SENDER, row(addressUsage, readAddress, tellTarget)],
  [messageTypes.PRIVATE, row(usageOf('private'), readAny, refusePrivate)],
  [messageTypes.STOP_PRIVATE, row(usageOf('stopprivate'), readText, stopPrivate)],
  [messageTypes.PRIVATE_STOPPED, row('content: the other user', readText, privateStopped)],
  [messageTypes.YES, row(addressUsage, readAddress, sayYes)],
  [messageTypes.NO, row(usageOf('no'), readText, sayNo)],
];

export const messengerCommandTable: ReadonlyMap<number, CommandOfType> = new Map(rows);

async function message(me: MessengerUser, [to, text]: readonly [string, string]): Promise<void> {
  const { receiverIsOnline } = await me.call('chat.send', { to, message: text });
  if (receiverIsOnline) return;
  me.send(messageTypes.ANNOUNCEMENT, `${to} is offline and gets this at the next log-in.`);
}

async function broadcast(me: MessengerUser, text: string): Promise<void> {
  const { someNotReached } = await me.call('room.say', { message: text });
  if (!someNotReached) return;
  me.send(messageTypes.ANNOUNCEMENT, 'Your message could not reach some recipients.');
}

async function whoElse(me: MessengerUser): Promise<void> {
  const { players } = await me.call('presence.online', {});
  sendNames(me, messageTypes.WHOELSE, players);
}

async function whoElseSince(me: MessengerUser, seconds: number): Promise<void> {
  const { players } = await me.call('presence.since', { seconds });
  sendNames(me, messageTypes.WHOELSESINCE, players);
}

async function block(me: MessengerUser, player: string): Promise<void> {
  await me.call('block.add', { player });
  me.send(messageTypes.ANNOUNCEMENT, `You have blocked ${player}.`);
}

async function unblock(me: MessengerUser, player: string): Promise<void> {
  await me.call('block.remove', { player });
  me.send(messageTypes.ANNOUNCEMENT, `You have unblocked ${player}.`);
}

function refuseUnknown(_me: MessengerUser, [word]: readonly unknown[]): void {
  const typed = typeof word === 'string' ? `There is no command ${shortened(word)}. ` : '';
  throw new MessengerRefusal(`${typed}Usage: ${messengerUsage}`);
}

function refuseArguments(_me: MessengerUser, [name]: readonly unknown[]): void {
  throw new MessengerRefusal(`Usage: ${isCommand(name) ? usageOf(name) : messengerUsage}`);
}

function refusePrivate(): void {
  throw new MessengerRefusal(
    'A private message goes straight to the other client, not through the server. ' +
      `Usage: ${usageOf('startprivate')}, then ${usageOf('private')}`,
  );
}

const isCommand = (name: unknown): name is MessengerCommandName =>
  typeof name === 'string' && Object.hasOwn(messengerCommands, name);

function sendNames(
  me: MessengerUser,
  type: typeof messageTypes.WHOELSE | typeof messageTypes.WHOELSESINCE,
  players: readonly Person[],
): void {
  const names: string[] = [];
  let bytes = 0;
  for (const { name } of players) {
    bytes += utf8(name).length + 3;
    if (bytes > messengerLimits.nameListBytesMax) break;
    names.push(name);
  }
  me.send(type, names);
  const left = players.length - names.length;
  if (left > 0) me.send(messageTypes.ANNOUNCEMENT, `${left} more are not shown.`);
}

// How contents are read. What a platform's command takes is checked there, too: here only as much
// as says which argument is which.

function readAny(args: readonly unknown[]): readonly unknown[] {
  return args;
}

function readNothing(args: readonly unknown[]): readonly [] | undefined {
  return args.length === 0 ? [] : undefined;
}

function readText([text, ...more]: readonly unknown[]): string | undefined {
  return typeof text === 'string' && text !== '' && more.length === 0 ? text : undefined;
}

function readTwoTexts(args: readonly unknown[]): readonly [string, string] | undefined {
  const [first, second, ...more] = args;
  if (typeof first !== 'string' || typeof second !== 'string' || more.length > 0) return undefined;
  return first === '' || second === '' ? undefined : [first, second];
}

/** A number, or its digits: what was typed need not be converted. */
function readSeconds([given, ...more]: readonly unknown[]): number | undefined {
  if (more.length > 0) return undefined;
  if (typeof given === 'string') return /^\d{1,10}$/.test(given) ? Number(given) : undefined;
  return typeof given === 'number' && Number.isInteger(given) && given >= 0 ? given : undefined;
}

function readAddress(args: readonly unknown[]): ListeningAt | undefined {
  const [user, port, key, ...more] = args;
  if (typeof user !== 'string' || user === '' || more.length > 0) return undefined;
  if (typeof port !== 'number' || !Number.isInteger(port)) return undefined;
  if (port < 1 || port > 65_535) return undefined;
  // 32 bytes in base64url; what they are, only the other client can judge.
  const isKey = key === undefined || (typeof key === 'string' && /^[\w-]{43}$/.test(key));
  return isKey ? { user, port, key } : undefined;
}
