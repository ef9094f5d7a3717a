// A match as a player's program sees it: views come, inputs go, and in the end there is a result. A
// lost connection is made again behind it. What a message means is `game/player-view.ts`, how the
// connection lives is `match-connection.ts`; this file joins the two.

import type { CommandArgs, CommandName, CommandResult } from '../contract/commands.ts';
import type { EventData, EventName } from '../contract/events.ts';
import type { MatchEndReason, MatchSummary } from '../contract/schema.ts';
import type { Game, InputOf, Outcome, ViewOf } from '../game/define-game.ts';
import {
  type ClientMessage,
  clientChannel,
  decodeHostMessage,
  encodeClientMessage,
  type HostMessageOf,
} from '../game/messages.ts';
import { PlayerView } from '../game/player-view.ts';
import type { HostTime } from '../protocol/link.ts';
import type { After } from './after.ts';
import { ClientError } from './client-error.ts';
import { Latest } from './latest.ts';
import { type LinkState, MatchConnection, type MatchDialer } from './match-connection.ts';
import { outcomeOf, type PlayerResult, resultOf } from './match-outcome.ts';
import { LinkTotals, type MatchStats } from './match-stats.ts';

export interface JoinOptions {
  /** How to reach a host. Default: Paperclip 1 over UDP. */
  readonly dialer?: MatchDialer;
}

export interface MatchResult {
  readonly reason: MatchEndReason;
  /** Undefined when nobody is ranked: abandoned, failed, or nobody came. */
  readonly outcome: Outcome | undefined;
  /** This player's; undefined when nobody is ranked. */
  readonly mine: PlayerResult | undefined;
}

export type MatchPlayer = HostMessageOf<'welcome'>['players'][number] & { readonly seat: number };
export type Refusal = Omit<HostMessageOf<'refused'>, 'kind'>;

/** What a match tells to `on`. */
export interface MatchNews<View = unknown> {
  /** The present view changed; `views` gives the same as a sequence. */
  readonly view: View;
  /** An input was not taken, and why. */
  readonly refused: Refusal;
  /** Somebody came, went away or left for good. */
  readonly player: MatchPlayer;
  readonly link: LinkState;
}

export type MatchOf<G> = Match<ViewOf<G>, InputOf<G>>;

/** What is needed of the player's client. */
export interface MatchPort {
  call<Name extends CommandName>(name: Name, args: CommandArgs<Name>): Promise<CommandResult<Name>>;
  on<Name extends EventName>(event: Name, listener: (data: EventData<Name>) => void): () => void;
  readonly after: After;
}

const welcomeWithinMs = 10_000;
/** After giving up: how long the host's answer is waited for. */
const leaveWithinMs = 3_000;
const summaryEveryMs = 250;
const summaryTriesMax = 40;

/** Resolves when the host has welcomed the player. */
export async function joinMatch(
  port: MatchPort,
  matchId: string,
  game: Game | string,
  { dialer }: JoinOptions,
): Promise<Match> {
  const dial = dialer ?? (await import('./udp-dialer.ts')).udpDialer();
  const match = new Match(port, matchId, game, dial);
  await match.join();
  return match;
}

export class Match<View = unknown, Input = unknown> {
  readonly id: string;
  /** Its name. */
  readonly game: string;
  /**
   * The present view at once, then each newer one, until the match has ended. Who reads slowly
   * skips what is no longer true. Throws when the match cannot go on for this player.
   */
  readonly views: AsyncIterable<View>;
  readonly result: Promise<MatchResult>;

  readonly #rules: Game | undefined;
  readonly #port: MatchPort;
  readonly #player = new PlayerView<View, Input>();
  readonly #connection: MatchConnection;
  readonly #totals = new LinkTotals();
  readonly #views = new Latest<View>();
  readonly #result = Promise.withResolvers<MatchResult>();
  readonly #welcomed = Promise.withResolvers<void>();
  readonly #listeners = new Map<keyof MatchNews, Set<(news: never) => void>>();
  /** Sent and undecided, with the tick they were meant for. */
  #pending: { readonly message: HostInput; readonly tick: number }[] = [];
  /** On a new link with inputs undecided: what is sent waits for its place behind them. */
  #resend = false;
  #linkState: LinkState = 'connecting';
  #leaving = false;

