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
  #onLastGone: (playerId: string) => void = () => undefined;

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
    return () => {
      if (!mine.delete(connection) || mine.size > 0) return;
      this.#connections.delete(playerId);
      this.#onLastGone(playerId);
    };
  }

  isConnected(playerId: string): boolean {
    return this.#connections.has(playerId);
  }

  /** Called when a player's last connection has gone. */
  onLastGone(handle: (playerId: string) => void): void {
    this.#onLastGone = handle;
  }

  emit(playerId: string, event: PlatformEvent): void {
    this.#deliver(playerId, event, () => true);
  }

  emitToSession(playerId: string, sessionId: string, event: PlatformEvent): void {
    this.#deliver(playerId, event, (connection) => connection.sessionId === sessionId);
  }

  #deliver(playerId: string, event: PlatformEvent, to: (connection: Connection) => boolean): void {
    // A copy: a listener may disconnect itself or another.
    for (const connection of [...(this.#connections.get(playerId) ?? [])]) {
      if (!to(connection)) continue;
      try {
        connection.listener(event);
      } catch (error) {
        this.#log.error('event listener failed', { event: event.event, playerId, error });
      }
    }
  }
}
