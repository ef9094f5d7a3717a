// What one client hears of games: what its own game's program is to do, and games that have
// changed. In the order in which the platform says it, although a number may have to be asked for
// first. What comes before the log-in is answered waits for that.
//
// A changed game is turned into bytes once for each framing, however many hear of it.

import type { EventData, PlatformEvent } from '../../contract/events.ts';
import type { ExternalGame, ExternalSignal } from '../../contract/external-schema.ts';
import type { Metrics } from '../../contract/telemetry.ts';
import type { LobbyCodec } from '../../protocol/lobby/lobby-codec.ts';
import { gameObject, type Numbers, playersIn } from './game-info.ts';
import type { LobbyUser } from './lobby-user.ts';
import type { AskNumbers, NumberBook } from './number-book.ts';

export interface GameFeedOptions {
  readonly user: LobbyUser;
  readonly numbers: NumberBook;
  readonly broadcasts: GameBroadcasts;
  readonly waitingMax: number;
  /** Too much waits. */
  readonly onFull: () => void;
  readonly onFailure: (cause: unknown) => void;
}

type Bytes = Uint8Array | undefined;

export class GameFeed {
  readonly #o: GameFeedOptions;
  #open = (): void => undefined;
  #tail: Promise<void>;
  /** One of them is the log-in. */
  #waiting = 1;
  #isClosed = false;

  constructor(options: GameFeedOptions) {
    this.#o = options;
    this.#tail = new Promise<void>((open) => {
      this.#open = open;
    }).then(() => {
      this.#waiting--;
    });
  }

  /** The answer to the log-in is out. */
  open(): void {
    this.#open();
  }

  close(): void {
    this.#isClosed = true;
    this.#open();
  }

  handle(event: PlatformEvent): void {
    if (event.event === 'external.changed') this.#changed(event.data);
    if (event.event === 'external.signal') this.#signal(event.data.signal);
  }

  #changed({ game }: EventData<'external.changed'>): void {
    const { user, broadcasts } = this.#o;
    this.#post(broadcasts.bytesOf(game, user.codec, this.#ask));
  }

  #signal(signal: ExternalSignal): void {
    const { user, numbers } = this.#o;
    const ids = playersOf(signal);
    const known = numbers.known(ids);
    const encoded = (found: Numbers): Bytes => {
      const message = signalMessage(signal, found);
      return message && user.codec.encode({ ...message, target: 'game' });
    };
    this.#post(known === undefined ? numbers.of(ids, this.#ask).then(encoded) : encoded(known));
  }

  readonly #ask: AskNumbers = (command, args) => this.#o.user.call(command, args);

  #post(bytes: Bytes | Promise<Bytes>): void {
    const { user, waitingMax, onFull, onFailure } = this.#o;
    if (this.#isClosed) return;
    if (this.#waiting === 0 && !(bytes instanceof Promise)) {
      if (bytes !== undefined) user.postEncoded(bytes);
      return;
    }
    const made = Promise.resolve(bytes).catch((cause: unknown) => {
      if (!this.#isClosed) onFailure(cause);
      return undefined;
    });
    if (this.#waiting >= waitingMax) {
      onFull();
      return;
    }
    this.#waiting++;
    this.#tail = this.#tail.then(async () => {
      const ready = await made;
      this.#waiting--;
      if (ready !== undefined && !this.#isClosed) user.postEncoded(ready);
    });
  }
}

/** Games that have changed, in bytes: one of these for all clients. */
export class GameBroadcasts {
  readonly #numbers: NumberBook;
  readonly #metrics: Metrics;
  /** By the event's own object, which all who hear of it share. */
  readonly #objects = new WeakMap<ExternalGame, object | Promise<object>>();
  readonly #bytes = new WeakMap<object, Map<LobbyCodec, Uint8Array>>();

  constructor(numbers: NumberBook, metrics: Metrics) {
    this.#numbers = numbers;
    this.#metrics = metrics;
  }

  bytesOf(game: ExternalGame, codec: LobbyCodec, ask: AskNumbers): Bytes | Promise<Bytes> {
    const object = this.#objects.get(game) ?? this.#object(game, ask);
    if (!(object instanceof Promise)) return this.#encoded(object, codec);
    // Where the one who asked is gone by now, the next one asks, for all who are left.
    const again = (): object | Promise<object> => {
      const newer = this.#objects.get(game);
      return newer === undefined || newer === object ? this.#object(game, ask) : newer;
    };
    return object.catch(again).then((made) => this.#encoded(made, codec));
  }

  #object(game: ExternalGame, ask: AskNumbers): object | Promise<object> {
    const ids = playersIn(game);
    const known = this.#numbers.known(ids);
    const made =
      known === undefined
        ? this.#numbers.of(ids, ask).then((numbers) => gameObject(game, numbers))
        : gameObject(game, known);
    this.#objects.set(game, made);
    const kind = { kind: 'games' };
    this.#metrics.count('paperclip_lobby_broadcasts_total', kind);
    this.#metrics.count('paperclip_lobby_broadcast_entities_total', kind);
    return made;
  }

  #encoded(object: object, codec: LobbyCodec): Uint8Array {
    const made = this.#bytes.get(object) ?? new Map<LobbyCodec, Uint8Array>();
    const bytes = made.get(codec) ?? codec.encode(object);
    this.#bytes.set(object, made.set(codec, bytes));
    return bytes;
  }
}

function playersOf(signal: ExternalSignal): readonly string[] {
  switch (signal.kind) {
    case 'host':
      return [];
    case 'join':
      return [signal.host.id];
    case 'connect':
    case 'disconnect':
      return [signal.peer.id];
    case 'ice':
      return [signal.from.id];
    default:
      return signal satisfies never;
  }
}

/** Undefined when the player that it is about is gone for good. */
function signalMessage(signal: ExternalSignal, numbers: Numbers): object | undefined {
  const [id] = playersOf(signal);
  const number = numbers.get(id ?? '');
  if (signal.kind === 'host') return { command: 'HostGame', args: [signal.map] };
  if (number === undefined) return undefined;
  switch (signal.kind) {
    case 'join':
      return { command: 'JoinGame', args: [signal.host.name, number] };
    case 'connect':
      return { command: 'ConnectToPeer', args: [signal.peer.name, number, signal.offer] };
    case 'disconnect':
      return { command: 'DisconnectFromPeer', args: [number] };
    case 'ice':
      return { command: 'IceMsg', args: [number, signal.payload] };
    default:
      return signal satisfies never;
  }
}
