// A player's side of a match, over any connection: takes the host's messages, keeps the present
// view and who is there, numbers the inputs, and says what has to be acknowledged. It decides
// nothing and does no I/O. It outlives a connection: a new one begins with a new welcome.
//
// After each `handle`, send what `poll()` gives until it gives undefined.

import type { Json } from '../base/json.ts';
import { gameLimits } from './limits.ts';
import type { ClientMessage, HostMessage, HostMessageOf } from './messages.ts';
import { plainJson } from './plain-json.ts';
import { apply } from './view-delta.ts';

/** What a message was to the player. `ignored`: too old, out of place, or not usable. */
export type PlayerEvent = HostMessage['kind'] | 'ignored';

export class PlayerView<View = unknown, Input = unknown> {
  #welcome: HostMessageOf<'welcome'> | undefined;
  #view: HostMessageOf<'view'> | undefined;
  #current: Json | undefined;
  #ended: HostMessageOf<'ended'> | undefined;
  #refusal: HostMessageOf<'refused'> | undefined;
  #turnEndsAtMs: number | undefined;
  /** Views that the host may use as a base, by number. */
  readonly #bases = new Map<number, Json>();
  #sequence = 0;
  #ack: number | undefined;

  /** Undefined before the first welcome, as are most of the others. */
  get seat(): number | undefined {
    return this.#welcome?.seat;
  }

  /** Who plays, by seat, with their present status. */
  get players(): HostMessageOf<'welcome'>['players'] {
    return this.#welcome?.players ?? [];
  }

  get welcome(): HostMessageOf<'welcome'> | undefined {
    return this.#welcome;
  }

  /** What this seat sees; undefined until the match has begun. Treat it as read-only. */
  get view(): View | undefined {
    return this.#current as View | undefined;
  }

  /** Steps at the time of the view. */
  get tick(): number {
    return this.#view?.tick ?? this.#welcome?.tick ?? 0;
  }

  /** The highest of this seat's inputs that was decided, as far as is known here. */
  get lastSequence(): number {
    return Math.max(this.#view?.lastSequence ?? 0, this.#welcome?.lastSequence ?? 0);
  }

  /** When the present turn is over, on the clock that `handle` was told; undefined: no limit. */
  get turnEndsAtMs(): number | undefined {
    return this.#turnEndsAtMs;
  }

  /** The last input that was refused, and why. */
  get refusal(): HostMessageOf<'refused'> | undefined {
    return this.#refusal;
  }

  get ended(): HostMessageOf<'ended'> | undefined {
    return this.#ended;
  }

  handle(nowMs: number, message: HostMessage): PlayerEvent {
    switch (message.kind) {
      case 'welcome':
        this.#takeWelcome(message);
        return 'welcome';
      case 'view':
        return this.#takeView(nowMs, message) ? 'view' : 'ignored';
      case 'refused':
        this.#refusal = message;
        return 'refused';
      case 'player':
        return this.#takeStatus(message) ? 'player' : 'ignored';
      case 'ended':
        this.#ended = message;
        this.#turnEndsAtMs = undefined;
        return 'ended';
      default:
        message satisfies never;
        return 'ignored';
    }
  }

  /** An acknowledgement, or the wish for a full view. */
  poll(): ClientMessage | undefined {
    const n = this.#ack;
    this.#ack = undefined;
    return n === undefined ? undefined : { kind: 'view-ack', n };
  }

  /** The message that carries the player's next input. */
  input(input: Input): ClientMessage {
    this.#sequence += 1;
    return { kind: 'input', sequence: this.#sequence, input };
  }

  #takeWelcome(message: HostMessageOf<'welcome'>): void {
    this.#welcome = message;
    this.#bases.clear();
    this.#ack = undefined;
    // A player view that is new in an old match goes on where the former one stopped.
    this.#sequence = Math.max(this.#sequence, message.lastSequence);
  }

  #takeStatus({ seat, status }: HostMessageOf<'player'>): boolean {
    const welcome = this.#welcome;
    if (welcome?.players[seat] === undefined) return false;
    const players = welcome.players.map((player, at) =>
      at === seat ? { ...player, status } : player,
    );
    this.#welcome = { ...welcome, players };
    return true;
  }

  #takeView(nowMs: number, message: HostMessageOf<'view'>): boolean {
    // Before the welcome nobody knows what it belongs to; an older one was overtaken.
    if (this.#welcome === undefined || message.n <= (this.#view?.n ?? 0)) return false;
    const view = this.#viewOf(message);
    if (view === undefined) {
      this.#ack = 0;
      return false;
    }
    this.#view = message;
    this.#current = view;
    const { turnEndsInMs } = message;
    this.#turnEndsAtMs = turnEndsInMs === undefined ? undefined : nowMs + turnEndsInMs;
    this.#keepBase(message, view);
    return true;
  }

  /** Undefined when the base is missing or the change does not fit it. */
  #viewOf({ base, full, delta }: HostMessageOf<'view'>): Json | undefined {
    const bounds = { bytesMax: gameLimits.viewBytesMax, depthMax: gameLimits.viewDepthMax };
    if (base === 0) {
      const plain = plainJson(full, bounds);
      return plain.ok ? plain.value.value : undefined;
    }
    const from = this.#bases.get(base);
    if (from === undefined) return undefined;
    const changed = apply(from, delta);
    // A change may be small and what it makes large: the bound is on the result.
    if (!changed.ok || !plainJson(changed.value, bounds).ok) return undefined;
    return changed.value;
  }

  #keepBase({ n, base }: HostMessageOf<'view'>, view: Json): void {
    // The host's base never goes back, so that what is older than it has served.
    for (const old of this.#bases.keys()) if (old < base) this.#bases.delete(old);
    this.#bases.set(n, view);
    if (this.#welcome?.tickHz === undefined) {
      for (const old of this.#bases.keys()) if (old !== n) this.#bases.delete(old);
      return;
    }
    if (this.#bases.size > gameLimits.viewHistoryMax) {
      const oldest = this.#bases.keys().next();
      if (!oldest.done) this.#bases.delete(oldest.value);
    }
    this.#ack = n;
  }
}
