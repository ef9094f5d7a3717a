// The commands of a chat, as data: what `/help` lists, tab completes, and a line beginning with a
// slash runs. To add one, add a row.

import type { Person } from '../../../client/index.ts';
import type { ChatDesk } from './chat-desk.ts';
import { ChatMistake } from './chat-mistake.ts';
import { clock, harmless, historyLine, namesOf, sealRefusals, stateText } from './chat-text.ts';
import { fileSlashCommands } from './file-slash-commands.ts';
import type { CommandShape } from './parse-line.ts';

interface Operands {
  readonly name: string;
  readonly text: string;
}

export interface SlashCommand extends CommandShape {
  readonly summary: string;
  run(desk: ChatDesk, operands: Operands): Promise<void>;
}

/** A command that is a command of the platform about one player, and a sentence. */
const about = (
  name: string,
  summary: string,
  command: 'friend.accept' | 'friend.decline' | 'friend.remove' | 'block.add' | 'block.remove',
  done: string,
): SlashCommand => ({
  name,
  usage: 'NAME',
  takesName: 'always',
  summary,
  async run({ me, view, answer }, { name: player }) {
    await me.call(command, { player });
    answer(name, { player });
    view.line(done.replace('NAME', player));
  },
});

const talk: readonly SlashCommand[] = [
  {
    name: 'msg',
    usage: 'NAME TEXT',
    takesName: 'always',
    takesText: 'always',
    summary: 'A message to one player. It waits for who is not here.',
    run: (desk, { name, text }) => desk.send(name, text),
  },
  {
    name: 'to',
    usage: 'NAME',
    takesName: 'always',
    summary: 'From now on, lines without a slash go to this player.',
    async run(desk, { name }) {
      const player = await desk.aim(name, false);
      desk.answer('to', { player });
      desk.view.dim(`You write to ${harmless(player.name)} now. /room goes back.`);
    },
  },
  {
    name: 'room',
    usage: '',
    summary: 'Lines without a slash go to the room again.',
    async run(desk) {
      desk.target = { kind: 'room' };
      desk.answer('room', {});
      desk.view.dim('You speak to the room now.');
    },
  },
  {
    name: 'history',
    usage: 'NAME',
    takesName: 'always',
    summary: 'The last messages with a player.',
    async run(desk, { name }) {
      const { messages } = await desk.me.call('chat.history', { player: name });
      desk.answer('history', { player: name, messages });
      if (messages.length === 0) desk.view.line(`You and ${name} have not written to each other.`);
      const ownId = desk.me.player.id;
      for (const one of messages.toReversed()) {
        desk.view.line(historyLine(desk.view.terminal, ownId, one));
      }
      const newest = messages.find(({ from }) => from.id !== ownId);
      if (newest !== undefined) desk.markShown(newest);
    },
  },
  {
    name: 'inbox',
    aliases: ['conversations'],
    usage: '',
    summary: 'Your conversations, the latest first, and what is unread.',
    async run({ me, view, answer }) {
      const { conversations } = await me.call('chat.conversations', {});
      answer('inbox', { conversations });
      if (conversations.length === 0) view.line('No conversations yet. /msg NAME TEXT begins one.');
      for (const { player, unread, last } of conversations) {
        const count = unread > 0 ? `, ${unread} unread` : '';
        const text = last.message === undefined ? '🔒' : harmless(last.message).split('\n')[0];
        view.line(`${clock(last.sentAt)} ${harmless(player.name)}${count}: ${text}`);
      }
    },
  },
];

