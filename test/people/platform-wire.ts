// A history straight into the platform, with whatever wire's name on each session.

import { testPlatform } from '../../src/domain/test-platform.fixture.ts';
import { actByCommands, type Call, observation } from './by-commands.ts';
import { type PeopleSession, type PeopleWire, playersCount } from './history.ts';
import { plainManners } from './manners.ts';

export interface PlatformWire extends PeopleWire {
  close(): Promise<void>;
}

export async function platformWire(): Promise<PlatformWire> {
  const world = await testPlatform({ deps: { limiter: { take: async () => 0 } } });
  const names = Array.from({ length: playersCount }, (_, at) => `Player ${at}`);
  for (const name of names) await world.register(name);
  const { dispatcher, events } = world.platform;
  return {
    labels: ['http', 'websocket', 'text', 'messenger', 'lobby'],
    names,
    manners: () => plainManners,
    settle: () => world.platform.settled(),
    close: () => world.close(),
    logIn: async (player, label) => {
      const origin = { wire: label, address: '192.0.2.7' };
      const login = { name: names[player] ?? '', password: 'correct horse' };
      const { accessToken } = await dispatcher.call(origin, 'account.login', login);
      const mine = { ...origin, accessToken };
      const { playerId = '', sessionId = '' } = await dispatcher.authenticate(mine);
      let news: string[] = [];
      const disconnect = events.connect(playerId, sessionId, (event) => {
        news.push(...[observation(event) ?? []].flat());
      });
      const session: PeopleSession = {
        act: (action) => {
          const call: Call = (command, args) => dispatcher.call(mine, command, args);
          return actByCommands({ call, names, game: 'duel' }, action);
        },
        seen: () => {
          const seen = news;
          news = [];
          return seen;
        },
        logOut: async () => {
          await dispatcher.call(mine, 'account.logout', {});
          disconnect();
        },
      };
      return session;
    },
  };
}
