// The entry of a host's thread: loads the games, starts the host on the bus that the parent thread
// bridges, and drains when told. Nothing imports this file; `host-thread.ts` starts it.

import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { busOverPort } from '../../bus/memory/bridge.ts';
import type { Log } from '../../contract/telemetry.ts';
import { loadGames } from '../server/game-loader.ts';
import { type HostOptions, startHost } from './host.ts';
import type { FromHost, ToHost } from './host-messages.ts';

export interface HostWorkerData {
  readonly options: HostOptions;
  readonly busPort: MessagePort;
}

const { options, busPort } = workerData as HostWorkerData;
const tell = (message: FromHost): void => parentPort?.postMessage(message);
const logAt =
  (level: 'debug' | 'info' | 'warn' | 'error') =>
  (event: string, fields?: Readonly<Record<string, unknown>>): void =>
    tell({ type: 'log', level, event, fields });
const log: Log = {
  debug: logAt('debug'),
  info: logAt('info'),
  warn: logAt('warn'),
  error: logAt('error'),
};

try {
  const games = await loadGames(options.gameFolders);
  const host = await startHost({ ...options, games }, busOverPort(busPort), log);
  parentPort?.on('message', (message: ToHost) => {
    void host.drain(message.graceMs).then(() => {
      tell({ type: 'drained' });
      busPort.close();
      parentPort?.close();
    });
  });
  tell({ type: 'ready', port: host.port, publicKey: host.publicKey });
} catch (cause) {
  tell({ type: 'failed', problem: cause instanceof Error ? cause.message : String(cause) });
  busPort.close();
  parentPort?.close();
}
