// How talk looks in a terminal: a line for each thing that is said or happens. What others wrote is
// made harmless here; only this program makes colours and line starts.

import { stripVTControlCharacters } from 'node:util';
import type { DirectMessage, Person } from '../../../client/index.ts';
import type { Terminal } from '../terminal.ts';
import { cellWidth } from './cell-width.ts';

export const lock = '🔒';

/**
 * Nothing that moves the cursor, colours, or turns the direction of writing; and a line end of the
 * text never looks like the beginning of the next message.
 */
export const harmless = (text: string): string =>
  text
    .replace(/\r\n?/g, '\n')
    .replace(/\t/g, '  ')
    .replace(/(?!\n)[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu, '\ufffd')
    .replace(/\n/g, `\n${indent}`);

const indent = '      ';

/** Broken between words for a terminal, which would break inside them. Longer words stay whole. */
export function wrapped(text: string, columns: number): string {
  const wide = (line: string): boolean =>
    cellWidth(stripVTControlCharacters(line).trimEnd()) >= columns;
  const wrapOne = (whole: string): string => {
    const lines: string[] = [];
    let line = '';
    for (const word of whole.split(/(?<= )(?! )/)) {
      if (line.trim() !== '' && wide(line + word)) {
        lines.push(line.trimEnd());
        line = indent;
      }
      line += word;
    }
    return [...lines, line].join('\n');
  };
  return text.split('\n').map(wrapOne).join('\n');
}

/** `14:03` here and today, with the day before it when that is another. */
export function clock(at: string, now = new Date()): string {
  const time = new Date(at);
  if (Number.isNaN(time.getTime())) return '--:--';
  const two = (value: number): string => String(value).padStart(2, '0');
  const hours = `${two(time.getHours())}:${two(time.getMinutes())}`;
  if (time.toDateString() === now.toDateString()) return hours;
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ${hours}`;
}

export interface Spoken {
  readonly at: string;
  readonly from: string;
  /** Absent: to everybody in the room. */
  readonly to?: string;
  readonly text: string;
  readonly isSealed?: boolean;
  readonly isMine?: boolean;
}

export function spokenLine(terminal: Terminal, spoken: Spoken): string {
  const { at, from, to, text, isSealed = false, isMine = false } = spoken;
  const who = terminal.style(isMine ? 'green' : 'bold', harmless(from));
  const direction = to === undefined ? '' : terminal.style('cyan', ` → ${harmless(to)}`);
  const sign = isSealed ? `${lock} ` : '';
  return `${terminal.style('dim', clock(at))} ${sign}${who}${direction}: ${harmless(text)}`;
}

export const namesOf = (people: readonly Person[], ownId: string): string =>
  people
    .map(({ id, name }) => (id === ownId ? 'you' : harmless(name)))
    .toSorted((a, b) => Number(b === 'you') - Number(a === 'you') || (a < b ? -1 : 1))
    .join(', ');

export const stateText = {
  offline: 'is gone',
  away: 'is away',
  online: 'is here',
  'in-lobby': 'waits in a lobby',
  'in-match': 'plays a match',
} as const;

/** A message of a conversation as it was, for those that are shown again. */
export const historyLine = (terminal: Terminal, ownId: string, message: DirectMessage): string =>
  spokenLine(terminal, {
    at: message.sentAt,
    from: message.from.id === ownId ? 'you' : message.from.name,
    to: message.to.id === ownId ? 'you' : message.to.name,
    text: message.message ?? '(sealed; it could be read once, when it came)',
    isSealed: message.sealed !== undefined,
    isMine: message.from.id === ownId,
  });

/** Sentences for why a message could not be sealed. */
export const sealRefusals = {
  'no-devices': 'has published no keys: ask them to open `paperclip chat` once.',
  'too-long': 'cannot get this: sealed messages hold 4,095 bytes of text.',
  changed: 'has a device that is new, and you verified another one: nothing was sent.',
  'too-many-contacts': 'cannot be remembered: the keyring is full.',
  'too-many-devices': 'has more devices than can be remembered.',
} as const;
