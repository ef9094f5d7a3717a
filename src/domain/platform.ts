// The platform as a gateway sees it: one dispatcher for commands, one stream of events per player.
// A gateway turns bytes into these calls and holds no rule of its own.

import type { CallerKind } from '../contract/command-row.ts';
import type { CommandArgs, CommandName, CommandResult } from '../contract/commands.ts';
import type { PlatformEvent } from '../contract/events.ts';
import type { ClassicAccounts } from './account/classic-keys.ts';
import type { FileBytes } from './file/file-bytes.ts';

/** Where a call came from. */
export interface CallOrigin {
  /** `http`, `websocket`, ...: a metric label. */
  readonly wire: string;
  /** The peer's address, for rate limits before there is a player. */
  readonly address: string;
  /** As the client gave it; absent for anyone. */
  readonly accessToken?: string;
}

export interface Caller {
  readonly kind: CallerKind;
  /** Absent for anyone. */
  readonly playerId?: string;
  readonly sessionId?: string;
}

export interface Dispatcher {
  /**
   * Run one command through the whole chain: authenticate, rate-limit, validate, audit, hooks,
   * service, metrics. `args` is untrusted. Rejects with a `PaperclipError` and nothing else.
   */
  call<Name extends CommandName>(
    origin: CallOrigin,
    command: Name,
    args: unknown,
  ): Promise<CommandResult<Name>>;
  /** For wires that authenticate once per connection. Rejects with a `PaperclipError`. */
  authenticate(origin: CallOrigin): Promise<Caller>;
}

export type EventListener = (event: PlatformEvent) => void;

export interface PlayerEvents {
  /**
   * A live connection of a player's session: events go to it until the returned function is
   * called. While a player has one, the player counts as present.
   */
  connect(playerId: string, sessionId: string, listener: EventListener): () => void;
}

export interface Platform {
  readonly dispatcher: Dispatcher;
  readonly events: PlayerEvents;
  readonly files: FileBytes;
  /** Absent where the classic wire is off. */
  readonly classic?: ClassicAccounts;
  /** Refuse new commands with SHUTTING_DOWN, finish those under way, stop timers. */
  close(): Promise<void>;
}

/** What a command's handler gets after validation. */
export type Handler<Name extends CommandName> = (
  args: CommandArgs<Name>,
  caller: Caller,
  origin: CallOrigin,
) => Promise<CommandResult<Name>>;

export type Handlers = { readonly [Name in CommandName]: Handler<Name> };
