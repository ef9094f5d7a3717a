// A player of the classic wire between joining and leaving, on a session of the platform: takes the
// seat in the lobby that the account means, is ready, plays each match there, and gives seat and
// match up at the end. The wire knows neither lobbies' states nor matches: a client sends a choice
// and waits for its outcome, over and over.
//
// One choice counts at a time, from when it comes until its outcome; another meanwhile is dropped.
// A choice that no match takes now waits for the next one.

import { PaperclipError } from '../../contract/errors.ts';
import type { EventData, PlatformEvent } from '../../contract/events.ts';
import type { Lobby } from '../../contract/schema.ts';
import type { Log } from '../../contract/telemetry.ts';
import type { Timers } from '../../domain/ports.ts';
import type { Goodbye } from '../../protocol/classic/output.ts';
import type { SignedInPlayer } from '../signed-in-player.ts';
import { bridgeLimits as limits } from './bridge-limits.ts';
import type { ClassicPeer } from './classic-udp-server.ts';
import { ClassicRefusal, farewell, refusal, removalTexts, sessionTexts } from './goodbyes.ts';
import { leaveLobby } from './leave-lobby.ts';
import { nobody, outcomeOf, type RpsChoice, type RpsView, readRpsView } from './rps-rounds.ts';

export interface ClassicPlayerContext {
  readonly player: Pick<SignedInPlayer, 'player' | 'call' | 'close'>;
  readonly peer: Pick<ClassicPeer, 'send' | 'disconnect'>;
  readonly timers: Timers;
  readonly log: Log;
}

interface Playing {
  readonly matchId: string;
  /** Settles when the seat is taken, or not to be had. */
  taken: Promise<void>;
  /** By seat; known when the seat is taken. */
  accountIds: readonly number[] | undefined;
  view: RpsView | undefined;
  seat: number;
  /** Rounds whose outcome needs no telling any more; undefined before the first view. */
  told: number | undefined;
  /** The player has played in it. */
  hasPlayed: boolean;
}

interface Pending {
  readonly choice: RpsChoice;
  /** `held`: no match has it; `given`: the match was asked to take it, and may have. */
  state: 'held' | 'given';
}

export class ClassicPlayer {
  readonly #o: ClassicPlayerContext;
  #lobbyId: string | undefined;
  /** As the platform last told it. */
  #lobby: Lobby | undefined;
  #entered: Promise<void> = Promise.resolve();
  #playing: Playing | undefined;
  #pending: Pending | undefined;
  #isReadying = false;
  #cancelRetry: (() => void) | undefined;
  /** `elsewhere`: what the player has is not this connection's to give up. */
  #end: 'none' | 'told' | 'elsewhere' | 'leaving' = 'none';

  constructor(context: ClassicPlayerContext) {
    this.#o = context;
  }

  /** `wanted`: the lobby that the account means. Without it, the one that it is in. */
  enter(wanted: string | undefined): Promise<void> {
    this.#entered = this.#enter(wanted);
    return this.#entered;
  }

  /** The connection ended before it came in: a seat taken over HTTP goes with it. */
  async passBy(wanted: string | undefined): Promise<void> {
    const { lobbyId } = await this.#o.player.call('account.me', {});
    if (lobbyId === wanted) this.#lobbyId = lobbyId;
  }

  async #enter(wanted: string | undefined): Promise<void> {
    try {
      const lobby = await this.#takeSeat(wanted);
      if (this.#end !== 'none') return;
      this.#lobby ??= lobby;
      // Its match may run: over another connection that is gone, or on another wire.
      if (lobby.matchId !== undefined) this.#play(lobby.matchId);
      this.#readyUp();
    } catch (cause) {
      this.#say(refusal(cause, this.#o.log));
    }
  }

