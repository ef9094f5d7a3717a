// Whom a classic player meets in the tests of the bridge: a rival without a wire, in a lobby of the
// classic player's, and what the two of them wait for.

import { test } from 'node:test';
import type { EventData } from '../../contract/events.ts';
import type { TestPlayer } from '../../domain/test-platform.fixture.ts';
import { BridgeWorld, type TestPeer } from './bridge.fixture.ts';

export const withWorld = (behaviour: string, run: (world: BridgeWorld) => Promise<void>) =>
  test(behaviour, async () => {
    const world = await BridgeWorld.start();
    try {
      await run(world);
    } finally {
      await world.close();
    }
  });

/** Choices on the wire. */
export const [rock, paper, scissors] = [{ choice: 0 }, { choice: 1 }, { choice: 2 }];

export const stateOf = async (player: TestPlayer, lobbyId: string) =>
  (await player.call('lobby.get', { lobbyId }).catch(() => undefined))?.state;

/** A player without a wire who plays by the platform's own commands and events. */
export class Rival {
  readonly player: TestPlayer;
  readonly events: ReturnType<TestPlayer['connect']>['events'];
  matchId = '';

  constructor(player: TestPlayer) {
    this.player = player;
    this.events = player.connect().events;
  }

  async sit(world: BridgeWorld, lobbyId: string): Promise<void> {
    const seen = this.#placed().length;
    await this.player.call('lobby.ready', { lobbyId, ready: true });
    await world.until('a match', () => this.#placed().length > seen);
    this.matchId = this.#placed().at(-1)?.matchId ?? '';
    await this.player.call('match.attach', { matchId: this.matchId });
  }

  async choose(choice: 'rock' | 'paper' | 'scissors'): Promise<void> {
    await this.player.call('match.input', { matchId: this.matchId, input: { choice } });
  }

  /** What the rival sees of the other seat. */
  get seesChoice(): boolean {
    const views = this.events.flatMap(({ event, data }) => (event === 'match.view' ? [data] : []));
    const view = views.at(-1)?.view;
    return (
      typeof view === 'object' && view !== null && Reflect.get(view, 'otherHasChosen') === true
    );
  }

  #placed(): readonly EventData<'match.placed'>[] {
    return this.events.flatMap(({ event, data }) => (event === 'match.placed' ? [data] : []));
  }
}

/** A lobby of the classic player's with a rival in it, whose match has begun. */
export async function pair(world: BridgeWorld) {
  const account = await world.account('Mario');
  const { id } = await account.elsewhere.call('lobby.create', { game: 'rps' });
  const peer = world.join(account, id);
  const rival = new Rival(await world.platform.register('Peach'));
  await rival.player.call('lobby.join', { lobbyId: id });
  await rival.sit(world, id);
  return { account, peer, rival, lobbyId: id };
}

export const heard = (world: BridgeWorld, peer: TestPeer, count: number) =>
  world.until(`${count} outcomes`, () => peer.told.length >= count);
