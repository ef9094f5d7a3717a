// The link to a match's host, kept alive: a fresh ticket and a dial at the start and after each
// loss, until the match is over or nobody can be reached any more. It knows nothing of games;
// messages are bytes here.

import { PaperclipError } from '../contract/errors.ts';
import type { HostTicket } from '../contract/schema.ts';
import { matchCloseCodes } from '../game/messages.ts';
import type { Link, LinkEnd } from '../protocol/link.ts';
import { errorCodes } from '../protocol/paperclip/error-codes.ts';
import type { After } from './after.ts';
import { ClientError } from './client-error.ts';

/** A key pair of its own for each ticket: what is on the wire links nobody's connections. */
export interface MatchDial {
  /** X25519, base64url. */
  readonly clientPublicKey: string;
  /** Rejects with a `ClientError`. */
  dial(ticket: HostTicket): Promise<Link>;
}

export type MatchDialer = () => Promise<MatchDial>;

/**
 * `interrupted`: the host does not answer just now; `open` follows when it does, `lost` when the
 * link is given up and a new one is tried.
 */
export type LinkState = 'connecting' | 'open' | 'interrupted' | 'lost' | 'ended';

export interface MatchConnectionOptions {
  readonly matchId: string;
  readonly ticket: (clientPublicKey: string) => Promise<HostTicket>;
  readonly dialer: MatchDialer;
  readonly after: After;
  readonly onOpen: (link: Link) => void;
  readonly onMessage: (bytes: Uint8Array) => void;
  readonly onState: (state: LinkState) => void;
  /** No link any more, and none will come; without an error because the match is over. */
  readonly onOver: (error?: Error) => void;
}

/** Pauses before the attempts after a loss; the last one repeats. The first is at once. */
const redialAfterMs = [0, 250, 500, 1_000, 2_000] as const;
/** As long as hosts keep a seat, with time to spare for the last attempt. */
const redialsMax = 25;
/** A link that lived this long was a good one: the next loss begins with a short pause again. */
const steadyAfterMs = 5_000;

export class MatchConnection {
  readonly #options: MatchConnectionOptions;
  #link: Link | undefined;
  #stopped = false;
  #redials = 0;
  #openedMs = 0;
  #cancelRedial: (() => void) | undefined;

  constructor(options: MatchConnectionOptions) {
    this.#options = options;
  }

  get link(): Link | undefined {
    return this.#link;
  }

  /** The first link; rejects when it cannot be made. */
  async open(): Promise<void> {
    this.#options.onState('connecting');
    await this.#dial();
  }

  /** Put what is queued on the wire and close; nothing is called afterwards. */
  stop(reason: string): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#cancelRedial?.();
    if (this.#link?.isOpen) this.#link.close(0, reason);
    this.#options.onState('ended');
  }

  /** Drop the link without a word and connect again: what a lost network looks like. */
  redial(): void {
    if (this.#link?.isOpen) this.#link.close(0, 'connecting again');
  }

  async #dial(): Promise<void> {
    const { dialer, ticket } = this.#options;
    const { clientPublicKey, dial } = await dialer();
    const link = await dial(await ticket(clientPublicKey));
    if (this.#stopped) {
      link.close(0, 'done');
      return;
    }
    this.#link = link;
    this.#openedMs = performance.now();
    link.onMessage = (_channel, bytes) => this.#options.onMessage(bytes);
    link.onInterrupted = () => this.#linkIs('interrupted', link);
    link.onResumed = () => this.#linkIs('open', link);
    link.onEnd = (end) => this.#linkEnded(link, end);
    // Before anybody hears of the link, and sends on it.
    this.#options.onOpen(link);
    this.#options.onState('open');
  }

  #linkIs(state: LinkState, link: Link): void {
    if (!this.#stopped && link === this.#link) this.#options.onState(state);
  }

  #linkEnded(link: Link, end: LinkEnd): void {
    if (this.#stopped || link !== this.#link) return;
    const over = meaning(end, this.#options.matchId);
    if (over !== undefined) {
      this.#over(over === 'match-over' ? undefined : over);
      return;
    }
    this.#options.onState('lost');
    // A host that closes at once, again and again, is asked less and less often.
    if (performance.now() - this.#openedMs > steadyAfterMs) this.#redials = 0;
    this.#redial();
  }

  #redial(): void {
    const delayMs = redialAfterMs[this.#redials] ?? redialAfterMs.at(-1) ?? 0;
    this.#redials++;
    this.#cancelRedial = this.#options.after(delayMs, () => {
      this.#dial().catch((cause: unknown) => this.#redialFailed(cause));
    });
  }

  #redialFailed(cause: unknown): void {
    if (this.#stopped) return;
    if (cause instanceof PaperclipError) {
      if (['MATCH_NOT_RUNNING', 'MATCH_NOT_FOUND', 'NOT_IN_MATCH'].includes(cause.code)) {
        this.#over();
        return;
      }
    }
    if (this.#redials >= redialsMax) {
      this.#over(cause instanceof Error ? cause : new Error(String(cause)));
    } else this.#redial();
  }

  #over(error?: Error): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#options.onState('ended');
    this.#options.onOver(error);
  }
}

/** What a link's end says about the match; undefined: only this link is gone. */
function meaning(end: LinkEnd, matchId: string): 'match-over' | ClientError | undefined {
  if (end.kind === 'replaced') return new ClientError('SEAT_TAKEN', { match: matchId });
  if (end.kind !== 'closed-by-peer') return undefined;
  switch (end.code) {
    case matchCloseCodes['match-over']:
    case matchCloseCodes['no-such-seat']:
      return 'match-over';
    case matchCloseCodes.replaced:
    case errorCodes.REPLACED.code:
      return new ClientError('SEAT_TAKEN', { match: matchId });
    case matchCloseCodes['bad-message']:
      return new ClientError('MATCH_UNREADABLE', { match: matchId, problem: end.reason });
    default:
      return undefined;
  }
}