  handleChoice(choice: RpsChoice): void {
    if (this.#pending !== undefined || this.#end !== 'none') return;
    this.#pending = { choice, state: 'held' };
    this.#give();
    this.#readyUp();
  }

  handleEvent(event: PlatformEvent): void {
    switch (event.event) {
      case 'lobby.changed':
        this.#changed(event.data.lobby);
        return;
      case 'lobby.removed':
        this.#removed(event.data);
        return;
      case 'match.placed':
        if (event.data.lobbyId === this.#lobbyId) this.#play(event.data.matchId);
        return;
      case 'match.view':
        this.#see(event.data);
        return;
      case 'match.seat-lost':
        this.#seatLost(event.data);
        return;
      case 'session.ended': {
        const { reason, why } = event.data;
        this.#goElsewhere(why ?? sessionTexts[reason]);
        return;
      }
      default:
    }
  }

  /**
   * The connection has ended. `keepsSeat`: as when the server ends, whose lobbies live on. Resolves
   * when match and seat are given up, or cannot be in good time.
   */
  async leave(keepsSeat: boolean): Promise<void> {
    const goesOn = this.#end === 'elsewhere' || keepsSeat;
    this.#end = 'leaving';
    this.#cancelRetry?.();
    const { player, timers } = this.#o;
    await this.#entered;
    await this.#playing?.taken;
    try {
      if (!goesOn && this.#lobbyId !== undefined) await leaveLobby(player, timers, this.#lobbyId);
    } finally {
      await player.close(true);
    }
  }

  async #takeSeat(wanted: string | undefined): Promise<Lobby> {
    const { player } = this.#o;
    const { lobbyId } = await player.call('account.me', {});
    const id = wanted ?? lobbyId;
    if (id === undefined)
      throw new ClassicRefusal(
        'You have asked for no lobby: create or find one over HTTP, then join.',
      );
    const lobby = await player.call('lobby.get', { lobbyId: id });
    if (lobby.game !== 'rps') {
      throw new ClassicRefusal(`This lobby plays ${lobby.game}. The classic wire plays RPS alone.`);
    }
    // Its events may come before the answer.
    this.#lobbyId = id;
    if (id === lobbyId) return lobby;
    if (lobbyId !== undefined) await player.call('lobby.leave', { lobbyId });
    return player.call('lobby.join', { lobbyId: id });
  }

  #changed(lobby: Lobby): void {
    if (lobby.id !== this.#lobbyId || this.#end !== 'none') return;
    this.#lobby = lobby;
    this.#readyUp();
  }

  /** After a match in which the player did nothing, the next one waits for a choice. */
  #readyUp(): void {
    const lobby = this.#lobby;
    const { player } = this.#o;
    const me = lobby?.members.find(({ playerId }) => playerId === player.player.id);
    if (lobby?.state !== 'open' || me === undefined || me.ready || this.#isReadying) return;
    const isIdle = this.#playing?.hasPlayed === false && this.#pending === undefined;
    if (isIdle || this.#cancelRetry !== undefined || this.#end !== 'none') return;
    this.#isReadying = true;
    player
      .call('lobby.ready', { lobbyId: lobby.id, ready: true })
      .catch((cause: unknown) => this.#retryAfter(cause, 'ready'))
      .finally(() => {
        this.#isReadying = false;
      });
  }

  #play(matchId: string): void {
    if (this.#playing?.matchId === matchId || this.#end !== 'none') return;
    // The last match may have ended before it took the choice into a round.
    if (this.#pending !== undefined) this.#pending.state = 'held';
    const playing: Playing = {
      matchId,
      taken: Promise.resolve(),
      accountIds: undefined,
      view: undefined,
      seat: 0,
      told: undefined,
      hasPlayed: false,
    };
    this.#playing = playing;
    playing.taken = this.#take(playing);
  }

  async #take(playing: Playing): Promise<void> {
    const { player } = this.#o;
    const { matchId } = playing;
    try {
      await player.call('match.attach', { matchId });
      playing.accountIds ??= await this.#accountIds(matchId);
      this.#tell(playing);
    } catch (cause) {
      if (this.#playing !== playing || this.#end !== 'none') return;
      // Over before it could begin: the lobby opens again.
      if (isCode(cause, 'MATCH_NOT_RUNNING')) return;
      this.#say(refusal(cause, this.#o.log));
    }
  }

  async #accountIds(matchId: string): Promise<readonly number[]> {
    const { player } = this.#o;
    const { seats } = await player.call('match.get', { matchId });
    const players = seats.map(({ playerId }) => playerId);
    const people = seats.filter(({ kind }) => kind !== 'bot').map(({ playerId }) => playerId);
    const { numbers } = await player.call('player.numbers', { players: people });
    const byId = new Map(numbers.map(({ playerId, number }) => [playerId, number]));
    return players.map((id) => byId.get(id) ?? nobody);
  }

  #see({ matchId, seat, view }: EventData<'match.view'>): void {
    const playing = this.#playing;
    const seen = readRpsView(view);
    if (playing?.matchId !== matchId || seen === undefined) return;
    playing.seat = seat;
    playing.view = seen;
    this.#tell(playing);
  }

  /** Outcomes that this view has and the one before had not; then the choice that waits. */
  #tell(playing: Playing): void {
    const { view, accountIds, seat } = playing;
    if (view === undefined || accountIds === undefined || this.#end !== 'none') return;
    // Rounds before the first view were over, or let pass, before this connection took the seat.
    playing.told ??= view.rounds.length;
    for (; playing.told < view.rounds.length; playing.told++) {
      const outcome = outcomeOf(view, playing.told, seat, accountIds);
      if (outcome === undefined) continue;
      this.#pending = undefined;
      this.#o.peer.send(outcome);
    }
    this.#give();
  }

  #give(): void {
    const [playing, pending] = [this.#playing, this.#pending];
    const view = playing?.view;
    if (playing?.accountIds === undefined || pending?.state !== 'held') return;
    if (view === undefined || view.isOver || view.yourChoice !== null) return;
    pending.state = 'given';
    playing.hasPlayed = true;
    const { matchId } = playing;
    this.#o.player
      .call('match.input', { matchId, input: { choice: pending.choice } })
      .catch((cause: unknown) => {
        if (this.#pending !== pending || this.#playing !== playing) return;
        // Of a choice that it has, the next view tells; one that it has not is given with that.
        pending.state = 'held';
        this.#retryAfter(cause, 'choice');
      });
  }

  #retryAfter(cause: unknown, what: string): void {
    const { log, timers, player } = this.#o;
    if (this.#end !== 'none') return;
    if (!(cause instanceof PaperclipError)) {
      this.#say(refusal(cause, log));
      return;
    }
    log.debug('classic player waits', { what, playerId: player.player.id, code: cause.code });
    this.#cancelRetry ??= timers.after(limits.retryMs, () => {
      this.#cancelRetry = undefined;
      this.#give();
      this.#readyUp();
    });
  }

  #removed({ lobbyId, reason }: EventData<'lobby.removed'>): void {
    if (lobbyId !== this.#lobbyId) return;
    this.#lobbyId = undefined;
    this.#say(farewell(removalTexts[reason]));
  }

  #seatLost({ matchId, reason }: EventData<'match.seat-lost'>): void {
    const playing = this.#playing;
    if (playing?.matchId !== matchId || this.#end !== 'none') return;
    if (reason === 'too-slow') playing.taken = this.#take(playing);
    else if (reason === 'replaced') this.#goElsewhere('You play on over another connection.');
  }

  #goElsewhere(why: string): void {
    if (this.#end === 'leaving') return;
    this.#say(farewell(why));
    this.#end = 'elsewhere';
  }

  #say(goodbye: Goodbye): void {
    if (this.#end !== 'none') return;
    this.#end = 'told';
    this.#cancelRetry?.();
    this.#o.peer.disconnect(goodbye);
  }
}

const isCode = (cause: unknown, code: PaperclipError['code']): boolean =>
  cause instanceof PaperclipError && cause.code === code;
