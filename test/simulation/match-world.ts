// A whole match in virtual time: a match host behind the match gateway on a world's host endpoint,
// and players whose links are lost and made again. What each side was told is written down, so that
// a test can hold the ends of a match against each other.

import type { Random } from '../../src/base/prng.ts';
import { silentLog } from '../../src/contract/telemetry.ts';
import type { Bus, StartMatch } from '../../src/domain/bus.ts';
import { MatchHost } from '../../src/domain/host/match-host.ts';
import type { Game, Seat } from '../../src/game/define-game.ts';
import {
  type ClientMessage,
  clientChannel,
  decodeHostMessage,
  encodeClientMessage,
  type MatchRecord,
  matchChannels,
} from '../../src/game/messages.ts';
import { PlayerView } from '../../src/game/player-view.ts';
import { matchGateway } from '../../src/gateway/udp/match-gateway.ts';
import type { Link } from '../../src/protocol/link.ts';
import { signTicket } from '../../src/protocol/paperclip/tickets.ts';
import { type LinkConditions, type World, type WorldHost, world } from '../../src/testing/index.ts';

const ticketMs = 60_000;
const unixMs = Date.UTC(2026, 0, 1);
const signingSeed = new Uint8Array(32).fill(9);

export interface MatchWorldOptions extends LinkConditions {
  readonly seed: number;
  readonly game: Game;
  readonly settings?: unknown;
}

export class MatchWorld {
  readonly net: World;
  readonly host: WorldHost;
  readonly players: readonly SimulatedPlayer[];
  /** All that the host handed to links, by seat, as text. */
  readonly told: readonly string[][] = [[], []];
  record: MatchRecord | undefined;

  constructor({ seed, game, settings = {}, ...conditions }: MatchWorldOptions) {
    this.net = world({ seed, unixMs, ...conditions });
    const { net } = this;
    const matches = new MatchHost({
      hostId: 'h1',
      games: new Map([[game.name, game]]),
      matchesMax: 1,
      clock: { now: () => net.nowMs },
      timers: {
        after: (delayMs, run) => {
          let isArmed = true;
          net.network.after(delayMs, () => {
            if (isArmed) run();
          });
          return () => {
            isArmed = false;
          };
        },
      },
      bus: this.#bus(),
      log: silentLog,
    });
    const listener: Parameters<typeof matchGateway>[0] = { onLink: undefined };
    const timers = { after: () => () => undefined };
    matchGateway(listener, matches, timers, silentLog);
    this.host = net.listen({
      channels: matchChannels,
      platformKeys: [net.crypto.ed25519KeyPair(signingSeed).publicKey],
      onLink: (link) => listener.onLink?.(this.#overheard(link)),
    });
    const seats = [0, 1].map((seat) => {
      return { seat, playerId: `p${seat}`, name: `player ${seat}`, bot: false };
    });
    const ask: StartMatch = { matchId: 'm', game: game.name, settings, seed: `${seed}`, seats };
    const answer = matches.start(ask);
    if (!answer.started) throw new Error(answer.why);
    this.players = seats.map(({ seat }) => new SimulatedPlayer(this, seat));
  }

  /** Whether the match and all that there is to say of it is over, within that time. */
  run(withinMs: number): boolean {
    const isOver = () =>
      this.record !== undefined && this.players.every(({ view }) => view.ended !== undefined);
    return this.net.runUntil(isOver, withinMs);
  }

  ticket(seat: Seat, clientPublicKey: Uint8Array): Uint8Array {
    const now = Math.floor(unixMs + this.net.nowMs);
    return signTicket(this.net.crypto, signingSeed, {
      ticketId: this.net.crypto.randomBytes(16),
      playerId: `p${seat}`,
      clientPublicKey,
      hostPublicKey: this.host.publicKey,
      matchId: 'm',
      seat,
      notBeforeMs: now,
      expiresAtMs: now + ticketMs,
      userData: new Uint8Array(0),
    });
  }

  #bus(): Bus {
    return {
      publish() {},
      subscribe: () => () => undefined,
      serve: () => () => undefined,
      request: async (_topic, _to, ask) => {
        if ('record' in ask) this.record = ask.record;
        return { stored: true } as never;
      },
    };
  }

