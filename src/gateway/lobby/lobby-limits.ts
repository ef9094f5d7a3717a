// What the lobby protocol grants a connection, and its times. What the ports grant before that is
// `driver/stream-limits.ts`. docs/limits.md lists these; a test compares.

import { qstringsPerBlockMax } from '../../codec/qdatastream/qdatastream.ts';
import { lobbyMessageBytesMax } from '../../protocol/lobby/lobby-codec.ts';

export const lobbyLimits = {
  /** One message without what frames it, in bytes. */
  messageBytesMax: lobbyMessageBytesMax,
  /** Over WebSocket, where a message is whole before anybody can look at it. */
  webSocketMessageBytesMax: 1024 * 1024,
  /** The same before a log-in, where nothing needs to be long. */
  strangerMessageBytesMax: 64 * 1024,
  /** Beginnings of messages, of all connections of one framing together. */
  heldBytesMax: 256 * 1024 * 1024,
  /** QStrings of one block; clients of the first years sent several. */
  qstringsPerBlockMax,
  /** Received and waiting for the message before it; past it, the client is not read. */
  waitingBytesMax: 64 * 1024,
  /** Messages that are handled in one go before other connections have their turn. */
  messagesPerTurnMax: 64,
  /** Unsent bytes, most of them broadcasts, at which a client that does not read is cut off. */
  unsentBytesMax: 3 * 1024 * 1024,
  /** From the connection to a log-in; then it is closed. */
  loginWithinMs: 300_000,
  /** Between two questions whether the client is there; nobody must answer. */
  pingEveryMs: 45_000,
  /** A change of a player or a game waits at most so long, with all others of that time. */
  broadcastEveryMs: 1_000,
  /** Players in one `player_info`; where there are more, another follows. */
  playersPerMessageMax: 2_000,
  /** What a client is to hear of games and cannot yet, as numbers are being asked for. */
  gameMessagesWaitingMax: 1_000,
  /** Numbers of players that are remembered; the oldest are asked for again. */
  numbersMax: 20_000,
  /** For last messages to leave when the server closes; then connections are cut. */
  closeGraceMs: 5_000,
} as const;

export type LobbyLimits = { readonly [name in keyof typeof lobbyLimits]: number };
