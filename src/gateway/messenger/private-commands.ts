// How two clients come to a private connection, and apart again. What brings them together goes to
// the other through `signal.send`, because the rules of who may reach whom are the platform's;
// what parts them goes straight to the other and cannot be refused.
//
// A signal of these kinds says only "look at what is between us": anybody can send one over another
// wire, and without a pair here it means nothing.

import { messageTypes } from '../../codec/messenger/messages.ts';
import type { Person } from '../../contract/people-schema.ts';
import { messengerLimits } from './messenger-limits.ts';
import type { MessengerShared, MessengerUser } from './messenger-user.ts';
import { otherOf, type Pair, type PrivateAddress } from './private-connections.ts';
import { MessengerRefusal } from './sentences.ts';

const askKind = 'messenger.private-ask';
const yesKind = 'messenger.private-yes';
const setUpKind = 'messenger.private-set-up';

/** Which user is told, and where this client listens. */
export interface ListeningAt {
  readonly user: string;
  readonly port: number;
  readonly key: string | undefined;
}

export async function startPrivate(
  me: MessengerUser,
  user: string,
  { privates, users }: MessengerShared,
): Promise<void> {
  const other = await personNamed(me, user);
  const known = privates.between(me.id, other.id);
  if (known !== undefined) throw new MessengerRefusal(whyNotAgain(known, me, other));
  if (!privates.hasRoom(me.id) || !privates.hasRoom(other.id)) {
    throw new MessengerRefusal(
      `One of you has ${messengerLimits.privatesPerPlayerMax} private connections; more are not kept.`,
    );
  }
  privates.add(me.id, other);
  try {
    await signal(me, other, askKind);
    if (!users.has(other.id)) {
      throw new MessengerRefusal(`${other.name} is online, but not with a messenger.`);
    }
  } catch (cause) {
    const mine = privates.between(me.id, other.id);
    if (mine?.requesterId === me.id) privates.remove(mine);
    throw cause;
  }
}

export async function sayYes(
  me: MessengerUser,
  { user, port, key }: ListeningAt,
  { privates }: MessengerShared,
): Promise<void> {
  const other = await personNamed(me, user);
  const pair = askedBy(other, me, privates);
  privates.change(pair, { kind: 'answered', target: { host: me.host, port, key } });
  await signalOrPart(me, other, yesKind, privates, pair);
}

/** What the other asked for and this user has not answered. */
function askedBy(other: Person, me: MessengerUser, privates: MessengerShared['privates']): Pair {
  const pair = privates.between(me.id, other.id);
  if (pair?.state.kind === 'asked' && pair.requesterId === other.id) return pair;
  throw new MessengerRefusal(`${other.name} has not asked you for a private connection.`);
}

/** The requester's own address, after the target's. */
export async function tellTarget(
  me: MessengerUser,
  { user, port, key }: ListeningAt,
  { privates }: MessengerShared,
): Promise<void> {
  const other = await personNamed(me, user);
  const pair = privates.between(me.id, other.id);
  if (pair?.state.kind !== 'answered' || pair.requesterId !== me.id) {
    throw new MessengerRefusal(`${other.name} has not agreed to a private connection.`);
  }
  privates.change(pair, { kind: 'open', requester: { host: me.host, port, key } });
  await signalOrPart(me, other, setUpKind, privates, pair);
}

export async function sayNo(
  me: MessengerUser,
  user: string,
  { privates, users }: MessengerShared,
): Promise<void> {
  const other = await personNamed(me, user);
  const pair = askedBy(other, me, privates);
  privates.remove(pair);
  users.get(other.id)?.send(messageTypes.ERROR, `${me.name} does not want a private connection.`);
}

