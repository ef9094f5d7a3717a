// `paperclip/game`: what a game module, its tests and a program that runs games import.

export { BotPlayer, type BotSetup } from './bot-player.ts';
export {
  type BotContext,
  defineGame,
  type Game,
  type GameDefinition,
  type InputOf,
  isGame,
  type NoSettings,
  type Outcome,
  type Ranking,
  type Seat,
  type SeatInput,
  type SettingsOf,
  type Setup,
  type StateOf,
  type Static,
  type StepContext,
  t,
  type ViewOf,
} from './define-game.ts';
export { genericScreen } from './generic-screen.ts';
export { HostedMatch, type HostedMatchSetup } from './hosted-match.ts';
export { gameLimits } from './limits.ts';
export { type LocalMatch, type LocalPlayer, type LocalResult, playLocal } from './local-match.ts';
export { checkMatchRecord, type InputLog, type MatchRecord } from './match-record.ts';
export { type MatchOutput, MatchRunner } from './match-runner.ts';
export type { MatchOptions, MatchSeat, MatchSetup } from './match-setup.ts';
export {
  type ClientMessage,
  checkHostMessage,
  clientChannel,
  decodeClientMessage,
  decodeHostMessage,
  encodeClientMessage,
  encodeHostMessage,
  type HostMessage,
  type HostMessageOf,
  type MatchChannel,
  type MatchEndReason,
  matchChannels,
  type PlayerStatus,
  type RefusalCode,
} from './messages.ts';
export { type PlayerEvent, PlayerView } from './player-view.ts';
export {
  type ReplayOptions,
  type ReplayResult,
  type ReplayStep,
  replay,
  replayViews,
  type SeenView,
} from './replay.ts';
export { stateHash } from './state-hash.ts';
export type { ScreenChoice, ScreenContext, TerminalScreen } from './terminal-screen.ts';
