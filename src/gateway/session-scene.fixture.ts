// One test of the session-wire suite: a gateway as the suite sees it, in a world of its own, with
// clients that come and do what a player does. What is to hold is in the suite.

import assert from 'node:assert/strict';
import {
  type Connected,
  type Elsewhere,
  SessionWorld,
  sessionOf,
} from './session-world.fixture.ts';

export interface WireClient {
  /** Begins to; `account` is for wires that know any. Called once. */
  signIn(account: Elsewhere): void | Promise<void>;
  /**
   * Sends what becomes a command of the platform each time, when signed in; the first time, one
   * that leaves the player with something to give up, where the wire has that.
   */
  act(): void;
  /** Whatever bytes, from this client's address. */
  send(bytes: Uint8Array): void;
  hangUp(): void;
  /** All so far, as text. */
  readonly heard: string;
  /** Nothing more is heard. True also of who never had a connection, where datagrams make none. */
  readonly isEnded: boolean;
}

export interface SessionWireServer {
  /** An IPv4 address. */
  connect(address: string): WireClient;
  /** Connections, of strangers too. */
  readonly size: number;
  /** As the metrics tell it. */
  readonly gauge: string;
  close(): Promise<void>;
}

export interface SessionWireUnderTest {
  /** In the tests' names. */
  readonly name: string;
  /** In origins and sessions. */
  readonly wire: string;
  /** Who signs in is a guest of the wire's own making. */
  readonly hasGuestsOnly?: boolean;
  /**
   * Who is not in yet when the gateway is closed is not told, and gives up: a wire of datagrams has
   * no connection with them that could end.
   */
  readonly newcomersGiveUp?: boolean;
  /** A gateway that ends who has not logged in by then. */
  open(world: SessionWorld, loginWithinMs: number): SessionWireServer;
}

/** Less than a server grants, so that less time is to pass. */
export const loginWithinMs = 5_000;

export interface Arrived extends Connected {
  readonly client: WireClient;
  readonly address: string;
  readonly account: Elsewhere;
}

export class Scene {
  readonly world: SessionWorld;
  readonly server: SessionWireServer;
  readonly under: SessionWireUnderTest;
  #addresses = 0;
  #isClosed = false;

  constructor(under: SessionWireUnderTest, world: SessionWorld) {
    this.under = under;
    this.world = world;
    this.server = under.open(world, loginWithinMs);
  }

  get nextAddress(): string {
    this.#addresses += 1;
    return `10.0.${Math.floor(this.#addresses / 250)}.${(this.#addresses % 250) + 1}`;
  }

  async signIn(name: string): Promise<Arrived> {
    const { world } = this;
    const account = await world.account(name);
    const address = this.nextAddress;
    const client = this.server.connect(address);
    const before = world.connected.length;
    await client.signIn(account);
    await world.until(`${name} is there`, () => world.connected.length > before);
    await world.quiet();
    const connected = world.connected.at(-1) ?? assert.fail();
    if (!this.under.hasGuestsOnly) assert.equal(connected.playerId, account.playerId);
    return { ...connected, client, address, account };
  }

  /** A log-in that has had so many turns of the world. */
  async begin(name: string, turns: number) {
    const account = await this.world.account(name);
    const address = this.nextAddress;
    const client = this.server.connect(address);
    await client.signIn(account);
    for (let i = 0; i < turns; i++) await this.world.turn();
    return { client, account, address };
  }

  callsFrom(address: string) {
    return this.world.calls.filter(({ origin }) => origin.address === address);
  }

  /** The connection does what a player asks. */
  async goesOn({ address, client, sessionId }: Arrived): Promise<void> {
    const before = this.callsFrom(address).length;
    assert.equal(client.isEnded, false);
    client.act();
    const acted = () =>
      this.callsFrom(address)
        .slice(before)
        .some(({ origin }) => sessionOf(origin) === sessionId);
    await this.world.until('a command', acted);
  }

  async isGone({ playerId }: Pick<Connected, 'playerId'>): Promise<void> {
    await this.world.quiet();
    assert.equal(await this.state(playerId), 'offline');
    assert.deepEqual(await this.world.sessions(playerId, this.under.wire), []);
  }

  async state(playerId: string): Promise<string> {
    const watcher = await this.#watcher();
    const { players } = await watcher.call('presence.online');
    return players.some(({ id }) => id === playerId) ? 'online' : 'offline';
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    let isDone = false;
    const closing = this.server.close().finally(() => {
      isDone = true;
    });
    await this.world.until('the gateway is closed', () => isDone);
    await closing;
  }

  #watching: Promise<Elsewhere> | undefined;

  #watcher(): Promise<Elsewhere> {
    this.#watching ??= this.world.account('watcher');
    return this.#watching;
  }
}

export async function inScene(under: SessionWireUnderTest, run: (scene: Scene) => Promise<void>) {
  const world = await SessionWorld.start();
  const scene = new Scene(under, world);
  try {
    await run(scene);
  } finally {
    await scene.close();
    await world.platform.close();
  }
}
