// The server of the lobby benchmark: a whole Paperclip server on ports that the system chose, with
// its data in memory.

import { type RunningServer, serve as servePaperclip } from '../../src/app/server/index.ts';
import type { LobbyFormat } from '../../src/client/lobby/connect-lobby.ts';
import { type Log, silentLog } from '../../src/contract/telemetry.ts';
import { type HostUse, hostUse } from '../capacity/host-use.ts';
import { serve } from '../harness/calls.ts';

let server: RunningServer | undefined;
/** Clients that the server has cut off because they do not read; such a client does not notice. */
let cutOff = 0;
const log: Log = {
  ...silentLog,
  warn: (event) => {
    if (event === 'client cut off, it does not read') cutOff++;
  },
};

const calls = {
  async listen(format: LobbyFormat): Promise<{ readonly url: string; readonly port: number }> {
    server = await servePaperclip({
      ...{ port: 0, udpPort: 0, hosts: 1, data: ':memory:', log },
      ...{ text: 'off', textTls: 'off', messenger: 'off', messengerTls: 'off' },
      ...{ files: 'off', guess: 'off' },
      ...{ lobby: 0, lobbyTls: 'off', lobbyJson: 0, lobbyJsonTls: 'off' },
    });
    const port = server.addresses.lines.ports[format === 'json' ? 'lobby-json' : 'lobby'];
    if (port === undefined) throw new Error('the lobby protocol has no port');
    return { url: server.url, port };
  },

  cutOff(): number {
    return cutOff;
  },

  use(collect: boolean): HostUse {
    return hostUse(collect);
  },

  async close(): Promise<void> {
    await server?.close();
  },
};

export type ServerCalls = typeof calls;

serve(calls);
