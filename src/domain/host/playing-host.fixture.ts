// A host that plays for the test platform: a real `MatchHost` with its seat relay on the platform's
// bus and time, without a wire. The test platform's own hosts only say that they play.

import { silentLog } from '../../contract/telemetry.ts';
import type { Game } from '../../game/define-game.ts';
import type { TestPlatform } from '../test-platform.fixture.ts';
import { MatchHost } from './match-host.ts';
import { SeatRelay } from './seat-relay.ts';

export interface PlayingHost {
  readonly matches: MatchHost;
  readonly relay: SeatRelay;
  /** It is there still. The platform gives it up when it has not said so for too long. */
  announce(): Promise<void>;
  /** Dies: it answers nothing more, and the platform hears that it is gone. */
  die(): Promise<void>;
}

export async function playingHost(
  { bus, time, platform }: TestPlatform,
  games: readonly Game[],
): Promise<PlayingHost> {
  const hostId = 'playing';
  const matches = new MatchHost({
    hostId,
    games: new Map(games.map((game) => [game.name, game])),
    matchesMax: 10,
    clock: time,
    timers: time,
    bus,
    log: silentLog,
  });
  const relay = new SeatRelay({ hostId, host: matches, bus, clock: time });
  const stopServing = bus.serve('host.start', hostId, async (ask) => matches.start(ask));
  const passed = async () => {
    // A request goes the way of what was published before it.
    await bus.request('seat.detach', hostId, { relayId: 'nobody' }, 1).catch(() => undefined);
    await platform.settled();
  };
  const announce = async () => {
    bus.publish('host.announce', {
      hostId,
      address: '127.0.0.1',
      port: 5001,
      publicKey: 'A'.repeat(43),
      gateId: 1,
      gateKey: 'B'.repeat(43),
      matchesRunning: 0,
      matchesMax: 10,
      games: games.map(({ name }) => name),
      draining: false,
    });
    await passed();
  };
  await announce();
  return {
    matches,
    relay,
    announce,
    die: async () => {
      stopServing();
      relay.close();
      bus.publish('host.gone', { hostId });
      await passed();
    },
  };
}
