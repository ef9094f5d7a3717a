// One connection of the lobby protocol: log-in, then requests and what others cause, until the
// client is gone or somebody takes its place. Messages become commands of the platform, its events
// messages. A player is seen by the others of the room, on whatever wire they are.

import type { CommandArgs, CommandName, CommandResult } from '../../contract/commands.ts';
import { type ErrorBody, PaperclipError } from '../../contract/errors.ts';
import type { EventData, PlatformEvent } from '../../contract/events.ts';
import type { LobbyCodec } from '../../protocol/lobby/lobby-codec.ts';
import { failureBody } from '../failure.ts';
import type { ConnectionEnd, FrameSession, SessionEnd } from '../framed-connection.ts';
import { SignedInPlayer, type SignedInPlayerContext } from '../signed-in-player.ts';
import { GameFeed } from './game-feed.ts';
import { gameCommands, handleGameMessage, visibleGames } from './games.ts';
import type { LobbyConnection, LobbyFrame } from './lobby-connection.ts';
import { lobbyRequests } from './lobby-requests.ts';
import {
  InvalidMessage,
  type LobbyMessage,
  type LobbyShared,
  type LobbyUser,
  notice,
  type Replaceable,
  textField,
} from './lobby-user.ts';
import { playerInfos, playerObject } from './player-info.ts';

export const wire = 'lobby';

const wrongLogin = 'Login not found or password incorrect. They are case sensitive.';
const signedInElsewhere = 'You have been signed out because you signed in elsewhere.';

type State =
  | { readonly kind: 'stranger' }
  | { readonly kind: 'in'; readonly player: SignedInPlayer }
  | { readonly kind: 'gone' };

export class LobbySession implements FrameSession<LobbyFrame>, LobbyUser, Replaceable {
  readonly #connection: LobbyConnection;
  readonly #shared: LobbyShared;
  readonly #games: GameFeed;
  #state: State = { kind: 'stranger' };
  #isReady = false;
  #hasTokenExpired = false;
  #cancelPing: (() => void) | undefined;

