// A platform for gateway tests: it answers what the test says, and remembers what it was asked.

import type { CommandName, CommandResult } from '../contract/commands.ts';
import { PaperclipError } from '../contract/errors.ts';
import type { PlatformEvent } from '../contract/events.ts';
import { contractLimits } from '../contract/limits.ts';
import type { Log, LogFields } from '../contract/telemetry.ts';
import type {
  Caller,
  CallOrigin,
  Dispatcher,
  EventListener,
  PlayerEvents,
} from '../domain/platform.ts';

export interface FakeCall {
  readonly origin: CallOrigin;
  readonly command: CommandName;
  readonly args: unknown;
}

/** `token.mario` is a session of player `mario`; `token.mario.2` is another session of theirs. */
export class FakePlatform {
  readonly calls: FakeCall[] = [];
  readonly logged: { readonly event: string; readonly fields: LogFields | undefined }[] = [];
  readonly expired = new Set<string>();
  /** What every command does; may throw, or wait. */
  answer: (call: FakeCall) => unknown = () => ({});
  readonly #listeners = new Map<EventListener, string>();

  readonly dispatcher: Dispatcher = {
    call: async <Name extends CommandName>(
      origin: CallOrigin,
      command: Name,
      args: unknown,
    ): Promise<CommandResult<Name>> => {
      this.calls.push({ origin, command, args });
      return (await this.answer({ origin, command, args })) as CommandResult<Name>;
    },
    authenticate: async (origin) => this.#authenticate(origin),
  };

  readonly events: PlayerEvents = {
    connect: (playerId, sessionId, listener) => {
      const mine = this.present.filter((who) => who.startsWith(`${playerId}/`));
      if (mine.length > contractLimits.webSocketsPerPlayerMax) throw new PaperclipError('BUSY');
      this.#listeners.set(listener, `${playerId}/${sessionId}`);
      return () => this.#listeners.delete(listener);
    },
  };

  readonly log: Log = {
    debug() {},
    info() {},
    warn: (event, fields) => this.logged.push({ event, fields }),
    error: (event, fields) => this.logged.push({ event, fields }),
  };

  /** `player/session` of every connection that gets events. */
  get present(): readonly string[] {
    return [...this.#listeners.values()];
  }

  emit(playerId: string, event: PlatformEvent): void {
    for (const [listener, who] of this.#listeners) {
      if (who.startsWith(`${playerId}/`)) listener(event);
    }
  }

  #authenticate({ accessToken }: CallOrigin): Caller {
    if (accessToken !== undefined && this.expired.has(accessToken)) {
      throw new PaperclipError('SESSION_EXPIRED');
    }
    const [kind, playerId, session = '1'] = accessToken?.split('.') ?? [];
    if (kind !== 'token' || playerId === undefined) throw new PaperclipError('UNAUTHENTICATED');
    return { kind: 'account', playerId, sessionId: `${playerId}-${session}` };
  }
}
