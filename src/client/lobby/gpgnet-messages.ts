// GPGNet: what a server says to the program of a game, by way of the program's client. The commands
// of docs/lobby-protocol.md are read; any other, or one with other arguments, stays what it is.

import { idOf, type LobbyMessage, listOf, textOf } from './lobby-messages.ts';

export type GpgNetMessage = {
  /** As they came. */
  readonly command: string;
  readonly args: readonly unknown[];
} & (
  | { readonly kind: 'host'; readonly map: string }
  | { readonly kind: 'join'; readonly login: string; readonly id: number }
  /** `offers`: this side begins the talk about how to reach each other. */
  | {
      readonly kind: 'connect';
      readonly login: string;
      readonly id: number;
      readonly offers: boolean;
    }
  | { readonly kind: 'disconnect'; readonly id: number }
  | { readonly kind: 'ice'; readonly from: number; readonly payload: unknown }
  | { readonly kind: 'other' }
);

/** Whether a message is for the game's program. */
export const isForGame = (message: LobbyMessage): boolean => message['target'] === 'game';

export function gpgNetOf(message: LobbyMessage): GpgNetMessage {
  const command = textOf(message, 'command');
  const args = listOf(message, 'args');
  return { command, args, ...meaningOf(command, args) };
}

type Meaning<M = GpgNetMessage> = M extends unknown ? Omit<M, 'command' | 'args'> : never;

function meaningOf(command: string, [first, second, third]: readonly unknown[]): Meaning {
  const id = idOf(command === 'JoinGame' || command === 'ConnectToPeer' ? second : first);
  switch (command) {
    case 'HostGame':
      return typeof first === 'string' ? { kind: 'host', map: first } : other;
    case 'JoinGame':
      return typeof first === 'string' && id !== undefined
        ? { kind: 'join', login: first, id }
        : other;
    case 'ConnectToPeer':
      return typeof first === 'string' && id !== undefined && typeof third === 'boolean'
        ? { kind: 'connect', login: first, id, offers: third }
        : other;
    case 'DisconnectFromPeer':
      return id === undefined ? other : { kind: 'disconnect', id };
    case 'IceMsg':
      return id === undefined ? other : { kind: 'ice', from: id, payload: second };
    default:
      return other;
  }
}

const other: Meaning = { kind: 'other' };