const people: readonly SlashCommand[] = [
  {
    name: 'who',
    usage: '',
    summary: 'Who is in the room, and who else is online.',
    async run({ me, view, answer }) {
      const [{ players: room }, { players: online }] = await Promise.all([
        me.call('room.players'),
        me.call('presence.online'),
      ]);
      const others = online.filter(({ id }) => !room.some((one) => one.id === id));
      answer('who', { room, online: others });
      view.line(`In the room: ${namesOf(room, me.player.id) || 'nobody'}.`);
      if (others.length > 0) view.line(`Online elsewhere: ${namesOf(others, me.player.id)}.`);
    },
  },
  {
    name: 'since',
    usage: 'SECONDS',
    takesText: 'always',
    summary: 'Who was online at any time in the last seconds.',
    async run({ me, view, answer }, { text }) {
      if (!/^\d{1,9}$/.test(text)) throw new ChatMistake(`/since takes seconds, not "${text}".`);
      const { players } = await me.call('presence.since', { seconds: Number(text) });
      answer('since', { players });
      view.line(
        `Online in the last ${text} s: ${namesOf(players, me.player.id) || 'nobody else'}.`,
      );
    },
  },
  {
    name: 'away',
    usage: '',
    summary: 'Say that you are away.',
    run: (desk) => setAway(desk, true),
  },
  {
    name: 'back',
    usage: '',
    summary: 'Say that you are back.',
    run: (desk) => setAway(desk, false),
  },
];

async function setAway({ me, view, answer }: ChatDesk, away: boolean): Promise<void> {
  await me.call('presence.set', { away });
  answer(away ? 'away' : 'back', {});
  view.dim(away ? 'You are away. /back takes it back.' : 'You are back.');
}

const friends: readonly SlashCommand[] = [
  {
    name: 'friends',
    usage: '',
    summary: 'Your friends, where they are, and requests.',
    async run({ me, view, answer }) {
      const list = await me.call('friend.list');
      answer('friends', list);
      for (const { player, state = 'offline', lastSeenAt } of list.friends) {
        const seen =
          state !== 'offline' || lastSeenAt === undefined ? '' : ` (seen ${clock(lastSeenAt)})`;
        view.line(`${harmless(player.name)} ${stateText[state]}${seen}.`);
      }
      const names = (rows: readonly { readonly player: Person }[]): string =>
        namesOf(
          rows.map(({ player }) => player),
          me.player.id,
        );
      if (list.incoming.length > 0) view.line(`They ask you: ${names(list.incoming)}.`);
      if (list.outgoing.length > 0) view.line(`You asked: ${names(list.outgoing)}.`);
      if (list.friends.length + list.incoming.length + list.outgoing.length === 0) {
        view.line('No friends yet. /add NAME asks somebody.');
      }
    },
  },
  {
    name: 'add',
    usage: 'NAME',
    takesName: 'always',
    summary: 'Ask a player to be your friend.',
    async run({ me, view, answer }, { name: player }) {
      const { state } = await me.call('friend.request', { player });
      answer('add', { player, state });
      view.line(
        state === 'friends' ? `You and ${player} are friends now.` : `You asked ${player}.`,
      );
    },
  },
  about('accept', 'Say yes to a friend request.', 'friend.accept', 'You and NAME are friends now.'),
  about('decline', 'Say no to one, or take yours back.', 'friend.decline', 'Declined: NAME.'),
  about('unfriend', 'End a friendship.', 'friend.remove', 'You and NAME are friends no more.'),
  about(
    'block',
    'Block a player, who sees and reaches you no more.',
    'block.add',
    'Blocked: NAME.',
  ),
  about('unblock', 'Take a block back.', 'block.remove', 'Not blocked any more: NAME.'),
  {
    name: 'blocks',
    usage: '',
    summary: 'Whom you have blocked.',
    async run({ me, view, answer }) {
      const { players } = await me.call('block.list');
      answer('blocks', { players });
      view.line(`Blocked: ${namesOf(players, me.player.id) || 'nobody'}.`);
    },
  },
];

