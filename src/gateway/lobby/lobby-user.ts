// A logged-in player of this wire, as requests and broadcasts see one, and what all of a gateway's
// share.

import type { CommandArgs, CommandName, CommandResult } from '../../contract/commands.ts';
import type { Log, Metrics } from '../../contract/telemetry.ts';
import type { Dispatcher, PlayerEvents } from '../../domain/platform.ts';
import type { Clock, Timers } from '../../domain/ports.ts';
import type { LobbyCodec } from '../../protocol/lobby/lobby-codec.ts';
import type { GameBroadcasts } from './game-feed.ts';
import type { LobbyLimits } from './lobby-limits.ts';
import type { NumberBook } from './number-book.ts';
import type { SeenPlayer } from './player-info.ts';
import type { ThrottledBroadcast } from './throttled-broadcast.ts';

/** What a client sent, once it is an object. */
export type LobbyMessage = Readonly<Record<string, unknown>>;

export interface LobbyUser {
  readonly codec: LobbyCodec;
  /** Of the player. */
  readonly name: string;
  /** The answer to the log-in is out: broadcasts may follow. */
  readonly isReady: boolean;
  call<Name extends CommandName>(
    command: Name,
    args: CommandArgs<Name>,
  ): Promise<CommandResult<Name>>;
  /** A reply; resolves when it has left. */
  send(...messages: readonly object[]): Promise<void>;
  /** What others caused. */
  postEncoded(bytes: Uint8Array): void;
}

/** The session of a user, for those who take its place. */
export interface Replaceable {
  replaced(): void;
}

export interface LobbyShared {
  readonly dispatcher: Dispatcher;
  readonly events: PlayerEvents;
  readonly timers: Timers;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly limits: LobbyLimits;
  /** By player: the newest of each. */
  readonly sessions: Map<string, Replaceable>;
  readonly numbers: NumberBook;
  readonly players: ThrottledBroadcast<LobbyUser, SeenPlayer>;
  readonly games: GameBroadcasts;
  /** A number that the client may show; nothing depends on it. */
  readonly newSessionNumber: () => number;
}

/** A field is missing or wrong: the connection closes. */
export class InvalidMessage extends Error {
  override readonly name = 'InvalidMessage';
}

export function textField(message: LobbyMessage, name: string): string {
  const value = message[name];
  if (typeof value !== 'string') throw new InvalidMessage(`${name} is no text`);
  return value;
}

/** Numbers come as numbers and, from some clients, as text. */
export function numberField(message: LobbyMessage, name: string): number {
  const value = message[name];
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  if (typeof number === 'number' && Number.isSafeInteger(number) && number >= 0) return number;
  throw new InvalidMessage(`${name} is no number`);
}

export const notice = (style: 'info' | 'error' | 'kick', text: string): object => ({
  command: 'notice',
  style,
  text,
});
