// What the server tells a chat, as lines and objects: talk stands out, coming and going is dim.

import {
  type ChatState,
  type DirectMessage,
  type EventData,
  type EventName,
  type OpenFailure,
  PaperclipError,
  type Person,
} from '../../../client/index.ts';
import type { ChatDesk } from './chat-desk.ts';
import { harmless, spokenLine, stateText } from './chat-text.ts';

/** An object that a row returns is told to programs besides the data. */
type Show = { readonly [Name in EventName]?: (data: EventData<Name>) => unknown };

/** Returns what ends it. */
export function showEvents(desk: ChatDesk): () => void {
  const show = shownEvents(desk);
  const stops = Object.keys(show).map((name) => showOne(desk, name as keyof typeof show, show));
  return () => {
    for (const stop of stops) stop();
  };
}

function showOne<Name extends EventName>(desk: ChatDesk, name: Name, show: Show): () => void {
  return desk.me.on(name, (data) => {
    // Boundary: the row of a name takes the data of that name.
    const more = (show[name] as ((data: EventData<Name>) => unknown) | undefined)?.(data);
    desk.view.event(name, typeof more === 'object' ? { ...data, ...more } : data);
  });
}

function shownEvents(desk: ChatDesk): Show {
  const { view } = desk;
  const { terminal } = view;
  const met = ({ name }: Person): string => {
    desk.meet(name);
    return harmless(name);
  };
  return {
    'room.joined': ({ player }) => view.dim(`→ ${met(player)} came into the room.`),
    'room.left': ({ player }) => view.dim(`← ${met(player)} left the room.`),
    'room.message': ({ from, message, at }) =>
      view.line(spokenLine(terminal, { at, from: met(from), text: message })),
    'presence.changed': ({ presence: { player, state } }) =>
      view.dim(`· ${met(player)} ${stateText[state]}.`),
    'friend.requested': ({ by }) => {
      const name = met(by);
      view.line(`${name} asks to be your friend: /accept ${name} or /decline ${name}.`);
    },
    'friend.accepted': ({ by }) => view.line(`${met(by)} is your friend now.`),
    'friend.removed': ({ by }) => view.line(`${met(by)} is your friend no more.`),
    'chat.read': ({ by }) => {
      const { target } = desk;
      if (target.kind === 'player' && sameName(target.name, by.name)) {
        view.dim(`      ${met(by)} has read it.`);
      }
    },
    'lobby.invited': ({ lobby, by }) => {
      const code = lobby.code === undefined ? `--lobby ${lobby.id}` : `--join ${lobby.code}`;
      view.line(`${met(by)} invites you: paperclip play ${harmless(lobby.game)} ${code}`);
    },
    'party.opened': ({ lobby, starter }) =>
      view.line(
        `${harmless(starter.name)} gathers players: paperclip play ${harmless(lobby.game)} ` +
          `--lobby ${lobby.id}`,
      ),
    'file.offered': (data) => {
      met(data.from);
      return desk.files.offered(data);
    },
    'file.answered': (data) => desk.files.answered(data),
    'file.done': (data) => desk.files.done(data),
    announcement: ({ message }) =>
      view.line(terminal.style('yellow', `Announcement: ${harmless(message)}`)),
  };
}

const sameName = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

export function showState(desk: ChatDesk, state: ChatState): void {
  const { chat, view, files } = desk;
  if (state instanceof Error) return;
  view.event('connection', { state });
  if (state === 'lost') view.dim('The connection is lost; trying again.');
  // The first time, the start says it.
  else if (chat !== undefined) {
    view.dim('Connected again. What was said meanwhile is gone.');
    files.reconcile().catch((cause: unknown) => showTrouble(desk, cause));
  }
}

