// A client of the lobby protocol over one byte stream, for this server and for the original one:
// log-in, who and what is there, games, and what their programs and the server say to each other.
//
// Everything that happens comes as an event, in the order in which it came; it shows nothing, and
// starts no program. What a server says that is not known here is passed on.

import { toHex, utf8 } from '../../base/bytes.ts';
import { err, ok, type Result } from '../../base/result.ts';
import type { ByteStream, StreamEnd } from '../../protocol/byte-stream.ts';
import type { LobbyCodec, LobbyDecoder } from '../../protocol/lobby/lobby-codec.ts';
import { type After, hostAfter } from '../after.ts';
import { gpgNetOf, isForGame } from './gpgnet-messages.ts';
import { type LobbyClientLimits, lobbyClientLimits } from './lobby-client-limits.ts';
import { endText, eventOf, type LobbyEnd, type LobbyEvent } from './lobby-events.ts';
import { type LobbyMessage, type LobbyPlayer, messageOf, playerOf } from './lobby-messages.ts';
import { type LobbyPicture, LobbyView } from './lobby-view.ts';

export interface LobbyClientOptions {
  readonly onEvent: (event: LobbyEvent) => void;
  /** How the client calls itself. Default `paperclip`. */
  readonly userAgent?: string;
  /** Default 1. */
  readonly version?: string;
  /** What the original server takes for one machine; gets the session's number. */
  readonly uniqueId?: (session: number) => string;
  readonly after?: After;
  readonly limits?: Partial<LobbyClientLimits>;
}

export type LobbyCredentials =
  | { readonly login: string; readonly password: string }
  /** Of the platform, or of the original server's identity service. */
  | { readonly token: string };

export interface GameWish {
  readonly title: string;
  /** Default `public`. */
  readonly visibility?: 'public' | 'friends';
  readonly mod?: string;
  readonly map?: string;
  readonly password?: string;
  readonly ratingMin?: number;
  readonly ratingMax?: number;
  /** Default false: the ratings are a wish. */
  readonly enforcesRating?: boolean;
}

type State =
  | { readonly kind: 'stranger' }
  /** Waits for a session. */
  | { readonly kind: 'asking'; readonly logIn: LogIn }
  /** The credentials are on their way. */
  | { readonly kind: 'presenting'; readonly logIn: LogIn }
  /** Welcome, and about to hear who and what is there. */
  | { readonly kind: 'entering'; readonly logIn: LogIn; readonly me: LobbyPlayer }
  | { readonly kind: 'in'; readonly me: LobbyPlayer }
  | { readonly kind: 'closed' };

interface LogIn {
  readonly credentials: LobbyCredentials;
  readonly settle: (outcome: Result<LobbyPlayer, string>) => void;
}

export class LobbyClient {
  readonly #stream: ByteStream;
  readonly #codec: LobbyCodec;
  readonly #decoder: LobbyDecoder;
  readonly #options: LobbyClientOptions;
  readonly #limits: LobbyClientLimits;
  readonly #view: LobbyView;
  #state: State = { kind: 'stranger' };
  /** Decided here; otherwise the stream's end and the server's last words tell. */
  #end: LobbyEnd | undefined;
  #lastWords: LobbyEnd | undefined;

  constructor(stream: ByteStream, codec: LobbyCodec, options: LobbyClientOptions) {
    this.#stream = stream;
    this.#codec = codec;
    this.#options = options;
    this.#limits = { ...lobbyClientLimits, ...options.limits };
    this.#decoder = codec.createDecoder(this.#limits.messageBytesMax);
    this.#view = new LobbyView(this.#limits);
    stream.onClose = (end) => this.#handleClosed(end);
    stream.onEnd = () => {
      this.#decoder.handleEnd();
      this.#handleMessages();
      stream.end();
    };
    stream.onData = (bytes) => {
      this.#decoder.handleBytes(bytes);
      this.#handleMessages();
    };
  }

  get isOpen(): boolean {
    return this.#stream.isOpen;
  }

