// `paperclip`: the client SDK. Browser-safe but for the dialling of UDP, which is loaded when a
// match is joined without a dialer of the caller's own.

export type {
  CommandArgs,
  CommandName,
  CommandResult,
} from '../contract/commands.ts';
export { type ErrorBody, type ErrorCode, PaperclipError } from '../contract/errors.ts';
export type { EventData, EventName } from '../contract/events.ts';
export type { Conversation, DirectMessage, FriendRow, Person } from '../contract/people-schema.ts';
export type {
  GameInfo,
  LeaderboardRow,
  Lobby,
  MatchSeat,
  MatchSummary,
  Player,
  Session,
} from '../contract/schema.ts';
export { type After, hostAfter } from './after.ts';
export { type Chat, type ChatOptions, type ChatState, openChat } from './chat.ts';
export { ClientError, type ClientErrorCode, clientErrorTable } from './client-error.ts';
export {
  type ConnectOptions,
  type Credentials,
  connect,
  type Identity,
  type Visitor,
  visit,
} from './connect.ts';
export type { ContactNews, DeviceInfo } from './contact-book.ts';
export {
  type Downloaded,
  type DownloadOptions,
  downloadFile,
  type RunningHash,
  type TransferOptions,
  type UploadOptions,
  uploadFile,
} from './files.ts';
export type { FindMatchOptions, Opponent } from './find-match.ts';
export { serverUrl, urlText } from './http-caller.ts';
export {
  type Keyring,
  type KeyringOptions,
  type KeyringStorage,
  openKeyring,
} from './keyring.ts';
export type {
  Known,
  Opened,
  OpenFailure,
  Sealed,
  SealOptions,
  SealRefusal,
} from './keyring-messages.ts';
export type {
  JoinOptions,
  Match,
  MatchNews,
  MatchOf,
  MatchPlayer,
  MatchResult,
  MatchStats,
  Refusal,
} from './match.ts';
export type { LinkState, MatchDial, MatchDialer } from './match-connection.ts';
export { type PlayBotOptions, playBot } from './play-bot.ts';
export type { PlayerClient, PlayOptions } from './player-client.ts';
export {
  openSealedChat,
  type SealedChat,
  type SealedChatOptions,
  type SealedContact,
  type SentSealed,
} from './sealed-chat.ts';
export type { SessionStore } from './session-keeper.ts';
