// What a person can type in `paperclip text`, as data: a word with a slash, what it takes, and what
// it does. Anything without a slash is said to everybody.

import type { SecretMessages } from '../../client/text/secret-messages.ts';
import type { TextFiles } from './text-files.ts';

export interface TextInputTarget {
  readonly send: (header: string, body?: object) => void;
  readonly secrets: Pick<SecretMessages, 'send'>;
  readonly files: Pick<TextFiles, 'offer' | 'answer'>;
  readonly ownFingerprint: string;
  readonly show: (text: string) => void;
  readonly leave: () => void;
}

interface InputRow {
  readonly takes: string;
  readonly summary: string;
  /** `rest` is what stands behind the word. False: something is missing. */
  readonly run: (target: TextInputTarget, rest: string) => boolean;
}

/** A name, and a text behind it. */
function named(rest: string, use: (name: string, text: string) => void): boolean {
  const [, name, text] = /^(\S+)\s+(\S.*)$/s.exec(rest) ?? [];
  if (name === undefined || text === undefined) return false;
  use(name, text);
  return true;
}

const inputRows: Readonly<Record<string, InputRow>> = {
  users: {
    takes: '',
    summary: 'Who is here.',
    run: ({ send }) => {
      send('LIST_USERS_REQ');
      return true;
    },
  },
  msg: {
    takes: 'NAME TEXT',
    summary: 'A private message.',
    run: ({ send }, rest) =>
      named(rest, (receiver, message) => send('PRIVATE_MESSAGE_REQ', { receiver, message })),
  },
  secret: {
    takes: 'NAME TEXT',
    summary: 'A message that the server cannot read.',
    run: ({ secrets, show }, rest) =>
      named(rest, (to, text) => {
        if (!secrets.send(to, text)) show('Too many wait for their keys already.');
      }),
  },
  key: {
    takes: '',
    summary: 'The fingerprint of your key, for others to compare.',
    run: ({ show, ownFingerprint }) => {
      show(`Your key, until you leave: ${ownFingerprint}`);
      return true;
    },
  },
  send: {
    takes: 'NAME PATH',
    summary: 'Offer a file.',
    run: ({ files }, rest) => named(rest, (name, path) => void files.offer(name, path)),
  },
  accept: {
    takes: 'NAME [PATH]',
    summary: 'Take the file that NAME has offered.',
    run: ({ files }, rest) => {
      const [, name = '', path] = /^(\S*)(?:\s+(\S.*))?$/.exec(rest) ?? [];
      if (name !== '') files.answer(name, 'ACCEPT', path);
      return name !== '';
    },
  },
  reject: {
    takes: 'NAME',
    summary: 'Refuse it.',
    run: ({ files }, rest) => {
      if (rest !== '') files.answer(rest, 'REJECT');
      return rest !== '';
    },
  },
  start: {
    takes: '',
    summary: 'Start a guessing game.',
    run: ({ send }) => {
      send('START_GAME_REQ');
      return true;
    },
  },
  join: {
    takes: '',
    summary: 'Take part in the game that was started.',
    run: ({ send }) => {
      send('JOIN_GAME_REQ');
      return true;
    },
  },
  guess: {
    takes: 'N',
    summary: 'Guess the number.',
    run: ({ send }, rest) => {
      if (rest !== '') send('GUESS_NUMBER_REQ', { number: rest });
      return rest !== '';
    },
  },
  help: {
    takes: '',
    summary: 'This.',
    run: ({ show }) => {
      for (const text of inputHelp()) show(text);
      return true;
    },
  },
  bye: {
    takes: '',
    summary: 'Leave.',
    run: ({ leave }) => {
      leave();
      return true;
    },
  },
};

export const inputHelp = (): readonly string[] => [
  '  TEXT               Say it to everybody.',
  ...Object.entries(inputRows).map(([word, { takes, summary }]) => {
    return `  ${`/${word} ${takes}`.padEnd(18)} ${summary}`;
  }),
];

export function handleInput(target: TextInputTarget, line: string): void {
  const text = line.trim();
  if (text === '') return;
  const [, word, rest = ''] = /^\/(\S*)\s*(.*)$/s.exec(text) ?? [];
  if (word === undefined) {
    target.send('BROADCAST_REQ', { message: text });
    return;
  }
  const row = Object.hasOwn(inputRows, word) ? inputRows[word] : undefined;
  if (row === undefined) target.show(`There is no /${word}. /help shows what there is.`);
  else if (!row.run(target, rest)) target.show(`It takes more: /${word} ${row.takes}`);
}
