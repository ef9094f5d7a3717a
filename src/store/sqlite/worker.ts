// The worker thread of the SQLite store: takes every request that has come in, runs them as one
// group, answers. Disk never delays the thread that serves players.

import {
  isMainThread,
  type MessagePort,
  parentPort,
  receiveMessageOnPort,
  workerData,
} from 'node:worker_threads';
import { StoreError } from '../store-error.ts';
import { SqliteEngine } from './engine.ts';
import type { Opened, Request, WorkerData } from './messages.ts';

function serve(port: MessagePort, data: WorkerData): void {
  let engine: SqliteEngine;
  try {
    engine = new SqliteEngine(data);
  } catch (error) {
    const code = error instanceof StoreError ? error.code : 'failed';
    const message = error instanceof Error ? error.message : String(error);
    port.postMessage({ opened: false, code, message } satisfies Opened);
    port.close();
    return;
  }
  port.postMessage({ opened: true } satisfies Opened);
  port.on('message', (request: Request) => {
    const requests = [request];
    // What came while the last group was written is already here: take it all.
    for (;;) {
      const next = receiveMessageOnPort(port);
      if (next === undefined) break;
      requests.push(next.message as Request);
    }
    const closeAt = requests.findIndex(({ job }) => job.kind === 'close');
    const now = closeAt < 0 ? requests : requests.slice(0, closeAt);
    const replies = engine.run(now);
    if (replies.length > 0) port.postMessage(replies);
    if (closeAt < 0) return;
    engine.close();
    port.postMessage([{ id: requests[closeAt]?.id ?? 0, answer: { ok: true, done: true } }]);
    port.close();
  });
}

if (!isMainThread && parentPort !== null) serve(parentPort, workerData as WorkerData);
