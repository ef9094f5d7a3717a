// Starts a host in a worker thread of its own and joins it to the bus, so that a tick never waits
// for a request of the API, nor the other way round.

import { MessageChannel, Worker } from 'node:worker_threads';
import { bridgeBus } from '../../bus/memory/bridge.ts';
import type { Log } from '../../contract/telemetry.ts';
import type { Bus } from '../../domain/bus.ts';
import type { HostOptions, RunningHost } from './host.ts';
import type { FromHost, ToHost } from './host-messages.ts';
import type { HostWorkerData } from './host-worker.ts';

// Beside this file, with this file's own extension: `.ts` in the repository, `.js` once built.
const workerUrl = new URL(
  import.meta.url.endsWith('.ts') ? './host-worker.ts' : './host-worker.js',
  import.meta.url,
);

/** Rejects when the host cannot start: port taken, a game's module broken. */
export function startHostThread(options: HostOptions, bus: Bus, log: Log): Promise<RunningHost> {
  const { port1, port2 } = new MessageChannel();
  const unbridge = bridgeBus(port1, bus);
  const data: HostWorkerData = { options, busPort: port2 };
  const worker = new Worker(workerUrl, { workerData: data, transferList: [port2] });
  const tell = (message: ToHost): void => worker.postMessage(message);

  return new Promise((resolve, reject) => {
    const crashed = Promise.withResolvers<Error>();
    const drained = Promise.withResolvers<void>();
    let asked = false;

    const exited = (error: Error): void => {
      unbridge();
      drained.resolve();
      reject(error);
      if (asked) return;
      bus.publish('host.gone', { hostId: options.hostId });
      crashed.resolve(error);
    };
    worker.on('error', exited);
    worker.on('exit', (code) => exited(new Error(`host ${options.hostId} exited with ${code}`)));
    worker.on('message', (message: FromHost) => {
      switch (message.type) {
        case 'ready':
          resolve({
            hostId: options.hostId,
            port: message.port,
            publicKey: message.publicKey,
            crashed: crashed.promise,
            async drain(graceMs) {
              asked = true;
              tell({ type: 'drain', graceMs });
              await drained.promise;
            },
          });
          return;
        case 'failed':
          asked = true;
          reject(new Error(message.problem));
          return;
        case 'drained':
          return;
        case 'log':
          log[message.level](message.event, { host: options.hostId, ...message.fields });
          return;
        default:
          message satisfies never;
      }
    });
  });
}