export async function stopPrivate(
  me: MessengerUser,
  user: string,
  { privates, users, timers }: MessengerShared,
): Promise<void> {
  const other = await personNamed(me, user);
  const pair = privates.between(me.id, other.id);
  if (pair === undefined || pair.state.kind === 'stopping') {
    throw new MessengerRefusal(`There is no private connection with ${other.name}.`);
  }
  users.get(other.id)?.send(messageTypes.STOP_AND_DELETE_PRIVATE, me.name);
  const confirm = (): void => {
    privates.remove(pair);
    me.send(messageTypes.STOPPED_PRIVATE_CONFIRM, other.name);
  };
  if (pair.state.kind === 'asked' || !users.has(other.id)) return confirm();
  // A client that never confirms must not keep the two together.
  const cancelWait = timers.after(messengerLimits.stopConfirmMs, confirm);
  privates.change(pair, { kind: 'stopping', stopperId: me.id, cancelWait });
}

/** A client says that its end of a private connection is gone, asked to or by itself. */
export async function privateStopped(
  me: MessengerUser,
  user: string,
  { privates, users }: MessengerShared,
): Promise<void> {
  const other = await personNamed(me, user);
  const pair = privates.between(me.id, other.id);
  // Both may say it at once; and a request is not ended by this.
  if (pair === undefined || pair.state.kind === 'asked') return;
  const isConfirmed = pair.state.kind === 'stopping' && pair.state.stopperId === other.id;
  const type = isConfirmed
    ? messageTypes.STOPPED_PRIVATE_CONFIRM
    : messageTypes.STOP_AND_DELETE_PRIVATE;
  privates.remove(pair);
  users.get(other.id)?.send(type, me.name);
}

/** The user has logged out. Connections that are open go on without the server. */
export function leavePrivates(me: MessengerUser, { privates, users }: MessengerShared): void {
  for (const pair of privates.of(me.id)) {
    privates.remove(pair);
    const other = users.get(otherOf(pair, me.id));
    switch (pair.state.kind) {
      case 'asked':
        if (pair.requesterId === me.id) other?.send(messageTypes.STOP_AND_DELETE_PRIVATE, me.name);
        else other?.send(messageTypes.ERROR, `${me.name} has left without an answer.`);
        break;
      case 'answered':
        other?.send(messageTypes.STOP_AND_DELETE_PRIVATE, me.name);
        break;
      case 'open':
        break;
      case 'stopping':
        other?.send(messageTypes.STOPPED_PRIVATE_CONFIRM, me.name);
        break;
      default:
        pair.state satisfies never;
    }
  }
}

/** What another player's client has passed to this user. */
export function handleSignal(
  me: MessengerUser,
  from: Person,
  kind: string,
  { privates }: MessengerShared,
): void {
  const pair = privates.between(me.id, from.id);
  if (pair === undefined) return;
  const { state } = pair;
  const isMine = pair.requesterId === me.id;
  if (kind === askKind && state.kind === 'asked' && !isMine) {
    me.send(messageTypes.ASK_FOR_PRIVATE_CONNECTION, from.name);
  } else if (kind === yesKind && state.kind === 'answered' && isMine) {
    me.send(messageTypes.SEND_REQUESTER_SOCKET_ADDRESS, addressContent(from, state.target));
  } else if (kind === setUpKind && state.kind === 'open' && !isMine) {
    me.send(messageTypes.SET_UP_PRIVATE_SENDER, addressContent(from, state.requester));
  }
}

const addressContent = ({ name }: Person, { host, port, key }: PrivateAddress) =>
  key === undefined ? [name, host, port] : [name, host, port, key];

const personNamed = async (me: MessengerUser, user: string): Promise<Person> =>
  (await me.call('presence.get', { player: user })).player;

const signal = (me: MessengerUser, { id }: Person, kind: string) =>
  me.call('signal.send', { to: id, kind, body: null });

async function signalOrPart(
  me: MessengerUser,
  other: Person,
  kind: string,
  privates: MessengerShared['privates'],
  pair: Pair,
): Promise<void> {
  try {
    await signal(me, other, kind);
  } catch (cause) {
    privates.remove(pair);
    throw cause;
  }
}

function whyNotAgain(pair: Pair, me: MessengerUser, { name }: Person): string {
  if (pair.state.kind !== 'asked') return `A private connection with ${name} exists already.`;
  return pair.requesterId === me.id
    ? `You have asked ${name} already.`
    : `${name} has asked you already: answer yes or no.`;
}
