// What the environment says about looking at a player's own connection: a folder for qlog traces
// and a file for keys (docs/protocol/debugging.md). A server has them among its settings.

import type { JoinOptions } from '../../client/index.ts';
import { udpDialer } from '../../client/udp-dialer.ts';

export function watchedDialer(env: Readonly<Record<string, string | undefined>>): JoinOptions {
  const trace = env['PAPERCLIP_QLOGDIR'] || env['QLOGDIR'];
  const keyLogFile = env['PAPERCLIP_KEYLOGFILE'];
  if (!trace && !keyLogFile) return {};
  return { dialer: udpDialer({ ...(trace && { trace }), ...(keyLogFile && { keyLogFile }) }) };
}
