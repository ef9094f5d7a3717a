// What people read of the text protocol: a sentence for each message of the server, and for each
// step of an encrypted one. Nothing here decides anything.

import type { SecretEvent } from '../../client/text/secret-messages.ts';
import { type TextMessage, textOf } from '../../client/text/text-client.ts';

type Body = TextMessage['body'];

/** Of a server's message; undefined: there is nothing to say. */
export function textLine({ header, body }: TextMessage): string | undefined {
  if (textOf(body, 'status') === 'ERROR') return refusalLine(header, body);
  return Object.hasOwn(lines, header) ? lines[header]?.(body) : `${header} (?)`;
}

const names = (value: unknown): string =>
  Array.isArray(value) ? value.filter((one) => typeof one === 'string').join(', ') : '';

const quiet = (): undefined => undefined;

const lines: Readonly<Record<string, (body: Body) => string | undefined>> = {
  WELCOME: (body) => textOf(body, 'msg'),
  LOGIN_RESP: () => 'You are logged in. /help shows what you can do.',
  BROADCAST_RESP: quiet,
  BROADCAST: (body) => `${textOf(body, 'username')}: ${textOf(body, 'message')}`,
  JOINED: (body) => `${textOf(body, 'username')} has come.`,
  LEFT: (body) => `${textOf(body, 'username')} has left.`,
  LIST_USERS_RESP: (body) => `Here: ${names(body['users'])}`,
  PRIVATE_MESSAGE_RESP: quiet,
  PRIVATE_MESSAGE: (body) => `${textOf(body, 'sender')} (to you): ${textOf(body, 'message')}`,
  GAME_NOTIFICATION: (body) =>
    `${textOf(body, 'username') || 'Somebody'} starts a guessing game: /join within 10 s.`,
  START_GAME_RESP: (body) =>
    body['players'] === undefined
      ? 'You have started a game; it begins in 10 s if somebody joins.'
      : `The game begins: ${names(body['players'])}. Guess a number from 1 to 50: /guess N`,
  JOIN_GAME_RESP: () => 'You take part.',
  GUESS_NUMBER_RESP: (body) => textOf(body, 'message'),
  GAME_RESULTS: (body) => resultsLine(body['results']),
  BYE_RESP: () => 'Goodbye.',
  DSCN: (body) => `The server closed the connection: ${closeText(body['reason'])}.`,
  PONG_ERROR: quiet,
  UNKNOWN_COMMAND: () => 'The server does not know this.',
  PARSE_ERROR: () => 'The server could not read this.',
};

function resultsLine(results: unknown): string {
  if (!Array.isArray(results)) return 'The game is over.';
  const rows = results.map((row: unknown, at) => {
    const { username, time } = Object(row) as { username?: unknown; time?: unknown };
    const taken = typeof time === 'number' ? `${(time / 1000).toFixed(1)} s` : 'did not find it';
    return `${at + 1}. ${String(username)}: ${taken}`;
  });
  return `The game is over. ${rows.join('; ')}`;
}

function refusalLine(header: string, body: Body): string {
  const code = Number(body['code']);
  const text = textOf(body, 'message') || (refusals[code] ?? 'The server refused this.');
  return header === 'GAME_RESULTS' ? `The game is over. ${text}` : `${text} (${code})`;
}

const refusals: Readonly<Record<number, string>> = {
  5000: 'A player of that name is here already.',
  5001: 'A name is 3 to 14 letters (A to Z), digits and underscores.',
  5002: 'You are logged in already.',
  5003: 'The name is an account’s, and this is not its password.',
  6000: 'Log in first.',
  6001: 'There is no such player here.',
  6002: 'Too few joined; the game is called off.',
  6003: 'A game runs already.',
  6004: 'You take part already.',
  6005: 'There is no game now; /start one.',
  6007: 'That is you.',
  6008: 'There is nothing in the message.',
  7003: 'The game has not begun yet.',
  7004: 'That is not a whole number.',
  7007: 'Guess a number from 1 to 50.',
  8001: 'You do not take part in this game.',
  9002: 'Nobody found the number.',
};

const closeText = (reason: unknown): string => closes[Number(reason)] ?? `reason ${reason}`;

const closes: Readonly<Record<number, string>> = {
  7000: 'this client did not answer in time',
  7001: 'a line was too long',
  9000: 'too many lines that it could not read',
  9005: 'nobody logged in',
  9006: 'it is shutting down',
  9007: 'your session was ended elsewhere',
};

export function secretLine(event: SecretEvent): string {
  switch (event.kind) {
    case 'asked':
      return `${event.by} is about to send you something encrypted.`;
    case 'received':
      return `${event.from} (encrypted, to you): ${event.text}`;
    case 'sent':
      return event.isNew
        ? `Sent to ${event.to}. Key of ${event.to}: ${event.fingerprint}. Compare it, by voice or in person.`
        : `Sent to ${event.to}, with the key that you know.`;
    case 'key-changed':
      return (
        `${event.name} has ANOTHER KEY than before, so nothing was sent: ${event.fingerprint}. ` +
        'Compare it before you send again, which accepts it.'
      );
    case 'unreadable':
      return `${event.from} sent something encrypted that cannot be read.`;
    case 'not-sent':
      return `Not sent to ${event.to}: ${notSentTexts[event.why]}.`;
    default:
      return event satisfies never;
  }
}

const notSentTexts = {
  'public-key': 'the key that came is none',
  names: 'the names do not do',
  'too-long': 'it is longer than 32 KiB',
  refused: 'there is no such player here',
} as const;
