// What a person typed, as one of the messenger's commands. A name with spaces stands in quotes:
// `message "Ben Kenobi" hello`.

import { type MessengerCommandName, messengerCommands } from '../../codec/messenger/commands.ts';

export type TypedLine =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'help' }
  | { readonly kind: 'unknown'; readonly word: string }
  | { readonly kind: 'misused'; readonly command: MessengerCommandName }
  | { readonly kind: 'command'; readonly command: MessengerCommandName; readonly args: Args };

/** The user and the text, as far as the command has them; empty where they were left out. */
interface Args {
  readonly user: string;
  readonly text: string;
}

type Shape = 'nothing' | 'text' | 'user' | 'maybe-user' | 'user-and-text';

const shapes: Readonly<Record<MessengerCommandName, Shape>> = {
  message: 'user-and-text',
  broadcast: 'text',
  whoelse: 'nothing',
  whoelsesince: 'text',
  block: 'user',
  unblock: 'user',
  startprivate: 'user',
  private: 'user-and-text',
  stopprivate: 'user',
  yes: 'maybe-user',
  no: 'maybe-user',
  logout: 'nothing',
};

export function readTypedLine(line: string): TypedLine {
  const typed = line.trim();
  const word = /^\S*/.exec(typed)?.[0] ?? '';
  if (word === '') return { kind: 'nothing' };
  if (word === 'help') return { kind: 'help' };
  if (!isCommand(word)) return { kind: 'unknown', word };
  const args = readArgs(shapes[word], typed.slice(word.length).trim());
  return args === undefined
    ? { kind: 'misused', command: word }
    : { kind: 'command', command: word, args };
}

const isCommand = (word: string): word is MessengerCommandName => Object.hasOwn(shapes, word);

function readArgs(shape: Shape, rest: string): Args | undefined {
  switch (shape) {
    case 'nothing':
      return rest === '' ? { user: '', text: '' } : undefined;
    case 'text':
      return rest === '' ? undefined : { user: '', text: rest };
    case 'user-and-text': {
      const args = splitUser(rest);
      return args.user === '' || args.text === '' ? undefined : args;
    }
    case 'user':
    case 'maybe-user': {
      const { user, text } = splitUser(rest);
      const isEnough = user !== '' || shape === 'maybe-user';
      return isEnough && text === '' ? { user, text } : undefined;
    }
    default:
      return shape satisfies never;
  }
}

function splitUser(rest: string): Args {
  const quoted = /^"([^"]*)"\s*/.exec(rest);
  const user = quoted?.[1] ?? /^\S*/.exec(rest)?.[0] ?? '';
  return { user, text: rest.slice(quoted?.[0].length ?? user.length).trim() };
}

/** For `help`, one line each. */
export const helpLines = (): readonly string[] =>
  Object.values(messengerCommands).map(({ usage, summary }) => `${usage.padEnd(24)}${summary}`);