  constructor(connection: LobbyConnection, shared: LobbyShared) {
    this.#connection = connection;
    this.#shared = shared;
    this.#games = new GameFeed({
      user: this,
      numbers: shared.numbers,
      broadcasts: shared.games,
      waitingMax: shared.limits.gameMessagesWaitingMax,
      onFull: () => this.#connection.end(undefined, 'refused'),
      onFailure: (error) => shared.log.warn('game not told', { wire, error }),
    });
  }

  get codec(): LobbyCodec {
    return this.#connection.codec;
  }

  get name(): string {
    return this.#state.kind === 'in' ? this.#state.player.player.name : '';
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  call<Name extends CommandName>(
    command: Name,
    args: CommandArgs<Name>,
  ): Promise<CommandResult<Name>> {
    if (this.#state.kind !== 'in') throw new PaperclipError('UNAUTHENTICATED');
    return this.#state.player.call(command, args);
  }

  send(...messages: readonly object[]): Promise<void> {
    return this.#connection.send(...messages);
  }

  postEncoded(bytes: Uint8Array): void {
    this.#connection.postEncoded(bytes);
  }

  async handleFrame(frame: LobbyFrame): Promise<void> {
    if (frame.kind === 'malformed') return this.#refuse('malformed', frame.reason);
    const message = messageOf(frame.value);
    const command = message?.['command'];
    this.#shared.metrics.count('paperclip_lobby_messages_received_total', {
      command: labelOf(command),
    });
    try {
      if (message !== undefined && (await this.#handleAnytime(message))) return;
      if (this.#state.kind === 'stranger') await this.#handleStranger(message);
      else if (this.#state.kind === 'in') await this.#handleRequest(message);
    } catch (cause) {
      if (cause instanceof InvalidMessage) this.#refuse('invalid', cause.message);
      else await this.#handleFailure(cause);
    }
  }

  async handleClosed(end: ConnectionEnd): Promise<void> {
    if (end === 'slow-reader') {
      const { log } = this.#shared;
      log.warn('client cut off, it does not read', { wire, address: this.#connection.address });
    }
    await this.#leave(end === 'client' || end === 'lost' || end === 'slow-reader');
  }

  /** The same player has come by another connection, and stays. */
  replaced(): void {
    this.#end('replaced', notice('kick', signedInElsewhere));
  }

  /** True: that was all. */
  async #handleAnytime({ command }: LobbyMessage): Promise<boolean> {
    switch (command) {
      case 'ping':
        await this.send({ command: 'pong' });
        return true;
      case 'pong':
        return true;
      case 'ask_session':
        await this.send({ command: 'session', session: this.#shared.newSessionNumber() });
        return true;
      default:
        return false;
    }
  }

  async #handleStranger(message: LobbyMessage | undefined): Promise<void> {
    if (message?.['command'] === 'hello') return this.#handleHello(message);
    if (message?.['command'] === 'auth') return this.#handleAuth(message);
    this.#refuse('unauthenticated', 'a request before the log-in');
  }

  async #handleRequest(message: LobbyMessage | undefined): Promise<void> {
    const command = message?.['command'];
    if (message !== undefined && typeof command === 'string') {
      if (message['target'] !== undefined) {
        return handleGameMessage(this, this.#shared.numbers, message);
      }
      if (command === 'auth') return this.#handleNewToken(message);
      if (command === 'hello') return this.send(notice('error', 'You are logged in already.'));
      const request = lobbyRequests.get(command);
      if (request !== undefined) return request(this, message);
    }
    this.#connection.post({ command: 'invalid' });
    this.#refuse('invalid', 'no command');
  }

  async #handleHello(message: LobbyMessage): Promise<void> {
    const name = textField(message, 'login');
    const passwordSha256 = textField(message, 'password');
    const { dispatcher } = this.#shared;
    const origin = { wire, address: this.#connection.address };
    await this.#logIn(async () => {
      const args = { name, passwordSha256 };
      const session = await dispatcher.call(origin, 'account.login-digest', args);
      return SignedInPlayer.signIn(session, this.#playerContext());
    });
  }

  async #handleAuth(message: LobbyMessage): Promise<void> {
    const token = textField(message, 'token');
    await this.#logIn(() => SignedInPlayer.adopt(token, this.#playerContext()));
  }

  async #logIn(signIn: () => Promise<SignedInPlayer>): Promise<void> {
    let player: SignedInPlayer;
    try {
      player = await signIn();
    } catch (cause) {
      await this.#handleLogInFailure(failureBody(cause, this.#shared.log, wire));
      return;
    }
    this.#state = { kind: 'in', player };
    this.#connection.setLoggedIn();
    try {
      await this.#enter(player);
    } catch (cause) {
      // A client that is half logged in would wait for the rest for ever.
      if (this.#state.kind === 'in') {
        this.#end('refused', notice('error', failureBody(cause, this.#shared.log, wire).message));
      }
    }
  }

  async #handleLogInFailure({ code, message }: ErrorBody): Promise<void> {
    if (code === 'BANNED') {
      this.#end('refused', notice('error', message));
      return;
    }
    // A name or a digest that is none is a wrong one.
    const isWrong = code === 'WRONG_PASSWORD' || code === 'BAD_REQUEST';
    const text = isWrong ? wrongLogin : message;
    await this.send({ command: 'authentication_failed', text });
  }

  async #enter(player: SignedInPlayer): Promise<void> {
    const { sessions, players, timers, limits } = this.#shared;
    const { id } = player.player;
    // Before the old connection goes: then nobody sees the player leave.
    const { players: room } = await player.call('room.enter', {});
    if (this.#isGone()) return;
    const before = sessions.get(id);
    sessions.set(id, this);
    before?.replaced();
    const self = { id, name: player.player.name, kind: player.player.kind };
    const everybody = [...room.filter((person) => person.id !== id), self];
    const { friends, foes } = await this.#people(player);
    const ids = [...everybody, ...friends, ...foes].map((person) => person.id);
    const numbers = await this.#shared.numbers.of(ids, (command, args) => this.call(command, args));
    const objects = everybody.flatMap((person) => {
      const number = numbers.get(person.id);
      return number === undefined ? [] : [playerObject(number, { person, isOffline: false })];
    });
    const numbersOf = (all: typeof friends) => all.flatMap(({ id }) => numbers.get(id) ?? []);
    await this.send(
      this.#welcome(player, numbers.get(id)),
      ...playerInfos(objects, limits.playersPerMessageMax),
      {
        command: 'social',
        ...{ autojoin: [], channels: [] },
        ...{ friends: numbersOf(friends), foes: numbersOf(foes), power: 0 },
      },
      { command: 'game_info', games: await visibleGames(this, this.#shared.numbers) },
    );
    if (this.#isGone()) return;
    this.#isReady = true;
    this.#games.open();
    players.mark(this, { person: self, isOffline: false });
    this.#cancelPing = timers.after(limits.pingEveryMs, () => this.#ping());
  }

  /** In a method of its own: what a state was before an `await` says nothing. */
  #isGone(): boolean {
    return this.#state.kind === 'gone';
  }

  #welcome({ player }: SignedInPlayer, number: number | undefined): object {
    if (number === undefined) throw new Error('a player who is logged in has no number');
    const { id, name, kind } = player;
    const me = playerObject(number, { person: { id, name, kind }, isOffline: false });
    const now = new Date(this.#shared.clock.now()).toISOString();
    // Some clients read no `Z`.
    const current_time = now.replace('Z', '+00:00');
    return { command: 'welcome', me, current_time, id: number, login: name };
  }

  async #people(player: SignedInPlayer) {
    const { players: foes } = await player.call('block.list', {});
    // Guests have no friends list.
    if (player.player.kind !== 'account') return { friends: [], foes };
    const { friends } = await player.call('friend.list', {});
    return { friends: friends.map((row) => row.player), foes };
  }

  /** The client has a newer token for the same player; the old one would end soon. */
  async #handleNewToken(message: LobbyMessage): Promise<void> {
    const state = this.#state;
    if (state.kind !== 'in') return;
    const token = textField(message, 'token');
    const player = await SignedInPlayer.adopt(token, this.#playerContext());
    const { id } = player.player;
    if (id !== state.player.player.id || this.#state !== state) {
      await player.close(false);
      await this.send(notice('error', 'You are logged in already.'));
      return;
    }
    this.#state = { kind: 'in', player };
    this.#hasTokenExpired = false;
    await player.call('room.enter', {});
    await player.call('external.follow', {});
    await state.player.close(false);
    const numbers = await this.#shared.numbers.of([id], (command, args) =>
      this.call(command, args),
    );
    await this.send(this.#welcome(player, numbers.get(id)));
  }

  #playerContext(): SignedInPlayerContext {
    const { dispatcher, events, timers, log } = this.#shared;
    return {
      ...{ dispatcher, events, timers, log, wire },
      address: this.#connection.address,
      onEvent: (event) => this.#handleEvent(event),
    };
  }

  #handleEvent(told: PlatformEvent): void {
    const { event, data } = told;
    switch (event) {
      case 'room.joined':
        this.#shared.players.mark(this, { person: data.player, isOffline: false });
        break;
      case 'room.left':
        this.#shared.players.mark(this, { person: data.player, isOffline: true });
        break;
      case 'announcement':
        this.#connection.post(notice('info', data.message));
        break;
      case 'session.ended':
        this.#end('refused', lastNotice(data));
        break;
      default:
        // Of the rest, games alone have messages here.
        this.#games.handle(told);
    }
  }

  #ping(): void {
    const { timers, limits, log } = this.#shared;
    const state = this.#state;
    if (state.kind !== 'in') return;
    this.#connection.post({ command: 'ping' });
    this.#cancelPing = timers.after(limits.pingEveryMs, () => this.#ping());
    if (state.player.isRenewed) return;
    this.#checkToken(state.player).catch((error: unknown) => {
      log.error('token not checked', { wire, error });
    });
  }

  /** Nothing must go on to who could not ask for it any more; a client has until the next ping. */
  async #checkToken(player: SignedInPlayer): Promise<void> {
    if (await player.isAuthenticated()) return;
    if (this.#state.kind !== 'in' || this.#state.player !== player) return;
    if (this.#hasTokenExpired) {
      this.#end('refused', notice('kick', 'The access token has expired: log in again.'));
      return;
    }
    this.#hasTokenExpired = true;
    const text = 'The access token has expired: send auth with a new one, or you are signed out.';
    this.#connection.post(notice('error', text));
  }

  async #handleFailure(cause: unknown): Promise<void> {
    if (this.#state.kind === 'gone') return;
    await this.send(notice('error', failureBody(cause, this.#shared.log, wire).message));
  }

  #refuse(reason: 'malformed' | 'invalid' | 'unauthenticated', why: string): void {
    const { metrics, log } = this.#shared;
    metrics.count('paperclip_lobby_refusals_total', { reason });
    log.debug('client refused', { wire, reason, why });
    this.#connection.end(undefined, reason === 'unauthenticated' ? 'refused' : 'malformed');
  }

  /** From outside of a request, too: nobody waits for what is left to do. */
  #end(end: SessionEnd, last: object): void {
    this.#connection.post(last);
    this.#connection.end(undefined, end);
    this.#leave(false).catch((error: unknown) => {
      this.#shared.log.error('log-out failed', { wire, error });
    });
  }

  /** Others are told by the platform. Happens once, whatever comes first. */
  async #leave(wasLost: boolean): Promise<void> {
    const state = this.#state;
    if (state.kind !== 'in') return;
    this.#state = { kind: 'gone' };
    this.#isReady = false;
    this.#games.close();
    this.#cancelPing?.();
    const { sessions, players } = this.#shared;
    const { id } = state.player.player;
    if (sessions.get(id) === this) sessions.delete(id);
    players.forget(this);
    await state.player.close(wasLost);
  }
}

function messageOf(value: unknown): LobbyMessage | undefined {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as LobbyMessage) : undefined;
}

const beforeLogIn: ReadonlySet<string> = new Set(['ping', 'pong', 'ask_session', 'hello', 'auth']);

/** What strangers write must not make a metric grow. */
function labelOf(command: unknown): string {
  if (typeof command !== 'string') return 'other';
  const isKnown = [beforeLogIn, lobbyRequests, gameCommands].some((names) => names.has(command));
  return isKnown ? command : 'other';
}

function lastNotice({ reason, why }: EventData<'session.ended'>): object {
  const because = why === undefined ? '' : `: ${why}`;
  const style = reason === 'banned' ? 'error' : 'kick';
  return notice(style, `You have been signed out (${reason}${because}).`);
}
