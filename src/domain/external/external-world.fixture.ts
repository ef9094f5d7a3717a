// Players with programs, around a whole platform: what each of them is told, all in one list, in
// the order in which it was told, as short lines such as `Bob: connect Cyd, offer`.

import { test } from 'node:test';
import type { PlatformEvent } from '../../contract/events.ts';
import type { ExternalGame, ExternalSignal } from '../../contract/external-schema.ts';
import type { AccessClaims } from '../ports.ts';
import { type TestPlatform, type TestPlayer, testPlatform } from '../test-platform.fixture.ts';

export interface Gamer extends TestPlayer {
  /** GPGNet of the player's program. */
  says(command: string, ...args: readonly unknown[]): Promise<void>;
  /** Runs, and is in the lobby: `Idle` and `Lobby`. */
  runs(): Promise<void>;
  /** The connection breaks. */
  drop(): void;
}

export interface ExternalWorld extends TestPlatform {
  gamer(name: string): Promise<Gamer>;
  /** What was told since it was asked last. */
  heard(): readonly string[];
  /** Time for what is told of games together. */
  tick(): Promise<void>;
}

export const wish = { title: 'T', mod: 'faf', map: 'scmp_007', visibility: 'public' } as const;

export async function externalWorld(
  options: Parameters<typeof testPlatform>[0] = {},
): Promise<ExternalWorld> {
  const world = await testPlatform(options);
  const lines: string[] = [];
  return {
    ...world,
    gamer: async (name) => {
      const player = await world.register(name);
      const { sessionId } = JSON.parse(player.session.accessToken) as AccessClaims;
      const drop = world.platform.events.connect(player.player.id, sessionId, (event) => {
        const line = lineOf(event);
        if (line !== undefined) lines.push(`${name}: ${line}`);
      });
      await player.call('external.follow');
      const says: Gamer['says'] = async (command, ...args) => {
        await player.call('external.report', { command, args: [...args] });
      };
      const runs = async () => {
        await says('GameState', 'Idle');
        await says('GameState', 'Lobby');
      };
      return Object.assign(player, { says, runs, drop });
    },
    heard: () => lines.splice(0),
    tick: () => world.advance(1000),
  };
}

function lineOf(event: PlatformEvent): string | undefined {
  switch (event.event) {
    case 'external.signal':
      return signalLine(event.data.signal);
    case 'external.changed':
      return gameLine(event.data.game);
    case 'external.removed':
      return `removed, ${event.data.reason}`;
    default:
      return undefined;
  }
}

function signalLine(signal: ExternalSignal): string {
  switch (signal.kind) {
    case 'host':
      return `host ${signal.map}`;
    case 'join':
      return `join ${signal.host.name}`;
    case 'connect':
      return `connect ${signal.peer.name}, ${signal.offer ? 'offer' : 'wait'}`;
    case 'disconnect':
      return `disconnect ${signal.peer.name}`;
    case 'ice':
      return `ice of ${signal.from.name}: ${JSON.stringify(signal.payload)}`;
    default:
      return signal satisfies never;
  }
}

function gameLine({ state, players, teams }: ExternalGame): string {
  const names = players.map(({ player, team }) => `${player.name}/${team}`).join(' ');
  return `${state} [${names}] teams ${teams.join(' ')}`.trim();
}

export const withWorld = (behaviour: string, run: (world: ExternalWorld) => Promise<void>) =>
  test(behaviour, async () => {
    const world = await externalWorld();
    try {
      await run(world);
    } finally {
      await world.close();
    }
  });

export const gamers = (world: ExternalWorld, ...names: readonly string[]): Promise<Gamer[]> =>
  Promise.all(names.map((name) => world.gamer(name)));

/** Hosted and open; whoever else is named has joined and is connected. */
export async function openGame(host: Gamer, ...guests: readonly Gamer[]): Promise<number> {
  const { number } = await host.call('external.host', wish);
  await host.runs();
  for (const guest of guests) {
    await guest.call('external.join', { number });
    await guest.runs();
  }
  return number;
}
