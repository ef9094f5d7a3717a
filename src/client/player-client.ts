// One player on one server, as code sees it: typed commands, the events that the platform pushes,
// and matches. Made by `connect`. Commands go over HTTP; the WebSocket for events is opened when
// somebody first wants one, and comes back by itself.

import type { CommandArgs, CommandName, CommandResult } from '../contract/commands.ts';
import type { EventData, EventName, PlatformEvent } from '../contract/events.ts';
import type { Player, Session } from '../contract/schema.ts';
import type { Game } from '../game/define-game.ts';
import type { After } from './after.ts';
import { ClientError } from './client-error.ts';
import { leaveWhenOpen } from './earlier-lobby.ts';
import { EventSocket, type OpenSocket } from './event-socket.ts';
import { type FindMatchOptions, findMatch, type LobbyPort } from './find-match.ts';
import { type HttpCaller, urlText } from './http-caller.ts';
import { type JoinOptions, joinMatch, type Match, type MatchOf, type MatchPort } from './match.ts';
import { SessionKeeper, type SessionStore } from './session-keeper.ts';

/** Arguments may be left out where every one of them may. */
export type Arguments<Name extends CommandName> =
  Record<never, never> extends CommandArgs<Name>
    ? readonly [args?: CommandArgs<Name>]
    : readonly [args: CommandArgs<Name>];

export interface PlayOptions extends FindMatchOptions, JoinOptions {}

export interface PlayerClientOptions {
  readonly http: HttpCaller;
  readonly session: Session;
  readonly store: SessionStore | undefined;
  readonly openSocket: OpenSocket;
  readonly after: After;
  readonly jitter: () => number;
}

type StreamState = 'again' | 'lost' | Error;
type AnyListener = (event: PlatformEvent) => void;

export class PlayerClient {
  readonly #options: PlayerClientOptions;
  readonly #session: SessionKeeper;
  readonly #listeners = new Set<AnyListener>();
  readonly #streamListeners = new Set<(state: StreamState) => void>();
  #stream: { readonly socket: EventSocket; readonly ready: Promise<void> } | undefined;
  #closed = false;
  /** The lobby of the last match, while it is being left. Never rejects. */
  #leaving: Promise<void> = Promise.resolve();

  constructor(options: PlayerClientOptions) {
    this.#options = options;
    this.#session = new SessionKeeper(options.http, options.session, options.store);
  }

  get player(): Player {
    return this.#session.session.player;
  }