const secrets: readonly SlashCommand[] = [
  {
    name: 'secret',
    usage: 'NAME [TEXT]',
    takesName: 'always',
    takesText: 'maybe',
    summary: 'A message that the server cannot read. Without TEXT: lines go to NAME, sealed.',
    async run(desk, { name, text }) {
      if (text !== '') return desk.sendSealed(name, text);
      const player = await desk.aim(name, true);
      desk.answer('secret', { player });
      desk.view.dim(`You write to ${harmless(player.name)} now, sealed. /room goes back.`);
    },
  },
  {
    name: 'fingerprint',
    usage: '[NAME]',
    takesName: 'maybe',
    summary: 'Numbers to compare with NAME over the telephone; or your device’s own.',
    async run(desk, { name }) {
      if (name === '') {
        const { fingerprint } = desk.keys();
        desk.answer('fingerprint', { fingerprint });
        desk.view.line(`This device of yours: ${fingerprint}`);
        return;
      }
      const contact = await contactOf(desk, name);
      desk.compared = contact;
      const { player, devices, news } = contact;
      desk.answer('fingerprint', { player, devices, news });
      for (const [at, { safetyNumber, trust }] of devices.entries()) {
        desk.view.line(`${harmless(player.name)}, device ${at + 1}, ${trustText[trust]}:`);
        desk.view.line(`      ${safetyNumber}`);
      }
      desk.view.dim(
        `The same on both screens: nobody is in between, and /verify ${harmless(player.name)} ` +
          'says so.',
      );
    },
  },
  {
    name: 'verify',
    usage: 'NAME [DEVICE]',
    takesName: 'always',
    takesText: 'maybe',
    summary: 'You compared the numbers with NAME, and they are the same.',
    async run(desk, { name, text }) {
      const { compared } = desk;
      // Not asked of the server again: it could name another device now.
      if (compared === undefined || !isNamed(compared.player, name)) {
        throw new ChatMistake(`Type /fingerprint ${name} first, and compare the numbers.`);
      }
      const { player, devices } = compared;
      const [only] = devices;
      if (text === '' && devices.length > 1) {
        throw new ChatMistake(
          `${name} has ${devices.length} devices: /fingerprint ${name} numbers them, and ` +
            `/verify ${name} 1 takes the first.`,
        );
      }
      const device =
        text === '' ? only : /^\d+$/.test(text) ? devices[Number(text) - 1] : undefined;
      if (device === undefined) throw new ChatMistake(`${name} has no device ${text}.`);
      await desk.keys().verify(player.id, device.deviceId);
      desk.answer('verify', { player, deviceId: device.deviceId });
      desk.view.line(
        `Verified: ${harmless(player.name)}. Nothing is sealed for a device that comes later, ` +
          'until you have looked at it.',
      );
    },
  },
  {
    name: 'trust',
    usage: 'NAME',
    takesName: 'always',
    summary: 'Go on with new devices of NAME without comparing.',
    async run(desk, { name }) {
      const { player } = await contactOf(desk, name);
      const wasNew = await desk.keys().accept(player.id);
      desk.answer('trust', { player, wasNew });
      desk.view.line(wasNew ? `Accepted: ${harmless(player.name)}.` : 'There was nothing new.');
    },
  },
];

const isNamed = ({ id, name }: Person, text: string): boolean =>
  id === text || name.toLowerCase() === text.toLowerCase();

const trustText = {
  unverified: 'not compared yet',
  verified: 'verified',
  changed: 'NEW: it came later than the others',
} as const;

async function contactOf(desk: ChatDesk, name: string) {
  const contact = await desk.keys().contact(name);
  if (contact.ok) return contact.value;
  throw new ChatMistake(`${name} ${sealRefusals[contact.error]}`);
}

const program: readonly SlashCommand[] = [
  {
    name: 'help',
    usage: '',
    summary: 'This list.',
    async run({ view, answer }) {
      const rows = slashCommands.map(({ name, usage, summary }) => ({ name, usage, summary }));
      answer('help', { commands: rows });
      view.line('A line without a slash is said to the room, or to whom /to named.');
      const width = Math.max(...rows.map(({ name, usage }) => `/${name} ${usage}`.length));
      for (const { name, usage, summary } of rows) {
        view.line(`  ${`/${name} ${usage}`.padEnd(width)}  ${summary}`);
      }
    },
  },
  {
    name: 'quit',
    aliases: ['exit', 'q'],
    usage: '',
    summary: 'Leave. So do Ctrl-C and Ctrl-D.',
    async run({ quit }) {
      quit();
    },
  },
];

export const slashCommands: readonly SlashCommand[] = [
  ...talk,
  ...people,
  ...friends,
  ...secrets,
  ...fileSlashCommands,
  ...program,
];
