// From "I want to play" to the id of a running match: enter a lobby, say ready, wait until the
// match has a host. Told of changes by events; after a gap in them it looks at the lobby again.

import type { CommandArgs, CommandName, CommandResult } from '../contract/commands.ts';
import { PaperclipError } from '../contract/errors.ts';
import type { EventData, EventName } from '../contract/events.ts';
import type { Lobby } from '../contract/schema.ts';
import { ClientError } from './client-error.ts';
import { enterAfterLeaving } from './earlier-lobby.ts';

/**
 * - `anyone`: the next public lobby with room, or a new one; with `settings` always a new one
 * - `friend`: a new private lobby; `onLobby` shows the code to give to the friend
 * - `bot`: the game's own bot in every other seat that must be taken
 * - a code that a friend gave, or the id of a public lobby
 */
export type Opponent =
  | 'anyone'
  | 'friend'
  | 'bot'
  | { readonly code: string }
  | { readonly lobby: string };

export interface FindMatchOptions {
  /** Default `anyone`. */
  readonly against?: Opponent | undefined;
  /** For a lobby that this call creates: what differs from the game's defaults. */
  readonly settings?: unknown;
  /** The lobby, whole, when it is entered and whenever it changes. */
  readonly onLobby?: ((lobby: Lobby) => void) | undefined;
  /** Leaves the lobby and rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** What is needed of the player's client. */
export interface LobbyPort {
  readonly playerId: string;
  call<Name extends CommandName>(name: Name, args: CommandArgs<Name>): Promise<CommandResult<Name>>;
  on<Name extends EventName>(event: Name, listener: (data: EventData<Name>) => void): () => void;
  /** The event stream is back and may have missed something, or has ended for good. */
  onStream(listener: (state: 'again' | Error) => void): () => void;
}

export interface FoundMatch {
  readonly matchId: string;
  readonly lobbyId: string;
}

/** On any failure the lobby is left. */
export async function findMatch(
  port: LobbyPort,
  game: string,
  options: FindMatchOptions,
): Promise<FoundMatch> {
  options.signal?.throwIfAborted();
  const lobby = await enterAfterLeaving(port, options.against ?? 'anyone', () =>
    enterLobby(port, game, options),
  );
  try {
    const matchId = await new LobbyWait(port, lobby, options).matchId();
    return { matchId, lobbyId: lobby.id };
  } catch (cause) {
    // It may be gone or started; neither makes the first failure less true.
    await port.call('lobby.leave', { lobbyId: lobby.id }).catch(() => undefined);
    throw cause;
  }
}

async function enterLobby(port: LobbyPort, game: string, options: FindMatchOptions) {
  const { against = 'anyone', settings } = options;
  if (typeof against === 'object') {
    return 'code' in against
      ? port.call('lobby.join-code', { code: against.code.trim().toUpperCase() })
      : port.call('lobby.join', { lobbyId: against.lobby.trim() });
  }
  const create = settings === undefined ? { game } : { game, settings };
  switch (against) {
    case 'anyone':
      return settings === undefined
        ? port.call('lobby.quick', { game })
        : port.call('lobby.create', create);
    case 'friend':
      return port.call('lobby.create', { ...create, private: true });
    case 'bot': {
      const { games } = await port.call('game.list', {});
      const playersMin = games.find(({ name }) => name === game)?.players.min ?? 2;
      const bots = Math.max(1, playersMin - 1);
      return port.call('lobby.create', { ...create, private: true, bots });
    }
    default:
      return against satisfies never;
  }
}

class LobbyWait {
  readonly #port: LobbyPort;
  readonly #options: FindMatchOptions;
  readonly #lobby: Lobby;
  readonly #placed = Promise.withResolvers<string>();
  #readying = false;

  constructor(port: LobbyPort, lobby: Lobby, options: FindMatchOptions) {
    this.#port = port;
    this.#lobby = lobby;
    this.#options = options;
  }

  async matchId(): Promise<string> {
    const { id } = this.#lobby;
    const signal = this.#options.signal;
    const abort = () => this.#placed.reject(signal?.reason);
    const stops = [
      this.#port.on('lobby.changed', ({ lobby }) => lobby.id === id && this.#see(lobby)),
      this.#port.on('lobby.removed', (data) => data.lobbyId === id && this.#removed(data.reason)),
      this.#port.on('match.placed', (data) => {
        if (data.lobbyId === id) this.#placed.resolve(data.matchId);
      }),
      this.#port.onStream((state) => {
        if (state === 'again') this.#lookAgain();
        else this.#placed.reject(state);
      }),
    ];
    signal?.addEventListener('abort', abort);
    try {
      if (signal?.aborted) abort();
      else this.#see(this.#lobby);
      return await this.#placed.promise;
    } finally {
      signal?.removeEventListener('abort', abort);
      for (const stop of stops) stop();
    }
  }

  #see(lobby: Lobby): void {
    this.#options.onLobby?.(lobby);
    if (lobby.state === 'playing' && lobby.matchId !== undefined) {
      this.#placed.resolve(lobby.matchId);
      return;
    }
    // A failed start makes an open lobby of a starting one, with nobody ready: say it again.
    const me = lobby.members.find(({ playerId }) => playerId === this.#port.playerId);
    if (lobby.state === 'open' && me?.ready === false) this.#ready();
  }

  #ready(): void {
    if (this.#readying) return;
    this.#readying = true;
    this.#port.call('lobby.ready', { lobbyId: this.#lobby.id, ready: true }).then(
      (lobby) => {
        this.#readying = false;
        this.#see(lobby);
      },
      (cause: unknown) => {
        this.#readying = false;
        // Started between our look and our word: the event that says so is on its way.
        if (cause instanceof PaperclipError && cause.code === 'LOBBY_STARTED') return;
        this.#placed.reject(cause);
      },
    );
  }

  #removed(reason: EventData<'lobby.removed'>['reason']): void {
    const lobby = this.#lobby.code ?? this.#lobby.id;
    this.#placed.reject(
      reason === 'kicked'
        ? new PaperclipError('KICKED', { lobby })
        : new ClientError('LOBBY_GONE', { lobby, reason }),
    );
  }

  #lookAgain(): void {
    this.#port.call('lobby.get', { lobbyId: this.#lobby.id }).then(
      (lobby) => this.#see(lobby),
      (cause: unknown) => {
        if (cause instanceof PaperclipError && cause.code === 'LOBBY_NOT_FOUND') {
          this.#removed('closed');
        } else if (!(cause instanceof ClientError)) this.#placed.reject(cause);
        // A server that is away again: the stream tells when it is back.
      },
    );
  }
}
