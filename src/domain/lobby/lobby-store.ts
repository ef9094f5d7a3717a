// What lobbies need kept: each lobby whole, so that a join that was acknowledged is still there
// after a crash. The service holds the copy that counts; the store is read once, at start.

import type { LobbyRecord } from './lobby-rules.ts';

export interface LobbyStore {
  /** Insert or replace, with members and bans, in one step. Durable when it resolves. */
  save(lobby: LobbyRecord): Promise<void>;
  remove(lobbyId: string): Promise<void>;
  /** Oldest first. */
  all(): Promise<readonly LobbyRecord[]>;
}
