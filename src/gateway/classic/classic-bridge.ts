// Between the datagrams of the classic wire and the platform: whose certificate is good, who has
// joined, and what becomes of them. A certificate names an account, whose player is one of the
// platform's while it is connected; what it plays is in `classic-player.ts`.

import { decodeJsonMessage } from '../../codec/classic/json-message.ts';
import { PaperclipError } from '../../contract/errors.ts';
import type { Log, Metrics } from '../../contract/telemetry.ts';
import type { ClassicAccounts } from '../../domain/account/classic-keys.ts';
import type { Dispatcher, PlayerEvents } from '../../domain/platform.ts';
import type { Timers } from '../../domain/ports.ts';
import type { CertificateVerdict, ClassicEnd } from '../../protocol/classic/output.ts';
import { SignedInPlayer } from '../signed-in-player.ts';
import { ClassicPlayer } from './classic-player.ts';
import type { ClassicApplication, ClassicPeer } from './classic-udp-server.ts';
import { refusal } from './goodbyes.ts';
import type { LobbyIntents } from './lobby-intents.ts';
import { nobody, type RpsChoice, readChoice } from './rps-rounds.ts';
import { wire } from './wire.ts';

export interface ClassicBridgeOptions {
  readonly dispatcher: Dispatcher;
  readonly events: PlayerEvents;
  readonly classic: ClassicAccounts;
  /** Which lobby an account means. */
  readonly intents: Pick<LobbyIntents, 'of' | 'isFull'>;
  readonly timers: Timers;
  readonly log: Log;
  readonly metrics: Metrics;
}

interface Joined {
  arrival: Promise<void>;
  /** There when it has signed in. */
  player: ClassicPlayer | undefined;
  /** What it chose before that. */
  early: RpsChoice | undefined;
}

export class ClassicBridge implements ClassicApplication {
  readonly #o: ClassicBridgeOptions;
  readonly #joined = new Map<ClassicPeer, Joined>();
  readonly #departures = new Set<Promise<void>>();
  /** Of those whose address has a new connection, which may be of the same account. */
  readonly #replaced = new Set<Promise<void>>();
  #isClosing = false;

  constructor(options: ClassicBridgeOptions) {
    this.#o = options;
  }

  /** From now on who leaves keeps the seat, as the lobbies outlive the server. */
  beginClose(): void {
    this.#isClosing = true;
  }

  /** When all who have left are gone from the platform. */
  async settled(): Promise<void> {
    while (this.#departures.size > 0) await Promise.all(this.#departures);
  }

  async check(certificate: Uint8Array, host: string): Promise<CertificateVerdict> {
    try {
      const origin = { wire, address: host };
      const { isValid, accountNumber } = await this.#o.classic.check(certificate, origin);
      // A server's own is valid, and is nobody's who could play.
      if (!isValid || accountNumber === undefined) return 'invalid';
      // Said now, since the older clients do not take it any more when they are connected.
      return (await this.#o.intents.isFull(accountNumber)) ? 'full' : 'accepted';
    } catch (cause) {
      // There is no word for "later" that the older clients know.
      if (cause instanceof PaperclipError && cause.code === 'RATE_LIMITED') return 'full';
      throw cause;
    }
  }

  onJoin(peer: ClassicPeer): void {
    const joined: Joined = { arrival: Promise.resolve(), player: undefined, early: undefined };
    this.#joined.set(peer, joined);
    this.#report();
    joined.arrival = this.#arrive(peer, joined);
  }

  onMessage(peer: ClassicPeer, message: Uint8Array): void {
    const decoded = decodeJsonMessage(message);
    const choice = decoded.ok ? readChoice(decoded.value) : undefined;
    const joined = this.#joined.get(peer);
    if (choice === undefined || joined === undefined) return;
    if (joined.player === undefined) joined.early ??= choice;
    else joined.player.handleChoice(choice);
  }

  onLeave(peer: ClassicPeer, end: ClassicEnd): void {
    const joined = this.#joined.get(peer);
    if (joined === undefined) return;
    this.#joined.delete(peer);
    this.#report();
    const { metrics, log } = this.#o;
    metrics.count('paperclip_classic_connections_ended_total', { end: end.kind });
    log.info('classic connection ended', { address: peer.host, end: end.kind });
    const departure = this.#depart(joined).finally(() => {
      this.#departures.delete(departure);
      this.#replaced.delete(departure);
    });
    this.#departures.add(departure);
    if (end.kind === 'replaced') this.#replaced.add(departure);
  }

  async #arrive(peer: ClassicPeer, joined: Joined): Promise<void> {
    const { dispatcher, events, classic, intents, timers, log } = this.#o;
    try {
      // What they give up must not be what this one has taken by then.
      await Promise.all(this.#replaced);
      const origin = { wire, address: peer.host };
      const session = await classic.signIn(peer.certificate, origin);
      const player = await SignedInPlayer.signIn(session, {
        ...{ dispatcher, events, timers, log, ...origin },
        onEvent: (event) => joined.player?.handleEvent(event),
      });
      const { id } = player.player;
      log.info('classic player joined', { playerId: id, address: peer.host });
      joined.player = new ClassicPlayer({ player, peer, timers, log });
      if (joined.early !== undefined) joined.player.handleChoice(joined.early);
      const { numbers } = await player.call('player.numbers', { players: [id] });
      const number = numbers[0]?.number ?? nobody;
      const wanted = intents.of(number);
      if (this.#joined.has(peer)) void joined.player.enter(wanted);
      else await joined.player.passBy(wanted);
    } catch (cause) {
      peer.disconnect(refusal(cause, log));
    }
  }

  async #depart(joined: Joined): Promise<void> {
    try {
      await joined.arrival;
      await joined.player?.leave(this.#isClosing);
    } catch (error) {
      this.#o.log.error('classic player could not leave', { error });
    }
  }

  #report(): void {
    this.#o.metrics.gauge('paperclip_classic_connections', this.#joined.size);
  }
}
