// What a client of the lobby protocol keeps, and how long it waits. docs/limits.md lists these; a
// test compares.

import { lobbyMessageBytesMax } from '../../protocol/lobby/lobby-codec.ts';

export const lobbyClientLimits = {
  /** One message of the server without what frames it, in bytes. */
  messageBytesMax: lobbyMessageBytesMax,
  /** Players that are remembered; of more, one still hears. */
  playersMax: 50_000,
  /** Games, likewise. */
  gamesMax: 10_000,
  /** From the connection, and then from the credentials, to what the server says of them. */
  answerWithinMs: 30_000,
  /** Sent over a WebSocket and not yet taken by the system; past it, the connection is lost. */
  unsentBytesMax: 4 * 1024 * 1024,
} as const;

export type LobbyClientLimits = { readonly [name in keyof typeof lobbyClientLimits]: number };