  /** As the log-in had it; undefined before that. */
  get me(): LobbyPlayer | undefined {
    return this.#state.kind === 'in' ? this.#state.me : undefined;
  }

  /** Kept up to date from what the server says. */
  get view(): LobbyPicture {
    return this.#view;
  }

  /**
   * Resolves when the server has said who and what is there, or with the server's sentence for why
   * not; then another attempt may follow. Throws while another one is under way.
   */
  async logIn(credentials: LobbyCredentials): Promise<Result<LobbyPlayer, string>> {
    if (this.#state.kind === 'closed' || !this.isOpen)
      return err(endText(this.#end ?? { reason: 'lost' }));
    if (this.#state.kind !== 'stranger') throw new Error('it is logged in, or about to be');
    const { promise, resolve } = Promise.withResolvers<Result<LobbyPlayer, string>>();
    const { after = hostAfter, userAgent = 'paperclip', version = '1' } = this.#options;
    const { answerWithinMs } = this.#limits;
    const cancel = after(answerWithinMs, () => {
      this.#end ??= { reason: 'no-answer' };
      this.#stream.destroy();
    });
    const settle: LogIn['settle'] = (outcome) => {
      cancel();
      resolve(outcome);
    };
    this.#state = { kind: 'asking', logIn: { credentials, settle } };
    this.send({ command: 'ask_session', user_agent: userAgent, version });
    return promise;
  }

  /** A newer token for the same player, before the last one ends. Answered with `welcome`. */
  renewToken(token: string): void {
    this.send({ command: 'auth', token });
  }

  /** Answered with `launch`, or a notice. */
  hostGame(wish: GameWish): void {
    const { title, visibility = 'public', mod, map, password, ratingMin, ratingMax } = wish;
    this.send({
      ...{ command: 'game_host', title, visibility },
      ...(mod !== undefined && { mod }),
      ...(map !== undefined && { mapname: map }),
      ...{ password: password ?? null, rating_min: ratingMin ?? null },
      ...{ rating_max: ratingMax ?? null },
      enforce_rating_range: wish.enforcesRating ?? false,
    });
  }

  /** Answered with `launch`, or `join-failed` and a notice. */
  joinGame(uid: number, password?: string): void {
    this.send({ command: 'game_join', uid, password: password ?? null });
  }

  /** What the game's program says: GPGNet. Answered with `gpgnet`, to whom it concerns. */
  sendToServer(command: string, args: readonly unknown[] = []): void {
    this.send({ command, target: 'game', args });
  }

  /** Not answered. */
  setRelation(id: number, relation: 'friend' | 'foe', isOn: boolean): void {
    this.send({ command: isOn ? 'social_add' : 'social_remove', [relation]: id });
    this.#view.setRelation(id, relation, isOn);
  }

  /** Answered with `pong`, after all that was said before. */
  ping(): void {
    this.send({ command: 'ping' });
  }

  /** Any message. Nothing happens on a connection that is closed; its `closed` has come or will. */
  send(message: LobbyMessage): void {
    if (this.isOpen) this.#stream.write(this.#codec.encode(message));
  }

  close(): void {
    this.#close({ reason: 'closed-here' });
  }

  #close(end: LobbyEnd): void {
    if (!this.isOpen) return;
    this.#end ??= end;
    this.#stream.end();
  }

  #handleMessages(): void {
    while (this.isOpen) {
      const decoded = this.#decoder.poll();
      if (decoded.kind === 'more') return;
      if (decoded.kind === 'malformed') {
        this.#close({ reason: 'unreadable', text: decoded.reason });
        return;
      }
      const message = messageOf(decoded.value);
      // What is no object has no command; a server that sends one may go on.
      if (message !== undefined) this.#handle(message);
    }
  }

  #handle(message: LobbyMessage): void {
    this.#lastWords = undefined;
    if (isForGame(message)) {
      this.#emit({ kind: 'gpgnet', message: gpgNetOf(message) });
      return;
    }
    switch (message['command']) {
      case 'ping':
        this.send({ command: 'pong' });
        return;
      case 'session':
        this.#handleSession(message);
        break;
      case 'welcome':
        this.#handleWelcome(message);
        break;
      case 'player_info':
        this.#emit({ kind: 'players', ...this.#view.handlePlayers(message) });
        break;
      case 'game_info':
        this.#emit({ kind: 'games', ...this.#view.handleGames(message) });
        this.#handleListed(message);
        break;
      case 'social':
        this.#view.handleSocial(message);
        this.#emit({ kind: 'social', friends: this.#view.friends, foes: this.#view.foes });
        break;
      default:
        this.#handleRest(message);
    }
  }

  #handleSession(message: LobbyMessage): void {
    const { session } = message;
    if (this.#state.kind !== 'asking' || typeof session !== 'number') return;
    const { logIn } = this.#state;
    this.#state = { kind: 'presenting', logIn };
    const unique_id = this.#options.uniqueId?.(session) ?? 'paperclip';
    const { credentials } = logIn;
    if ('token' in credentials) {
      this.send({ command: 'auth', token: credentials.token, unique_id });
      return;
    }
    const { login } = credentials;
    sha256Hex(credentials.password).then(
      (password) => this.send({ command: 'hello', login, password, unique_id }),
      (cause: unknown) => this.#failLogIn(`the password cannot be hashed: ${String(cause)}`),
    );
  }

  #handleWelcome(message: LobbyMessage): void {
    const me = playerOf(message['me']) ?? playerOf(message);
    if (me === undefined) {
      this.#emit({ kind: 'other', message });
      return;
    }
    const state = this.#state;
    if (state.kind === 'presenting') {
      this.#state = { kind: 'entering', logIn: state.logIn, me };
    } else if (state.kind === 'in') {
      // Of a newer token.
      this.#state = { kind: 'in', me };
    }
    this.#emit({ kind: 'welcome', me });
  }