  /** For people: without a trailing slash. */
  get server(): string {
    return urlText(this.#options.http.url);
  }

  /** Run a command of the command table. Rejects with a `PaperclipError` or a `ClientError`. */
  async call<Name extends CommandName>(
    name: Name,
    ...[args]: Arguments<Name>
  ): Promise<CommandResult<Name>> {
    if (this.#closed) throw new ClientError('CLOSED');
    // Boundary: only a command without required arguments may come here without any.
    const given = args ?? ({} as CommandArgs<Name>);
    return this.#session.withToken((token) => this.#options.http.call(name, given, token));
  }

  /** Hear of an event from now on. Returns what ends it. */
  on<Name extends EventName>(event: Name, listener: (data: EventData<Name>) => void): () => void {
    const heard: AnyListener = (pushed) => {
      // Boundary: an event's data has the type that its name says.
      if (pushed.event === event) listener(pushed.data as EventData<Name>);
    };
    this.#listeners.add(heard);
    this.#openStream().catch((cause: unknown) => this.#streamEnded(cause));
    return () => this.#listeners.delete(heard);
  }

  /** Open the event stream and wait until it is there; `on` opens it in the background. */
  openEvents(): Promise<void> {
    return this.#openStream();
  }

  /**
   * Hear of the event stream itself: `lost` while it reconnects, `again` when it is back (look at
   * what you follow: events in between are gone), an error when it will not come back.
   */
  onStream(listener: (state: StreamState) => void): () => void {
    this.#streamListeners.add(listener);
    return () => this.#streamListeners.delete(listener);
  }

  /**
   * Find an opponent and play. Resolves when the match's host has taken this player in; the match
   * is typed by the game, or, when that is only a name, with unknown views and inputs. When the
   * match is over its lobby is left.
   */
  async play<G extends Game>(game: G, options?: PlayOptions): Promise<MatchOf<G>>;
  async play(game: string, options?: PlayOptions): Promise<Match>;
  async play(game: Game | string, options: PlayOptions = {}): Promise<Match> {
    await this.#openStream();
    await this.#leaving;
    const name = typeof game === 'string' ? game : game.name;
    const { matchId, lobbyId } = await findMatch(this.#lobbyPort(), name, options);
    return this.#join(matchId, lobbyId, game, options);
  }

  /** Take the seat again that this player has in a running match; undefined when there is none. */
  async rejoin<G extends Game>(game: G, options?: JoinOptions): Promise<MatchOf<G> | undefined>;
  async rejoin(game: string, options?: JoinOptions): Promise<Match | undefined>;
  async rejoin(game: Game | string, options: JoinOptions = {}): Promise<Match | undefined> {
    const { matchId, lobbyId } = await this.call('account.me');
    if (matchId === undefined) return undefined;
    return this.#join(matchId, lobbyId, game, options);
  }

  /** End the session on the server, here and in its store. */
  async logout(): Promise<void> {
    await this.call('account.logout');
    await this.#session.forget();
    this.close();
  }

  /** Stop the event stream. Matches that were started go on until they end or are left. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stream?.socket.close();
    this.#listeners.clear();
  }

  /** Waits until the lobby of a match that is over has been left. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#leaving;
    this.close();
  }

  async #join(
    matchId: string,
    lobbyId: string | undefined,
    game: Game | string,
    options: JoinOptions,
  ): Promise<Match> {
    const match = await joinMatch(this.#matchPort(), matchId, game, options);
    const over = (): void => {
      if (lobbyId === undefined) return;
      this.#leaving = leaveWhenOpen(this.#lobbyPort(), this.#options.after, lobbyId);
    };
    // A match that only this program has lost goes on, and its seat with it.
    match.result.then(over, () => undefined);
    return match;
  }

  #openStream(): Promise<void> {
    if (this.#closed) return Promise.reject(new ClientError('CLOSED'));
    if (this.#stream !== undefined) return this.#stream.ready;
    const { openSocket, after, jitter, http } = this.#options;
    const socket = new EventSocket({
      server: http.url,
      session: this.#session,
      openSocket,
      after,
      jitter,
      onEvent: (event) => {
        for (const listener of [...this.#listeners]) listener(event);
        if (event.event === 'session.ended') {
          this.#streamEnded(new ClientError('SESSION_ENDED', { reason: event.data.reason }));
        }
      },
      onOpen: (again) => again && this.#tell('again'),
      onLost: () => this.#tell('lost'),
      onRefused: (error) => this.#streamEnded(error),
    });
    const ready = socket.open();
    this.#stream = { socket, ready };
    ready.catch(() => {
      // The next who wants events tries anew.
      socket.close();
      this.#stream = undefined;
    });
    return ready;
  }

  #streamEnded(cause: unknown): void {
    if (this.#closed) return;
    this.#stream?.socket.close();
    this.#stream = undefined;
    this.#tell(cause instanceof Error ? cause : new Error(String(cause)));
  }

  #tell(state: StreamState): void {
    for (const listener of [...this.#streamListeners]) listener(state);
  }

  #lobbyPort(): LobbyPort {
    return {
      playerId: this.player.id,
      call: (name, args) => this.#callWith(name, args),
      on: (event, listener) => this.on(event, listener),
      onStream: (listener) => this.onStream((state) => state !== 'lost' && listener(state)),
    };
  }

  #matchPort(): MatchPort {
    return {
      call: (name, args) => this.#callWith(name, args),
      on: (event, listener) => this.on(event, listener),
      after: this.#options.after,
    };
  }

  #callWith<Name extends CommandName>(
    name: Name,
    args: CommandArgs<Name>,
  ): Promise<CommandResult<Name>> {
    return this.#session.withToken((token) => this.#options.http.call(name, args, token));
  }
}
