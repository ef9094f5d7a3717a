// Which private connections there are between players, as far as the server knows: it introduces
// two clients to each other and forgets what they are to each other when one of them logs out. What
// travels between them it never sees.

import type { Person } from '../../contract/people-schema.ts';
import { messengerLimits } from './messenger-limits.ts';

/** Where a client listens for the other: as the server sees it, and what the client says of it. */
export interface PrivateAddress {
  readonly host: string;
  readonly port: number;
  /** X25519, base64url; undefined: the client does not encrypt. */
  readonly key: string | undefined;
}

export type PairState =
  /** The target is to say yes or no. */
  | { readonly kind: 'asked' }
  /** The target has said yes, and where it listens. */
  | { readonly kind: 'answered'; readonly target: PrivateAddress }
  /** Each knows where the other listens. */
  | { readonly kind: 'open'; readonly requester: PrivateAddress }
  | { readonly kind: 'stopping'; readonly stopperId: string; readonly cancelWait: () => void };

export interface Pair {
  readonly requesterId: string;
  readonly targetId: string;
  readonly state: PairState;
}

export class PrivateConnections {
  readonly #pairs = new Map<string, Pair>();
  readonly #ofPlayer = new Map<string, Set<string>>();

  between(playerId: string, otherId: string): Pair | undefined {
    return this.#pairs.get(keyOf(playerId, otherId));
  }

  hasRoom(playerId: string): boolean {
    return (this.#ofPlayer.get(playerId)?.size ?? 0) < messengerLimits.privatesPerPlayerMax;
  }

  add(requesterId: string, target: Person): void {
    const pair: Pair = { requesterId, targetId: target.id, state: { kind: 'asked' } };
    this.#pairs.set(keyOf(requesterId, target.id), pair);
    this.#others(requesterId).add(target.id);
    this.#others(target.id).add(requesterId);
  }

  change({ requesterId, targetId }: Pair, state: PairState): void {
    this.#pairs.set(keyOf(requesterId, targetId), { requesterId, targetId, state });
  }

  remove({ requesterId, targetId }: Pair): void {
    const key = keyOf(requesterId, targetId);
    const state = this.#pairs.get(key)?.state;
    if (state?.kind === 'stopping') state.cancelWait();
    this.#pairs.delete(key);
    this.#forget(requesterId, targetId);
    this.#forget(targetId, requesterId);
  }

  of(playerId: string): readonly Pair[] {
    const others = this.#ofPlayer.get(playerId) ?? [];
    return [...others].flatMap((otherId) => this.between(playerId, otherId) ?? []);
  }

  #others(playerId: string): Set<string> {
    const others = this.#ofPlayer.get(playerId) ?? new Set();
    this.#ofPlayer.set(playerId, others);
    return others;
  }

  #forget(playerId: string, otherId: string): void {
    const others = this.#ofPlayer.get(playerId);
    others?.delete(otherId);
    if (others?.size === 0) this.#ofPlayer.delete(playerId);
  }
}

export const otherOf = ({ requesterId, targetId }: Pair, playerId: string): string =>
  playerId === requesterId ? targetId : requesterId;

const keyOf = (playerId: string, otherId: string): string =>
  playerId < otherId ? `${playerId} ${otherId}` : `${otherId} ${playerId}`;