  /** The list of games is the last that a log-in tells. */
  #handleListed(message: LobbyMessage): void {
    const state = this.#state;
    if (state.kind !== 'entering' || !Object.hasOwn(message, 'games')) return;
    this.#state = { kind: 'in', me: state.me };
    this.#emit({ kind: 'ready', me: state.me });
    state.logIn.settle(ok(state.me));
  }

  #handleRest(message: LobbyMessage): void {
    const event = eventOf(message);
    this.#emit(event);
    if (event.kind === 'login-failed') this.#failLogIn(event.text);
    else if (event.kind === 'invalid') this.#lastWords = { reason: 'invalid' };
    else if (event.kind === 'notice') this.#lastWords = lastWordsOf(event);
  }

  #failLogIn(text: string): void {
    if (!('logIn' in this.#state)) return;
    const { settle } = this.#state.logIn;
    this.#state = { kind: 'stranger' };
    settle(err(text));
  }

  #handleClosed(streamEnd: StreamEnd): void {
    const end = this.#end ?? endOf(streamEnd, this.#lastWords);
    this.#end = end;
    this.#failLogIn(endText(end));
    this.#state = { kind: 'closed' };
    this.#emit({ kind: 'closed', end });
  }

  #emit(event: LobbyEvent): void {
    this.#options.onEvent(event);
  }
}

async function sha256Hex(text: string): Promise<string> {
  return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', utf8(text))));
}

function lastWordsOf({ style, text }: { style: string; text: string }): LobbyEnd | undefined {
  if (style === 'kick') return { reason: 'signed-out', text };
  return style === 'error' ? { reason: 'refused', text } : undefined;
}

function endOf(end: StreamEnd, lastWords: LobbyEnd | undefined): LobbyEnd {
  switch (end) {
    case 'closed-here':
      return { reason: 'closed-here' };
    case 'closed-by-peer':
      return lastWords ?? { reason: 'closed-by-server' };
    case 'lost':
      return { reason: 'lost' };
    case 'slow-reader':
      return { reason: 'server-does-not-read' };
    default:
      return end satisfies never;
  }
}