/** A message to this person. Sealed ones are opened here; that works once. */
export async function showMessage(desk: ChatDesk, message: DirectMessage): Promise<void> {
  const { view } = desk;
  desk.meet(message.from.name);
  if (message.sealed !== undefined) await showSealed(desk, message);
  else {
    view.event('chat.message', { message });
    spoken(desk, message, message.message ?? '');
  }
  desk.markShown(message);
}

/** What this person wrote from another session. */
export function showSent(desk: ChatDesk, message: DirectMessage): void {
  desk.view.event('chat.message', { message });
  const { to, sentAt: at, sealed } = message;
  const isSealed = sealed !== undefined;
  const text = message.message ?? '(sealed for them, from another program of yours)';
  const line = { at, from: 'you', to: to.name, text, isSealed, isMine: true };
  desk.view.line(spokenLine(desk.view.terminal, line));
}

const openFailures: Partial<Record<OpenFailure, string>> = {
  'no-copy': 'it is for other devices of yours: this one had not published its keys yet',
  'unknown-device': 'it goes on in a session that this device does not know',
  'player-id': 'its sender has no id',
};

async function showSealed(desk: ChatDesk, message: DirectMessage): Promise<void> {
  const { view, sealed } = desk;
  const { name } = message.from;
  const opened = await sealed?.open(message);
  if (opened?.ok) {
    const { text, news } = opened.value;
    view.event('chat.message', { message, opened: text, keys: news });
    spoken(desk, message, text);
    if (news === 'changed') desk.warnOfChange(name);
    return;
  }
  const why = opened === undefined ? 'no-keys' : opened.error;
  view.event('chat.message', { message, unopened: why });
  const sentence = openFailures[why as OpenFailure] ?? why;
  view.line(
    `🔒 A sealed message of ${harmless(name)} could not be opened (${sentence}). ` +
      `Answer with /secret ${harmless(name)} TEXT: that begins anew, and they can write again.`,
  );
}

function spoken(desk: ChatDesk, message: DirectMessage, text: string): void {
  const { from, sentAt: at, sealed } = message;
  const line = { at, from: from.name, to: 'you', text, isSealed: sealed !== undefined };
  desk.view.line(spokenLine(desk.view.terminal, line));
}

/** Friends, requests and what is unread, before anything else happens. */
export async function showStart(desk: ChatDesk): Promise<void> {
  const { me, chat, view } = desk;
  const [conversations, friends] = await Promise.all([
    chat?.conversations() ?? [],
    me.player.kind === 'guest' ? undefined : chat?.friends(),
  ]);
  const unread = conversations.filter((one) => one.unread > 0);
  view.event('start', { player: me.player, room: chat?.room ?? [], unread, ...friends });
  desk.meet(...conversations.map(({ player }) => player.name).toReversed());
  desk.meet(...(friends?.friends ?? []).map(({ player }) => player.name));
  desk.meet(...(chat?.room ?? []).map(({ name }) => name));
  const here = friends?.friends.filter(({ state = 'offline' }) => state !== 'offline') ?? [];
  if (here.length > 0) {
    view.dim(
      `Friends: ${here.map(({ player, state = 'online' }) => `${harmless(player.name)} ${stateText[state]}`).join(', ')}.`,
    );
  }
  for (const { player } of friends?.incoming ?? []) {
    const name = harmless(player.name);
    view.line(`${name} asks to be your friend: /accept ${name} or /decline ${name}.`);
  }
  if (unread.length > 0) {
    const counts = unread.map(({ player, unread: count }) => `${harmless(player.name)} (${count})`);
    view.line(`Unread: ${counts.join(', ')}. /history NAME shows them again.`);
  }
}

/** Behind the scenes: the client tries again by itself. */
export function showTrouble(desk: ChatDesk, cause: unknown): void {
  const text = cause instanceof Error ? cause.message : String(cause);
  const code = cause instanceof PaperclipError ? cause.code : 'TROUBLE';
  desk.view.event('trouble', { code, message: text });
  desk.view.dim(`Trying again: ${harmless(text)}`);
}
