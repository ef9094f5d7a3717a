// The server of the room benchmark: a whole Paperclip server on ports that the system chose, with
// its data in memory.

import { type RunningServer, serve as servePaperclip } from '../../src/app/server/index.ts';
import { silentLog } from '../../src/contract/telemetry.ts';
import { type HostUse, hostUse } from '../capacity/host-use.ts';
import { serve } from '../harness/calls.ts';

let server: RunningServer | undefined;

const calls = {
  async listen(): Promise<{ readonly port: number }> {
    server = await servePaperclip({
      port: 0,
      udpPort: 0,
      hosts: 1,
      data: ':memory:',
      log: silentLog,
      textTls: 'off',
      messenger: 'off',
      messengerTls: 'off',
      guess: 'off',
    });
    const port = server.addresses.lines.ports['text'];
    if (port === undefined) throw new Error('the text protocol has no port');
    return { port };
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