  /** The same link, with what it is given to send written down for its seat. */
  #overheard(link: Link): Link {
    const told = this.told[link.peer.ticket?.seat ?? 0];
    return new Proxy(link, {
      get(target, name) {
        if (name === 'send') {
          const send: Link['send'] = (channel, message, options) => {
            told?.push(new TextDecoder().decode(message));
            return target.send(channel, message, options);
          };
          return send;
        }
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' && name !== 'onMessage' ? value.bind(target) : value;
      },
      set: (target, name, value) => Reflect.set(target, name, value, target),
    });
  }
}

export class SimulatedPlayer {
  readonly seat: Seat;
  readonly view = new PlayerView<unknown, unknown>();
  readonly refusals: string[] = [];
  /** Links made so far. */
  links = 0;
  /** Called at each new view. */
  onView: () => void = () => undefined;
  readonly #world: MatchWorld;
  #link: Link | undefined;
  /** Before, an input would overtake those that the old link lost. */
  #isWelcome = false;
  #pending: { readonly sequence: number; readonly message: ClientMessage }[] = [];
  /** Counts dials: what an earlier one still brings is not heard. */
  #dials = 0;

  constructor(inWorld: MatchWorld, seat: Seat) {
    this.#world = inWorld;
    this.seat = seat;
    this.#dial();
  }

  get isConnected(): boolean {
    return this.#link?.isOpen === true;
  }

  /** Inputs of which it is not known here that the host decided them. */
  get undecided(): number {
    return this.#pending.length;
  }

  send(input: unknown): void {
    const message = this.view.input(input);
    if (message.kind !== 'input') throw new Error('an input is an input');
    this.#pending.push({ sequence: message.sequence, message });
    if (this.#isWelcome) this.#say(message);
  }

  /** Comes back on another link; the old one ends politely, or is left to the host to replace. */
  reconnect(random: Random): void {
    const isPolite = random.chance(0.5);
    if (isPolite) this.#link?.close(0, 'back soon');
    this.#link = undefined;
    const { net } = this.#world;
    const dials = ++this.#dials;
    net.network.after(random.below(isPolite ? 4_000 : 200), () => {
      if (dials === this.#dials) this.#dial();
    });
  }

  #say(message: ClientMessage): void {
    if (this.#link?.isOpen !== true) return;
    this.#link.send(clientChannel(message), encodeClientMessage(message));
    this.#link.flush();
  }

  #dial(): void {
    const { net, host } = this.#world;
    const keyPair = net.crypto.x25519KeyPair();
    const ticket = this.#world.ticket(this.seat, keyPair.publicKey);
    const dial = net.startDial(host, { keyPair, ticket, gate: host.gate() });
    const dials = ++this.#dials;
    const wait = (): void => {
      if (dials !== this.#dials || this.view.ended !== undefined) return;
      if (dial.link !== undefined) this.#adopt(dial.link, dials);
      else if (dial.end !== undefined) this.#dial();
      else net.network.after(1, wait);
    };
    wait();
  }

  #adopt(link: Link, dials: number): void {
    this.links++;
    this.#link = link;
    this.#isWelcome = false;
    link.onMessage = (_channel, bytes) => {
      if (dials === this.#dials) this.#take(bytes);
    };
    link.onEnd = () => {
      if (dials === this.#dials && this.view.ended === undefined) this.#dial();
    };
  }

  #take(bytes: Uint8Array): void {
    const message = decodeHostMessage(bytes);
    if (!message.ok) throw new Error(`seat ${this.seat}: ${message.error}`);
    const event = this.view.handle(this.#world.net.nowMs, message.value);
    for (let ack = this.view.poll(); ack !== undefined; ack = this.view.poll()) this.#say(ack);
    if (message.value.kind === 'refused') this.refusals.push(message.value.code);
    const decided = this.view.lastSequence;
    this.#pending = this.#pending.filter(({ sequence }) => sequence > decided);
    // What the old link took with it; the host drops what it has seen.
    if (event === 'welcome') {
      this.#isWelcome = true;
      for (const { message: lost } of this.#pending) this.#say(lost);
    }
    if (event === 'view') this.onView();
  }
}
