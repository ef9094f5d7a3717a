// What a client of the lobby protocol tells whoever uses it: its events, its ends, and how the
// plain messages of a server become events.

import type { GpgNetMessage } from './gpgnet-messages.ts';
import {
  idOf,
  type LobbyLaunch,
  type LobbyMessage,
  type LobbyPlayer,
  launchOf,
  textOf,
} from './lobby-messages.ts';
import type { GamesChange, PlayersChange } from './lobby-view.ts';

export type LobbyEvent =
  /** The credentials were right; who and what is there follows. */
  | { readonly kind: 'welcome'; readonly me: LobbyPlayer }
  | { readonly kind: 'login-failed'; readonly text: string }
  /** Who and what is there has been told: `logIn` resolves, and what comes now is news. */
  | { readonly kind: 'ready'; readonly me: LobbyPlayer }
  | ({ readonly kind: 'players' } & PlayersChange)
  | ({ readonly kind: 'games' } & GamesChange)
  | {
      readonly kind: 'social';
      readonly friends: ReadonlySet<number>;
      readonly foes: ReadonlySet<number>;
    }
  | { readonly kind: 'launch'; readonly launch: LobbyLaunch }
  /** Such as `bad_password`; a notice for people follows. */
  | {
      readonly kind: 'join-failed';
      readonly uid: number | undefined;
      readonly reason: string;
    }
  | { readonly kind: 'gpgnet'; readonly message: GpgNetMessage }
  /** Such as `info`, `error`, `kick`. */
  | { readonly kind: 'notice'; readonly style: string; readonly text: string }
  /** The server has switched off what was asked for. */
  | { readonly kind: 'disabled'; readonly request: string }
  /** The server did not take the last message; it closes. */
  | { readonly kind: 'invalid' }
  | { readonly kind: 'pong' }
  /** Anything else, as it came. */
  | { readonly kind: 'other'; readonly message: LobbyMessage }
  /** Last. */
  | { readonly kind: 'closed'; readonly end: LobbyEnd };

/** Why a connection is over. */
export type LobbyEnd =
  | { readonly reason: 'closed-here' }
  | { readonly reason: 'closed-by-server' }
  | { readonly reason: 'lost' }
  /** Too much that was sent waited. */
  | { readonly reason: 'server-does-not-read' }
  /** To a log-in, within `answerWithinMs`. */
  | { readonly reason: 'no-answer' }
  /** By the server, such as for a log-in elsewhere. */
  | { readonly reason: 'signed-out'; readonly text: string }
  /** The server's last words were of an error, such as that the account is banned. */
  | { readonly reason: 'refused'; readonly text: string }
  /** What was sent is nothing that the server takes. */
  | { readonly reason: 'invalid' }
  /** What came is no message of this framing. */
  | { readonly reason: 'unreadable'; readonly text: string };

/** A sentence about it, without its full stop. */
export function endText(end: LobbyEnd): string {
  switch (end.reason) {
    case 'closed-here':
      return 'The connection was closed';
    case 'closed-by-server':
      return 'The server closed the connection';
    case 'lost':
      return 'The connection is lost';
    case 'server-does-not-read':
      return 'The server does not read what is sent';
    case 'no-answer':
      return 'The server did not answer in time';
    case 'signed-out':
    case 'refused':
      return end.text.replace(/\.$/, '');
    case 'invalid':
      return 'The server did not understand the last message, and closed the connection';
    case 'unreadable':
      return `The server speaks another format (${end.text})`;
    default:
      return end satisfies never;
  }
}

/** What needs no memory of what came before. */
export function eventOf(message: LobbyMessage): LobbyEvent {
  switch (message['command']) {
    case 'authentication_failed':
      return { kind: 'login-failed', text: textOf(message, 'text') };
    case 'notice':
      return { kind: 'notice', style: textOf(message, 'style'), text: textOf(message, 'text') };
    case 'game_launch': {
      const launch = launchOf(message);
      return launch === undefined ? { kind: 'other', message } : { kind: 'launch', launch };
    }
    case 'game_join_failed': {
      const reason = textOf(message, 'reason');
      return { kind: 'join-failed', uid: idOf(message['uid']), reason };
    }
    case 'disabled':
      return { kind: 'disabled', request: textOf(message, 'request') };
    case 'invalid':
      return { kind: 'invalid' };
    case 'pong':
      return { kind: 'pong' };
    default:
      return { kind: 'other', message };
  }
}
