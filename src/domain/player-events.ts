// Who is connected, and what they get told. A player may have several connections over several
// wires; an event goes to each of them, at once and in order. It keeps nothing for those who are
// away: they ask for the state when they come back.

import { PaperclipError } from '../contract/errors.ts';
import type { PlatformEvent } from '../contract/events.ts';
import { contractLimits as limits } from '../contract/limits.ts';
import type { Log } from '../contract/telemetry.ts';
import type { EventListener, PlayerEvents } from './platform.ts';

interface Connection {
  readonly sessionId: string;
  readonly listener: EventListener;
}

export class PlayerEventHub implements PlayerEvents {
  readonly #log: Log;
  readonly #connections = new Map<string, Set<Connection>>();
  readonly #onFirstCame: ((playerId: string) => void)[] = [];
  readonly #onSessionGone: ((playerId: string, sessionId: string) => void)[] = [];
  readonly #onLastGone: ((playerId: string) => void)[] = [];
  readonly #onEmit: ((playerId: string, event: PlatformEvent) => void)[] = [];

  constructor(log: Log) {
    this.#log = log;
  }

  /**
   * Throws BUSY past `webSocketsPerPlayerMax` connections of one player, and one more: where a
   * session is renewed, the new connection comes before the old one goes.
   */
  connect(playerId: string, sessionId: string, listener: EventListener): () => void {
    const mine = this.#connections.get(playerId) ?? new Set();
    if (mine.size > limits.webSocketsPerPlayerMax) throw new PaperclipError('BUSY');
    const connection: Connection = { sessionId, listener };
    mine.add(connection);
    this.#connections.set(playerId, mine);
    if (mine.size === 1) for (const handle of this.#onFirstCame) handle(playerId);
    return () => {
      if (!mine.delete(connection)) return;
      if (mine.size === 0) this.#connections.delete(playerId);
      if (!this.hasSession(playerId, sessionId)) {
        for (const handle of this.#onSessionGone) handle(playerId, sessionId);
      }
      if (mine.size === 0) for (const handle of this.#onLastGone) handle(playerId);
    };
  }

  /** Whoever is connected, in the order in which they came. */
  connectedPlayers(): IterableIterator<string> {
    return this.#connections.keys();
  }

  isConnected(playerId: string): boolean {
    return this.#connections.has(playerId);
  }

  hasSession(playerId: string, sessionId: string): boolean {
    for (const connection of this.#connections.get(playerId) ?? []) {
      if (connection.sessionId === sessionId) return true;
    }
    return false;
  }

  /** Called when a player who had no connection has one. */
  onFirstCame(handle: (playerId: string) => void): void {
    this.#onFirstCame.push(handle);
  }

  /** Called when the last connection of a session has gone, before `onLastGone`. */
  onSessionGone(handle: (playerId: string, sessionId: string) => void): void {
    this.#onSessionGone.push(handle);
  }

  /** Called when a player's last connection has gone. */
  onLastGone(handle: (playerId: string) => void): void {
    this.#onLastGone.push(handle);
  }

  /** Called after each event to all of a player's connections, whether there are any or not. */
  onEmit(handle: (playerId: string, event: PlatformEvent) => void): void {
    this.#onEmit.push(handle);
  }

  emit(playerId: string, event: PlatformEvent): void {
    this.#deliver(playerId, event, () => true);
    for (const handle of this.#onEmit) handle(playerId, event);
  }

  /** To every connection of the player but those of one session. */
  emitToOthers(playerId: string, exceptSessionId: string, event: PlatformEvent): void {
    this.#deliver(playerId, event, (connection) => connection.sessionId !== exceptSessionId);
  }

  emitToSession(playerId: string, sessionId: string, event: PlatformEvent): void {
    this.#deliver(playerId, event, (connection) => connection.sessionId === sessionId);
  }

  #deliver(playerId: string, event: PlatformEvent, to: (connection: Connection) => boolean): void {
    const mine = this.#connections.get(playerId);
    if (mine === undefined) return;
    // A copy where a listener may disconnect another; most players have one connection.
    for (const connection of mine.size === 1 ? mine : [...mine]) {
      if (!to(connection)) continue;
      try {
        connection.listener(event);
      } catch (error) {
        this.#log.error('event listener failed', { event: event.event, playerId, error });
      }
    }
  }
}