  constructor(port: MatchPort, matchId: string, game: Game | string, dialer: MatchDialer) {
    this.id = matchId;
    this.#port = port;
    this.game = typeof game === 'string' ? game : game.name;
    this.#rules = typeof game === 'string' ? undefined : game;
    this.views = this.#views;
    this.result = this.#result.promise;
    // Who reads only the views hears of a failure there.
    this.result.catch(() => undefined);
    this.#welcomed.promise.catch(() => undefined);
    this.#connection = new MatchConnection({
      matchId,
      ticket: (clientPublicKey) => port.call('match.ticket', { matchId, clientPublicKey }),
      dialer,
      after: port.after,
      onOpen: (link) => {
        this.#totals.open(link);
        this.#resend = this.#pending.length > 0;
      },
      onMessage: (bytes) => this.#receive(bytes),
      onState: (state) => this.#linkChanged(state),
      onOver: (error) => this.#over(error),
    });
  }

  /** This player's seat. */
  get seat(): number {
    return this.#player.seat ?? 0;
  }

  get players(): readonly MatchPlayer[] {
    return this.#player.players.map((player, seat) => ({ ...player, seat }));
  }

  get settings(): unknown {
    return this.#player.welcome?.settings;
  }

  /** Undefined until everybody is here. */
  get view(): View | undefined {
    return this.#player.view;
  }

  /** Steps so far. */
  get tick(): number {
    return this.#player.tick;
  }

  /** Milliseconds left for this turn; undefined where there is no limit. */
  get turnEndsInMs(): number | undefined {
    const at = this.#player.turnEndsAtMs;
    return at === undefined ? undefined : Math.max(0, at - performance.now());
  }

  /** Inputs that were sent and of which the host has not said what became of them. */
  get undecided(): number {
    return this.#pending.length;
  }

  get linkState(): LinkState {
    return this.#linkState;
  }

  /**
   * The host's clock, which is one for all players, and how far this may be from it; undefined
   * while there is no connection.
   */
  get hostTime(): HostTime | undefined {
    return this.#totals.hostTime;
  }

  /** Of all connections of this match together. */
  get stats(): MatchStats {
    return this.#totals.stats();
  }

  /**
   * Send an input. It is decided by the host: see `on('refused')`. While the connection is lost it
   * waits, and leaves again only if the match did not move on meanwhile. After the end: nothing.
   * Throws a TypeError when it does not fit the game's schema.
   */
  send(input: Input): void {
    if (this.#linkState === 'ended' || this.#player.ended !== undefined) return;
    const checked = this.#rules?.checkInput(input);
    if (checked?.ok === false) throw new TypeError(checked.error.message);
    const message = this.#player.input(input);
    if (message.kind === 'input') this.#pending.push({ message, tick: this.#player.tick });
    // Ahead of those before it, it would make the host take them for repeats.
    if (!this.#resend) this.#transmit(message);
  }

  /** Hear of news from now on. Returns what ends it. */
  on<Name extends keyof MatchNews>(
    name: Name,
    listener: (news: MatchNews<View>[Name]) => void,
  ): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  /** Give the match up, if it still runs, and close the connection. */
  async leave(): Promise<void> {
    if (this.#linkState === 'ended') return;
    this.#leaving = true;
    if (this.#player.ended === undefined) {
      this.#transmit({ kind: 'forfeit' });
      // In a match of many it goes on without us, and no end comes.
      const { promise, resolve } = Promise.withResolvers<void>();
      const cancel = this.#port.after(leaveWithinMs, resolve);
      await Promise.race([this.result.catch(() => undefined), promise]).finally(cancel);
    }
    this.#connection.stop('left');
    this.#over();
  }

  /** Close this connection and make another: what a change of networks does. For tests. */
  reconnect(): void {
    this.#connection.redial();
  }

  /** The match as the server stores it, once it has ended there. */
  async summary(): Promise<MatchSummary> {
    const ended = Promise.withResolvers<MatchSummary>();
    const stop = this.#port.on('match.ended', ({ match }) => {
      if (match.id === this.id) ended.resolve(match);
    });
    try {
      for (let tries = 1; ; tries++) {
        const match = await this.#port.call('match.get', { matchId: this.id });
        if (match.state === 'ended' || tries === summaryTriesMax) return match;
        const pause = Promise.withResolvers<undefined>();
        const cancel = this.#port.after(summaryEveryMs, () => pause.resolve(undefined));
        const pushed = await Promise.race([ended.promise, pause.promise]).finally(cancel);
        if (pushed !== undefined) return pushed;
      }
    } finally {
      stop();
    }
  }

  /** Called by `joinMatch` only. */
  async join(): Promise<void> {
    const cancel = this.#port.after(welcomeWithinMs, () => {
      const problem = `no welcome within ${welcomeWithinMs / 1000} s`;
      this.#welcomed.reject(
        new ClientError('HOST_UNREACHABLE', { address: 'its UDP port', problem }),
      );
    });
    try {
      await this.#connection.open();
      await this.#welcomed.promise;
    } catch (cause) {
      this.#connection.stop('not joined');
      throw cause;
    } finally {
      cancel();
    }
  }

  #receive(bytes: Uint8Array): void {
    const message = decodeHostMessage(bytes);
    if (!message.ok) {
      this.#fail(new ClientError('MATCH_UNREADABLE', { match: this.id, problem: message.error }));
      return;
    }
    const event = this.#player.handle(performance.now(), message.value);
    for (let ack = this.#player.poll(); ack !== undefined; ack = this.#player.poll()) {
      this.#transmit(ack);
    }
    if (event === 'welcome') this.#greeted();
    else if (event === 'view') this.#viewed();
    else if (event === 'player' && message.value.kind === 'player') {
      const player = this.players[message.value.seat];
      if (player !== undefined) this.#tell('player', player);
    } else if (event === 'refused' && message.value.kind === 'refused') {
      const { kind: _, ...refusal } = message.value;
      this.#decided();
      this.#tell('refused', refusal);
    } else if (event === 'ended' && message.value.kind === 'ended') {
      const { reason, outcome } = message.value;
      this.#finish({ reason, outcome, mine: resultOf(outcome, this.seat) });
    }
  }

  /** Every connection begins with a welcome; the first one lets `join` return. */
  #greeted(): void {
    const { welcome } = this.#player;
    const rules = this.#rules;
    if (welcome === undefined) return;
    if (welcome.game !== this.game) {
      const names = { match: this.id, actual: welcome.game, expected: this.game };
      this.#fail(new ClientError('WRONG_GAME', names));
    } else if (rules !== undefined && rules.version !== welcome.version) {
      const problem = `version ${welcome.version} of ${this.game} there, ${rules.version} here`;
      this.#fail(new ClientError('MATCH_UNREADABLE', { match: this.id, problem }));
    } else {
      this.#welcomed.resolve();
      for (const player of this.players) this.#tell('player', player);
    }
  }

  #viewed(): void {
    this.#decided();
    if (this.#resend) {
      this.#resend = false;
      // A choice meant for a turn that is over must not be taken for the next one.
      this.#pending = this.#pending.filter(({ tick }) => tick === this.#player.tick);
      for (const { message } of this.#pending) this.#transmit(message);
    }
    const { view } = this.#player;
    if (view === undefined) return;
    this.#views.set(view);
    this.#tell('view', view);
  }

  #decided(): void {
    const { lastSequence, refusal } = this.#player;
    const decided = Math.max(lastSequence, refusal?.sequence ?? 0);
    this.#pending = this.#pending.filter(({ message }) => message.sequence > decided);
  }

  #transmit(message: ClientMessage): void {
    const { link } = this.#connection;
    if (link === undefined || !link.isOpen) return;
    link.send(clientChannel(message), encodeClientMessage(message));
    link.flush();
  }

  #linkChanged(state: LinkState): void {
    this.#linkState = state;
    this.#tell('link', state);
  }

  #finish(result: MatchResult): void {
    this.#result.resolve(result);
    this.#views.end();
    // Nothing comes after a result; an open socket would only keep the program running.
    this.#connection.stop('match over');
  }

  #fail(error: Error): void {
    this.#connection.stop(error.message.slice(0, 100));
    this.#over(error);
  }

  /** The connection is gone for good: with the result here, or to be asked for, or a failure. */
  #over(error?: Error): void {
    const failure =
      error ?? (this.#leaving ? new ClientError('LEFT', { match: this.id }) : undefined);
    if (failure === undefined && this.#player.ended === undefined) {
      this.summary().then(
        (match) =>
          match.state === 'ended'
            ? this.#finish({
                reason: match.reason ?? 'abandoned',
                outcome: outcomeOf(match),
                mine: match.seats[this.seat]?.result,
              })
            : this.#over(new ClientError('MATCH_LOST', { match: this.id })),
        (cause: unknown) => this.#over(cause instanceof Error ? cause : new Error(String(cause))),
      );
      return;
    }
    if (failure === undefined) return;
    this.#welcomed.reject(failure);
    this.#result.reject(failure);
    this.#views.end(this.#leaving ? undefined : failure);
  }

  #tell<Name extends keyof MatchNews>(name: Name, news: MatchNews<View>[Name]): void {
    const listeners = this.#listeners.get(name) ?? [];
    // Boundary: `on` puts only listeners of this name's news here.
    for (const listener of [...listeners]) (listener as (news: unknown) => void)(news);
  }
}

type HostInput = Extract<ClientMessage, { kind: 'input' }>;

export type { MatchStats } from './match-stats.ts';
