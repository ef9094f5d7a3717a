// The commands of a chat that are about files. What they do is in `chat-files.ts`.

import { ChatMistake } from './chat-mistake.ts';
import type { SlashCommand } from './slash-commands.ts';

export const fileSlashCommands: readonly SlashCommand[] = [
  {
    name: 'send',
    usage: 'NAME FILE',
    takesName: 'always',
    takesText: 'always',
    summary: 'Offer a file to a player who is here. It is sent when they take it.',
    run: ({ files }, { name, text }) => files.offer(name, text),
  },
  {
    name: 'files',
    usage: '',
    summary: 'Files that are offered or on their way, with their numbers.',
    run: ({ files }) => files.list(),
  },
  {
    name: 'take',
    usage: '[N] [AS PATH]',
    takesText: 'maybe',
    summary: 'Take the file that was offered last, or number N. Nothing is ever overwritten.',
    async run({ files }, { text }) {
      const [, number, as] = /^(?:#?(\d{1,9})(?=\s|$))?\s*(?:as\s+(.+))?$/i.exec(text) ?? [];
      if (text !== '' && number === undefined && as === undefined) {
        throw new ChatMistake('Type it like this: /take, /take 2, or /take 2 AS PATH.', 'USAGE');
      }
      await files.take(number === undefined ? undefined : Number(number), as);
    },
  },
  {
    name: 'refuse',
    usage: '[N]',
    takesText: 'maybe',
    summary: 'Refuse the file that was offered last, or number N.',
    run: async ({ files }, { text }) =>
      files.refuse(text === '' ? undefined : numberIn('refuse', text)),
  },
  {
    name: 'cancel',
    usage: 'N',
    takesText: 'always',
    summary: 'End number N, or take an offer back.',
    run: async ({ files }, { text }) => files.cancel(numberIn('cancel', text)),
  },
];

function numberIn(command: string, text: string): number {
  const [, number] = /^#?(\d{1,9})$/.exec(text.trim()) ?? [];
  if (number !== undefined) return Number(number);
  throw new ChatMistake(`/${command} takes the number of a file: /files lists them.`, 'USAGE');
}
