// A whole server over true sockets, which no other history has touched: WebSockets, the text
// protocol and the messenger side by side.
//
// Nothing sleeps here. What an action causes is on its way when the server has looked into its
// store twice more, and has arrived when a mark that was sent behind it has come back.

import { rps } from '../../games/rps/rules.ts';
import { serve } from '../../src/app/server/index.ts';
import { httpCaller } from '../../src/client/http-caller.ts';
import { silentLog } from '../../src/contract/telemetry.ts';
import type { Call } from './by-commands.ts';
import { type PeopleWire, playersCount } from './history.ts';
import { type Manners, messengerManners, plainManners, textManners } from './manners.ts';
import { MessengerSession } from './messenger-wire.ts';
import type { RealSession, Visitor } from './real-session.ts';
import { TextSession } from './text-wire.ts';
import { WebSocketSession } from './websocket-wire.ts';

export interface RealWorld extends PeopleWire {
  close(): Promise<void>;
}

const password = 'correct horse';
const mannersOf: Readonly<Record<string, Manners>> = {
  websocket: plainManners,
  text: textManners,
  messenger: messengerManners,
};

export async function realWorld(): Promise<RealWorld> {
  const server = await serve({
    ...{ games: [rps], hosts: 1, data: ':memory:', log: silentLog, shutdownGraceMs: 0 },
    ...{ port: 0, udpPort: 0, text: 0, messenger: 0, textTls: 'off', messengerTls: 'off' },
    ...{ guess: 'off', files: 'off', lobbyTls: 'off', lobbyJsonTls: 'off' },
  });
  const { url, addresses } = server;
  const { text: textPort = 0, messenger: messengerPort = 0 } = addresses.lines.ports;
  const http = httpCaller(url);
  const names = Array.from({ length: playersCount }, (_, at) => `player_${at}`);
  const callOf =
    (accessToken: string): Call =>
    (command, args) =>
      http.call(command, args, accessToken);
  const sessions = await Promise.all(
    names.map((name) => http.call('account.register', { name, password })),
  );
  const calls = sessions.map(({ accessToken }) => callOf(accessToken));
  const onlooker = callOf((await http.call('account.guest', {})).accessToken);
  const live = new Set<RealSession>();
  const open = (visitor: Visitor, label: string): Promise<RealSession> => {
    if (label === 'text') return TextSession.logIn(textPort, visitor);
    if (label === 'messenger') return MessengerSession.logIn(messengerPort, visitor);
    return WebSocketSession.logIn(url, visitor);
  };
  return {
    labels: Object.keys(mannersOf),
    names,
    manners: (label) => mannersOf[label] ?? plainManners,
    logIn: async (player, label) => {
      const overHttp = calls[player] ?? onlooker;
      const visitor = { name: names[player] ?? '', password, names, game: rps.name, overHttp };
      const session = await open(visitor, label);
      live.add(session);
      const { logOut } = session;
      return {
        act: (action) => session.act(action),
        seen: () => session.seen(),
        logOut: async () => {
          live.delete(session);
          await logOut.call(session);
        },
      };
    },
    settle: async () => {
      // Behind as many looks into the store as telling friends takes, which no command waits for.
      await onlooker('chat.inbox', {});
      await onlooker('match.history', {});
      await Promise.all([...live].map((session) => session.mark()));
    },
    close: async () => {
      for (const session of live) session.destroy();
      await server.close();
    },
  };
}
