// Seats that are played without a link: the platform asks for them over the bus, hands their inputs
// over, and gets their views. Here is the host's end; `match/relayed-seats.ts` is the platform's.
//
// To the match a relayed seat is one more connection. The client's part (changes of views,
// acknowledgements, the numbers of inputs) is played here, so that whole views go over the bus.

import { contractLimits as limits } from '../../contract/limits.ts';
import type { HostMessage } from '../../game/messages.ts';
import { PlayerView } from '../../game/player-view.ts';
import {
  type AttachError,
  type Bus,
  platformAddress,
  type RelayEnd,
  type RelayedInputAnswer,
  type RelaySeat,
  type RequestTopics,
  type SeatNews,
} from '../bus.ts';
import type { Clock } from '../ports.ts';
import type { MatchHost, SeatHandle, SeatSink } from './match-host.ts';

export interface SeatRelayOptions {
  readonly hostId: string;
  readonly host: Pick<MatchHost, 'attach'>;
  readonly bus: Bus;
  readonly clock: Clock;
}

export class SeatRelay {
  readonly #o: SeatRelayOptions;
  readonly #seats = new Map<string, RelayedSeat>();
  readonly #endServices: readonly (() => void)[];

  constructor(options: SeatRelayOptions) {
    this.#o = options;
    const { bus, hostId } = options;
    this.#endServices = [
      bus.serve('seat.attach', hostId, async (ask) => this.#attach(ask)),
      bus.serve('seat.input', hostId, async ({ relayId, n, input }) => {
        return this.#seats.get(relayId)?.input(n, input) ?? { kind: 'not-attached' };
      }),
      bus.serve('seat.detach', hostId, async ({ relayId, forfeit }) => {
        this.#seats.get(relayId)?.leave(forfeit);
        return { detached: true };
      }),
    ];
  }

  get seats(): number {
    return this.#seats.size;
  }

  /** Serves nothing more. The seats end with their matches. */
  close(): void {
    for (const end of this.#endServices) end();
  }

  #attach(ask: RelaySeat): RequestTopics['seat.attach']['answer'] {
    const { relayId } = ask;
    if (this.#seats.has(relayId)) return { attached: true };
    if (this.#seats.size >= limits.relayedSeatsPerHostMax) return { attached: false, why: 'full' };
    const seat = new RelayedSeat(relayId, this.#o, () => this.#seats.delete(relayId));
    // Before it has the seat: the match may end in the very call that gives it.
    this.#seats.set(relayId, seat);
    const why = seat.attach(ask);
    return why === undefined ? { attached: true } : { attached: false, why };
  }
}

class RelayedSeat implements SeatSink {
  readonly #relayId: string;
  readonly #o: SeatRelayOptions;
  readonly #onEnd: () => void;
  readonly #player = new PlayerView();
  #handle: SeatHandle | undefined;
  /** Undefined while it has its seat, or waits for it. */
  #end: RelayEnd | 'left' | undefined;
  /** The present view is not on its way so far. Older ones that were not sent are forgotten. */
  #hasView = false;
  #isSending = false;
  #isAcknowledging = false;
  #lastN = 0;
  #lastAnswer: RelayedInputAnswer = { kind: 'not-attached' };

  constructor(relayId: string, options: SeatRelayOptions, onEnd: () => void) {
    this.#relayId = relayId;
    this.#o = options;
    this.#onEnd = onEnd;
  }

  /** Why not, if it cannot be. */
  attach({ matchId, seat, playerId }: RelaySeat): AttachError | undefined {
    const attached = this.#o.host.attach(matchId, seat, playerId, this);
    if (!attached.ok) {
      this.#over('left');
      return attached.error;
    }
    this.#handle = attached.value;
    return undefined;
  }

  input(n: number, value: unknown): RelayedInputAnswer {
    if (n > this.#lastN) {
      this.#lastN = n;
      this.#lastAnswer = this.#decide(value);
    }
    return this.#lastAnswer;
  }

  /** Nobody listens any more. */
  leave(forfeit = false): void {
    if (!this.#over('left')) return;
    if (forfeit) this.#handle?.receive({ kind: 'forfeit' });
    this.#handle?.lost();
  }

  send(_channel: unknown, message: HostMessage): void {
    const event = this.#player.handle(this.#o.clock.now(), message);
    if (message.kind === 'view') this.#acknowledgeSoon();
    if (event !== 'view') return;
    this.#hasView = true;
    if (!this.#isSending) void this.#sendViews();
  }

  finish(): void {
    // The result must not overtake the last view, which waits for nobody.
    if (this.#hasView) void this.#tell(this.#takeView());
    this.#lose('ended');
  }

  replaced(): void {
    this.#lose('replaced');
  }

  #decide(value: unknown): RelayedInputAnswer {
    const message = this.#player.input(value);
    if (this.#handle?.receive(message) === true) return { kind: 'taken' };
    const { refusal } = this.#player;
    if (message.kind === 'input' && refusal?.sequence === message.sequence) {
      if (refusal.code === 'ended') return { kind: 'ended' };
      return { kind: 'refused', problem: refusal.message };
    }
    if (this.#end !== undefined) return { kind: 'ended' };
    // The match tells a seat but once in a while that it is too fast.
    return { kind: 'refused', problem: 'wait a moment between inputs' };
  }

  /** Not at once: the match is in the middle of telling its views. */
  #acknowledgeSoon(): void {
    if (this.#isAcknowledging) return;
    this.#isAcknowledging = true;
    void Promise.resolve().then(() => {
      this.#isAcknowledging = false;
      for (let ack = this.#player.poll(); ack !== undefined; ack = this.#player.poll()) {
        this.#handle?.receive(ack);
      }
    });
  }

  /** One at a time: while the platform has not taken a view, only the newest waits behind it. */
  async #sendViews(): Promise<void> {
    this.#isSending = true;
    while (this.#hasView && this.#end === undefined) {
      const heard = await this.#tell(this.#takeView());
      if (heard === false) this.leave();
      else if (heard === undefined) {
        const handle = this.#handle;
        if (this.#lose('too-slow')) handle?.lost();
      }
    }
    this.#isSending = false;
  }

  #takeView(): SeatNews {
    this.#hasView = false;
    const { view, tick, turnEndsAtMs } = this.#player;
    if (turnEndsAtMs === undefined) return { kind: 'view', view, tick };
    const turnEndsInMs = Math.max(0, turnEndsAtMs - this.#o.clock.now());
    return { kind: 'view', view, tick, turnEndsInMs };
  }

  #lose(why: RelayEnd): boolean {
    if (!this.#over(why)) return false;
    void this.#tell({ kind: 'lost', why });
    return true;
  }

  /** False when it was over before. */
  #over(end: RelayEnd | 'left'): boolean {
    if (this.#end !== undefined) return false;
    this.#end = end;
    this.#onEnd();
    return true;
  }

  /** Whether the platform knows this relay; undefined when it gave no answer. */
  async #tell(news: SeatNews): Promise<boolean | undefined> {
    const ask = { relayId: this.#relayId, news };
    try {
      const { bus } = this.#o;
      return (await bus.request('seat.news', platformAddress, ask, limits.relayedViewMs)).heard;
    } catch {
      return undefined;
    }
  }
}
