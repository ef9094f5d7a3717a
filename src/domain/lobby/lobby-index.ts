// The open lobbies in memory: by id, by code, and which player is in which. What is reserved here
// is reserved before anything is awaited: a player's place, a code, a share of `lobbiesMax`, being
// the party of a game.

import { PaperclipError } from '../../contract/errors.ts';
import { contractLimits as limits } from '../../contract/limits.ts';
import type { Metrics } from '../../contract/telemetry.ts';
import { newCode, newId } from '../ids.ts';
import type { SecureRandom } from '../ports.ts';
import { type LobbyRecord, memberOf, people } from './lobby-rules.ts';

export class LobbyIndex {
  readonly #random: SecureRandom;
  readonly #metrics: Metrics;
  readonly #lobbies = new Map<string, LobbyRecord>();
  readonly #idByCode = new Map<string, string>();
  /** Reserved or taken: player to lobby. */
  readonly #placeOf = new Map<string, string>();
  /** Reserved or running: game to lobby. */
  readonly #partyOf = new Map<string, string>();
  readonly #countByState = { open: 0, starting: 0, playing: 0 };

  constructor(random: SecureRandom, metrics: Metrics) {
    this.#random = random;
    this.#metrics = metrics;
  }

  get(lobbyId: string): LobbyRecord | undefined {
    return this.#lobbies.get(lobbyId);
  }

  byCode(code: string): LobbyRecord | undefined {
    const id = this.#idByCode.get(code);
    return id === undefined ? undefined : this.#lobbies.get(id);
  }

  all(): Iterable<LobbyRecord> {
    return this.#lobbies.values();
  }

  /** The lobby that the player is a member of. */
  of(playerId: string): LobbyRecord | undefined {
    const lobby = this.#lobbies.get(this.#placeOf.get(playerId) ?? '');
    return lobby !== undefined && memberOf(lobby, playerId) !== undefined ? lobby : undefined;
  }

  /** Throws ALREADY_IN_LOBBY. */
  reservePlace(playerId: string, lobbyId: string): void {
    const lobby = this.#placeOf.get(playerId);
    if (lobby !== undefined) throw new PaperclipError('ALREADY_IN_LOBBY', { lobby });
    this.#placeOf.set(playerId, lobbyId);
  }

  releasePlace(playerId: string, lobbyId: string): void {
    if (this.#placeOf.get(playerId) === lobbyId) this.#placeOf.delete(playerId);
  }

  /** The lobby that is the party of the game. */
  party(game: string): LobbyRecord | undefined {
    return this.#lobbies.get(this.#partyOf.get(game) ?? '');
  }

  /** Throws PARTY_RUNNING. */
  reserveParty(game: string, lobbyId: string): void {
    if (this.#partyOf.has(game)) throw new PaperclipError('PARTY_RUNNING', { game });
    this.#partyOf.set(game, lobbyId);
  }

  releaseParty(game: string, lobbyId: string): void {
    if (this.#partyOf.get(game) === lobbyId) this.#partyOf.delete(game);
  }

  /** A free id and code, kept free until `releaseName`. Throws SERVER_FULL. */
  reserveName(): { readonly id: string; readonly code: string } {
    if (this.#idByCode.size >= limits.lobbiesMax) throw new PaperclipError('SERVER_FULL');
    let id = newId(this.#random, 10);
    while (this.#lobbies.has(id)) id = newId(this.#random, 10);
    let code = newCode(this.#random, limits.lobbyCodeCharacters);
    while (this.#idByCode.has(code)) code = newCode(this.#random, limits.lobbyCodeCharacters);
    this.#idByCode.set(code, id);
    return { id, code };
  }

  releaseName(code: string): void {
    this.#idByCode.delete(code);
  }

  put(lobby: LobbyRecord): void {
    const before = this.#lobbies.get(lobby.id);
    if (before !== undefined) this.#countByState[before.state]--;
    this.#countByState[lobby.state]++;
    this.#lobbies.set(lobby.id, lobby);
    this.#idByCode.set(lobby.code, lobby.id);
    if (lobby.party === true) this.#partyOf.set(lobby.game, lobby.id);
    for (const { playerId } of people(lobby)) this.#placeOf.set(playerId, lobby.id);
    for (const { playerId } of before === undefined ? [] : people(before)) {
      if (memberOf(lobby, playerId) === undefined) this.releasePlace(playerId, lobby.id);
    }
    this.#report();
  }

  remove(lobby: LobbyRecord): void {
    const before = this.#lobbies.get(lobby.id);
    if (before === undefined) return;
    this.#countByState[before.state]--;
    this.#lobbies.delete(lobby.id);
    this.#idByCode.delete(lobby.code);
    this.releaseParty(lobby.game, lobby.id);
    for (const { playerId } of people(before)) this.releasePlace(playerId, lobby.id);
    this.#report();
  }

  #report(): void {
    for (const [state, count] of Object.entries(this.#countByState)) {
      this.#metrics.gauge('paperclip_lobbies', count, { state });
    }
  }
}
