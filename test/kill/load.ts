// Players who register, wander between lobbies and play matches against bots until the server dies,
// and who note what it acknowledged. What the rules refuse is part of the game; a failure while the
// server lives is not, and ends the run.

import { rps } from '../../games/rps/rules.ts';
import type { Random } from '../../src/base/prng.ts';
import { type Fetch, type HttpCaller, httpCaller } from '../../src/client/http-caller.ts';
import { connect, type Match, PaperclipError, playBot } from '../../src/client/index.ts';
import type { Session } from '../../src/contract/schema.ts';
import type { Acknowledged, Place } from './acknowledged.ts';

export interface Load {
  /** To be called just before the kill: from then on, failing is expected. */
  serverDies(): void;
  /** Resolves when everybody has noticed. Rejects with the first failure that was none of that. */
  readonly done: Promise<void>;
}

const counts = { registrars: 1, wanderers: 4, players: 4 } as const;

export function startLoad(url: string, random: Random, acknowledged: Acknowledged): Load {
  const round = new Round(url, random, acknowledged);
  const everybody = [
    ...Array.from({ length: counts.registrars }, () => round.untilDeath(() => round.register())),
    ...Array.from({ length: counts.wanderers }, () => round.wander()),
    ...Array.from({ length: counts.players }, () => round.play()),
  ];
  return {
    serverDies: () => round.die(),
    done: Promise.all(everybody).then(() => undefined),
  };
}

class Round {
  readonly #url: string;
  readonly #random: Random;
  readonly #acknowledged: Acknowledged;
  readonly #http: HttpCaller;
  readonly #lobbies: string[] = [];
  readonly #death = new AbortController();

  constructor(url: string, random: Random, acknowledged: Acknowledged) {
    this.#url = url;
    this.#random = random;
    this.#acknowledged = acknowledged;
    this.#http = httpCaller(url, { fetch: this.#fetch });
  }

  die(): void {
    this.#death.abort();
  }

  async register(): Promise<void> {
    const name = `Reg ${this.#random.uint32().toString(36)}`;
    this.#know(
      await this.#http.call('account.register', { name, password: `password of ${name}` }),
    );
  }

  /** Joins, opens and leaves lobbies; settles after a few moves, and another one comes. */
  async wander(): Promise<void> {
    let place: Place | undefined;
    let moves = 0;
    await this.untilDeath(async () => {
      if (place === undefined || moves === 0) {
        place = await this.#arrive();
        moves = 1 + this.#random.below(4);
      }
      moves--;
      const here = place;
      here.isUnsure = true;
      try {
        here.lobbyId = await this.#move(here);
      } catch (error) {
        // Refused: nothing has changed. Anything else leaves it open.
        if (error instanceof PaperclipError && error.code !== 'INTERNAL') here.isUnsure = false;
        throw error;
      }
      here.isUnsure = false;
    });
  }

  async #arrive(): Promise<Place> {
    const session = await this.#http.call('account.guest', {});
    this.#know(session);
    const place: Place = {
      playerId: session.player.id,
      accessToken: session.accessToken,
      lobbyId: undefined,
      isUnsure: false,
    };
    this.#acknowledged.places.push(place);
    return place;
  }

  /** Resolves with where the player is then. */
  async #move({ lobbyId, accessToken }: Place): Promise<string | undefined> {
    if (lobbyId !== undefined) {
      await this.#http.call('lobby.leave', { lobbyId }, accessToken);
      return undefined;
    }
    if (this.#lobbies.length > 0 && this.#random.chance(0.6)) {
      const wish = this.#random.pick(this.#lobbies.slice(-5));
      return (await this.#http.call('lobby.join', { lobbyId: wish }, accessToken)).id;
    }
    const { id } = await this.#http.call('lobby.create', { game: 'rps' }, accessToken);
    this.#lobbies.push(id);
    return id;
  }

  /**
   * One match after the other against a bot. A match counts when the platform says it has ended.
   */
  async play(): Promise<void> {
    await this.untilDeath(async () => {
      const player = await connect(this.#url, { guest: true, fetch: this.#fetch });
      let match: Match | undefined;
      try {
        this.#acknowledged.players.set(player.player.id, player.player.name);
        const ended = Promise.withResolvers<string>();
        player.on('match.ended', ({ match: { id } }) => ended.resolve(id));
        const signal = this.#death.signal;
        const settings = { firstTo: 1 };
        const started = await player.play(rps, { against: 'bot', settings, signal });
        match = started;
        playBot(started, rps, { seed: started.id, thinkMs: 0 });
        const id = await Promise.race([ended.promise, aborted(signal)]);
        this.#acknowledged.matches.set(id, player.player.id);
      } finally {
        player.close();
        // Nobody answers any more when the server is dead; it gives up by itself.
        match?.leave().catch(() => undefined);
      }
    });
  }

  async untilDeath(step: () => Promise<void>): Promise<void> {
    while (!this.#death.signal.aborted) {
      try {
        await step();
      } catch (error) {
        if (this.#death.signal.aborted) return;
        const isRefusal = error instanceof PaperclipError && error.code !== 'INTERNAL';
        if (!isRefusal) throw error;
      }
    }
  }

  #know(session: Session): void {
    this.#acknowledged.players.set(session.player.id, session.player.name);
    this.#acknowledged.sessions.add(session.refreshToken.split('.')[0] ?? '');
  }

  /** Every call from an address of its own, so that the limits per address let the load through. */
  readonly #fetch: Fetch = (url, init) => {
    const bits = this.#random.uint32();
    const address = `10.${bits >>> 24}.${(bits >>> 16) & 255}.${bits & 255}`;
    const headers = { ...init.headers, 'x-forwarded-for': address };
    return fetch(url, { ...init, headers } as RequestInit);
  };
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
